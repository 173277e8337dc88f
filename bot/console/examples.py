"""The editors' page of phrases that readers proposed as examples."""

from starlette.responses import Response

from bot.console.door import Page
from bot.console.visit import Visit
from bot.numbers.names import TOPICS
from bot.permissions import Action
from bot.rasa.training import NLU
from bot.review import proposing
from bot.review.phrases import PhraseBook

LIST = "/consola/ejemplos"


class Examples:
    """Keeps what it has read of the files of examples, which are long."""

    def __init__(self, book: PhraseBook) -> None:
        self._book = book

    async def show(self, visit: Visit) -> Response:
        groups = await visit.run(proposing.waiting, visit.actor, self._book, visit.content, visit.now)
        questions = [
            (TOPICS.get(topic, topic), sorted((visit.content.titles.get(intent, intent), intent) for intent in intents))
            for topic, intents in visit.content.topics.items()
        ]
        return visit.page("examples.html", groups=groups, questions=sorted(questions), titles=visit.content.titles)

    async def accept(self, visit: Visit) -> Response:
        text, intent = visit.fields.get("text", ""), visit.fields.get("intent", "")
        await visit.run_once(proposing.accept, visit.actor, visit.number("example"), text, intent, self._book, visit.content, visit.now)
        return visit.to(LIST, "example_accepted")

    async def discard(self, visit: Visit) -> Response:
        await visit.run_once(proposing.discard, visit.actor, visit.number("example"), visit.now)
        return visit.to(LIST, "example_discarded")


def pages(book: PhraseBook | None = None) -> tuple[Page, ...]:
    """`book`: for tests."""
    examples = Examples(book or PhraseBook(NLU))
    return (
        Page("/consola/ejemplos", Action.EXAMPLE_DECIDE, examples.show),
        Page("/consola/ejemplos/{example}/aceptar", Action.EXAMPLE_DECIDE, examples.accept, "POST"),
        Page("/consola/ejemplos/{example}/descartar", Action.EXAMPLE_DECIDE, examples.discard, "POST"),
    )
