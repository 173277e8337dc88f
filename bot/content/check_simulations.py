"""The rules over the practice cases: the points add up, what may never be missing is scored, and every office is in the directory.

Patterns never know all the ways to say a thing, so nobody may fail for words alone that were not heard: buttons and harm decide.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.content.problems import Problem
from bot.content.published import Content
from bot.content.readability import check_reading
from bot.content.simulations import Action, Kind, Simulation

ALL_POINTS = 100
FEWEST_OFFICES, MOST_OFFICES = 3, 6
LONGEST_LINE = 400  # characters: people write short
LONGEST_REASON = 300
NEEDED = {
    "consent": ("pedir permiso antes de canalizar", Kind.PRESSES, Action.ASK_CONSENT, Action.REFER),
    "hours": ("decir cuándo y dónde", Kind.SAYS, None, None),
    "right_office": ("mandar a la oficina correcta", Kind.PRESSES, Action.REFER, None),
    "no_promise": ("no prometer", Kind.NEVER, None, None),
    "no_papers": ("no pedir papeles migratorios", Kind.NEVER, None, None),
}
"""What every case scores, by the criterion's id: in words, its kind, the action and what it comes before."""


def check_simulations(content: Content) -> Iterator[Problem]:
    for simulation in content.simulations.values():
        yield from _points(simulation)
        yield from _needed(simulation)
        yield from _offices(content, simulation)
        yield from _lines(simulation)
        where = simulation.where
        if simulation.topic not in content.topics:
            yield where.problem(f"«{simulation.topic}» no es un tema", "escriba el nombre de un archivo de flows/domain")
        if simulation.review.reviewed_on > date.today() + timedelta(days=1):
            yield where.problem(f"{simulation.name} tiene una fecha de revisión que aún no llega", "corrija «reviewed_on»")


def _points(simulation: Simulation) -> Iterator[Problem]:
    points = sum(criterion.points for criterion in simulation.criteria)
    if points != ALL_POINTS:
        yield simulation.where.problem(f"los puntos de {simulation.name} suman {points}", f"deben sumar {ALL_POINTS}")
    in_words = [criterion for criterion in simulation.criteria if criterion.kind is Kind.SAYS]
    if sum(criterion.points for criterion in in_words) > ALL_POINTS - simulation.pass_percent:
        yield simulation.where.problem(
            f"en {simulation.name} se puede reprobar por decirlo con otras palabras",
            f"deje hasta {ALL_POINTS - simulation.pass_percent} puntos en los criterios `{Kind.SAYS}`",
        )
    for criterion in in_words:
        if criterion.essential:
            yield simulation.where.problem(
                f"el criterio {criterion.id} es indispensable y puede decirse con otras palabras", "quite `essential:`"
            )
    if not any(criterion.essential and criterion.kind is not Kind.NEVER for criterion in simulation.criteria):
        yield simulation.where.problem(
            f"{simulation.name} se aprueba sin hacer nada", "ponga `essential: true` en algo que haya que decir o tocar"
        )


def _needed(simulation: Simulation) -> Iterator[Problem]:
    by_id = {criterion.id: criterion for criterion in simulation.criteria}
    for name, (what, kind, action, before) in NEEDED.items():
        criterion = by_id.get(name)
        if criterion is None:
            yield simulation.where.problem(f"{simulation.name} no califica {name}: {what}", f"agregue un criterio con `id: {name}`")
        elif (criterion.kind, criterion.action, criterion.before) != (kind, action, before):
            lines = [f"kind: {kind}", *([f"action: {action}"] if action else []), *([f"before: {before}"] if before else [])]
            yield simulation.where.problem(f"el criterio {name} de {simulation.name} no califica {what}", f"escriba {', '.join(lines)}")


def _offices(content: Content, simulation: Simulation) -> Iterator[Problem]:
    where, offered = simulation.where, simulation.refer_to
    if not FEWEST_OFFICES <= len(offered) <= MOST_OFFICES:
        yield where.problem(f"{simulation.name} da a escoger {len(offered)} oficinas", f"dé de {FEWEST_OFFICES} a {MOST_OFFICES}")
    for office in (simulation.office, *offered):
        if office not in content.organizations:
            yield where.problem(
                f"la oficina «{office}» de {simulation.name} no está en el directorio", "agréguela en flows/directory/organizations"
            )
    for criterion in simulation.criteria:
        for office in criterion.to:
            if office not in offered:
                yield where.problem(f"el criterio {criterion.id} espera «{office}», que nadie puede escoger", "póngala en `refer_to:`")
        if criterion.action is Action.REFER and not 0 < len(criterion.to) < len(offered):
            yield where.problem(
                f"el criterio {criterion.id} de {simulation.name} no distingue oficinas", "ponga en `to:` las correctas, y no todas"
            )


def _lines(simulation: Simulation) -> Iterator[Problem]:
    where = simulation.where
    if not any(reply.on is Action.ASK_CONSENT for reply in simulation.replies):
        yield where.problem(f"en {simulation.name} nadie contesta si da permiso", "agregue una respuesta con `on: ask_consent`")
    forbidden = {criterion.id for criterion in simulation.criteria if criterion.kind is Kind.NEVER}
    for reply in simulation.replies:
        if reply.breaks and reply.breaks not in forbidden:
            yield where.problem(
                f"la respuesta {reply.id} espera que se falte a «{reply.breaks}»", f"ponga un criterio `kind: {Kind.NEVER}`"
            )
    for line in (*simulation.opens, *(reply.says for reply in simulation.replies), *simulation.otherwise):
        if len(line) > LONGEST_LINE or "{" in line:
            yield where.problem(
                f"«{line[:40]}…» no se lee como mensaje de una persona", f"escriba hasta {LONGEST_LINE} caracteres y sin llaves"
            )
    for criterion in simulation.criteria:
        if len(criterion.because) > LONGEST_REASON:
            yield where.problem(f"la razón de {criterion.id} tiene {len(criterion.because)} caracteres", f"deje hasta {LONGEST_REASON}")
    read = [simulation.says, *(criterion.because for criterion in simulation.criteria)]  # by an official, at the longest
    yield from check_reading(where, simulation.name, "\n".join(read))
