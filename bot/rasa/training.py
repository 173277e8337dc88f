"""Turns flows/ and nlu/data/ into what Rasa is trained with, and trains when that has changed.

Responses lose their text, metadata and commands on the way: wording never retrains. Every question without a rule of its own gets
the plain rule `intent → utter_<intent>`. What a follow-up ("¿y cuánto cuesta?") is about is found by the bot, in the answer's metadata.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from bot.content.examples import example_files
from bot.content.load import load_content
from bot.content.municipalities import names_of
from bot.content.published import Content
from bot.errors import ContentError
from bot.settings import ROOT

NLU = ROOT / "nlu"
BUILD, MODELS, CACHE = NLU / "build", NLU / "models", NLU / "build" / "cache"
PYTHON = NLU / ".venv" / "bin" / "python"
STATES_KNOWN_BY_PLACE = ("Puebla", "México")  # whose municipalities are recognized inside a sentence
KEPT_MODELS = 3
SHY_NAMES = {
    "esperanza", "libres", "oriental", "progreso", "el oro", "la paz", "juarez", "hidalgo", "morelos", "guerrero", "mexico", "polotitlan",
    "otumba", "victoria", "palmar", "soyaniquilpan", "domingo", "felipe", "nicolas", "jose", "ecatepec de",
}  # fmt: skip
"""Names that are everyday words too: places only after "en", "de", "municipio"."""

COUNTRIES = (
    "México", "Estados Unidos", "Canadá", "Guatemala", "Honduras", "El Salvador", "Nicaragua", "Costa Rica", "Panamá",
    "Cuba", "Haití", "República Dominicana", "Venezuela", "Colombia", "Ecuador", "Perú", "Bolivia", "Brasil", "Chile",
    "Argentina",
)  # fmt: skip
OTHER_COUNTRY_NAMES = {"usa": "Estados Unidos", "eeuu": "Estados Unidos"}


def compile_training(content: Content, nlu: Path, config: Path, build: Path) -> str:
    """Write the build folder; returns the fingerprint of everything a model depends on."""
    files = {
        "domain.yml": _dump(_domain(content)),
        "rules.yml": _dump({"version": "3.1", "rules": list(_rules(content))}),
        "places.json": json.dumps(_places(content), ensure_ascii=False),
        "config.yml": _dump(_config(content, config, build)),
    }
    for language, path in example_files(nlu / "data"):
        files[f"nlu/{language}-{path.name}"] = path.read_text(encoding="utf-8")
    for name, text in files.items():
        target = build / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
    for stale in set((build / "nlu").glob("*.yml")) - {build / name for name in files}:
        stale.unlink()
    code = [*sorted((nlu / "components").glob("*.py")), nlu / "requirements.lock"]
    parts = [*(name + text for name, text in sorted(files.items())), *(path.read_text(encoding="utf-8") for path in code)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def ensure_model(flows: Path, say: Callable[[str], None]) -> Path:
    """The model for this content, trained if there is none yet. Raises ContentError when training fails."""
    content, problems = load_content(flows, None)
    if problems:
        raise ContentError(f"{sorted(problems)[0]} (use ./puente check para ver todos)")
    with _only_one_trains():
        fingerprint = compile_training(content, NLU, ROOT / "config.yml", BUILD)
        model = MODELS / f"puente-{fingerprint}.tar.gz"
        if not model.exists():
            _train(model, say)
        _learn("danger", _examples())
        _learn("languages", [*_examples(), *sorted((flows / "translations").glob("*.po")), flows / "directory" / "municipalities.csv"])
        return model


def rasa_environment() -> dict[str, str]:
    """Rasa's own settings: no telemetry, one thread for each library, quiet libraries."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PUENTE_", "TELEGRAM_", "DATABASE_"))},
        "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false", "RASA_CACHE_DIRECTORY": str(CACHE), "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLCONFIGDIR": str(BUILD / "matplotlib"),
        "PYTHONWARNINGS": "ignore", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "",
    }  # fmt: skip


def _train(model: Path, say: Callable[[str], None]) -> None:
    if not PYTHON.exists():
        raise ContentError(f"{PYTHON}: Rasa no está instalado; inicie con ./puente, que lo instala")
    started = time.monotonic()
    say("Entrenando el modelo (la primera vez tarda unos minutos) …")
    command = [
        str(PYTHON), "-m", "rasa", "train", "--config", str(BUILD / "config.yml"), "--domain", str(BUILD / "domain.yml"),
        "--data", str(BUILD / "nlu"), str(BUILD / "rules.yml"), "--out", str(MODELS / "new"),
        "--fixed-model-name", model.name.removesuffix(".tar.gz"),
    ]  # fmt: skip
    log = BUILD / "training.log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=rasa_environment(), stdout=file, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                time.sleep(0.2)
                if int(time.monotonic() - started) % 15 == 0 and time.monotonic() - started > 1:
                    say(f"  … {time.monotonic() - started:.0f} s")
                    time.sleep(1)
        except BaseException:
            process.kill()
            raise
    trained = MODELS / "new" / model.name
    if process.returncode != 0 or not trained.exists():
        reason = next((line.strip() for line in reversed(log.read_text(encoding="utf-8").splitlines()) if line.strip()), "no dejó informe")
        raise ContentError(f"{log}: el entrenamiento falló ({reason[:200]}); el informe completo está en ese archivo")
    trained.replace(model)
    shutil.rmtree(MODELS / "new", ignore_errors=True)
    for old in sorted(MODELS.glob("puente-*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-KEPT_MODELS]:
        old.unlink()
    say(f"Entrenado en {time.monotonic() - started:.0f} s")


def _examples() -> list[Path]:
    return sorted((NLU / "data").rglob("*.yml"))


def _learn(what: str, sources: list[Path]) -> None:
    """The weights of `nlu/<what>/train.py`, learned anew when their sources or the way of learning changed."""
    sources = [*sources, *sorted((NLU / what).glob("*.py")), NLU / "components" / "spelling.py"]
    fingerprint = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    learned, mark = MODELS / f"{what}.json", BUILD / what
    if learned.exists() and mark.exists() and mark.read_text(encoding="ascii") == fingerprint:
        return
    new = learned.with_suffix(".new")
    done = subprocess.run(
        [str(PYTHON), "-m", f"nlu.{what}.train", str(new)], cwd=ROOT, env=rasa_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ContentError(f"nlu/{what}/train.py: no se pudo aprender de los ejemplos ({done.stderr.strip()[-200:]})")
    new.replace(learned)
    mark.write_text(fingerprint, encoding="ascii")


@contextmanager
def _only_one_trains() -> Iterator[None]:
    """Two starts at once train once: the second waits and finds the model."""
    BUILD.mkdir(parents=True, exist_ok=True)
    MODELS.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _domain(content: Content) -> dict[str, Any]:
    intents = sorted({intent for names in content.topics.values() for intent in names} | {"suggest", "nlu_fallback"})
    subjects = sorted(intent for topic, names in content.topics.items() if topic != "dialogue" for intent in names)
    free = {"type": "text", "influence_conversation": False}
    slots: dict[str, Any] = {
        "topic": {"type": "categorical", "values": sorted(content.topics), "mappings": [{"type": "custom"}]},
        "last_answer": {"type": "categorical", "values": subjects, "mappings": [{"type": "custom"}]},
    }
    entities = ["municipality", "state", "country", "folio", "telephone"]
    for entity in ("municipality", "state", "country", "folio"):  # a telephone is never kept unless it is asked for
        slots[entity] = {**free, "mappings": [{"type": "from_entity", "entity": entity}]}
    return {
        "version": "3.1", "intents": [{intent: {"use_entities": []}} for intent in intents], "entities": entities, "slots": slots,
        "responses": {name: [{"text": name}] for name in sorted(content.responses)}, "session_config": {"session_expiration_time": 0},
    }  # fmt: skip


def _rules(content: Content) -> Iterator[dict[str, Any]]:
    ruled = {intent for rule in content.rules for intent in rule.intents}
    yield _rule("unsure: offer the likeliest", "suggest", "utter_suggest")
    yield _rule("nothing understood", "nlu_fallback", "utter_fallback")
    for rule in content.rules:
        yield _plain(rule.table)
    for _, names in sorted(content.topics.items()):
        for intent in names:
            if intent not in ruled:
                yield _rule(f"answer {intent}", intent, f"utter_{intent}")


def _rule(name: str, intent: str, action: str) -> dict[str, Any]:
    return {"rule": name, "steps": [{"intent": intent}, {"action": action}]}


def _places(content: Content) -> list[list[Any]]:
    """`[name, kind, value, needs_announcing]` for the places recognized inside a sentence."""
    places: dict[str, list[Any]] = {}
    for name, country in {**{country.lower(): country for country in COUNTRIES}, **OTHER_COUNTRY_NAMES}.items():
        places[name] = [name, "country", country, False]
    for state in sorted({place.state for place in content.municipalities.places}):
        places.setdefault(state.lower(), [state.lower(), "state", state, len(state) < 7])
    for alias, state in (("edomex", "México"), ("estado de mexico", "México"), ("cdmx", "Ciudad de México")):
        places[alias] = [alias, "state", state, False]
    known = [place for place in content.municipalities.places if place.state in STATES_KNOWN_BY_PLACE]
    for place in sorted(known, key=lambda place: place.population):
        for name in sorted(names_of(place)):
            lowered = name.lower()
            if lowered not in places or places[lowered][1] == "municipality":
                places[lowered] = [lowered, "municipality", place.key, lowered in SHY_NAMES or len(lowered) < 5]
    return [places[name] for name in sorted(places)]


def _config(content: Content, config: Path, build: Path) -> dict[str, Any]:
    compiled: dict[str, Any] = yaml.safe_load(config.read_text(encoding="utf-8"))
    for component in compiled["pipeline"]:
        if component["name"].endswith("PlaceAndNumberExtractor"):
            component["places"] = os.path.relpath(build / "places.json", ROOT)
        elif component["name"].endswith("Decision"):
            component["topics"] = {topic: sorted(intents) for topic, intents in sorted(content.topics.items())}
    return compiled


def _plain(value: Any) -> Any:
    """Tables with line numbers as plain dictionaries, for writing."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _dump(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=120)
