"""A case with something to see in every field, as it stands in the records after a person agreed to share it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import Actor, Field
from bot.records.cases import CaseDocument, CaseFile, DocumentState
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.referrals import Consent, ConsentKind, Referral, ReferralEvent, ReferralState
from bot.referrals.visible import open_case

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
FOLIO = "PTE-26-ABCDEF"
DETAILS = {
    "need": "needvalue", "municipality": "placevalue", "story": "storyvalue", "telephone": "telephonevalue", "name": "namevalue",
    "contact_way": "othervalue",
}  # fmt: skip
VALUES = {
    Field.FOLIO: FOLIO, Field.STATE: "En atención", Field.NEED: "needvalue", Field.PLACE: "placevalue", Field.LANGUAGE: "Kreyòl ayisyen",
    Field.TRANSCRIPT: "transcriptvalue", Field.STORY: "storyvalue", Field.NAME: "namevalue", Field.TELEPHONE: "telephonevalue",
    Field.DOCUMENTS: "documentsvalue", Field.OTHER: "othervalue",
}  # fmt: skip
"""What stands in each field, found nowhere else."""


def make_case(
    session: Session,
    /,
    *,
    folio: str = FOLIO,
    state: ReferralState = ReferralState.SENT,
    organization_id: str = "ipam",
    details: Mapping[str, Any] = DETAILS,
    agreed: Sequence[str] | None = None,
    expires_at: datetime = NOW + timedelta(days=180),
    **more: Any,
) -> Referral:
    """A referral with its consent. `agreed`: the fields of it; all of the details unless said."""
    person = Conversation(
        bot_id="telegram:1", chat=folio, chat_id="number of ana", language="ht", created_at=NOW, updated_at=NOW
    )  # fmt: skip
    session.add(person)
    session.flush()
    session.add(Message(conversation_id=person.id, direction=Direction.IN, text="transcriptvalue", created_at=NOW))
    referral = Referral(
        folio=folio, idempotency_key=folio, conversation_id=person.id, organization_id=organization_id, state=state, need="work",
        municipality="21019", details=dict(details), created_at=NOW, changed_at=NOW, expires_at=expires_at, **more,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    session.add(ReferralEvent(referral_id=referral.id, before=ReferralState.DRAFT, after=state, who="person", at=NOW))
    for kind in (ConsentKind.SHARE, ConsentKind.DOCUMENTS):
        session.add(
            Consent(
                kind=kind, conversation_id=person.id, referral_id=referral.id, version="1", text="shown", language="es",
                recipient=organization_id, purpose="referral_intake", fields=sorted(details) if agreed is None else sorted(agreed),
                given_at=NOW, expires_at=expires_at,
            )
        )  # fmt: skip
    return referral


def make_open_case(session: Session, agreed: Sequence[str] | None = None) -> None:
    """In attention, with a document of a programme."""
    add_document(session, make_case(session, state=ReferralState.IN_SERVICE, agreed=agreed))


def read_by(database: Database, actor: Actor, content: Content, reason: str | None = None) -> str:
    """All that they read; nothing when they are refused."""
    try:
        seen = database.call(open_case, actor, FOLIO, content, NOW, reason)
    except RefusedError:
        return ""
    return "\n".join(f"{label}: {value}" for label, value in seen.lines)


def add_document(session: Session, referral: Referral) -> None:
    file = CaseFile(referral_id=referral.id, programme="migrante_emprende", opened_at=NOW, changed_at=NOW)
    session.add(file)
    session.flush()
    session.add(CaseDocument(case_file_id=file.id, name="documentsvalue", state=DocumentState.SENT, changed_at=NOW))


def consents(session: Session, folio: str = FOLIO) -> list[Consent]:
    return list(session.scalars(select(Consent).join(Referral, Referral.id == Consent.referral_id).where(Referral.folio == folio)))


def case(session: Session, folio: str = FOLIO) -> Referral:
    return session.scalars(select(Referral).where(Referral.folio == folio)).one()
