"""The rules over the protocols for officials: which edition it is, and the same four parts in the same order.

Whoever has somebody in front of them finds whom to call without reading the rest.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.content import spoken
from bot.content.problems import Problem
from bot.content.published import PLACEHOLDER, Content, Response

CALL = "A quién llamar:"
HEADINGS = ("Qué hacer:", "Qué no hacer:", CALL, "Cómo canalizar:")
LONGEST_PROTOCOL = 2400  # characters, with its facts: some five screens of a telephone


def check_protocols(content: Content) -> Iterator[Problem]:
    for response in content.responses.values():
        if is_protocol(response.name):
            yield from _edition(response)
            yield from _parts(content, response)
            yield from _length(content, response)
        elif response.protocol:
            yield response.where.problem(f"{response.name} lleva «protocol» y no es un protocolo", f"quítelo, o llámelo {spoken.PROTOCOL}…")


def is_protocol(name: str) -> bool:
    """By its name; two sentences of the dialogue that speak of protocols begin so too."""
    return name.startswith(spoken.PROTOCOL) and name not in spoken.RESPONSES


def _edition(response: Response) -> Iterator[Problem]:
    if response.protocol is None:
        yield response.where.problem(
            f"{response.name} no dice qué versión es", "agregue en metadata `protocol:` con version, changed_on, what y validation"
        )
    elif response.protocol.changed_on > date.today() + timedelta(days=1):
        yield response.where.problem(f"{response.name} tiene una fecha de cambio que aún no llega", "corrija «changed_on»")


def _parts(content: Content, response: Response) -> Iterator[Problem]:
    parts = parts_of(response.text)
    if tuple(heading for heading, _ in parts) != HEADINGS:
        yield response.where.problem(
            f"{response.name} no tiene sus cuatro partes en orden", f"escriba una vez, cada uno en su línea: {' '.join(HEADINGS)}"
        )
        return
    for heading, text in parts:
        if not text:
            yield response.where.problem(f"{response.name} no dice nada debajo de «{heading}»", "escríbalo ahí")
    facts = [content.facts[name] for name in PLACEHOLDER.findall(dict(parts)[CALL]) if name in content.facts]
    if not any(fact.kind == "telephone" for fact in facts):
        yield response.where.problem(
            f"{response.name} no da un teléfono debajo de «{CALL}»", "ponga el nombre de un dato de tipo telephone, entre llaves"
        )


def parts_of(text: str) -> list[tuple[str, str]]:
    """Each heading found with what stands under it; what comes before the first one is left out."""
    parts: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.strip() in HEADINGS:
            parts.append((line.strip(), []))
        elif parts:
            parts[-1][1].append(line)
    return [(heading, "\n".join(lines).strip()) for heading, lines in parts]


def _length(content: Content, response: Response) -> Iterator[Problem]:
    facts = content.facts
    shown = PLACEHOLDER.sub(lambda found: facts[found[1]].value if found[1] in facts else found[0], response.text)
    if len(shown) > LONGEST_PROTOCOL:
        yield response.where.problem(f"{response.name} tiene {len(shown)} caracteres", f"deje hasta {LONGEST_PROTOCOL} en un protocolo")
