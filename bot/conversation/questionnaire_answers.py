"""Taking an answer inside a questionnaire: typed or pressed, judged where it teaches, and what is done when all is answered."""

from dataclasses import replace

from bot.content.asking import Option, Questionnaire, Step
from bot.content.courses import NEXT, READ
from bot.conversation import assessment_turn, course_outcome, joining_turn, refresh_turn
from bot.conversation.case_turn import allow_documents, open_case, receive_document, refuse_documents
from bot.conversation.context import Turn
from bot.conversation.eligibility_turn import finish_check
from bot.conversation.incoming import Kind
from bot.conversation.leave_turn import call_person, keep_permission
from bot.conversation.office_turn import finish_search
from bot.conversation.referral_turn import create_referral, tell_of_duplicate
from bot.conversation.rights_turn import file_request
from bot.conversation.survey_turn import keep_reason
from bot.questionnaires import question, run, ticks
from bot.questionnaires.run import Progress
from bot.questionnaires.steps import Ambiguous, Answer, read_answer
from bot.referrals import recipients
from nlu.components.spelling import plain


def answer_step(turn: Turn) -> bool:
    """Take what was sent as an answer to the pending step. False: it is something else."""
    questionnaire, progress = pending_of(turn)
    step = run.current(questionnaire, progress)
    incoming = turn.incoming
    if incoming.kind is Kind.BUTTON:
        return press_step(turn, incoming.payload)
    if progress.paused:
        return False
    if progress.correcting:
        return _typed_label(turn, questionnaire, progress)
    if step.type == "consent" and _tick_typed(turn, questionnaire, progress):
        return True
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


def press_step(turn: Turn, payload: str) -> bool:
    """Take a button of the questionnaire, pressed or typed. False: it is another button."""
    questionnaire, progress = pending_of(turn)
    return _answer_by_button(turn, questionnaire, progress, payload)


def _typed_label(turn: Turn, questionnaire: Questionnaire, progress: Progress) -> bool:
    """What is to be corrected, typed instead of pressed."""
    typed = plain(turn.incoming.text)
    for step_id, (label, _, _) in run.shared_answers(questionnaire, progress).items():
        if typed and typed in (plain(label), plain(turn.content.translate(label, turn.language))):
            turn.set_progress(run.correct(questionnaire, progress, step_id))
            turn.ask_step()
            return True
    return False


def finish_what_is_gone(turn: Turn) -> bool:
    """An editor took the pending step of a lesson away and nothing else is left to answer: it ends. Otherwise what is left is asked."""
    progress = turn.progress
    if progress is None or progress.study is None or turn.content.questionnaires[progress.name].step(progress.step):
        return False
    questionnaire = turn.content.questionnaires[progress.name]
    onward = run.onward(questionnaire, progress)
    if onward is None:
        _done(turn, questionnaire, progress, "")
        return True
    turn.set_progress(onward)
    return False


def pending_of(turn: Turn) -> tuple[Questionnaire, Progress]:
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
    is_asked = step.id == run.current(questionnaire, progress).id
    is_corrected = step.type == "choice" and step.id in progress.answers  # of a self-assessment: nothing is judged there
    if progress.study and not is_asked and not is_corrected:
        course_outcome.say_not_asked(turn, progress.study, step)
        return True
    if step.asks_leave and not is_asked:
        turn.say("utter_button_old")  # leave is given for what is shown now, not for what was shown before
        return True
    if sign == run.TOGGLE and step.type == "consent":
        _tick(turn, questionnaire, progress, [value])
        return True
    if sign == run.TOGGLE:
        turn.set_progress(run.toggle(progress, step, value))
        turn.ask_step()
        return True
    if step.asks_leave:
        said, _, mark = value.partition(".")
        _answer_leave(turn, questionnaire, progress, step, said == question.YES, mark)
        return True
    if step.type == "toggles":
        ticked = run.ticked_of(progress, step)
        titles = [turn.content.translate(option.title, turn.language) for option in step.options if option.value in ticked]
        reading = Answer(ticked, ", ".join(titles))
    elif step.type == "municipality":
        place = turn.content.municipalities.get(value)
        if place is None:
            return False
        reading = Answer(place.key, place.title)
    else:
        option = step.option(value) or (Option(NEXT, "—") if value == NEXT and step.type in READ else None)
        if option is None:
            turn.say("utter_button_old")  # an editor has taken that option away
            return True
        reading = Answer(value, option.title)
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
    option = step.option(answer.value)
    if progress.study:
        moved(turn, questionnaire, course_outcome.teach(turn, questionnaire, progress, step, answer))
    elif option and option.done:
        _done(turn, replace(questionnaire, command=option.done), progress, "")
    elif step.asks_leave:
        mark = progress.leave[0] if progress.leave else ""
        _answer_leave(turn, questionnaire, progress, step, answer.value is True, mark)
    else:
        moved(turn, questionnaire, run.take(progress, step, answer))


def _answer_leave(turn: Turn, questionnaire: Questionnaire, progress: Progress, step: Step, agreed: bool, mark: str) -> None:
    """A yes counts for the text with that mark: when another would be shown now, it is shown and asked again."""
    if step.type == "consent" and not agreed:
        turn.leave_questionnaire()
        if questionnaire.command.do == "allow_documents":
            refuse_documents(turn)
        else:
            turn.say("utter_consent_refused")
        return
    asked = question.leave_asked(turn.content, questionnaire, progress, turn.language)
    if agreed and mark != asked[0]:
        turn.say("utter_consent_changed")
        turn.ask_step()
    elif step.type == "consent":
        _done(turn, questionnaire, progress, asked[1])
    else:
        moved(turn, questionnaire, run.permit(questionnaire, progress, step, Answer(agreed, ""), asked[1]))


def _tick(turn: Turn, questionnaire: Questionnaire, progress: Progress, step_ids: list[str]) -> None:
    for step_id in step_ids:
        ticked = run.tick(questionnaire, progress, step_id)
        step = questionnaire.step(step_id)
        if ticked is None and step:
            turn.say("utter_field_is_needed", why=turn.content.translate(step.needed, turn.language))
        progress = ticked or progress
    turn.set_progress(progress)
    turn.ask_step()


def _tick_typed(turn: Turn, questionnaire: Questionnaire, progress: Progress) -> bool:
    """ "2", "teléfono" or "sin teléfono" where a consent is asked for."""
    if turn.incoming.kind is not Kind.TEXT:
        return False
    rows = question.shared_rows(turn.content, questionnaire, progress, turn.language)
    named = ticks.named(turn.content, questionnaire, rows, turn.incoming.text)
    if named:
        _tick(turn, questionnaire, progress, named)
    return bool(named)


def moved(turn: Turn, questionnaire: Questionnaire, answered: Progress) -> None:
    turn.conversation.misses = 0
    after = run.onward(questionnaire, answered)
    if after is None:
        _done(turn, questionnaire, answered, "")
        return
    step = run.current(questionnaire, after)
    of_programme = turn.content.programme_of(questionnaire.name) is not None  # its office is known
    if step.asks_leave and not of_programme and any(each.type == "consent" for each in questionnaire.steps):
        after, recipient = run.address(turn.content, after, turn.now, recipients.open_counts(turn.session))
        turn.set_progress(after)
        if recipient is None:
            _done(turn, questionnaire, after, "")  # nobody could receive it: no consent is asked for
            return
        if step.type == "consent":
            if recipient.is_full:
                turn.preface("utter_recipient_full", recipient=recipient.organization.name)
            tell_of_duplicate(turn, after)
    turn.set_progress(after)
    turn.ask_step()


def _done(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    turn.leave_questionnaire()
    turn.conversation.misses = 0
    ENDINGS[questionnaire.command.do](turn, questionnaire, progress, consent_text)


ENDINGS = {
    "create_referral": create_referral, "find_offices": finish_search, "say_eligibility": finish_check, "call_person": call_person,
    "keep_permission": keep_permission, "open_case": open_case, "allow_documents": allow_documents, "receive_document": receive_document,
    "file_request": file_request, "keep_reason": keep_reason, "finish_lesson": course_outcome.finish_lesson,
    "finish_final": course_outcome.finish_final, "finish_recall": course_outcome.finish_recall, "finish_refresh": refresh_turn.finish,
    "join": joining_turn.join, "refuse_joining": joining_turn.refuse_joining,
    "finish_assessment": assessment_turn.finish_assessment,
}  # fmt: skip
