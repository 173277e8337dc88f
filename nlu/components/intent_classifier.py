"""The intent of a message, by word and letter counts and a linear model.

Well-made examples with tf-idf beat sentence encoders on this data (docs/nlu.md has the figures), train in
a minute and answer in a few milliseconds.
"""

from __future__ import annotations

import logging
import os
from typing import Any

import joblib
import numpy as np
from joblib import Parallel, delayed
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from nlu.components.spelling import by_sound, plain, without_greeting

TOLERANCE = 0.1
MOST_JOBS = 2  # each holds a copy of the features, about 60 MB

logger = logging.getLogger(__name__)


def _against_the_rest(table: csr_matrix, is_this: Any, strength: float) -> tuple[Any, Any]:
    fitted = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=TOLERANCE, max_iter=200).fit(table, is_this)
    return fitted.coef_[0], fitted.intercept_[0]


class OneAgainstRest(LogisticRegression):
    """Logistic regression of each intent against all others, fitted on two cores and kept as one table of weights.

    The dual problem is solved to a tolerance at which the answers no longer change: half the time of scikit-learn's own way.
    """

    def fit(self, table: csr_matrix, labels: list[str], _weights: Any = None) -> OneAgainstRest:
        given = np.asarray(labels)
        self.classes_ = np.unique(given)
        jobs = (delayed(_against_the_rest)(table, given == name, self.C) for name in self.classes_)
        rows = Parallel(n_jobs=min(MOST_JOBS, os.cpu_count() or 1))(jobs)
        # Column by column, as it is multiplied, and half as long: copied at each message it would take sixty times the time.
        self.coef_ = np.asfortranarray(np.vstack([weights for weights, _ in rows]), dtype=np.float32)
        self.intercept_ = np.array([bias for _, bias in rows])
        self.n_features_in_ = table.shape[1]
        return self


def build_model(config: dict[str, Any]) -> Pipeline:
    """The untrained model: texts in, one probability for each intent out."""
    counts: list[tuple[str, Any]] = [
        (
            "words",
            TfidfVectorizer(preprocessor=plain, ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+",  # noqa: S106  not a password
                           
                            max_features=config["max_features"], dtype=np.float32),
        ),
        (
            "letters",
            TfidfVectorizer(preprocessor=by_sound, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True,
                            max_features=config["max_features"], dtype=np.float32),
        ),
    ]  # fmt: skip
    weights = {"words": config["word_weight"], "letters": config["letter_weight"]}
    features = FeatureUnion(counts, transformer_weights=weights)
    return Pipeline([("features", features), ("linear", OneAgainstRest(C=config["C"], solver="liblinear"))])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and the whole `intent_ranking` (Rasa's own classifier keeps only ten)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 10.0, "word_weight": 1.0, "letter_weight": 1.0,
                "max_features": 60_000}  # fmt: skip

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> LinearIntentClassifier:
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = model_storage
        self._resource = resource
        self.model: Pipeline | None = None

    def train(self, training_data: TrainingData) -> Resource:
        examples = [(message.get(TEXT), message.get(INTENT)) for message in training_data.intent_examples]
        examples = [(text, intent) for text, intent in examples if text]
        self.model = build_model(self.config)
        self.model.fit([text for text, _ in examples], [intent for _, intent in examples])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self.model, folder / "model.joblib")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            classifier.model = joblib.load(folder / "model.joblib")
        return classifier

    def rank(self, text: str) -> list[dict[str, Any]]:
        """Every intent with its probability, the likeliest first."""
        if self.model is None:
            raise RuntimeError("The classifier has no trained model; run ./puente train")
        chances = self.model.predict_proba([text])[0]
        order = np.argsort(-chances)
        names = self.model.classes_
        return [{"name": str(names[place]), "confidence": float(chances[place])} for place in order]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if not plain(message.get(TEXT) or ""):
                message.set("intent", {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set("intent_ranking", [], add_to_output=True)
                continue
            ranking = self.rank(without_greeting(message.get(TEXT)))
            message.set("intent", dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages
