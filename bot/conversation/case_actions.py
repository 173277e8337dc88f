"""Buttons and commands of a programme's case: start the application, see it, send a document, have the photographs deleted."""

from collections.abc import Mapping
from typing import Any

from bot.cases import checklist, consent, opening
from bot.conversation.case_turn import leave_photos, show_case, show_cases
from bot.conversation.context import Turn
from bot.conversation.questionnaire_turn import start_questionnaire
from bot.privacy import person
from bot.privacy.person import Person
from bot.questionnaires import run

Arguments = Mapping[str, Any]


def start_application(turn: Turn, arguments: Arguments) -> None:
    """Its questions; whoever has an open case of that programme sees that instead."""
    programme = turn.content.programmes.get(str(arguments.get("value") or ""))
    if programme is None:
        turn.say("utter_button_old")
    elif opening.open_of(turn.session, turn.conversation, programme.name):
        show_cases(turn)
    else:
        start_questionnaire(turn, {"value": programme.application})


def my_case(turn: Turn, arguments: Arguments) -> None:
    show_cases(turn)


def send_document(turn: Turn, arguments: Arguments) -> None:
    """The next photograph is taken for this document; before the first one leave to keep it is asked for."""
    programme_name, _, name = str(arguments.get("value") or "").partition(".")
    programme = turn.content.programmes.get(programme_name)
    document = programme.document(name) if programme else None
    if programme is None or document is None:
        turn.say("utter_button_old")
        return
    found = opening.open_of(turn.session, turn.conversation, programme.name)
    if found is None:
        show_cases(turn)
        return
    case, referral = found
    if checklist.row_of(turn.session, case, programme, name, turn.now).state not in checklist.TO_SEND:
        show_case(turn, case, referral, programme)
        return
    leave_photos(turn)
    turn.begin_questionnaire(run.start(document.asking))
    if consent.standing_consent(turn.session, case, turn.now) is None:
        turn.begin_questionnaire(run.start(programme.consent))
    turn.ask_step()


def withdraw_photos(turn: Turn, arguments: Arguments) -> None:
    """Leave to keep photographs is taken back for all of the person's cases; the case itself goes on."""
    leave_photos(turn)
    cases = [case for case, _ in opening.of_conversation(turn.session, turn.conversation)]
    given = [case for case in cases if consent.standing_consent(turn.session, case, turn.now)]
    for case in given:
        checklist.withdraw(turn.session, case, turn.now)
    if not given:
        turn.say("utter_case_no_photos")
        return
    is_held = person.is_held(turn.session, Person([turn.conversation], turn.conversation))
    turn.say("utter_case_photos_held" if is_held else "utter_case_photos_withdrawn")
