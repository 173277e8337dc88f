"""The credential as Open Badges 3.0 wants it: https://www.imsglobal.org/spec/ob/v3p0 (§8.2: the payload is the credential itself).

Of the person it holds the salted hash of their name and a random identifier that stands in no other credential: no name, no office, no
municipality. A small municipality, a course and a day would name one official; what was learned does not depend on where they work.
"""

import hashlib
import secrets
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.content.courses import Course
from bot.content.published import Content
from bot.courses.protocols import title_of
from bot.records.columns import KeyRing

CONTEXT = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
KEYS, KEY, ISSUER, REVOKED = "/insignias/claves.json", "/insignias/claves/{name}", "/insignias/emisor.json", "/insignias/revocadas.json"
REVOCATION_LIST = "1EdTechRevocationList"
PENDING = "contenido pendiente de validar"
URN = "urn:uuid:"


@dataclass(frozen=True)
class Earned:
    """What a credential is made of. `protocols`: to their versions."""

    number: str
    course: Course
    protocols: Mapping[str, str]
    name: str
    issued_at: datetime
    expires_at: datetime


def payload_of(content: Content, earned: Earned, origin: str | None) -> dict[str, Any]:
    """The credential with the claims that say the same again (§8.2.3)."""
    issuer, subject = issuer_of(content, origin), _subject(content, earned, origin)
    made: dict[str, Any] = {
        "@context": list(CONTEXT), "id": URN + earned.number, "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": earned.course.title, "issuer": issuer, "validFrom": _moment(earned.issued_at), "validUntil": _moment(earned.expires_at),
        "credentialSubject": subject,
    }  # fmt: skip
    if origin:
        made["credentialStatus"] = {"id": origin + REVOKED, "type": REVOCATION_LIST}
    return made | {
        "iss": issuer["id"], "jti": made["id"], "sub": subject["id"], "nbf": int(earned.issued_at.timestamp()),
        "exp": int(earned.expires_at.timestamp()),
    }  # fmt: skip


def for_another_name(payload: Mapping[str, Any], number: str, name: str, now: datetime) -> dict[str, Any]:
    """The same credential again, because the name was wrong: what was earned, and when it ends, stay."""
    subject = {**payload["credentialSubject"], "id": URN + str(uuid.uuid4()), "identifier": [_identity(name)]}
    return {
        **payload, "id": URN + number, "validFrom": _moment(now), "credentialSubject": subject,
        "jti": URN + number, "sub": subject["id"], "nbf": int(now.timestamp()),
    }  # fmt: skip


def issuer_of(content: Content, origin: str | None) -> dict[str, Any]:
    """Who answers for the certificate. Where there is no public address, its identifier is this installation's own and leads nowhere."""
    says = content.learning.proves
    if content.institution.receives:
        says = f"{says} Este asistente atiende con: {content.institution.title}."
    return {
        "id": origin + ISSUER if origin else issuer_id(None), "type": ["Profile"], "name": content.learning.issuer, "description": says,
        **({"url": origin} if origin else {}),
    }  # fmt: skip


def issuer_id(origin: str | None) -> str:
    return origin + ISSUER if origin else _own("issuer")


def revocation_list(numbers: list[str], origin: str | None) -> dict[str, Any]:
    """https://www.imsglobal.org/spec/vcrl/v1p0 says how. It tells no reasons."""
    return {
        "id": origin + REVOKED if origin else _own("revoked"), "issuer": issuer_id(origin),
        "revokedCredentials": [{"id": URN + number, "revoked": True} for number in numbers],
    }  # fmt: skip


def hashed_name(name: str, salt: str) -> str:
    """The IdentityHash of §B.1.10: the algorithm, a dollar sign, and the hash of what identifies and the salt."""
    return f"sha256${hashlib.sha256(f'{normalized(name)}{salt}'.encode()).hexdigest()}"


def normalized(name: str) -> str:
    """Accents, capitals and spaces make no other person. The page in the browser does the same."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.category(letter).startswith("M"))
    return " ".join(plain.lower().split())


def is_of(payload: Mapping[str, Any], name: str) -> bool:
    """Does the name fit the hash in a credential of ours?"""
    identities = payload["credentialSubject"]["identifier"]
    return any(secrets.compare_digest(hashed_name(name, each["salt"]), each["identityHash"]) for each in identities)


def _subject(content: Content, earned: Earned, origin: str | None) -> dict[str, Any]:
    return {
        "id": URN + str(uuid.uuid4()), "type": ["AchievementSubject"], "identifier": [_identity(earned.name)],
        "achievement": _achievement(content, earned.course, earned.protocols, origin),
    }  # fmt: skip


def _identity(name: str) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {"type": "IdentityObject", "hashed": True, "identityType": "name", "salt": salt, "identityHash": hashed_name(name, salt)}


def _achievement(content: Content, course: Course, protocols: Mapping[str, str], origin: str | None) -> dict[str, Any]:
    """Its identifier is the same for everybody who finished that version."""
    tags = [f"protocolo {name}, versión {version}" for name, version in sorted(protocols.items())]
    return {
        "id": URN + str(uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer_id(origin)}#{course.name}/{course.version}")), "type": ["Achievement"],
        "achievementType": "Course", "name": course.title, "description": course.says.strip(), "version": course.version,
        "inLanguage": "es-MX", "criteria": {"narrative": narrative(content, course, protocols)},
        "tag": tags if course.is_validated else [*tags, PENDING],
    }  # fmt: skip


def narrative(content: Content, course: Course, protocols: Mapping[str, str]) -> str:
    """What had to be done, as the course's rule of completion says it."""
    rule = course.completion
    how_many = f"las {len(course.lessons)} lecciones" if len(course.lessons) > 1 else "la lección"
    lessons = f"Terminó {how_many} del curso y contestó sus preguntas."
    final = f"Aprobó el examen final: contestó bien {rule.percent} de cada 100 de sus {rule.questions} preguntas, o más."
    said = [*([lessons] if rule.needs_lessons else []), *([final] if rule.has_final else []), f"Versión del curso: {course.version}."]
    if protocols:
        named = "; ".join(f"{title_of(content, name)} (versión {version})" for name, version in sorted(protocols.items()))
        said.append(f"Se apoya en estos protocolos: {named}.")
    if not course.is_validated:
        said.append("Aviso: contenido pendiente de validar por OIM o por el área jurídica.")
    return " ".join(said)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _own(what: str) -> str:
    """The same on every day, and another for every installation."""
    return URN + str(uuid.UUID(KeyRing.current().hash("credentials", what)))
