"""What a person does with their own data in the chat: see it, learn who looked, ask under the law, have it erased.

Except for the requests under the law, this works at any point, also while staff hold the chat.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.content.asking import Questionnaire
from bot.content.languages import MEXICO
from bot.content.published import Button, Content
from bot.conversation import official_rights, outbox
from bot.conversation.closing import on_screen
from bot.conversation.context import Turn
from bot.conversation.incoming import Kind
from bot.conversation.replies import Reply, render, sentence, shown
from bot.conversation.transcript import PUSHED
from bot.permissions import PERSON
from bot.privacy import arco, copies, erasure, farewell, person
from bot.privacy.looks import Look, looks_at
from bot.questionnaires.run import Progress
from bot.records.conversations import ButtonOffer, Conversation, Direction
from bot.records.privacy import Erasure, Right
from bot.records.referrals import Consent

Arguments = Mapping[str, Any]

ALWAYS = ("my_data", "who_saw", "erase")
CONFIRM = "/erase_now"
CONFIRMED_WITHIN = timedelta(minutes=30)  # a telephone changes hands
SMALL = 3500  # characters of a copy that is shown as text where no document can be sent
SENDER = copies.SENDERS[Direction.IN]
TEAM = {"supervisor": "utter_seen_by_supervisor", "data_officer": "utter_seen_by_data_officer"}


def takes_right(turn: Turn, command: str | None) -> bool:
    """One of the words or buttons that work even while a person holds the chat. False: it is something else."""
    value = ""
    if turn.incoming.kind is Kind.BUTTON:
        payload = turn.offered(turn.incoming.payload) or ""
        name, _, value = payload.partition("=")
        command = name.removeprefix("/") if name in (CONFIRM, *(f"/{each}" for each in ALWAYS)) else None
    elif turn.incoming.kind is Kind.TEXT and command is None and (turn.typed_payload or "").startswith(f"{CONFIRM}="):
        command, value = CONFIRM.removeprefix("/"), (turn.typed_payload or "").partition("=")[2]
    if command not in RIGHTS:
        return False
    turn.conversation.misses = 0
    RIGHTS[command](turn, {"value": value})
    return True


def show_my_data(turn: Turn, arguments: Arguments) -> None:
    """What is kept, in words, and all of it as a document."""
    turn.keep_quiet_about_questionnaire()
    selves = person.selves(turn.session, turn.conversation)
    found = copies.copy_of(turn.session, turn.conversation)
    theirs = sum(each["from"] == SENDER for each in found["messages"])
    if turn.is_of_officials:
        official_rights.say_what_is_kept(turn, selves, found, theirs)
    else:
        _say_what_is_kept(turn, selves, found, theirs)
    for request in arco.of_person(turn.session, person.of_conversation(turn.session, turn.conversation)):
        state, until = turn.sentence(f"utter_arco_state_{request.state}"), _day(turn, request.answer_by)
        turn.say("utter_arco_status", folio=request.folio, state=state, until=until)
    _hand_over(turn, found)


def _say_what_is_kept(turn: Turn, selves: list[Conversation], found: Mapping[str, Any], theirs: int) -> None:
    turn.say(
        "utter_my_data", since=_day(turn, selves[0].created_at), messages=str(theirs),
        answers=str(len(found["messages"]) - theirs), files=str(len(found["attachments"])),
        requests=str(len(found["requests_for_a_person"])), seen=str(len(found["views"])),
    )  # fmt: skip
    _show_cases(turn, [each.id for each in selves])


def _hand_over(turn: Turn, found: dict[str, Any]) -> None:
    """As a file, where the door can send one."""
    if turn.conversation.bot_id.startswith(PUSHED):
        outbox.send_copy(turn.session, turn.conversation, turn.now)
        turn.say("utter_my_data_document")
        return
    text = copies.as_json(found)
    if len(text) <= SMALL:
        turn.replies.append(Reply(text))
    too_long = "utter_learning_my_data_too_long" if turn.is_of_officials else "utter_my_data_too_long"
    turn.say("utter_my_data_shown" if len(text) <= SMALL else too_long)


def _show_cases(turn: Turn, ids: list[int]) -> None:
    """Each case with what may be shared of it, with whom and until when."""
    consents = copies.consents_of(turn.session, ids)
    for referral in copies.referrals_of(turn.session, ids):
        given = next((each for each in consents if each.referral_id == referral.id), None)
        turn.say(
            "utter_my_data_case", folio=referral.folio, recipient=turn.content.name_of(referral.organization_id),
            state=turn.sentence(f"utter_state_{referral.state}"), fields=_fields(turn, referral.details or {}), permit=_permit(turn, given),
        )  # fmt: skip


def _permit(turn: Turn, consent: Consent | None) -> str:
    if consent is None:
        return turn.sentence("utter_permit_none")
    if consent.withdrawn_at:
        return turn.sentence("utter_permit_withdrawn", on=_day(turn, consent.withdrawn_at))
    return turn.sentence("utter_permit_given", on=_day(turn, consent.given_at), until=_day(turn, consent.expires_at))


def _fields(turn: Turn, details: Mapping[str, Any]) -> str:
    """Names of what is shared, as the questionnaires call them."""
    labels = {step.id: step.label for each in turn.content.questionnaires.values() for step in each.steps if step.label}
    names = [turn.content.translate(labels.get(name, name), turn.language) for name in details]
    return ", ".join(names) or "—"


def _day(turn: Turn, moment: datetime) -> str:
    return shown(moment.astimezone(MEXICO).date(), turn.language)


def show_who_saw(turn: Turn, arguments: Arguments) -> None:
    """One line for each view, by role and office."""
    turn.keep_quiet_about_questionnaire()
    looks = looks_at(turn.session, person.of_conversation(turn.session, turn.conversation).references)
    if not looks:
        turn.say("utter_who_saw_nobody")
        return
    name = "utter_learning_who_saw" if turn.is_of_officials else "utter_who_saw"
    turn.say(name, count=str(len(looks)), lines="\n".join(_line(turn, each) for each in looks))


def _line(turn: Turn, look: Look) -> str:
    at = f"{_day(turn, look.at)} {look.at.astimezone(MEXICO):%H:%M}"
    if look.office:
        who = turn.sentence("utter_seen_by_office", office=turn.content.name_of(look.office))
    else:
        who = turn.sentence(TEAM.get(look.role, "utter_seen_by_team"))
    return f"• {at}: {who}; {turn.sentence(f'utter_seen_{look.what}')}"


def ask_erasure(turn: Turn, arguments: Arguments) -> None:
    """Says what goes and what stays, and offers the button that does it."""
    turn.keep_quiet_about_questionnaire()
    if _says_held(turn):
        return
    yes = Button(turn.sentence("utter_button_erase_all"), f"{CONFIRM}={secrets.token_hex(4)}")
    copy, keep = Button(turn.sentence("utter_button_my_copy"), "/my_data"), Button(turn.sentence("utter_button_keep"), "/help")
    name = "utter_learning_erase_ask" if turn.is_of_officials else "utter_erase_ask"
    reply = render(turn.content, name, turn.language, turn.today)
    offices = erasure.received_by(turn.session, turn.conversation)
    turn.replies.append(replace(_with_offices(turn.content, turn.language, reply, offices), buttons=(yes, copy, keep)))


def _with_offices(content: Content, language: str, reply: Reply, offices: list[str]) -> Reply:
    """Names those who had received a case: what they wrote down is theirs to erase."""
    if not offices:
        return reply
    names = "; ".join(content.name_of(each) for each in offices)
    return replace(reply, text=f"{reply.text}\n\n{sentence(content, 'utter_erase_offices', language, {'offices': names})}")


def _says_held(turn: Turn) -> bool:
    """An order to keep it puts the erasure off: the wish is filed all the same."""
    if not person.is_held(turn.session, person.of_conversation(turn.session, turn.conversation)):
        return False
    request = arco.file(turn.session, turn.conversation, turn.claimed.key, Right.CANCELLATION, None, turn.now)
    name = "utter_learning_erase_held" if turn.is_of_officials else "utter_erase_held"
    turn.say(name, folio=request.folio, until=_day(turn, request.answer_by))
    return True


def erase_now(turn: Turn, arguments: Arguments) -> None:
    """The button of the latest question, within its time; an older one asks again."""
    turn.keep_quiet_about_questionnaire()
    if not _is_fresh(turn, str(arguments.get("value") or "")):
        ask_erasure(turn, {})
        return
    if _says_held(turn):
        return
    session, old = turn.session, turn.conversation
    selves = person.selves(session, old)
    screen = {each for one in selves for each in on_screen(session, one, turn.now - outbox.DELETABLE)}
    if turn.incoming.door_id:
        screen.add(int(turn.incoming.door_id))
    last = farewell.begin(session, old, turn.now)
    done = erasure.erase(session, old, PERSON, turn.now, turn.around.folder, last)
    turn.conversation, turn.is_erased = last, True
    turn.replies, turn.prefaces, turn.other_language, turn.keeps_file = [], [], None, False
    if old.bot_id.startswith(PUSHED):
        outbox.delete_messages(session, last, sorted(screen), turn.now)
    told = official_rights.receipt_reply if turn.is_of_officials else receipt_reply
    turn.replies.append(told(turn.content, turn.language, done))


def _is_fresh(turn: Turn, token: str) -> bool:
    if not token or turn.last_offered(CONFIRM) != token:
        return False
    offered = select(ButtonOffer.offered_at).where(
        ButtonOffer.conversation_id == turn.conversation.id, ButtonOffer.payload == f"{CONFIRM}={token}"
    )
    at = turn.session.scalar(offered)
    return at is not None and turn.now - at <= CONFIRMED_WITHIN


def receipt_reply(content: Content, language: str, done: Erasure) -> Reply:
    """What the person is told when it is done."""
    day = done.erased_at.astimezone(MEXICO).date()
    values = {
        "folio": done.folio, "erased_on": shown(day, language), "messages": str(done.counts["messages"]),
        "cases": str(done.counts["referrals"]), "files": str(done.counts["attachments"] + done.counts["documents"]),
        "receipt": erasure.receipt_of(done).line,
    }  # fmt: skip
    reply = render(content, "utter_erased", language, day, values)
    return _with_offices(content, language, reply, done.left["offices"])


def file_request(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """A request under the law, with a folio and its term."""
    right, asked = Right(progress.value("right")), progress.value("asked")
    request = arco.file(turn.session, turn.conversation, turn.claimed.key, right, str(asked) if asked else None, turn.now)
    turn.say("utter_arco_filed", folio=request.folio, until=_day(turn, request.answer_by))


RIGHTS = {"my_data": show_my_data, "who_saw": show_who_saw, "erase": ask_erasure, "erase_now": erase_now}
