"""The copy of everything that is kept of one person, for that person: as data, and as the JSON document that is sent or written.

Staff have no names in it: whoever asks learns which role and office acted.
"""

import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.errors import StorageError
from bot.privacy import arco, learning, person
from bot.privacy.looks import looks_at
from bot.privacy.person import Person
from bot.records.cases import CaseDocument, CaseFile
from bot.records.conversations import Attachment, Conversation, Direction, Message
from bot.records.referrals import Consent, Referral, ReferralEvent
from bot.records.tickets import Ticket

SENDERS = {Direction.IN: "person", Direction.OUT: "assistant", Direction.STAFF: "staff"}


def copy_of(session: Session, conversation: Conversation) -> dict[str, Any]:
    """All of it, the former conversations of the same chat too."""
    return copy_for(session, person.of_conversation(session, conversation))


def copy_for(session: Session, whose: Person) -> dict[str, Any]:
    """The same, also of an official whose chat is gone."""
    ids = whose.ids
    copy: dict[str, Any] = {
        "conversations": [_conversation(each) for each in whose.conversations],
        "messages": _messages(session, ids),
        "attachments": _attachments(session, ids),
        "requests_for_a_person": [
            {"opened_at": _at(each.opened_at), "state": each.state, "changed_at": _at(each.changed_at), "reason": each.reason}
            for each in _all(session, select(Ticket).where(Ticket.conversation_id.in_(ids)).order_by(Ticket.id))
        ],
        "referrals": [_referral(session, each) for each in referrals_of(session, ids)],
        "consents": [_consent(each) for each in consents_of(session, ids)],
        "requests_under_the_law": [
            {"folio": each.folio, "right": each.right, "state": each.state, "asked": each.asked, "received_at": _at(each.received_at),
             "answer_by": _at(each.answer_by), "answered_at": _at(each.answered_at), "answer": each.answer}
            for each in arco.of_person(session, whose)
        ],
        "views": [
            {"at": _at(each.at), "role": each.role, "office": each.office, "what": each.what}
            for each in looks_at(session, whose.references)
        ],
    }  # fmt: skip
    if whose.is_official:
        copy["learning"] = learning.copy_of(session, whose.learner) if whose.learner else None
    return copy


def document(session: Session, conversation_id: int, now: datetime) -> bytes:
    """The copy as a file: made when it is sent, so that it is kept nowhere."""
    conversation = session.get(Conversation, conversation_id)
    found = copy_of(session, conversation) if conversation else {}
    return as_json({"made_at": _at(now), **found}).encode()


def as_json(copy: dict[str, Any]) -> str:
    return json.dumps(copy, ensure_ascii=False, indent=1, default=_written) + "\n"


def write_to(path: Path, copy: dict[str, Any]) -> None:
    """For its owner's eyes alone, whoever could read what stood there before. Raises StorageError; nothing is left of it then."""
    try:
        with TemporaryDirectory(prefix=".copy-", dir=path.parent) as folder:  # made with mode 0700
            draft = Path(folder) / path.name
            draft.touch(mode=0o600)
            draft.write_text(as_json(copy), encoding="utf-8")
            draft.replace(path)
    except OSError as error:
        raise StorageError(f"{path}: no se puede escribir la copia ({error.strerror}); elija otro archivo") from None


def referrals_of(session: Session, ids: list[int]) -> list[Referral]:
    return _all(session, select(Referral).where(Referral.conversation_id.in_(ids)).order_by(Referral.id))


def consents_of(session: Session, ids: list[int]) -> list[Consent]:
    """Those that name the conversation and those of its referrals."""
    referrals = select(Referral.id).where(Referral.conversation_id.in_(ids))
    theirs = Consent.conversation_id.in_(ids) | Consent.referral_id.in_(referrals)
    return _all(session, select(Consent).where(theirs).order_by(Consent.id))


def _all[T](session: Session, query: Select[T]) -> list[T]:
    return list(session.scalars(query))


def _written(value: object) -> str:
    """A moment in what `learning` found."""
    assert isinstance(value, datetime), type(value)
    return value.isoformat(timespec="seconds")


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _conversation(each: Conversation) -> dict[str, Any]:
    return {
        "reference": each.reference, "since": _at(each.created_at), "last_message_at": _at(each.updated_at),
        "door": each.bot_id.split(":")[0], "chat_id": each.chat_id, "language": each.language, "dialogue": each.state,
        "unfinished_form": each.questionnaire,
        "was_forgotten": each.former_chat is not None, "privacy_notice": each.notice_version,
    }  # fmt: skip


def _messages(session: Session, ids: list[int]) -> list[dict[str, Any]]:
    return [_message(each) for each in _all(session, select(Message).where(Message.conversation_id.in_(ids)).order_by(Message.id))]


def _message(each: Message) -> dict[str, Any]:
    buttons = [title for title, _ in each.buttons or ()]
    said = {"at": _at(each.created_at), "from": SENDERS[each.direction], "text": each.text, "buttons": buttons, "question": each.intent}
    return {name: value for name, value in said.items() if value}


def _attachments(session: Session, ids: list[int]) -> list[dict[str, Any]]:
    query = select(Attachment).join(Message, Message.id == Attachment.message_id).where(Message.conversation_id.in_(ids))
    return [
        {"at": _at(each.created_at), "kind": each.kind, "file_name": each.file_name, "bytes": each.size}
        for each in _all(session, query.order_by(Attachment.id))
    ]


def _referral(session: Session, each: Referral) -> dict[str, Any]:
    events = _all(session, select(ReferralEvent).where(ReferralEvent.referral_id == each.id).order_by(ReferralEvent.id))
    case = session.scalar(select(CaseFile).where(CaseFile.referral_id == each.id))
    papers = _all(session, select(CaseDocument).where(CaseDocument.case_file_id == case.id)) if case else []
    return {
        "folio": each.folio, "organization": each.organization_id, "state": each.state, "need": each.need,
        "municipality": each.municipality, "shared": each.details, "created_at": _at(each.created_at), "changed_at": _at(each.changed_at),
        "history": [{"at": _at(event.at), "state": event.after, "why": event.why, "note": event.note} for event in events],
        "programme": {"name": case.programme, "stage": case.stage} if case else None,
        "documents": [{"name": paper.name, "state": paper.state, "why": paper.why} for paper in papers],
    }  # fmt: skip


def _consent(each: Consent) -> dict[str, Any]:
    return {
        "kind": each.kind, "text": each.text, "recipient": each.recipient, "fields": each.fields, "given_at": _at(each.given_at),
        "expires_at": _at(each.expires_at), "withdrawn_at": _at(each.withdrawn_at),
    }  # fmt: skip
