"""The documents of a case, one line each: missing, sent, accepted or not. A photograph is only taken with the person's leave."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases.consent import standing_consent
from bot.cases.opening import of_folio, require_open
from bot.cases.telling import programme_of, tell_document
from bot.content.programme_files import Document, Programme
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import PERSON, Action, Actor, require
from bot.records.cases import CaseDocument, CaseEvent, CaseFile, DocumentState
from bot.records.columns import KeyRing
from bot.records.conversations import Conversation
from bot.records.referrals import Consent, ConsentKind
from bot.records.tables import lock

MAY_BECOME = {
    DocumentState.MISSING: {DocumentState.SENT, DocumentState.ACCEPTED},  # accepted: it was shown in person
    DocumentState.SENT: {DocumentState.SENT, DocumentState.ACCEPTED, DocumentState.REJECTED, DocumentState.MISSING},
    DocumentState.REJECTED: {DocumentState.SENT, DocumentState.ACCEPTED},
    DocumentState.ACCEPTED: {DocumentState.REJECTED},
}
TO_SEND = (DocumentState.MISSING, DocumentState.REJECTED)


@dataclass(frozen=True)
class Line:
    document: Document
    row: CaseDocument


def lines(session: Session, case: CaseFile, programme: Programme, now: datetime) -> list[Line]:
    """The checklist as the programme has it today: a document that an editor has added is missing."""
    known = {row.name: row for row in session.scalars(select(CaseDocument).where(CaseDocument.case_file_id == case.id))}
    for document in programme.documents:
        if document.name not in known:
            known[document.name] = CaseDocument(case_file_id=case.id, name=document.name, state=DocumentState.MISSING, changed_at=now)
            session.add(known[document.name])
    session.flush()
    return [Line(document, known[document.name]) for document in programme.documents]


def row_of(session: Session, case: CaseFile, programme: Programme, name: str, now: datetime) -> CaseDocument:
    """Raises RefusedError when the programme asks for no such document."""
    found = next((line.row for line in lines(session, case, programme, now) if line.document.name == name), None)
    if found is None:
        asked = ", ".join(document.name for document in programme.documents)
        raise RefusedError(f"{programme.title} no pide «{name}»; use uno de estos: {asked}")
    return found


def change(session: Session, case: CaseFile, row: CaseDocument, state: DocumentState, who: str, why: str | None, now: datetime) -> None:
    """The one way a document changes, with an event of the case. Raises RefusedError when it may not.

    The row is locked and read anew first, so that of two decisions at once the second sees the first.
    """
    lock(session, row)
    if state not in MAY_BECOME[row.state]:
        raise RefusedError(f"El papel «{row.name}» está en «{row.state}» y no puede pasar a «{state}»")
    said = f"{row.name} {state}: {why}" if why else f"{row.name} {state}"
    session.add(CaseEvent(case_file_id=case.id, before=case.stage, after=case.stage, who=who, why=said, at=now))
    row.state, row.changed_at, row.why = state, now, why if state is DocumentState.REJECTED else None


def receive(session: Session, case: CaseFile, row: CaseDocument, file_id: str, now: datetime) -> None:
    """The person has sent it; the door fetches it afterwards. Raises RefusedError without the leave to keep it."""
    if standing_consent(session, case, now) is None:
        raise RefusedError("Falta el permiso de la persona para guardar fotos de sus papeles")
    change(session, case, row, DocumentState.SENT, PERSON.name, None, now)
    row.file_id = file_id


def decide(session: Session, actor: Actor, folio: str, name: str, state: DocumentState, why: str | None, around: Surroundings) -> bool:
    """The office takes the document or asks for another, and the person is told. True: it reaches them. Raises RefusedError."""
    require(actor, Action.CASE_ADVANCE)
    case, referral = of_folio(session, actor, folio)
    require_open(session, referral)
    if state is DocumentState.REJECTED and not why:
        raise RefusedError("Falta la razón, que se le dice a la persona: escríbala")
    row = row_of(session, case, programme_of(around.content, case), name, around.now)
    change(session, case, row, state, actor.name, why, around.now)
    response = "utter_case_document_rejected" if state is DocumentState.REJECTED else "utter_case_document_accepted"
    is_told = tell_document(session, case, referral, name, response, why or "", around)
    conversation = session.get_one(Conversation, referral.conversation_id)
    audit.write(session, actor, Action.CASE_ADVANCE, conversation.reference, around.now, why=f"{name} {state}")
    return is_told


def withdraw(session: Session, case: CaseFile, now: datetime) -> int:
    """The person takes that leave back: photographs that wait are not fetched, kept ones go. Returns how many there were."""
    query = select(Consent).where(
        Consent.referral_id == case.referral_id, Consent.kind == ConsentKind.DOCUMENTS, Consent.withdrawn_at.is_(None)
    )
    for consent in session.scalars(query):
        consent.withdrawn_at = now
    rows = [row for row in session.scalars(select(CaseDocument).where(CaseDocument.case_file_id == case.id)) if row.file_id or row.stored]
    for row in rows:
        forget_photo(session, case, row, PERSON.name, now)
    return len(rows)


def stored_name(row: CaseDocument) -> str | None:
    """Where the photograph that waits will lie: the same at each attempt, so none is left behind by one that was cut off."""
    return KeyRing.current().hash("photograph", str(row.id), row.file_id) if row.file_id else None


def forget_photo(session: Session, case: CaseFile, row: CaseDocument, who: str, now: datetime) -> None:
    """It is not fetched any more, and a document that was only sent is missing again. Its file goes with `files.delete_unwanted`."""
    row.stored = row.stored or stored_name(row)  # a process that died may have stored it without a word
    row.file_id = None
    if row.state is DocumentState.SENT:
        change(session, case, row, DocumentState.MISSING, who, None, now)
