"""An official in a chat of their bot: invited and joined, who reads, answers right or wrong, and goes on after days."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.courses import Course, questionnaires_of
from bot.conversation.context import Taken
from bot.conversation.surroundings import Surroundings
from bot.courses import learners
from bot.courses.learners import Place
from bot.permissions import Actor
from bot.questionnaires.run import Progress, current
from bot.records.conversations import OF_OFFICIALS
from bot.records.database import Database
from bot.records.learning import Assessment, Learner, Recall
from bot.records.staff import Role
from tests import telegram_json as telegram
from tests.chats import Chat

INVITES = Actor("vera", Role.SUPERVISOR)
NAUCALPAN, PUEBLA = "15057", "21114"
NAME = "Ana López Cruz"
SAID_IN_PRACTICE = "Buenas tardes, dígame qué pasó con mi tía"
READS = 10  # seconds: faster than anybody reads, and no flood
PLACE = Place("DIF Naucalpan", NAUCALPAN, "first_contact")


class Official(Chat):
    """A chat at the door of officials."""

    def __init__(self, database: Database, around: Surroundings, place: Place = PLACE) -> None:
        super().__init__(database, around)
        self.bot_id += OF_OFFICIALS
        self.place = place

    def is_invited(self) -> str:
        """What stands in the link."""
        return self.call(lambda session: learners.invite(session, INVITES, self.around.content, self.place, self.now)[1])

    def joins(self, name: str = NAME) -> "Official":
        self.says(f"/start curso_{self.is_invited()}")
        self.says("Estoy de acuerdo")
        self.says(name)
        return self

    def learner(self, session: Session) -> Learner:
        return session.scalars(select(Learner).where(Learner.bot_id == self.bot_id)).one()

    def of_learner(self, field: str) -> Any:
        return self.call(lambda session: getattr(self.learner(session), field))

    def hears(self, said: str) -> str:  # type: ignore[override]
        """All that is answered, as one text."""
        return "\n".join(
            reply.text for reply in self.takes(telegram.text(said, at=int(self.now.timestamp()), number=next(self._messages))).replies
        )

    def waits(self, **time: float) -> None:
        self.now += timedelta(**time)

    def answers(self, right: bool = True) -> list[str]:
        """The pending step: read on, or one of its choices."""
        self.waits(seconds=READS)
        progress = self.at
        questionnaire = self.around.content.questionnaires[progress.name]
        step = current(questionnaire, progress)
        value = next(option.value for option in step.options if option.right is right) if step.is_judged else "next"
        return self.presses(f"{questionnaire.name}.{step.id}={value}")

    @property
    def at(self) -> Progress:
        pending = self.pending
        assert pending is not None, "nothing is pending"
        return Progress.from_json(pending)

    @property
    def is_asked(self) -> bool:
        return self.pending is not None and not self.at.paused

    def goes_through(self, course: Course, right: bool = True) -> None:
        """All lessons and the final, if there is one."""
        for lesson in course.lessons:
            self.does(lesson.questionnaire.name)
        if course.completion.has_final:
            self.tries_final(course, right)

    def does(self, lesson: str) -> None:
        self.presses_new(f"/lesson={lesson}")
        while self.is_asked:
            self.answers()

    def tries_final(self, course: Course, right: bool = True) -> None:
        self.presses_new(f"/final={course.name}")
        while self.is_asked:
            self.answers(right)

    def presses_new(self, payload: str) -> list[str]:
        """A button of the course's page."""
        self.waits(seconds=READS)
        self.says("cursos")
        course = payload.partition("=")[2].partition("-")[0]
        self.presses(f"/course={course}")
        return self.presses(payload)


def does_everything(official: Official, name: str = "Eva Luz Robles") -> Official:
    """Joins, finishes a course, practises and assesses their municipality."""
    official.joins(name)
    course = official.around.content.courses["first_contact"]
    official.does(course.lessons[0].questionnaire.name)
    while official.call(lambda session: session.scalar(select(func.count()).select_from(Recall)) or 0) == 0:
        official.does(course.lessons[1].questionnaire.name)
    official.goes_through(course)
    official.waits(minutes=1)
    official.says("practica")
    official.presses(f"/simulate={next(iter(official.around.content.simulations))}")
    official.says(SAID_IN_PRACTICE)
    official.says("Terminar el caso")

    def assesses(session: Session) -> None:
        who = official.learner(session).id
        session.add(
            Assessment(learner_id=who, municipality=NAUCALPAN, name="entrepreneurship", version="1", answers={"a": "no"}, at=official.now)
        )

    official.call(assesses)
    return official


def taught(around: Surroundings, *courses: Course, only: bool = False) -> Surroundings:
    """The content with these courses as they are now; `only`: and no other."""
    content = around.content
    theirs = {**({} if only else content.courses), **{course.name: course for course in courses}}
    rest = {name: each for name, each in content.questionnaires.items() if not each.course}
    return replace(around, content=replace(content, courses=theirs, questionnaires={**rest, **questionnaires_of(theirs)}))


def without_steps(course: Course, lesson_id: str, *step_ids: str) -> Course:
    """The course after an editor has taken these steps away."""
    lessons = []
    for lesson in course.lessons:
        steps = tuple(step for step in lesson.questionnaire.steps if lesson.id != lesson_id or step.id not in step_ids)
        lessons.append(replace(lesson, questionnaire=replace(lesson.questionnaire, steps=steps)))
    return replace(course, lessons=tuple(lessons))


def texts(taken: Taken) -> list[str]:
    return [reply.text for reply in taken.replies]
