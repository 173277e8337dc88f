"""Places, folios and telephones in a message.

Municipalities are matched by sound and with a typo forgiven ("nacaulpan", "tehuacan", "atlisco"). A misspelt or everyday word
counts as a place only after a word that announces one: "Libres" and "Esperanza" are municipalities too.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rapidfuzz import fuzz, process
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.spelling import by_sound

ANNOUNCE = {
    by_sound(word) for word in ["en", "de", "desde", "a", "hasta", "por", "cerca", "municipio", "pueblo", "vivo", "estoy", "soy", "aqui"]
}
LONGEST_NAME = 5  # words
TYPO_FROM = 6  # letters: shorter names are matched exactly
TYPO_SCORE = 86  # of 100, rapidfuzz ratio: one letter in seven

_WORD = re.compile(r"[\wÀ-ÿ]+")
_FOLIO = re.compile(r"\b[A-Za-z]{2,5}-?\d{2}-?[A-Za-z0-9]{4,6}\b")
_TELEPHONE = re.compile(r"(?<!\w)\+?\d(?:[ .()-]{0,2}\d){9,12}(?!\w)")


class PlaceNames:
    """Looks names up in a list of `[name, kind, value, needs_announcing]`."""

    def __init__(self, places: list[list[Any]]) -> None:
        self.places = places
        self._exact = {by_sound(name): (kind, value, shy) for name, kind, value, shy in places}
        self._long = [name for name in self._exact if len(name) >= TYPO_FROM]

    def find(self, text: str) -> list[dict[str, Any]]:
        words = [(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]
        sounds = [by_sound(word) for word, _, _ in words]
        found: list[dict[str, Any]] = []
        place = 0
        while place < len(words):
            for length in range(min(LONGEST_NAME, len(words) - place), 0, -1):
                match = self._match(" ".join(sounds[place : place + length]), sounds[place - 1] if place else "")
                if match:
                    start, end = words[place][1], words[place + length - 1][2]
                    found.append({"entity": match[0], "value": match[1], "start": start, "end": end})
                    place += length - 1
                    break
            place += 1
        return found

    def _match(self, sound: str, before: str) -> tuple[str, str] | None:
        announced = before in ANNOUNCE
        known = self._exact.get(sound)
        if known:
            kind, value, shy = known
            return (kind, value) if announced or not shy else None
        if not announced or len(sound) < TYPO_FROM:
            return None
        near = process.extractOne(sound, self._long, scorer=fuzz.ratio, score_cutoff=TYPO_SCORE)
        if near and near[0][0] == sound[0]:
            kind, value, _ = self._exact[near[0]]
            return kind, value
        return None


def find_entities(text: str, places: PlaceNames) -> list[dict[str, Any]]:
    """Entities of one message in Rasa's shape: `entity`, `value`, `start`, `end`."""
    found = []
    for name, pattern in (("folio", _FOLIO), ("telephone", _TELEPHONE)):
        for match in pattern.finditer(text):
            found.append({"entity": name, "value": match.group(), "start": match.start(), "end": match.end()})
    return found + places.find(text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PlaceAndNumberExtractor(EntityExtractorMixin, GraphComponent):
    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"places": None}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> PlaceAndNumberExtractor:
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = model_storage
        self._resource = resource
        self._places = PlaceNames([])

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the list of places with the model, so that a model is served with the list it was made with."""
        with open(self.config["places"], encoding="utf-8") as file:
            places = json.load(file)
        self._places = PlaceNames(places)
        with self._storage.write_to(self._resource) as folder:
            (folder / "places.json").write_text(json.dumps(places), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PlaceAndNumberExtractor:
        extractor = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            extractor._places = PlaceNames(json.loads((folder / "places.json").read_text(encoding="utf-8")))
        return extractor

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            entities = self.add_extractor_name(find_entities(message.get(TEXT) or "", self._places))
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
        return messages
