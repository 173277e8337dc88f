"""What Rasa decided is done: its answers said, or the pending question asked again."""

from bot.conversation.actions import ACTIONS, answer
from bot.conversation.context import Turn
from bot.conversation.deferred import MOST_TRIES
from bot.conversation.fallback import say_not_understood
from bot.conversation.incoming import Kind
from bot.conversation.pressed import run_command
from bot.conversation.questionnaire_answers import answer_step
from bot.conversation.questionnaire_turn import is_for_questionnaire, missed, needs_understanding
from bot.handoff import tickets
from bot.questionnaires.answer_words import is_question
from bot.rasa.client import Understanding
from bot.referrals.lifecycle import OPEN, of_conversation

NO_DIGRESSION = {"affirm", "deny", "out_of_scope", "feedback_good", "feedback_bad", "goodbye"}
STEERING = {
    "talk_to_human",
    "start_over",
    "change_language",
    "help",
    "bot_challenge",
    "greet",
    "thank",
    "goodbye",
    "affirm",
    "deny",
}  # meant for the assistant even where a story is asked for
GIVING_UP = {"stop", "referral_withdraw"}


def do_decided(turn: Turn, understanding: Understanding | None) -> None:
    if understanding is None:
        if _answers_us(turn) and answer_step(turn):
            return
        if turn.incoming.tries >= MOST_TRIES:
            _pass_to_person(turn)
            return
        turn.unanswered = True
        if turn.incoming.kind is not Kind.DEFERRED:  # said once is enough
            turn.say("utter_understanding_down")
        return
    understanding = _about_last_answer(turn, understanding)
    turn.understanding = understanding
    answered = understanding.decision == "answer"
    if _answers_us(turn):
        if answered and understanding.intent in GIVING_UP:
            _give_up_questionnaire(turn, understanding)
            return
        if needs_understanding(turn) and not (answered and understanding.intent in STEERING) and answer_step(turn):
            return
        if _is_no_digression(turn, understanding):
            missed(turn)
            return
    turn.conversation.state = understanding.state
    if answered and understanding.intent != "out_of_scope":
        turn.conversation.misses = 0
    if turn.incoming.kind is Kind.DEFERRED:
        turn.say("utter_late_answer", question=turn.incoming.text[:300])
    known = [name for name in understanding.decisions if name in turn.content.responses]
    for name in known:
        answer(turn, name)
    if not known:  # an old model may name a response that was taken away since
        say_not_understood(turn)


def _pass_to_person(turn: Turn) -> None:
    """Rasa is there and this question always fails: nobody is left without an answer."""
    tickets.open_ticket(turn.session, turn.conversation, "failed", turn.now, content=turn.content)
    turn.say("utter_failed")


def _answers_us(turn: Turn) -> bool:
    """Their own words while a question of ours is pending."""
    return is_for_questionnaire(turn) and turn.incoming.kind is Kind.TEXT and not turn.incoming.is_forwarded


def _about_last_answer(turn: Turn, understanding: Understanding) -> Understanding:
    """ "¿Y cuánto cuesta?" goes where the last answer's own `followups:` say."""
    kind = (understanding.intent or "").removeprefix("followup_")
    last = turn.content.responses.get(f"utter_{understanding.state.get('slots', {}).get('last_answer')}")
    target = last.followups.get(kind) if last and understanding.decision == "answer" and kind != understanding.intent else None
    return understanding.model_copy(update={"decisions": [target]}) if target else understanding


def _give_up_questionnaire(turn: Turn, understanding: Understanding) -> None:
    """They want to stop, unless they only ask about it; a case already sent may be what they mean."""
    if is_question(turn.incoming.text):
        missed(turn)
        return
    run_command(turn, "cancel")
    if understanding.intent == "referral_withdraw" and any(each.state in OPEN for each in of_conversation(turn.session, turn.conversation)):
        ACTIONS["ask_withdrawal"](turn, {})


def _is_no_digression(turn: Turn, understanding: Understanding) -> bool:
    """Is it a bad answer to our question rather than a question to us? After a danger nothing is taken as an answer."""
    if turn.progress and turn.progress.paused:
        return False
    if understanding.decision == "answer":
        return understanding.intent in NO_DIGRESSION or understanding.decisions == ["utter_followup_unknown"]
    return not is_question(turn.incoming.text)
