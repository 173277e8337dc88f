"""One turn, read from top to bottom: what works anywhere, danger, a person holding the chat, the pending question, Rasa.

`begin_next` claims an update and does everything that needs no understanding. When Rasa has to be asked it returns the Question, so
that no transaction stays open meanwhile, and `finish` does the rest. A voice note that can be listened to is a Recording first;
`go_on_heard` then takes its words. Each commits all of its turn or nothing.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot.conversation import inbox, official_turn
from bot.conversation.actions import show_folio
from bot.conversation.closing import drop_if_idle, forget_chat, stop_quietly
from bot.conversation.context import Taken, Turn
from bot.conversation.corrections import find_corrected, take_as_words, take_correction
from bot.conversation.decided import do_decided
from bot.conversation.fallback import say_not_understood
from bot.conversation.flood import keeps_within_budget
from bot.conversation.incoming import Kind, text_message
from bot.conversation.masking import say_masked
from bot.conversation.prefaces import put_in_front
from bot.conversation.pressed import press, run_command, typed_command
from bot.conversation.questionnaire_answers import answer_step
from bot.conversation.questionnaire_turn import is_for_questionnaire, names_town, needs_understanding, say_not_taken_down
from bot.conversation.received import CHANGES, answer_received, changes_chat, keep_file, say_refused_in_front
from bot.conversation.replied import take_subject_of_replied
from bot.conversation.replies import PERSON, Reply, render
from bot.conversation.rights_turn import takes_right
from bot.conversation.staff_asks import answers_staff
from bot.conversation.surroundings import Surroundings
from bot.conversation.survey_turn import rate_quietly
from bot.handoff import tickets
from bot.questionnaires.run import pause
from bot.rasa.client import Understanding
from bot.referrals.lifecycle import FOLIO
from nlu.components.spelling import plain

MOST_ATTEMPTS = 3
SAYS_A_LANGUAGE = 4  # words in an answer to a question of ours
WORDS = (Kind.TEXT, Kind.DEFERRED)


@dataclass(frozen=True)
class Question:
    """Rasa has to be asked this before the turn can go on."""

    text: str
    state: dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """A voice note has to be listened to before the turn can go on."""

    file_id: str


class TurnFailedError(Exception):
    """The turn of `claimed` raised something unforeseen; it and its claim are rolled back."""

    def __init__(self, claimed: inbox.Claimed) -> None:
        super().__init__(f"update {claimed.id}")
        self.claimed = claimed


type Outcome = Question | Recording | Taken


def begin_next(session: Session, bot_ids: list[str], around: Surroundings) -> tuple[inbox.Claimed, Outcome] | None:
    """Claim the next update and take its turn as far as it goes without Rasa. None: there is nothing to do."""
    claimed = inbox.claim(session, bot_ids, around.worker, around.now)
    return None if claimed is None else (claimed, _begin(session, claimed, around))


def go_on_heard(session: Session, claimed: inbox.Claimed, around: Surroundings, text: str | None) -> tuple[inbox.Claimed, Question | Taken]:
    """The turn of a voice note, with its words or with None when they could not be understood; what was typed beside it counts too."""
    heard, caption = text_message(text or ""), claimed.incoming.text
    if heard.text:
        words = text_message(f"{caption}\n{heard.text}")
        incoming = replace(claimed.incoming, kind=Kind.TEXT, text=words.text, was_cut=heard.was_cut or words.was_cut, was_heard=True)
        claimed = replace(claimed, incoming=incoming)
    if heard.text or caption:
        outcome = _begin(session, claimed, replace(around, hears_voice=False))
        assert not isinstance(outcome, Recording), "words are no recording"
        return claimed, outcome
    turn = Turn.open(session, claimed, around)
    turn.keeps_file = True
    is_held = tickets.held_of(session, turn.conversation.id) is not None
    if keeps_within_budget(turn, is_held) and not is_held:
        turn.say("utter_voice_unclear")
    return claimed, _close(turn)


def _begin(session: Session, claimed: inbox.Claimed, around: Surroundings) -> Outcome:
    try:
        turn = Turn.open(session, claimed, around)
        drop_if_idle(turn)
        if claimed.attempts > MOST_ATTEMPTS:
            _give_up(turn)
            return _close(turn)
        waits_for = _without_rasa(turn)
        return waits_for or _close(turn)
    except SQLAlchemyError as error:
        if isinstance(error, DataError):  # it refuses what was said, not us: the next attempt would end the same
            raise TurnFailedError(claimed) from error
        raise
    except Exception as error:
        raise TurnFailedError(claimed) from error


def _close(turn: Turn) -> Taken:
    if turn.incoming.kind is not Kind.DEFERRED and turn.incoming.kind not in CHANGES and not turn.is_erased:
        is_word = turn.incoming.kind is not Kind.BUTTON
        tickets.person_wrote(turn.session, turn.conversation.id, turn.now, turn.content.team, is_word=is_word)
    put_in_front(turn)
    say_masked(turn)
    return turn.close()


def accept_and_begin(
    session: Session, arrival: inbox.Arrival, bot_ids: list[str], around: Surroundings
) -> tuple[inbox.Accepted, tuple[inbox.Claimed, Outcome] | None]:
    """For a door that waits: write the update down and begin in one transaction. What is begun may be an older update."""
    [accepted] = inbox.accept(session, [arrival])
    return accepted, None if accepted.done else begin_next(session, bot_ids, around)


def finish(session: Session, claimed: inbox.Claimed, around: Surroundings, understanding: Understanding | None) -> Taken:
    """The second half: what Rasa decided, or None when it could not be asked."""
    turn = Turn.open(session, claimed, around)
    if turn.is_of_officials:
        official_turn.say_decided(turn, understanding)
        return _close(turn)
    refused = keep_file(turn)
    if turn.incoming.kind not in WORDS:  # a caption or a correction: what Rasa was asked about is its words
        take_as_words(turn, find_corrected(turn) if turn.incoming.kind is Kind.EDIT else None)
    _hear_language(turn)
    say_refused_in_front(turn, refused)
    if tickets.held_of(session, turn.conversation.id) is None:  # it may have been taken while Rasa was asked
        do_decided(turn, understanding)
    return _close(turn)


def _is_waited_for(turn: Turn) -> bool:
    """Our own words typed back, or the town that was asked for: "San Martín" speaks of no blood."""
    if turn.incoming.kind is Kind.EDIT:  # not yet known whether it is answered
        return False
    return turn.typed_payload is not None or (is_for_questionnaire(turn) and names_town(turn))


def _hear_language(turn: Turn) -> None:
    """From what was typed, unless it is a short answer of ours: the names of places have no language."""
    if turn.incoming.kind is Kind.TEXT and not (is_for_questionnaire(turn) and len(turn.incoming.text.split()) < SAYS_A_LANGUAGE):
        turn.hear_language(turn.incoming.text)


def _give_up(turn: Turn) -> None:
    """It failed again and again: a person gets it, and whoever wrote is told, unless that person holds the chat or nobody wrote."""
    if turn.is_of_officials:
        official_turn.give_up(turn)
        return
    keep_file(turn)
    turn.keep_quiet_about_questionnaire()
    if turn.incoming.kind in CHANGES or tickets.held_of(turn.session, turn.conversation.id):
        return
    tickets.open_ticket(turn.session, turn.conversation, "failed", turn.now, content=turn.content)
    turn.say("utter_failed")


def _without_rasa(turn: Turn) -> Question | Recording | None:
    """None: the turn is done."""
    if changes_chat(turn):
        return None
    if turn.is_of_officials:
        return None if official_turn.take(turn) else Question(turn.hidden.asked, dict(turn.conversation.state or {}))
    refused = keep_file(turn)
    if turn.incoming.kind is Kind.VOICE and turn.keeps_file and turn.around.hears_voice:
        return Recording(turn.incoming.file_id)
    if _at_once(turn, refused):
        return None
    return Question(turn.hidden.asked, dict(turn.conversation.state or {}))


def _at_once(turn: Turn, refused: str | None) -> bool:
    """All that needs no understanding. False: Rasa has to be asked what the words mean."""
    incoming = turn.incoming
    command = typed_command(turn, incoming)
    is_bare_command = command not in (None, "unknown_command") and (len(plain(incoming.text).split()) == 1 or "/" not in incoming.text)
    if command is None:
        _hear_language(turn)
    if not is_bare_command and not _is_waited_for(turn) and incoming.kind is not Kind.DEFERRED:
        turn.safety = turn.around.detector.category(incoming.text)
    if command == "forget":
        forget_chat(turn, {})
        if turn.safety:
            turn.replies.insert(0, _danger(turn))
        return True
    ticket = tickets.held_of(turn.session, turn.conversation.id)
    if not keeps_within_budget(turn, is_held=ticket is not None) and not _asks_for_person(turn, command):
        if command == "stop":  # heard in any flood, and not answered each time
            stop_quietly(turn)
        return True
    if not turn.safety and takes_right(turn, command):
        return True
    if ticket:
        if not turn.safety and answers_staff(turn):
            return True
        turn.keep_quiet_about_questionnaire()
        if turn.safety:
            tickets.alert(turn.session, ticket, turn.safety, turn.now, turn.content.team)
            turn.say("utter_danger_while_assigned")
        elif incoming.kind is Kind.BUTTON:
            rate_quietly(turn)
        return True
    if turn.safety:
        if command or not (_tells_it_again(turn) and answer_step(turn)):
            _say_danger(turn)
        return True
    if incoming.kind is Kind.BUTTON:
        press(turn, incoming.payload)
        return True
    if incoming.kind is Kind.EDIT:
        if take_correction(turn):
            return True
        incoming, command = turn.incoming, typed_command(turn, turn.incoming)
    if command is not None:
        run_command(turn, command)
        return True
    folio = incoming.text.strip().upper()
    if FOLIO.fullmatch(folio):
        show_folio(turn, folio)
        return True
    theirs = not incoming.is_forwarded  # what somebody else wrote answers no question of ours
    if theirs and is_for_questionnaire(turn) and not needs_understanding(turn) and answer_step(turn):
        return True
    if theirs and turn.typed_payload:
        press(turn, turn.typed_payload)
        return True
    if incoming.kind not in WORDS and answer_received(turn, refused):
        return True
    if turn.official is not None:
        say_not_taken_down(turn)
        return True
    take_subject_of_replied(turn)
    if not plain(turn.incoming.text):
        say_refused_in_front(turn, refused)
        say_not_understood(turn)
        return True
    return False


def _asks_for_person(turn: Turn, command: str | None) -> bool:
    """For the first time: that is heard in any flood."""
    asked = command == "talk_to_human" or turn.incoming.payload == PERSON
    return asked and tickets.open_of(turn.session, turn.conversation.id) is None


def _danger(turn: Turn) -> Reply:
    category = next(each for each in turn.content.safety.categories if each.name == turn.safety)
    return render(turn.content, category.response, turn.language, turn.today)


def _say_danger(turn: Turn) -> None:
    turn.replies.append(_danger(turn))
    turn.conversation.misses = 0
    ticket = tickets.open_of(turn.session, turn.conversation.id)
    if ticket:
        tickets.alert(turn.session, ticket, str(turn.safety), turn.now, turn.content.team)
    if turn.progress:
        turn.set_progress(pause(turn.progress, turn.safety))
        turn.keep_quiet_about_questionnaire()
        turn.say("utter_questionnaire_waits")


def _tells_it_again(turn: Turn) -> bool:
    """The danger was answered, the person went on with the request, and now tells it as the story that is asked for."""
    progress = turn.progress
    if turn.incoming.is_forwarded:
        return False
    return progress is not None and not progress.paused and progress.alarmed == turn.safety and needs_understanding(turn)
