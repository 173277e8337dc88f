"""Everything that is kept of one person is erased, in every table and folder, and a signed row says that it was.

The order matters: what points to a row goes before it. tests/unit/test_erasure_everywhere.py compares the tables named here with those
of the schema that lead to a conversation, so that a new table cannot be missed.
"""

import json
import os
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import files
from bot.conversation import inbox
from bot.conversation.deferred import DEFERRED
from bot.courses import learners
from bot.errors import RefusedError, StorageError
from bot.handoff import attachments
from bot.permissions import PERSON, Action, Actor
from bot.privacy import arco, person, receipts
from bot.privacy.folios import new_folio
from bot.privacy.person import Person
from bot.records.audit import AuditEntry
from bot.records.cases import CaseDocument, CaseEvent, CaseFile
from bot.records.columns import KeyRing
from bot.records.conversations import Attachment, ButtonOffer, Conversation, Message
from bot.records.deliveries import InboxUpdate, OutboxMessage, OutboxState
from bot.records.learning import Learner
from bot.records.privacy import ArcoRequest, Erasure, LegalHold
from bot.records.referrals import Consent, PartnerLink, Referral, ReferralEvent, ReferralState
from bot.records.reviews import MessageTranslation, ProposedExample, Review
from bot.records.tables import Table
from bot.records.tickets import (
    Alert,
    GroupTopic,
    ReplyDraft,
    ReplyProposal,
    Ticket,
    TicketEvent,
    TicketNote,
    TicketState,
    TicketTag,
    Viewing,
)
from bot.referrals import lifecycle
from bot.referrals.lifecycle import By

REPEATED_FOR = timedelta(hours=48)  # that long a door may bring the same update again: its name stays, and nothing else of it
OF_TICKETS = (Alert, ReplyDraft, ReplyProposal, TicketEvent, TicketNote, TicketTag, Viewing)
OF_MESSAGES = (Attachment, MessageTranslation, ProposedExample, Review)
OF_LEARNER = "learner:"  # before a reference that is not a conversation's
LOG = "erasures.log"  # beside the keys, and so not in a backup of the database


class HeldError(RefusedError):
    """An authority ordered that it be kept."""


def erase(
    session: Session, conversation: Conversation, by: Actor, now: datetime, folder: Path | None, farewell: Conversation | None = None
) -> Erasure:
    """Erase the person of this conversation. `folder`: of the files. `farewell` takes over the calls that are under way.

    Raises HeldError while a legal hold stands.
    """
    return erase_person(session, person.of_conversation(session, conversation, locked=True), by, now, folder, farewell)


def erase_person(
    session: Session, whose: Person, by: Actor, now: datetime, folder: Path | None, farewell: Conversation | None = None
) -> Erasure:  # fmt: skip
    """The same, also of an official without a chat. The learner of `whose` is locked."""
    if person.is_held(session, whose):
        raise HeldError("Hay una orden de no borrar estos datos; levántela cuando deje de valer")
    gone, learner, subject = list(whose.conversations), whose.learner, whose.named.reference if whose.named else whose.reference
    references = [*(each.reference for each in gone), *([f"{OF_LEARNER}{learner.reference}"] if learner else [])]
    left = {"offices": _revoke(session, gone, by, now), "tickets": _held_tickets(session, gone)}
    if learner:
        _close_requests(session, ArcoRequest.learner_id == learner.id, by, now)
        session.execute(delete(LegalHold).where(LegalHold.learner_id == learner.id))  # lifted
    counts = _delete(session, gone, by, now, folder, farewell)
    if learner:
        _empty_audit(session, [learner.reference])
        counts |= learners.erase(session, learner, now, learners.OFFICIAL if by == PERSON else by)
    audit.write(session, by, Action.PERSON_ERASE, subject, now)  # its lock comes last: nobody waits with it for a row
    receipt = receipts.make(new_folio("BOR", now), now.replace(microsecond=0), counts)
    erasure = Erasure(
        folio=receipt.folio, erased=references, counts=counts, left=left, asked_by=by.name, erased_at=receipt.erased_at,
        signature=receipt.signature,
    )  # fmt: skip
    session.add(erasure)
    session.flush()
    _note(erasure)
    return erasure


def receipt_of(erasure: Erasure) -> receipts.Receipt:
    return receipts.Receipt(erasure.folio, erasure.erased_at, erasure.counts, erasure.signature)


def would_erase(session: Session, conversation: Conversation) -> dict[str, int]:
    """How many rows of each kind there are."""
    return would_erase_person(session, person.of_conversation(session, conversation))


def would_erase_person(session: Session, whose: Person) -> dict[str, int]:
    counts = {name: len(session.scalars(query).all()) for name, query in _rows(whose.ids).items()}
    return counts | (learners.count(session, [whose.learner.id]) if whose.learner else {})


def received_by(session: Session, conversation: Conversation) -> list[str]:
    """The organizations that were sent a case of this person."""
    ids = [each.id for each in person.selves(session, conversation)]
    sent = select(Referral.organization_id).where(Referral.conversation_id.in_(ids), Referral.state != ReferralState.DRAFT)
    return sorted(set(session.scalars(sent)))


def replay(session: Session, references: Sequence[str], folder: Path | None) -> int:
    """After a backup was restored: erase again what was erased since. Returns how many conversations and learners; a second time none."""
    found = session.scalars(select(Conversation).where(Conversation.reference.in_(list(references)))).all()
    of_learners = [each.removeprefix(OF_LEARNER) for each in references if each.startswith(OF_LEARNER)]
    back = session.scalars(select(Learner).where(Learner.reference.in_(of_learners))).all()
    for conversation in found:
        _delete(session, [conversation], Actor("restore"), conversation.updated_at, folder, None)
    for learner in back:
        _empty_audit(session, [learner.reference])
        _close_requests(session, ArcoRequest.learner_id == learner.id, Actor("restore"), learner.seen_at or learner.invited_at)
        session.execute(delete(LegalHold).where(LegalHold.learner_id == learner.id))
        learners.erase(session, learner, learner.seen_at or learner.invited_at)
    return len(found) + len(back)


def logged(keys_file: Path) -> list[dict[str, Any]]:
    """What the log beside the keys says was erased, oldest first: `folio`, `erased` (references), `erased_at`."""
    path = keys_file.parent / LOG
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] if path.exists() else []


def _note(erasure: Erasure) -> None:
    """Written and on the disk before the erasure itself is committed: a restored backup must not bring the person back."""
    keys_file = KeyRing.current().path
    if keys_file is None:
        return
    known = {"folio": erasure.folio, "erased": erasure.erased, "erased_at": erasure.erased_at.isoformat(), "asked_by": erasure.asked_by}
    path = keys_file.parent / LOG
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(known) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path}: no se puede anotar el borrado ({error.strerror}); corrija los permisos de la carpeta") from None


def _revoke(session: Session, gone: list[Conversation], by: Actor, now: datetime) -> list[str]:
    """An institution that has a case sees first that it may not use it any more. Returns those that had received one.

    Locked, as the tickets below: whoever is at one ends before anything is deleted.
    """
    ids = [each.id for each in gone]
    referrals = list(session.scalars(select(Referral).where(Referral.conversation_id.in_(ids)).order_by(Referral.id).with_for_update()))
    told = sorted({each.organization_id for each in referrals if each.state is not ReferralState.DRAFT})
    for referral in referrals:
        if referral.state not in lifecycle.OPEN:
            continue
        if by == PERSON:
            lifecycle.change(session, referral, ReferralState.WITHDRAWN, by, None, now)
        elif By.DATA_OFFICER in lifecycle.kinds_of(by, referral):
            lifecycle.change(session, referral, ReferralState.REVOKED, by, "erased", now)
    session.flush()
    return told


def _held_tickets(session: Session, gone: list[Conversation]) -> list[list[Any]]:
    """Number and holder of those that somebody works on: their number will be gone."""
    held = select(Ticket).where(Ticket.conversation_id.in_([each.id for each in gone]), Ticket.state != TicketState.RESOLVED)
    return [[each.id, each.holder] for each in session.scalars(held.order_by(Ticket.id).with_for_update()) if each.holder]


def _rows(ids: list[int]) -> dict[str, Select[int]]:
    """What is counted on a receipt."""
    messages, referrals = (select(table.id).where(table.conversation_id.in_(ids)) for table in (Message, Referral))
    return {
        "messages": messages,
        "attachments": select(Attachment.id).where(Attachment.message_id.in_(messages)),
        "tickets": select(Ticket.id).where(Ticket.conversation_id.in_(ids)),
        "referrals": referrals,
        "consents": select(Consent.id).where(Consent.conversation_id.in_(ids) | Consent.referral_id.in_(referrals)),
        "documents": select(CaseDocument.id).where(CaseDocument.case_file_id.in_(_cases(ids))),
    }


def _cases(ids: list[int]) -> Select[int]:
    return select(CaseFile.id).where(CaseFile.referral_id.in_(select(Referral.id).where(Referral.conversation_id.in_(ids))))


def _delete(
    session: Session, gone: list[Conversation], by: Actor, now: datetime, folder: Path | None, farewell: Conversation | None
) -> dict[str, int]:
    ids = [each.id for each in gone]
    rows = _rows(ids)
    counts = Counter({name: len(session.scalars(query).all()) for name, query in rows.items()})
    counts["conversations"] = len(ids)
    counts["files"] = _delete_files(session, ids, folder)
    _close_requests(session, ArcoRequest.conversation_id.in_(ids), by, now)
    _hand_over_calls(session, ids, farewell)
    referrals, cases, tickets = rows["referrals"], _cases(ids), rows["tickets"]
    conditions: list[tuple[type[Table], ColumnElement[bool]]] = [
        (CaseDocument, CaseDocument.case_file_id.in_(cases)),
        (CaseEvent, CaseEvent.case_file_id.in_(cases)),
        (CaseFile, CaseFile.referral_id.in_(referrals)),
        (PartnerLink, PartnerLink.referral_id.in_(referrals)),
        (ReferralEvent, ReferralEvent.referral_id.in_(referrals)),
        (Consent, Consent.conversation_id.in_(ids) | Consent.referral_id.in_(referrals)),
        (Referral, Referral.conversation_id.in_(ids)),
        *((each, each.ticket_id.in_(tickets)) for each in OF_TICKETS),
        (Ticket, Ticket.conversation_id.in_(ids)),
        *((each, each.message_id.in_(rows["messages"])) for each in OF_MESSAGES),
        (OutboxMessage, OutboxMessage.conversation_id.in_(ids)),
        (Message, Message.conversation_id.in_(ids)),
        (ButtonOffer, ButtonOffer.conversation_id.in_(ids)),
        (GroupTopic, GroupTopic.conversation_id.in_(ids)),
        (LegalHold, LegalHold.conversation_id.in_(ids)),
    ]
    for table, condition in conditions:
        session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
    _empty_audit(session, [each.reference for each in gone])
    _forget_updates(session, gone, now)
    for each in gone:
        session.expunge(each)  # its row goes below; what still holds the object must not write it back
    session.execute(delete(Conversation).where(Conversation.id.in_(ids)).execution_options(synchronize_session=False))
    return dict(counts)


def _hand_over_calls(session: Session, ids: list[int], farewell: Conversation | None) -> None:
    """Telegram may still take what is under way: its outcome is waited for, so that it can be deleted from the screen."""
    if farewell is None:
        return
    under_way = update(OutboxMessage).where(OutboxMessage.conversation_id.in_(ids), OutboxMessage.state == OutboxState.SENDING)
    session.execute(
        under_way.values(conversation_id=farewell.id, message_id=None, door_ids=None).execution_options(synchronize_session=False)
    )


def _close_requests(session: Session, theirs: ColumnElement[bool], by: Actor, now: datetime) -> None:
    """The register keeps that somebody asked and when it was answered; who and in what words is gone."""
    for request in session.scalars(select(ArcoRequest).where(theirs)):
        arco.settle_by_erasure(request, by.name, now)
        request.conversation_id = request.learner_id = request.asked = request.answer = None
        request.idempotency_key = secrets.token_hex(16)
    session.flush()


def _empty_audit(session: Session, references: list[str]) -> None:
    """Reasons may name somebody; the chain of digests holds without them."""
    said = update(AuditEntry).where(AuditEntry.subject.in_(references), AuditEntry.why.is_not(None))
    session.execute(said.values(why=None).execution_options(synchronize_session=False))


def _forget_updates(session: Session, gone: list[Conversation], now: datetime) -> None:
    """What is not dealt with yet begins anew afterwards, but for questions of ours that wait to be asked again."""
    if not gone:
        return
    chats = {chat for each in gone for chat in (each.chat, each.former_chat) if chat}
    mine = (InboxUpdate.bot_id == gone[0].bot_id, InboxUpdate.chat.in_(chats))
    session.execute(delete(InboxUpdate).where(*mine, InboxUpdate.done_at.is_(None), InboxUpdate.update_id.startswith(DEFERRED)))
    session.execute(delete(InboxUpdate).where(*mine, InboxUpdate.done_at < now - REPEATED_FOR))
    for known in session.scalars(select(InboxUpdate.id).where(*mine, InboxUpdate.done_at.is_not(None))).all():
        inbox.anonymize(session, known)


def _delete_files(session: Session, ids: list[int], folder: Path | None) -> int:
    """What staff fetched for this person's tickets, and the photographs of their cases. Returns how many files."""
    if folder is None:
        return 0
    count = sum(files.delete_of(session, each, folder) for each in ids)
    tickets = session.scalars(select(Ticket.id).where(Ticket.conversation_id.in_(ids)))
    return count + attachments.forget(folder, set(tickets))
