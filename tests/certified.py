"""Officials who finished a made-up course, and what certifies it."""

import base64
import io
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey
from pypdf import PdfWriter
from sqlalchemy.orm import Session

from bot.content.courses import Course, read_course
from bot.content.problems import Problem
from bot.content.published import Content
from bot.content.yaml_lines import read_table
from bot.courses import certificates
from bot.records.learning import Certificate, Enrolment, Learner

NOW = datetime(2026, 11, 23, 18, 0, 0, 250_000, tzinfo=UTC)  # noon in Mexico
NAME, OFFICE, POST = "María de los Ángeles Núñez", "Ventanilla de Cuautlancingo", "first_contact"
MUNICIPALITY, OFFICE_ID = "21041", "naucalpan"
CHAT = "hash-of-their-chat"
ORIGIN = "https://puente.example.mx"
COURSE = """\
title: Primer contacto
says: Usted recibe a una persona migrante y la orienta.
version: "3"
office: iom
owner: officials
sources: [{title: Curso inventado}]
reviewed_on: 2026-11-22
review_in: 92
validation: pending
rests_on: [trafficking, women]
valid_for: 730
completion: {rule: all_and_percent, percent: 80, questions: 8, attempts: 3, wait_days: 7}
lessons:
- id: welcome
  title: Cómo recibir
  steps:
  - {id: why, type: reading, ask: Salude primero.}
"""


def course(folder: Path, **changed: Any) -> Course:
    path = folder / "first_contact.yml"
    path.write_text(COURSE, encoding="utf-8")
    problems: list[Problem] = []
    made = read_course(path, read_table(path, problems), problems)
    assert made and not problems, problems
    return replace(made, **changed)


def with_course(content: Content, taught: Course) -> Content:
    return replace(content, courses={**content.courses, taught.name: taught})


def learner(session: Session, name: str | None = NAME, chat: str = CHAT) -> Learner:
    made = Learner(
        office=OFFICE, municipality=MUNICIPALITY, post=POST, invited_by="rosa", invited_at=NOW, bot_id="1", chat=chat, name=name,
        organization_id=OFFICE_ID,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def finish(session: Session, official: Learner, taught: Course, at: datetime | None = NOW) -> None:
    session.add(Enrolment(learner_id=official.id, course=taught.name, version=taught.version, began_at=NOW, changed_at=NOW, finished_at=at))
    session.flush()


def certify(
    session: Session, content: Content, taught: Course, now: datetime = NOW, origin: str | None = ORIGIN, chat: str = CHAT
) -> tuple[Certificate, str]:
    """A new official finishes the course."""
    official = learner(session, chat=chat)
    finish(session, official, taught)
    return certificates.issue(session, content, official, taught, now, origin)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, read by hand."""
    header, payload, _ = token.split(".")
    return read_part(header), read_part(payload)


def read_part(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def part_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def strings_in(value: Any) -> list[str]:
    """Every string, names of members too."""
    if isinstance(value, dict):
        return [each for name, inner in value.items() for each in (name, *strings_in(inner))]
    if isinstance(value, list):
        return [each for inner in value for each in strings_in(inner)]
    return [str(value)]


def saved_anew(pdf: bytes) -> bytes:
    """By another program, which packs what is attached."""
    writer, packed = PdfWriter(clone_from=io.BytesIO(pdf)), io.BytesIO()
    for index, each in enumerate(writer._objects):
        if hasattr(each, "flate_encode") and each.get("/Type") == "/EmbeddedFile":
            writer._objects[index] = each.flate_encode()
    writer.write(packed)
    return packed.getvalue()


def forged(token: str, private: str, **changed: Any) -> str:
    """What somebody with that private key makes of a credential of ours: other claims, and whatever they say the same again."""
    header, payload = parts(token)
    payload |= changed
    payload |= {"jti": payload["id"], "nbf": _seconds(payload["validFrom"]), "exp": _seconds(payload["validUntil"])}
    return jws.serialize_compact(header, json.dumps(payload), RSAKey.import_key(private), ["RS256"])


def forgeries(token: str, private: str) -> dict[str, str]:
    """With the number of a true certificate, with an invented one, and from before anybody could know."""
    invented = f"urn:uuid:{uuid.uuid4()}"
    earlier = {"validFrom": "2026-01-05T18:00:00Z", "validUntil": "2029-01-05T18:00:00Z"}
    return {
        "a true number": forged(token, private, name="Otro curso"), "the same again": forged(token, private),
        "an invented number": forged(token, private, id=invented), "earlier dates": forged(token, private, id=invented, **earlier),
        "a true number and earlier dates": forged(token, private, **earlier),
    }  # fmt: skip


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
