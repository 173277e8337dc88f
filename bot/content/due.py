"""What has to be reviewed soon, by who answers for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.content.assessments import Assessment
from bot.content.courses import Course
from bot.content.load import institution_names, load_content
from bot.content.programme_files import Programme
from bot.content.programmes import EligibilityRule
from bot.content.published import Content, Fact, Response
from bot.content.review import Where
from bot.content.services import Service
from bot.content.simulations import Simulation

type Dated = Response | Fact | Service | EligibilityRule | Programme | Course | Simulation | Assessment


@dataclass(frozen=True, order=True)
class Due:
    owner: str
    on: date
    name: str
    where: Where
    expires: bool = False  # from the day after it is not said any more; otherwise it is said with a caution

    def line(self, today: date) -> str:
        when = "vencido desde el" if self.on < today else "se debe el"
        what = "deja de decirse" if self.expires else "revisión"
        return f"{self.where.file}:{self.where.line}: {self.name}: {what}, {when} {self.on:%d/%m/%Y}"


def due_within(flows: Path, days: int, today: date) -> list[Due]:
    """Answers and facts, of the base and of every institution, whose review or end falls within that many days, or is past."""
    last = today + timedelta(days=days)
    found = {
        each for institution in [None, *institution_names(flows)] for each in _of(load_content(flows, institution)[0]) if each.on <= last
    }
    return sorted(found, key=lambda each: (each.owner, each.on, each.name, str(each.where.file), each.where.line))


def _of(content: Content) -> Iterator[Due]:
    every: list[Dated] = [*content.responses.values(), *content.facts.values(), *content.services.values(), *content.programmes.values()]
    every += [questionnaire.rule for questionnaire in content.questionnaires.values() if questionnaire.rule]
    every += [*content.courses.values(), *content.simulations.values(), *content.assessments.values()]
    for each in every:
        if each.review:
            yield Due(each.review.owner, each.review.due_on, _name(each), each.where)
            if each.review.expires_on:
                yield Due(each.review.owner, each.review.expires_on, _name(each), each.where, expires=True)


def _name(each: Dated) -> str:
    return each.id if isinstance(each, Service) else each.name


def report(found: list[Due], days: int, today: date) -> Iterator[str]:
    for number, each in enumerate(found):
        if number == 0 or found[number - 1].owner != each.owner:
            yield f"{each.owner}:"
        yield f"  {each.line(today)}"
    yield f"{len(found)} por revisar en {days} días o menos." if found else f"Nada por revisar en {days} días."
