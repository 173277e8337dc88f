"""Asks Rasa what a text means: `{text, state}` in, an Understanding out."""

from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from bot.errors import UnderstandingError

PATIENCE = 2.0  # seconds; after that the person is told plainly and the question waits


class Entity(BaseModel):
    entity: str
    value: str


class Understanding(BaseModel):
    """What one text means, as the turn channel answers it. `decisions` are names of responses, in order."""

    decisions: list[str]
    state: dict[str, Any]
    intent: str | None
    confidence: float
    topic: str | None
    decision: str
    suggestions: list[str]
    entities: list[Entity]


@dataclass
class RasaClient:
    """Keep one for the process: it holds the connections."""

    http: httpx.AsyncClient
    model: str = ""

    @classmethod
    def at(cls, port: int) -> "RasaClient":
        return cls(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/webhooks/puente", timeout=PATIENCE, trust_env=False))

    async def understand(self, text: str, state: dict[str, Any] | None) -> Understanding:
        """Raises UnderstandingError when there is no sensible answer within PATIENCE."""
        try:
            answer = await self.http.post("/turn", json={"text": text, "state": state or {}})
            if answer.status_code != httpx.codes.OK:
                raise UnderstandingError(f"Rasa contestó {answer.status_code}")
            return Understanding.model_validate(answer.json())
        except (httpx.HTTPError, ValidationError, ValueError) as error:
            raise UnderstandingError(f"Rasa no contestó un turno: {type(error).__name__}") from error

    async def is_ready(self) -> bool:
        try:
            answer = await self.http.get("/ready")
            self.model = str(answer.json().get("model", "")).removesuffix(".tar.gz")[:32] if answer.status_code == httpx.codes.OK else ""
            return answer.status_code == httpx.codes.OK
        except (httpx.HTTPError, ValueError):
            return False

    async def close(self) -> None:
        await self.http.aclose()
