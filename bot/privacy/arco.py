"""The register of requests under the law: access, rectification, cancellation, opposition, each with a folio and the law's terms.

Twenty working days to answer, ten more once, and fifteen to make effective what is granted: Ley General de Protección de Datos Personales
en Posesión de Sujetos Obligados (DOF 20-03-2025), the facts `data_answer_term`, `data_answer_extension`, `data_effect_term`.
"""

from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, case, false, or_, select
from sqlalchemy.orm import Session

from bot.content.calendar import days_of_rest
from bot.content.languages import MEXICO
from bot.errors import RefusedError
from bot.privacy import learning
from bot.privacy.folios import new_folio
from bot.privacy.person import Person
from bot.records.conversations import Conversation, key_of, of_migrants
from bot.records.privacy import ArcoRequest, ArcoState, Right

ANSWER, EXTENSION, EFFECT = 20, 10, 15  # working days

MAY_BECOME = {
    ArcoState.OPEN: {ArcoState.EXTENDED, ArcoState.GRANTED, ArcoState.DENIED},
    ArcoState.EXTENDED: {ArcoState.GRANTED, ArcoState.DENIED},
    ArcoState.GRANTED: {ArcoState.DONE},
    ArcoState.DENIED: set[ArcoState](),
    ArcoState.DONE: set[ArcoState](),
}
UNANSWERED = (ArcoState.OPEN, ArcoState.EXTENDED)


def file(session: Session, conversation: Conversation, key: str, right: Right, asked: str | None, now: datetime) -> ArcoRequest:
    """A request with its folio. Its `key` again finds that request; another for a right that waits for its answer adds to that one."""
    theirs = Person(
        [conversation], conversation, learning.learner_of(session, [conversation])
    )  # what was forgotten before is not said here
    return file_for(session, theirs, key_of(conversation, key), right, asked, now)


def file_for(session: Session, whose: Person, key: str, right: Right, asked: str | None, received_at: datetime) -> ArcoRequest:
    """The same, also for an official without a chat. `received_at`: the term runs from then."""
    same = (_of(whose), ArcoRequest.right == right, ArcoRequest.state.in_(UNANSWERED))
    if known := session.scalar(select(ArcoRequest).where(ArcoRequest.idempotency_key == key)):
        return known
    if known := session.scalar(select(ArcoRequest).where(*same).with_for_update()):
        if asked and asked not in (known.asked or ""):
            day = received_at.astimezone(MEXICO).date()
            known.asked = "\n".join(filter(None, [known.asked, f"{day:%d/%m/%Y}: {asked}"]))
        return known
    request = ArcoRequest(
        folio=new_folio("ARC", received_at), idempotency_key=key, right=right, state=ArcoState.OPEN, asked=asked or None,
        conversation_id=whose.named.id if whose.named else None, learner_id=whose.learner.id if whose.learner else None,
        of_official=whose.is_official, received_at=received_at, answer_by=working_days_after(received_at, ANSWER),
    )  # fmt: skip
    session.add(request)
    session.flush()
    return request


def of_a_migrant() -> ColumnElement[bool]:
    """A condition on a request; one whose conversation was erased since stays in the register."""
    return and_(~ArcoRequest.of_official, or_(ArcoRequest.conversation_id.is_(None), of_migrants(ArcoRequest.conversation_id)))


def of_person(session: Session, whose: Person) -> list[ArcoRequest]:
    return list(session.scalars(select(ArcoRequest).where(_of(whose)).order_by(ArcoRequest.id)))


def of_folio(session: Session, folio: str, among: ColumnElement[bool] | None = None) -> ArcoRequest:
    """Locked. `among`: none says only those of migrants. Raises RefusedError."""
    wanted = (ArcoRequest.folio == folio.strip().upper(), of_a_migrant() if among is None else among)
    found = session.scalar(select(ArcoRequest).where(*wanted).with_for_update())
    if found is None:
        raise RefusedError(f"No hay una solicitud con el folio {folio}; revise el folio")
    return found


def register(session: Session, among: ColumnElement[bool] | None = None) -> list[ArcoRequest]:
    """All of them: what waits for an answer or for its effect first, by its deadline, so that the overdue stand on top."""
    waits = case(
        (ArcoRequest.state.in_(UNANSWERED), ArcoRequest.answer_by), (ArcoRequest.state == ArcoState.GRANTED, ArcoRequest.effective_by)
    )
    theirs = select(ArcoRequest).where(of_a_migrant() if among is None else among)
    return list(session.scalars(theirs.order_by(waits.is_(None), waits, ArcoRequest.id.desc())))


def _of(whose: Person) -> ColumnElement[bool]:
    theirs = ArcoRequest.learner_id == whose.learner.id if whose.learner else false()
    return or_(ArcoRequest.conversation_id.in_(whose.ids), theirs)


def due_at(request: ArcoRequest) -> datetime | None:
    """Until when somebody has to do something about it."""
    if request.state in UNANSWERED:
        return request.answer_by
    return request.effective_by if request.state is ArcoState.GRANTED else None


def is_overdue(request: ArcoRequest, now: datetime) -> bool:
    due = due_at(request)
    return due is not None and due < now


def change(request: ArcoRequest, state: ArcoState, who: str, answer: str | None, now: datetime) -> None:
    """The one way a request changes. Raises RefusedError."""
    if state not in MAY_BECOME[request.state]:
        raise RefusedError(f"La solicitud {request.folio} está en «{request.state}» y no puede pasar a «{state}»")
    if state is ArcoState.EXTENDED:
        request.answer_by = working_days_after(request.answer_by, EXTENSION)
    elif state is not ArcoState.DONE:
        request.answered_at = now
        request.effective_by = working_days_after(now, EFFECT) if state is ArcoState.GRANTED else None
    request.state, request.who = state, who
    request.answer = answer or request.answer


def settle_by_erasure(request: ArcoRequest, who: str, now: datetime) -> None:
    """Nothing is left that could be shown, corrected or used: what was open is granted and done."""
    if request.state in UNANSWERED:
        change(request, ArcoState.GRANTED, who, None, now)
    if request.state is ArcoState.GRANTED:
        change(request, ArcoState.DONE, who, None, now)


def working_days_after(moment: datetime, count: int) -> datetime:
    """The end of the last of so many working days in Mexico, not counting the day itself."""
    day = moment.astimezone(MEXICO).date()
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in days_of_rest(day.year)
    return datetime.combine(day, time(23, 59, 59), MEXICO)
