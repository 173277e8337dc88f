"""What a guide says at its end: what failed, what to bring, whom to ask, and no promise."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.content.check_texts import PROMISES
from bot.content.danger import DangerDetector
from bot.content.programmes import Met, evaluate
from bot.content.published import Safety
from bot.conversation.context import Turn
from bot.conversation.eligibility_turn import finish_check
from bot.conversation.incoming import text_message
from bot.conversation.parts import LONGEST_FIRST
from bot.conversation.replies import PERSON, Reply
from bot.conversation.surroundings import Surroundings
from bot.questionnaires.run import Progress
from bot.records.conversations import Conversation
from tests.guides import MONDAY, Row, answers_of, asked, every_guide, filled_in, guide_of, published, rule_of, written

DETECTOR = DangerDetector(Safety((), ()))
NO_UPDATE: Any = None  # a guide's end looks at no message


def replies_to(name: str, row: Row, today: date, language: str = "es") -> list[Reply]:
    """What a guide says at its end, at noon in Mexico City: one message, or two where one would be too long."""
    content, guide = published(), guide_of(name)
    noon = datetime(today.year, today.month, today.day, 18, tzinfo=UTC)
    around = Surroundings(content, DETECTOR, "test", "", noon)
    turn = Turn(Session(), NO_UPDATE, around, Conversation(language=language), text_message("Sí"))
    finish_check(turn, guide, Progress(guide.name, guide.steps[-1].id, answers_of(row)), "")
    assert 1 <= len(turn.replies) <= 2
    return turn.replies


@every_guide
def test_a_guide_promises_nothing(name: str) -> None:
    """Neither in a question nor in what it comes to, for every way to answer it."""
    table = written(name)
    texts = {f"{step['ask']} {step['help']} {' '.join(each['title'] for each in step.get('options', ()))}" for step in table["steps"]}
    texts |= {reply.text for row in filled_in(name, MONDAY) for reply in replies_to(name, asked(name, row), MONDAY)}
    assert [(promise, text) for promise in PROMISES for text in texts if promise in text.lower()] == []
    assert len(texts) > len(table["steps"])


@every_guide
def test_a_guide_says_what_failed_what_to_bring_and_whom_to_ask(name: str) -> None:
    content, table = published(), written(name)
    office = content.organizations[table["office"]].name
    for row in filled_in(name, MONDAY):
        answered = asked(name, row)
        replies, verdict = replies_to(name, answered, MONDAY), evaluate(rule_of(name), answers_of(answered), MONDAY)
        text = "\n\n".join(reply.text for reply in replies)
        said = [each.says for each in (*verdict.failed, *verdict.unknown)] + [each.otherwise for each in verdict.otherwise]
        papers = [] if verdict.met is Met.NO else table["documents"]
        missing = [each for each in (office, *said, *papers, *table["unpublished"], table["sources"][0]["title"]) if each not in text]
        assert missing == [] and PERSON in [button.payload for button in replies[-1].buttons], row


@every_guide
@pytest.mark.parametrize("language", ["es", "en", "fr", "pt", "ht"])
def test_a_guide_ends_in_messages_for_a_small_screen_each_with_its_source(name: str, language: str) -> None:
    office = published().organizations[written(name)["office"]]
    for row in filled_in(name, MONDAY):
        for reply in replies_to(name, asked(name, row), MONDAY, language):
            assert len(reply.text) <= LONGEST_FIRST, reply.text
            assert office.short_name in reply.text and written(name)["sources"][0]["title"] in reply.text
