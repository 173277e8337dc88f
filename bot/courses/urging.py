"""The messages that officials get without having written, in their language, with the buttons that lead on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content import spoken
from bot.content.asking import Questionnaire
from bot.content.courses import Course
from bot.content.languages import MEXICO
from bot.content.published import Button
from bot.conversation.replies import Reply, sentence, shown
from bot.conversation.surroundings import Surroundings
from bot.conversation.unasked import rendered
from bot.courses import progress, recall
from bot.courses.progress import Standing
from bot.courses.protocols import title_of
from bot.courses.verification import payload_in
from bot.records.conversations import Conversation
from bot.records.learning import Certificate, Enrolment, Learner


def of_course(session: Session, learner: Learner, conversation: Conversation, around: Surroundings) -> Reply | None:
    """The way on in the course they were in last; None where there is nothing they could do now."""
    pending = _pending(conversation, around)
    query = select(Enrolment).where(Enrolment.learner_id == learner.id, Enrolment.finished_at.is_(None))
    begun = list(session.scalars(query.order_by(Enrolment.changed_at.desc(), Enrolment.id.desc())))
    begun.sort(key=lambda each: pending is None or each.course != pending.course)
    for enrolment in begun:
        course = around.content.courses.get(enrolment.course)
        way = _way_on(session, learner, enrolment, course, conversation, around) if course else None
        if course and way:
            said, button = way
            buttons = [] if pending is None else [_button(conversation, around, "go_on", "/continue")]
            if pending is None or pending.course != course.name:
                buttons.append(button)
            return _with(said, buttons, conversation, around)
    return None


def of_questions(session: Session, learner: Learner, conversation: Conversation, around: Surroundings) -> Reply | None:
    """As many as are asked at once."""
    many = len(recall.due(session, learner, recall.items_of(around.content), around.now))
    if not many:
        return None
    name = "utter_learning_reminder_recall_one" if many == 1 else "utter_learning_reminder_recall"
    said = rendered(conversation, name, around, {} if many == 1 else {"many": str(many)})
    buttons = [_button(conversation, around, "recall", "/recall")]
    if _pending(conversation, around):
        buttons.append(_button(conversation, around, "go_on", "/continue"))
    return _with(said, buttons, conversation, around)


def of_changes(conversation: Conversation, untold: Mapping[str, Sequence[Certificate]], around: Surroundings) -> Reply:
    """Which protocols have changed, what changed in them, and until when the certificates that rest on them wait."""
    content, language = around.content, conversation.language
    courses = dict.fromkeys(each.course for theirs in untold.values() for each in theirs)
    titles = [content.translate(content.courses[each].title, language) if each in content.courses else each for each in courses]
    until = (around.now + timedelta(days=content.learning.refreshed_within)).astimezone(MEXICO).date()
    lines = {name: _what(name, conversation, around) for name in untold}
    names = {name: content.translate(title_of(content, name), language) for name in untold}
    what = "\n".join(f"• {names[name]}: {line}" if len(lines) > 1 else line for name, line in lines.items())
    response = "utter_learning_refresh_due" if len(lines) == 1 else "utter_learning_refresh_due_many"
    said = rendered(conversation, response, around, {"course": "», «".join(titles), "what": what, "until": shown(until, language)})
    word = sentence(content, "utter_learning_button_refresh", language)
    buttons = [Button(word if len(untold) == 1 else f"{word}: {names[name]}", f"/refresh={name}") for name in untold]
    return replace(said, buttons=(*said.buttons, *buttons))


def of_new_files(conversation: Conversation, certificates: Sequence[Certificate], around: Surroundings) -> Reply:
    """Which certificates were signed again and why, with a button to each; of a course that is gone, the link they have leads to it."""
    content, language = around.content, conversation.language
    titles = {each.course: _title_of(each, conversation, around) for each in certificates}
    response = "utter_learning_signed_anew" if len(titles) == 1 else "utter_learning_signed_anew_many"
    said = rendered(conversation, response, around, {"course": "», «".join(titles.values())})
    word = sentence(content, "utter_learning_button_certificate", language)
    there = {name: title for name, title in titles.items() if name in content.courses}
    buttons = [Button(word if len(titles) == 1 else f"{word}: {title}", f"/certificate={name}") for name, title in there.items()]
    return replace(said, buttons=(*said.buttons, *buttons))


def _title_of(certificate: Certificate, conversation: Conversation, around: Surroundings) -> str:
    """As the course is called now, or as it was signed."""
    course = around.content.courses.get(certificate.course)
    if course is not None:
        return around.content.translate(course.title, conversation.language)
    return str(payload_in(certificate.signed)["name"]) if certificate.signed else certificate.course


def _way_on(
    session: Session, learner: Learner, enrolment: Enrolment, course: Course, conversation: Conversation, around: Surroundings
) -> tuple[Reply, Button] | None:
    """The next lesson, or the final while a try is left."""
    title, stands = around.content.translate(course.title, conversation.language), progress.standing(session, learner, course)
    following = stands.next_lesson(course)
    if following:
        word = "next_lesson" if stands.done else "begin"
        button = _button(conversation, around, word, f"/lesson={course.name}-{following}")
        return _lessons_left(course, stands, title, conversation, around), button
    if stands.may_try_final(course) and progress.closed_until(session, learner, course, around.now) is None:
        said = rendered(conversation, "utter_learning_reminder_final", around, {"course": title})
        return said, _button(conversation, around, "final", f"/final={course.name}")
    return None


def _lessons_left(course: Course, stands: Standing, title: str, conversation: Conversation, around: Surroundings) -> Reply:
    left = len(course.lessons) - len(stands.done)
    if left == 1:
        return rendered(conversation, "utter_learning_reminder_one", around, {"course": title})
    return rendered(conversation, "utter_learning_reminder", around, {"course": title, "left": str(left)})


def _what(protocol: str, conversation: Conversation, around: Surroundings) -> str:
    """In the protocol's own words."""
    response = around.content.responses[spoken.PROTOCOL + protocol]
    return around.content.translate(response.protocol.what.strip(), conversation.language) if response.protocol else ""


def _pending(conversation: Conversation, around: Surroundings) -> Questionnaire | None:
    """What waits in the chat for an answer, or to be gone on with."""
    stored = conversation.questionnaire
    return around.content.questionnaires.get(stored["name"]) if stored else None


def _button(conversation: Conversation, around: Surroundings, word: str, payload: str) -> Button:
    return Button(sentence(around.content, f"utter_learning_button_{word}", conversation.language), payload)


def _with(said: Reply, buttons: Sequence[Button], conversation: Conversation, around: Surroundings) -> Reply:
    """How to have no more of these stands last."""
    off = _button(conversation, around, "reminders_off", "/reminders=off")
    return replace(said, buttons=(*said.buttons, *buttons, off))
