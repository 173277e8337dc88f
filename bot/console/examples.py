"""The editors' page of phrases that readers proposed as examples."""

from starlette.responses import Response

from bot.console.door import Page
from bot.console.visit import Visit
from bot.console.words import questions_of
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
        return visit.page("examples.html", groups=groups, questions=questions_of(visit.content), titles=visit.content.titles)

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
        Page(LIST, Action.EXAMPLE_DECIDE, examples.show),
        Page(f"{LIST}/{{example}}/aceptar", Action.EXAMPLE_DECIDE, examples.accept, "POST"),
        Page(f"{LIST}/{{example}}/descartar", Action.EXAMPLE_DECIDE, examples.discard, "POST"),
    )
