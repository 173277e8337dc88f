"""An official in a practice case: what is written to the made-up person, what is pressed by its title, and what became of it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Button
from bot.content.simulations import Simulation
from bot.conversation.context import Taken
from bot.records.learning import SimulationRun
from tests import telegram_json as telegram
from tests.learning import READS, Official

MARK, ASK, REFER, END = "Marcar peligro", "Pedir su permiso", "Canalizar", "Terminar el caso"
LEAVE, GO_ON = "Salir de la práctica", "Seguir el caso"
ROW = [MARK, ASK, REFER, END, LEAVE]
OF_ACTIONS = {"mark_danger": MARK, "ask_consent": ASK, "refer": REFER, "end": END}


class Practising(Official):
    """Their own last messages, with the buttons under them."""

    said: Taken

    def takes(self, raw: dict[str, Any]) -> Taken:
        self.waits(seconds=READS)
        self.said = super().takes(raw)
        return self.said

    @property
    def texts(self) -> list[str]:
        return [reply.text for reply in self.said.replies]

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All that is under the last messages."""
        return tuple(button for reply in self.said.replies for button in reply.buttons)

    @property
    def titles(self) -> list[str]:
        return [button.title for button in self.buttons]

    def begins(self, name: str) -> "Practising":
        self.says("practica") if self.run is None else self.says("/practica")
        self.presses(f"/simulate={name}")
        return self

    def touches(self, title: str) -> list[str]:
        """A button of the last messages, by what stands on it."""
        return self.presses(next(button.payload for button in self.buttons if button.title == title))

    def refers_to(self, office: str) -> list[str]:
        self.touches(REFER)
        return self.presses(next(button.payload for button in self.buttons if button.payload.endswith(f".{office}")))

    def handles(self, moves: list[dict[str, str]]) -> None:
        """A script of tests/content/simulation_scripts.yml, and the end."""
        for move in moves:
            if "say" in move:
                self.says(move["say"])
            elif move["press"] == "refer":
                self.refers_to(move["to"])
            elif move["press"] != "end":
                self.touches(OF_ACTIONS[move["press"]])
        self.touches(END)

    def runs(self) -> list[SimulationRun]:
        def look(session: Session) -> list[SimulationRun]:
            query = select(SimulationRun).where(SimulationRun.learner_id == self.learner(session).id).order_by(SimulationRun.id)
            return list(session.scalars(query))

        return self.call(look)

    @property
    def run(self) -> SimulationRun | None:
        """The one that is open."""
        return next((each for each in self.runs() if each.ended_at is None), None)

    @property
    def moves(self) -> list[str]:
        """What counts of the open one: the words, and the names of what was pressed."""
        assert self.run is not None, "no case is open"
        return [each.get("said") or "/".join(filter(None, (each["pressed"], each["value"]))) for each in self.run.moves or []]

    def simulation(self, name: str) -> Simulation:
        return self.around.content.simulations[name]

    def types(self, said: str) -> None:
        self.takes(telegram.text(said, at=int(self.now.timestamp()), number=next(self._messages)))
