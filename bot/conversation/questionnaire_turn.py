"""A turn inside a questionnaire: taking the answer, and the words that move through it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import tickets
from bot.content.asking import Questionnaire
from bot.conversation.context import Turn
from bot.conversation.eligibility_turn import finish_check
from bot.conversation.incoming import Kind
from bot.conversation.notice_turn import show_once
from bot.conversation.office_turn import finish_search
from bot.conversation.rights_turn import file_request
from bot.questionnaires import run
from bot.questionnaires.run import Progress
from bot.questionnaires.steps import Ambiguous, Answer, read_answer
from bot.referrals import lifecycle
from nlu.components.spelling import plain

Arguments = Mapping[str, Any]
MOST_WORDS_OF_A_TOWN = 4


def start_questionnaire(turn: Turn, arguments: Arguments) -> None:
    """Start it, or go on where the person was. Another one that is pending waits until this one ends."""
    name = str(arguments.get("value") or arguments["name"])
    if name not in turn.content.questionnaires:
        turn.say("utter_button_old")
        return
    if turn.progress is None or turn.progress.name != name:
        turn.begin_questionnaire(turn.waiting_questionnaire(name) or run.start(turn.content.questionnaires[name]))
        show_once(turn, turn.content.questionnaires[name])
    turn.ask_step()


def is_for_questionnaire(turn: Turn) -> bool:
    return turn.progress is not None and turn.incoming.kind is not Kind.DEFERRED


def needs_understanding(turn: Turn) -> bool:
    """Where a story is asked for anything could be the answer: Rasa says first whether it is a wish to stop or to talk to a person."""
    questionnaire, progress = _pending(turn)
    return turn.incoming.kind is Kind.TEXT and run.current(questionnaire, progress).type == "text"


def answer_step(turn: Turn) -> bool:
    """Take what was sent as an answer to the pending step. False: it is something else."""
    questionnaire, progress = _pending(turn)
    step = run.current(questionnaire, progress)
    incoming = turn.incoming
    if incoming.kind is Kind.BUTTON:
        return press_step(turn, incoming.payload)
    if progress.paused:
        return False
    if progress.correcting:
        return _typed_label(turn, questionnaire, progress)
    if step.type == "text":  # a story asks for no document
        incoming = replace(incoming, text=turn.hidden.text)
    reading = read_answer(step, incoming, turn.content, turn.today)
    if isinstance(reading, Ambiguous):
        turn.set_progress(run.offer(progress, reading))
        turn.say("utter_which_place")
        return True
    if reading is None:
        return False
    turn.was_asked_for = step.type == "telephone"
    _taken(turn, questionnaire, progress, step.id, reading)
    return True


def names_town(turn: Turn) -> bool:
    """Is a municipality asked for, and are these few words one and nothing else?"""
    questionnaire, progress = _pending(turn)
    text = turn.incoming.text if turn.incoming.kind is Kind.TEXT else ""
    asked = run.current(questionnaire, progress).type == "municipality"
    return asked and len(text.split()) <= MOST_WORDS_OF_A_TOWN and turn.content.municipalities.is_only_name(text)


def press_step(turn: Turn, payload: str) -> bool:
    """Take a button of the questionnaire, pressed or typed. False: it is another button."""
    questionnaire, progress = _pending(turn)
    return _answer_by_button(turn, questionnaire, progress, payload)


def missed(turn: Turn) -> None:
    """Not an answer and not a question either: ask again, with the help and never in the same words."""
    _, progress = _pending(turn)
    turn.set_progress(run.miss(progress))
    if progress.misses == 0:
        turn.say("utter_step_not_understood")
    else:
        turn.say("utter_step_missed_again", times=str(progress.misses + 1))
    turn.ask_step(with_help=True)


def _typed_label(turn: Turn, questionnaire: Questionnaire, progress: Progress) -> bool:
    """What is to be corrected, typed instead of pressed."""
    typed = plain(turn.incoming.text)
    for step_id, (label, _, _) in run.shared_answers(questionnaire, progress).items():
        if typed and typed in (plain(label), plain(turn.content.translate(label, turn.language))):
            turn.set_progress(run.correct(questionnaire, progress, step_id))
            turn.ask_step()
            return True
    return False


def go_back(turn: Turn, arguments: Arguments) -> None:
    if _nothing_pending(turn):
        return
    questionnaire, progress = _pending(turn)
    turn.set_progress(run.back(questionnaire, progress))
    turn.ask_step()


def skip_step(turn: Turn, arguments: Arguments) -> None:
    if _nothing_pending(turn):
        return
    questionnaire, progress = _pending(turn)
    wanted = str(arguments.get("value") or "")
    step = questionnaire.step(wanted) if wanted else run.current(questionnaire, progress)
    if step is None:
        turn.say("utter_button_old")
    elif step.optional:
        _moved(turn, questionnaire, run.skip(progress, step))
    else:
        turn.say("utter_step_needed")


def correct(turn: Turn, arguments: Arguments) -> None:
    if _nothing_pending(turn):
        return
    questionnaire, progress = _pending(turn)
    wanted = str(arguments.get("value") or "")
    if wanted:
        turn.set_progress(run.correct(questionnaire, progress, wanted) or progress)
    elif run.shared_answers(questionnaire, progress):
        turn.set_progress(run.choose_correction(progress))
    turn.ask_step()


def cancel(turn: Turn, arguments: Arguments) -> None:
    pending = turn.progress is not None
    turn.leave_questionnaire()
    turn.say("utter_cancelled" if pending else "utter_nothing_to_cancel")


def _nothing_pending(turn: Turn) -> bool:
    if turn.progress is None:
        turn.say("utter_nothing_to_cancel")
        return True
    return False


def _pending(turn: Turn) -> tuple[Questionnaire, Progress]:
    progress = turn.progress
    assert progress is not None, "callers ask is_for_questionnaire first"
    return turn.content.questionnaires[progress.name], progress


def _answer_by_button(turn: Turn, questionnaire: Questionnaire, progress: Progress, payload: str) -> bool:
    """`referral_intake.need=work`. A button of an earlier step corrects that answer."""
    target, sign, value = _split(payload)
    name, _, step_id = target.partition(".")
    step = questionnaire.step(step_id)
    if not sign or name != questionnaire.name or step is None:
        return False
    if sign == run.TOGGLE:
        turn.set_progress(run.toggle(progress, step, value))
        turn.ask_step()
        return True
    if step.type == "consent":
        if step.id != run.current(questionnaire, progress).id:
            turn.say("utter_button_old")  # consent is given to what is shown now, not to what was shown before
            return True
        reading = Answer(value == "yes", "")
    elif step.type == "toggles":
        ticked = run.ticked_of(progress, step)
        titles = [turn.content.translate(option.title, turn.language) for option in step.options if option.value in ticked]
        reading = Answer(ticked, ", ".join(titles))
    elif step.type == "municipality":
        place = turn.content.municipalities.get(value)
        if place is None:
            return False
        reading = Answer(place.key, place.title)
    else:
        title = next((option.title for option in step.options if option.value == value), None)
        if title is None:
            turn.say("utter_button_old")  # an editor has taken that option away
            return True
        reading = Answer(value, title)
    _taken(turn, questionnaire, progress, step.id, reading)
    return True


def _split(payload: str) -> tuple[str, str, str]:
    for sign in (run.PICK, run.TOGGLE):
        target, found, value = payload.partition(sign)
        if found and not target.startswith("/"):
            return target, sign, value
    return payload, "", ""


def _taken(turn: Turn, questionnaire: Questionnaire, progress: Progress, step_id: str, answer: Answer) -> None:
    step = questionnaire.step(step_id)
    assert step is not None, "the caller found it"
    if step.type == "consent" and not answer.value:
        turn.leave_questionnaire()
        turn.say("utter_consent_refused")
        return
    if step.type == "consent":
        shown = run.ask(turn.content, questionnaire, progress, turn.language).text
        _done(turn, questionnaire, progress, shown)
        return
    _moved(turn, questionnaire, run.take(progress, step, answer))


def _moved(turn: Turn, questionnaire: Questionnaire, answered: Progress) -> None:
    turn.conversation.misses = 0
    after = run.onward(questionnaire, answered)
    if after is None:
        _done(turn, questionnaire, answered, "")
        return
    turn.set_progress(after)
    if run.current(questionnaire, after).type == "consent" and run.receiver(turn.content, after) is None:
        _done(turn, questionnaire, after, "")  # nobody could receive it: no consent is asked for
        return
    turn.ask_step()


def _done(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    turn.leave_questionnaire()
    turn.conversation.misses = 0
    ENDINGS[questionnaire.command.do](turn, questionnaire, progress, consent_text)


def create_referral(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """The referral, its consent and its first events; without a recipient in the directory a person takes over."""
    organization = run.receiver(turn.content, progress)
    if organization is None:
        ticket = tickets.open_ticket(turn.session, turn.conversation, "no_recipient", turn.now)
        turn.say("utter_referral_no_recipient", ahead=str(tickets.ahead_of(turn.session, ticket)))
        return
    shared = run.shared_answers(questionnaire, progress)
    consented = lifecycle.Consented(
        questionnaire.consent_version, consent_text, turn.language, organization.id, questionnaire.name,
        {name: value for name, (_, value, _) in shared.items()}, questionnaire.expires_in,
    )  # fmt: skip
    key = f"{turn.claimed.bot_id}:{turn.claimed.id}"
    referral = lifecycle.create(
        turn.session, turn.conversation, key, str(progress.value("need")), progress.value("municipality"), consented, turn.now
    )
    turn.say("utter_referral_sent", folio=referral.folio, recipient=organization.name)


ENDINGS = {"create_referral": create_referral, "find_offices": finish_search, "say_eligibility": finish_check, "file_request": file_request}
