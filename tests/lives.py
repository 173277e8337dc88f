"""People in whose chat everything has happened: questions, danger, requests for a person, a case, rights, readings of what they said."""

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from bot.handoff.alerts import raise_alert
from bot.records.conversations import Conversation, Direction, Message
from bot.records.privacy import ArcoRequest, LegalHold, Right
from bot.records.referrals import Referral, ReferralEvent, ReferralState
from bot.records.reviews import ProposedExample, Review
from bot.records.tickets import ReplyProposal, Ticket, TicketState, TicketTag

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)  # a Wednesday, noon in Mexico
THEN = NOW - timedelta(hours=20)
PASSPORT, HELD_BY = "consular_passport", "rosa"
STATES = (TicketState.WAITING, TicketState.ASSIGNED, TicketState.SNOOZED)
_NUMBERS = count(1)


def live(session: Session, bot_id: str, people: int = 6) -> list[Conversation]:
    """The first of them waited for five minutes, each other one a minute longer."""
    return [_lives(session, bot_id, next(_NUMBERS), timedelta(minutes=5 + place)) for place in range(people)]


def _lives(session: Session, bot_id: str, number: int, waited: timedelta) -> Conversation:
    person = Conversation(
        bot_id=bot_id, chat=f"chat{number}", chat_id=f"number of {number}", reference=f"reference{number}", language="es",
        created_at=THEN, updated_at=THEN, state={"slots": {}}, questionnaire={"name": "referral_intake"},
    )  # fmt: skip
    session.add(person)
    session.flush()
    _asks(session, person)
    _has_tickets(session, person, number, waited)
    _has_case(session, person, number)
    session.add(
        ArcoRequest(
            folio=f"ARC-26-A{number:05d}", idempotency_key=f"arco{number}", conversation_id=person.id, right=Right.ACCESS,
            received_at=THEN, answer_by=NOW + timedelta(days=9),
        )
    )  # fmt: skip
    session.add(LegalHold(conversation_id=person.id, why="Juzgado", placed_by="olga", placed_at=THEN, review_at=NOW))
    session.flush()
    return person


def _asks(session: Session, person: Conversation) -> None:
    for decision, safety in (("answer", None), ("suggest", None), ("fallback", None), ("answer", "trafficking")):
        asked = Message(
            conversation_id=person.id, direction=Direction.IN, text="¿Y mi pasaporte?", intent=PASSPORT, confidence=0.9,
            decision=decision, safety=safety, created_at=THEN,
        )  # fmt: skip
        session.add(asked)
        session.flush()
        session.add(Message(conversation_id=person.id, direction=Direction.OUT, text="Lleve su acta.", response="utter_x", created_at=THEN))
        for who, intent in (("luz", PASSPORT), ("memo", "consular_id_card")):
            session.add(Review(message_id=asked.id, who=who, intent=intent, is_gap=True, at=THEN))
        session.add(Review(message_id=asked.id, who="sara", intent=PASSPORT, at=THEN, is_final=True))
        session.add(ProposedExample(message_id=asked.id, text="y mi pasaporte", intent=PASSPORT, proposed_by="luz", proposed_at=THEN))


def _has_tickets(session: Session, person: Conversation, number: int, waited: timedelta) -> None:
    over = Ticket(
        conversation_id=person.id, state=TicketState.RESOLVED, reason="asked", opened_at=THEN, changed_at=NOW, topic="consular", rating=3,
        first_replied_at=THEN + waited, resolved_at=NOW,
    )  # fmt: skip
    state = STATES[number % len(STATES)]
    open_one = Ticket(
        conversation_id=person.id, state=state, reason="asked", opened_at=NOW, changed_at=THEN, topic="consular", waiting_since=THEN,
        reply_by=THEN + timedelta(hours=1), resolve_by=NOW, holder=None if state is TicketState.WAITING else HELD_BY,
    )  # fmt: skip
    session.add_all((over, open_one))
    session.flush()
    session.add(ReplyProposal(ticket_id=open_one.id, who="luis", text="Lleve su acta.", proposed_at=THEN))
    session.add(TicketTag(ticket_id=open_one.id, tag="queja", who=HELD_BY, at=THEN))
    raise_alert(session, open_one, "escalated", THEN)


def _has_case(session: Session, person: Conversation, number: int) -> None:
    case = Referral(
        folio=folio_of(number), idempotency_key=f"case{number}", conversation_id=person.id, organization_id="ipam",
        state=ReferralState.RECEIVED, need="work", municipality="21114", service_id="ipam_support", details={}, created_at=THEN,
        changed_at=THEN, answer_by=THEN + timedelta(hours=2),
    )  # fmt: skip
    session.add(case)
    session.flush()
    for state in (ReferralState.SENT, ReferralState.RECEIVED):
        session.add(ReferralEvent(referral_id=case.id, before=None, after=state, who="x", at=THEN))


def folio_of(number: int) -> str:
    letters = "ABCDEFGHJK"
    return "PTE-26-" + "".join(letters[int(digit)] for digit in f"{number:06d}")
