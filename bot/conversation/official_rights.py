"""What officials are told of their own data where they learn: what is kept, how long, and what an erasure takes and leaves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.content.retention import OF_WHO_LEARNS
from bot.conversation.context import Turn
from bot.conversation.replies import Reply, render, sentence, shown
from bot.courses import certificates
from bot.privacy import erasure
from bot.privacy.learning import learner_of
from bot.records.conversations import Conversation
from bot.records.learning import Learner
from bot.records.privacy import Erasure

Arguments = Mapping[str, Any]


def say_what_is_kept(turn: Turn, selves: Sequence[Conversation], found: Mapping[str, Any], messages: int) -> None:
    """In words; `found`: the copy. Each certificate in a line of its own, and how long all of it stays."""
    said = {"since": _day(turn, selves[0].created_at), "messages": str(messages), "answers": str(len(found["messages"]) - messages)}
    learner, learned = learner_of(turn.session, selves), found["learning"]
    if learner is None:
        turn.say("utter_learning_my_data_stranger", **said)
        return
    courses = learned["courses"]
    counted = {
        "courses": courses, "lessons": [each for course in courses for each in course["lessons"]],
        "finals": [each for course in courses for each in course["finals"]], "recall": learned["questions_that_come_back"],
        "practice": learned["practice"], "assessments": learned["self_assessments"], "certificates": learned["certificates"],
    }  # fmt: skip
    numbers = {name: str(len(rows)) for name, rows in counted.items()}
    turn.say("utter_learning_my_data", **said, **_who(turn, learner), **numbers)
    lines = [*_certificates(turn, learner), sentence(turn.content, "utter_learning_kept", turn.language, {"kept": kept(turn)})]
    turn.replies[-1] = replace(turn.replies[-1], text="\n\n".join([turn.replies[-1].text, *lines]))


def show_privacy(turn: Turn, arguments: Arguments) -> None:
    """What they accepted, and how long it is kept."""
    turn.keep_quiet_about_questionnaire()
    turn.say("utter_learning_privacy")
    text = [turn.content.translate(turn.content.learning.privacy, turn.language).strip(), turn.replies[-1].text]
    terms = turn.sentence("utter_learning_kept", kept=kept(turn))
    turn.replies[-1] = replace(turn.replies[-1], text="\n\n".join([*text, terms]))


def kept(turn: Turn) -> str:
    """A line for each class of records that is kept of who learns."""
    classes = [turn.content.retention[name] for name in OF_WHO_LEARNS if name in turn.content.retention]
    return "\n".join(
        f"• {turn.sentence('utter_notice_kept', what=turn.content.translate(each.says, turn.language), days=str(each.days))}"
        for each in classes
    )


def receipt_reply(content: Content, language: str, done: Erasure) -> Reply:
    """What they are told when it is done."""
    day, counts = done.erased_at.astimezone(MEXICO).date(), done.counts
    values = {
        "folio": done.folio, "erased_on": shown(day, language), "messages": str(counts["messages"]),
        "lessons": str(counts.get("lessons", 0)), "practice": str(counts.get("practice", 0)),
        "certificates": str(counts.get("certificates", 0)), "receipt": erasure.receipt_of(done).line,
    }  # fmt: skip
    return render(content, "utter_learning_erased", language, day, values)


def _who(turn: Turn, learner: Learner) -> dict[str, str]:
    place = turn.content.municipalities.get(learner.municipality)
    post = turn.content.learning.posts.get(learner.post, learner.post)
    return {
        "who": learner.name or "—", "joined": _day(turn, learner.joined_at or learner.invited_at), "office": learner.office,
        "municipality": place.title if place else learner.municipality, "post": turn.content.translate(post, turn.language),
    }  # fmt: skip


def _certificates(turn: Turn, learner: Learner) -> Iterator[str]:
    for each in certificates.of_learner(turn.session, learner):
        course = turn.content.courses.get(each.course)
        yield turn.sentence(
            "utter_learning_my_certificate", course=turn.content.translate(course.title, turn.language) if course else each.course,
            number=each.number, state=turn.sentence(f"utter_learning_certificate_{certificates.state_of(each, turn.content, turn.now)}"),
            since=_day(turn, each.issued_at), until=_day(turn, each.expires_at),
        )  # fmt: skip


def _day(turn: Turn, moment: datetime) -> str:
    return shown(moment.astimezone(MEXICO).date(), turn.language)
