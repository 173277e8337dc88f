"""What the assistant does beside speaking: one table from the name in flows/ (`custom: {do: …}`) to a function.

Every function runs inside the turn's transaction and says its own replies.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.content.languages import SOURCE, named
from bot.content.published import Button
from bot.conversation.case_actions import my_case, send_document, start_application, withdraw_photos
from bot.conversation.closing import forget_chat, stop_writing
from bot.conversation.context import Turn
from bot.conversation.fallback import say_not_understood, say_out_of_scope, say_suggestions
from bot.conversation.handoff_turn import call_back, request_person
from bot.conversation.leave_turn import stop_notices
from bot.conversation.masking import delete_message
from bot.conversation.notice_turn import FULL, show_full, show_privacy, show_rest
from bot.conversation.office_turn import look_for_offices, show_office
from bot.conversation.questionnaire_turn import cancel, correct, go_back, skip_step, start_questionnaire
from bot.conversation.replies import MORE, PERSON, render_rest, spoken
from bot.conversation.rights_turn import RIGHTS
from bot.conversation.survey_turn import rate
from bot.errors import RefusedError
from bot.records.conversations import LanguageFrom
from bot.records.referrals import Referral, ReferralState
from bot.referrals import followups, lifecycle, notices

Arguments = Mapping[str, Any]


def answer(turn: Turn, name: str) -> None:
    """Say a response and do its command."""
    response = turn.content.responses[name]
    if response.text:
        turn.say(name)
    if response.command:
        ACTIONS[response.command.do](turn, response.command.arguments)


def change_language(turn: Turn, arguments: Arguments) -> None:
    wanted = str(arguments.get("value") or named(turn.incoming.text) or "")
    if wanted in turn.content.languages:
        turn.conversation.language = wanted
        turn.conversation.language_from = LanguageFrom.CHOSEN
        turn.other_language = None
        turn.say("utter_language_changed", language=turn.content.languages[wanted])
        return
    choices = tuple(
        Button(name, f"/change_language={code}")
        for code, name in turn.content.languages.items()
        if code == SOURCE or code in turn.content.catalogues
    )
    person = Button(turn.sentence("utter_button_person"), PERSON)
    turn.replies.append(spoken(turn.content, "utter_which_language", turn.language, (*choices, person)))


def say_more(turn: Turn, arguments: Arguments) -> None:
    """The rest of a long answer: of the one whose button was pressed, or of the last one."""
    name = str(arguments.get("value") or "") or turn.last_offered(MORE)
    if name not in turn.content.responses:
        turn.say("utter_nothing_more")
    elif name == FULL:
        show_rest(turn)
    else:
        turn.replies.append(render_rest(turn.content, name, turn.language, turn.today))


def start_over(turn: Turn, arguments: Arguments) -> None:
    turn.conversation.state = None
    turn.conversation.questionnaire = None
    turn.conversation.misses = 0
    answer(turn, "utter_greet")


def continue_questionnaire(turn: Turn, arguments: Arguments) -> None:
    if turn.progress:
        turn.ask_step()
    else:
        answer(turn, "utter_help")


def show_referrals(turn: Turn, arguments: Arguments) -> None:
    """Status of each of this chat's referrals; somebody else's folio finds nothing."""
    found = lifecycle.of_conversation(turn.session, turn.conversation)
    if not found:
        turn.say("utter_referral_none")
        return
    for referral in found[:3]:
        turn.say("utter_referral_status_of", **_about(turn, referral))


def show_folio(turn: Turn, folio: str) -> None:
    """Whoever knows the folio may ask in the chat it was made in, even after the conversation was forgotten."""
    referral = lifecycle.of_folio(turn.session, turn.conversation, folio)
    if referral is None:
        turn.say("utter_referral_none")
        return
    turn.say("utter_referral_status_of", **_about(turn, referral))
    if referral.conversation_id != turn.conversation.id and referral.state in lifecycle.OPEN:  # it is not in the list of this chat
        status = turn.replies[-1]
        buttons = [each for each in status.buttons if each.payload != "/referral_withdraw"]
        turn.replies[-1] = replace(status, buttons=(_withdrawal_of(turn, referral), *buttons))


def ask_withdrawal(turn: Turn, arguments: Arguments) -> None:
    open_ones = [each for each in lifecycle.of_conversation(turn.session, turn.conversation) if each.state in lifecycle.OPEN]
    if not open_ones:
        turn.say("utter_referral_none")
        return
    choices = tuple(_withdrawal_of(turn, each) for each in open_ones[:4])
    keep = Button(turn.sentence("utter_button_keep"), "/help")
    turn.replies.append(spoken(turn.content, "utter_referral_ask_withdrawal", turn.language, (*choices, keep)))


def _withdrawal_of(turn: Turn, referral: Referral) -> Button:
    return Button(f"{turn.sentence('utter_button_withdraw')} {referral.folio}", f"/withdraw_referral={referral.folio}")


def withdraw_referral(turn: Turn, arguments: Arguments) -> None:
    folio = str(arguments.get("value") or "")
    try:
        referral = lifecycle.withdraw(turn.session, turn.conversation, folio, turn.now)
    except RefusedError:  # pressed twice, or it has ended meanwhile
        ended = lifecycle.of_folio(turn.session, turn.conversation, folio)
        if ended and ended.state is not ReferralState.WITHDRAWN:
            turn.say("utter_referral_ended", **_about(turn, ended))
        else:
            turn.say("utter_referral_not_withdrawn")
        return
    turn.say("utter_referral_withdrawn", **_about(turn, referral))


def answer_attended(turn: Turn, arguments: Arguments) -> None:
    """The answer to «¿lo atendieron?», as `yes.PTE-26-ABCDEF`."""
    answered, _, folio = str(arguments.get("value") or "").partition(".")
    referral = lifecycle.of_folio(turn.session, turn.conversation, folio)
    if referral is None:
        turn.say("utter_referral_none")
        return
    if followups.is_complaint(referral, answered, turn.now):
        turn.say("utter_referral_not_attended")
        request_person(turn, {"reason": followups.NOT_ATTENDED})
    elif answered == "yes":
        turn.say("utter_attended", folio=referral.folio)
    else:
        turn.say("utter_not_attended_yet", **_about(turn, referral))
    followups.attended(turn.session, turn.conversation, referral, answered, turn.now, turn.content)


def complain(turn: Turn, arguments: Arguments) -> None:
    """They say that nobody attended them: of the newest case that an office has or had not long ago."""
    mine = lifecycle.of_conversation(turn.session, turn.conversation)
    newest = next((each for each in mine if followups.may_be_complained_of(each, turn.now)), None)
    request_person(turn, {"reason": followups.NOT_ATTENDED})
    if newest:
        followups.complain(turn.session, turn.conversation, newest, turn.now, content=turn.content)


def _about(turn: Turn, referral: Referral) -> dict[str, str]:
    return notices.about(turn.content, referral, turn.language, turn.now)


ACTIONS: dict[str, Callable[[Turn, Arguments], None]] = {
    "request_person": request_person,
    "call_back": call_back,
    "rate": rate,
    "start_questionnaire": start_questionnaire,
    "offer_suggestions": lambda turn, _: say_suggestions(turn),
    "fallback": lambda turn, _: say_not_understood(turn),
    "out_of_scope": lambda turn, _: say_out_of_scope(turn),
    "change_language": change_language,
    "start_over": start_over,
    "show_referrals": show_referrals,
    "ask_withdrawal": ask_withdrawal,
    "withdraw_referral": withdraw_referral,
    "attended": answer_attended,
    "complain": complain,
    "cancel": cancel,
    "back": go_back,
    "skip": skip_step,
    "correct": correct,
    "continue": continue_questionnaire,
    "more": say_more,
    "find_offices": look_for_offices,
    "show_office": show_office,
    "forget": forget_chat,
    "stop": stop_writing,
    "no_notices": stop_notices,
    "delete_message": delete_message,
    "start_application": start_application,
    "my_case": my_case,
    "send_document": send_document,
    "withdraw_photos": withdraw_photos,
    "privacy": show_privacy,
    "notice_full": show_full,
    **RIGHTS,
}
