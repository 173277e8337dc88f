"""A case of somebody who stands in front of an official: the official types the answers, reads the leave aloud and says what they answered.

Nothing is kept before the leave: the answers travel with the page. The text that was read is kept as it was shown, and a yes counts for
that text alone: what it would say now is compared when it is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot import audit
from bot.content.asking import Questionnaire, is_offered
from bot.content.languages import MEXICO, SOURCE
from bot.content.published import Content
from bot.conversation.incoming import text_message
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.questionnaires import question, run
from bot.questionnaires.run import Progress
from bot.questionnaires.steps import Ambiguous, Answer, read_answer
from bot.questionnaires.ticks import Row
from bot.records.referrals import Referral
from bot.referrals import consent, creation, recipients
from bot.referrals.proposing import Wish, begin, held_conversation, intake


@dataclass(frozen=True)
class Leave:
    """What is read aloud, and the mark of what a yes to it means."""

    text: str
    mark: str
    rows: tuple[Row, ...]
    recipient: str


def read_aloud(session: Session, actor: Actor, ticket_id: int, wish: Wish, said: Mapping[str, str], around: Surroundings) -> Leave:
    """Raises RefusedError when an answer is missing or cannot be taken."""
    held_conversation(session, actor, ticket_id)
    questionnaire, progress = _filled(session, actor, wish, said, around)
    mark, text = question.leave_asked(around.content, questionnaire, progress, SOURCE)
    organization = run.receiver(around.content, progress)
    rows = question.shared_rows(around.content, questionnaire, progress, SOURCE)
    return Leave(text, mark, tuple(rows), organization.name if organization else "")


def send(
    session: Session, actor: Actor, ticket_id: int, wish: Wish, said: Mapping[str, str], mark: str, key: str, around: Surroundings
) -> Referral:
    """The person said yes to the text with that mark. The same `key` finds the same case. Raises RefusedError."""
    conversation = held_conversation(session, actor, ticket_id)
    questionnaire, progress = _filled(session, actor, wish, said, around)
    now_asked, text = question.leave_asked(around.content, questionnaire, progress, SOURCE)
    if mark != now_asked:
        raise RefusedError("Lo que se compartiría cambió: lea otra vez el permiso a la persona. No se envió nada")
    assert progress.recipient is not None, "the leave names who receives it"
    consented = consent.to_share(questionnaire, progress, progress.recipient[0], SOURCE, text)
    referral = creation.create(
        session, conversation, key, wish.need, consented.fields.get("municipality"), consented, around.now, content=around.content,
        service_id=progress.recipient[1], for_whom=consent.for_whom(progress), sender=actor.name, given_by=actor.name,
    )  # fmt: skip
    audit.write(session, actor, Action.REFERRAL_CREATE, conversation.reference, around.now, why=referral.folio)
    return referral


def _filled(
    session: Session, actor: Actor, wish: Wish, said: Mapping[str, str], around: Surroundings
) -> tuple[Questionnaire, Progress]:  # fmt: skip
    """At the leave, with every answer before it. Raises RefusedError."""
    questionnaire = intake(around.content)
    progress = replace(begin(session, actor, questionnaire, wish, around), at_desk=True)
    for step in questionnaire.steps:
        if step.asks_leave or step.id in progress.answers or not run.is_asked(step, progress):
            continue
        progress = run.take(progress, step, _answer(questionnaire, step.id, said.get(step.id, ""), around))
    unticked = {name for name in said.get("unticked", "").split(",") if name}
    for name in sorted(unticked):
        progress = run.tick(questionnaire, progress, name) or progress
    at_leave = run.onward(questionnaire, progress)
    if at_leave is None or not run.current(questionnaire, at_leave).asks_leave:
        raise RefusedError("Faltan respuestas; revise el formulario")
    chosen = recipients.named(
        around.content, run.case_of(at_leave), wish.service_id, around.now, recipients.open_counts(session)
    )  # fmt: skip
    if chosen is None:
        raise RefusedError("A ese servicio no se le puede mandar este caso ahora; elija otro")
    return questionnaire, replace(at_leave, recipient=(chosen.organization.id, chosen.service_id))


def _answer(questionnaire: Questionnaire, step_id: str, typed: str, around: Surroundings) -> Answer:
    step = questionnaire.step(step_id)
    assert step is not None, "the caller goes through its steps"
    if step.type == "choice":
        option = step.option(typed)
        if option is None or not is_offered(option, at_desk=True):
            raise RefusedError(f"Falta contestar: {step.label}")
        return Answer(option.value, option.title)
    reading = read_answer(step, text_message(typed), around.content, around.now.astimezone(MEXICO).date()) if typed.strip() else None
    if isinstance(reading, Answer):
        return reading
    if isinstance(reading, Ambiguous) or typed.strip() or not step.optional:
        raise RefusedError(f"No se entiende lo que puso en: {step.label}")
    return Answer(None, "—")


def asked_of(content: Content) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """What a form asks at a desk beside need, place and story: name, label, type and the choices."""
    return [
        (step.id, step.label or step.ask, step.type, [(each.value, each.title) for each in step.options if is_offered(each, at_desk=True)])
        for step in intake(content).steps
        if not step.asks_leave and is_offered(step, at_desk=True) and step.id not in ("need", "municipality", "story")
    ]
