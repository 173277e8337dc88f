"""What the assistant understands of messages that another hand wrote: floors, below which nothing is published."""

import asyncio
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.content.examples import read_examples
from bot.conversation.live import LiveContent
from bot.local_chat.jsonl import parse
from bot.rasa.client import RasaClient
from bot.rasa.training import MODELS, PYTHON, rasa_environment
from bot.settings import ROOT


@dataclass(frozen=True)
class Outcome:
    intent: str
    topic: str
    decision: str
    best: str
    best_topic: str
    suggestions: list[str]
    language: str
    heard: str


FLOORS = {  # helped, straight, misled (a ceiling), best guess, topic
    "es": (0.96, 0.75, 0.04, 0.88, 0.94),
    "en": (0.92, 0.75, 0.06, 0.82, 0.90),
    "fr": (0.88, 0.60, 0.08, 0.75, 0.86),
    "pt": (0.88, 0.60, 0.08, 0.75, 0.86),
    "ht": (0.82, 0.50, 0.10, 0.68, 0.80),
}
WORST_TOPIC = 0.90  # helped, in Spanish: a topic has 30 to 170 messages


@pytest.fixture(scope="module")
def outcomes(rasa_port: int) -> list[Outcome]:
    live = LiveContent(ROOT / "flows", None, MODELS)

    async def go() -> list[Outcome]:
        client = RasaClient.at(rasa_port)
        found = []
        for example in read_examples(ROOT / "nlu" / "test_data", []):
            read = await parse(live, client, example.text)
            best_topic = live.current()[0].topic_of(read["intent"] or "") or ""
            found.append(
                Outcome(
                    example.intent,
                    example.topic,
                    read["decision"],
                    read["intent"] or "",
                    best_topic,
                    read["suggestions"],
                    example.language,
                    read["language"],
                )
            )
        await client.close()
        return found

    return asyncio.run(go())


def share(outcomes: list[Outcome], *, right: str) -> float:
    asked = [each for each in outcomes if each.intent != "out_of_scope"]
    rules = {
        "helped": lambda each: each.best == each.intent if each.decision == "answer" else each.intent in each.suggestions,
        "straight": lambda each: each.decision == "answer" and each.best == each.intent,
        "misled": lambda each: each.decision == "answer" and each.best != each.intent,
        "top1": lambda each: each.best == each.intent,
        "topic": lambda each: each.best_topic == each.topic,
    }
    return sum(map(rules[right], asked)) / len(asked)


@pytest.mark.parametrize("language", FLOORS)
def test_people_are_helped_and_hardly_ever_misled(outcomes: list[Outcome], language: str) -> None:
    said = [each for each in outcomes if each.language == language]
    helped, straight, misled, best, topic = FLOORS[language]
    assert len(said) >= 150
    assert share(said, right="helped") >= helped
    assert share(said, right="straight") >= straight
    assert share(said, right="misled") <= misled
    assert share(said, right="top1") >= best
    assert share(said, right="topic") >= topic


def test_no_topic_is_understood_much_worse_than_the_others(outcomes: list[Outcome]) -> None:
    spanish = [each for each in outcomes if each.language == "es" and each.intent != "out_of_scope"]
    by_topic = {topic: [each for each in spanish if each.topic == topic] for topic in {each.topic for each in spanish}}
    helped = {topic: share(said, right="helped") for topic, said in by_topic.items()}
    assert {topic: value for topic, value in helped.items() if value < WORST_TOPIC} == {} and len(helped) >= 19


def test_the_language_of_a_question_is_heard(outcomes: list[Outcome]) -> None:
    for language in FLOORS:
        said = [each for each in outcomes if each.language == language]
        assert sum(each.heard == language for each in said) / len(said) >= 0.94, language


def test_no_more_than_four_questions_are_suggested(outcomes: list[Outcome]) -> None:
    assert max(len(each.suggestions) for each in outcomes) <= 4


def test_other_matters_are_not_answered_as_if_known(outcomes: list[Outcome]) -> None:
    outside = [each for each in outcomes if each.intent == "out_of_scope"]
    known = [each for each in outside if each.decision == "answer" and each.best_topic != "dialogue"]
    assert len(outside) >= 30 and len(known) / len(outside) <= 0.15


DANGER = {"es": (0.98, 0.03), "en": (0.95, 0.05), "fr": (0.95, 0.05), "pt": (0.95, 0.05), "ht": (0.95, 0.05)}
"""Found at least, and false alarms at most. The others than Spanish have 42 messages of danger and 40 alarming ones: one is 2.5 %."""


@pytest.mark.parametrize("language", DANGER)
def test_danger_is_recognized_without_rasa(rasa_port: int, language: str) -> None:
    detector = LiveContent(ROOT / "flows", None, MODELS).current()[1]
    folder = ROOT / "nlu" / "test_data" / ("" if language == "es" else language)
    written = yaml.safe_load((folder / "safety.yml").read_text(encoding="utf-8"))
    danger = [str(text) for messages in written["danger"].values() for text in messages]
    found = [text for text in danger if detector.category(text)]
    false = [text for text in written["harmless"] if detector.category(str(text))]
    least, most = DANGER[language]
    assert len(danger) >= 42 and len(found) / len(danger) >= least
    assert len(false) / len(written["harmless"]) <= most


NO_DANGER = {
    "what an official asks about others": [
        "¿qué hago si llega una mujer golpeada?",
        "si se presenta en ventanilla una señora con golpes que le digo primero",
        "llegó una muchacha con moretones a pedir informes, como la canalizo",
        "soy del dif, como atendemos a un niño que viene solo",
        "que hace la oficina cuando un adolescente dice que huye de la mara",
        "a quien le aviso si en el albergue detectamos una posible victima de trata",
        "trabajo en el ayuntamiento, como se pregunta por violencia sin incomodar",
        "en ventanilla nos toco una persona que dice que la tenian encerrada, cual es la ruta",
        "como atiende un servidor publico a una victima de secuestro",
        "soy enlace municipal y quiero saber a donde mando a una mujer que huye de su marido",
        "que debe hacer un policia cuando encuentra a una familia migrante en la calle",
        "atiendo migrantes en la presidencia, que sigue despues de tomar el relato de una victima",
        "como funcionaria, ¿puedo preguntar su estatus a alguien herido?",
        "y si quien llega al modulo esta embarazada y sangra, ¿a quien llamo?",
        "en la caseta encontramos a dos menores, que autoridad los recibe",
        "what should our office do if a beaten woman comes in",
        "i work at the town hall, who do we call when a lost kid shows up",
        "que fait-on à la mairie si une femme battue se présente",
        "je travaille au dif, comment recevoir un enfant qui voyage seul",
        "o que faço se chegar uma mulher espancada na repartição",
        "trabalho no albergue, como recebemos uma criança que viaja sozinha",
        "kisa biwo a dwe fè si yon fanm yo bat rive",
        "m travay nan yon abri, kijan nou resevwa yon timoun k ap vwayaje sèl",
    ],
    "plain sadness": [
        "estoy muy triste",
        "hoy amaneci bien agüitada",
        "extraño a mis hijos y me pongo a llorar",
        "me siento sola desde que llegue a mexico",
        "ando desanimado porque no sale nada de trabajo",
        "tengo el corazon roto, me dejo mi novia",
        "se me hace muy pesado estar lejos de mi familia",
        "no me hallo aqui, todo es distinto a mi pueblo",
        "ya me canse de esperar la respuesta",
        "me da tristeza que mis hijos ya no hablen español",
        "llevo dias sin ganas de nada, creo que es la nostalgia",
        "i am so sad today, i miss my people",
        "i feel lonely in this city",
        "je suis très triste ces jours-ci",
        "ma famille me manque et je pleure un peu",
        "estou muito triste hoje",
        "sinto falta da minha gente e choro",
        "m tris anpil jodi a",
        "fanmi m manke m e m kriye",
    ],
}


@pytest.mark.parametrize("kind", NO_DANGER)
def test_neither_the_work_of_officials_nor_sadness_is_taken_for_danger(rasa_port: int, kind: str) -> None:
    detector = LiveContent(ROOT / "flows", None, MODELS).current()[1]
    assert {text: found for text in NO_DANGER[kind] if (found := detector.category(text))} == {}


SLOWEST, LARGEST = 10.0, 900.0  # milliseconds of the median message; megabytes of the process that holds the model


def test_the_model_reads_fast_and_fits_a_small_machine(model: Path) -> None:
    texts = [example.text for example in read_examples(ROOT / "nlu" / "test_data", [])]
    varied = texts[:: len(texts) // 200][:200]
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", "-m", "nlu.speed", str(model)],
        input="\n".join(varied), cwd=ROOT, env=rasa_environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["messages"] == len(set(varied)) == 200
    assert found["median_ms"] <= SLOWEST
    assert found["resident_mb"] <= LARGEST


RETURNED = [
    "quiero abrir un negocio, me deportaron",
    "me deportaron y quiero poner un negocio",
    "soy deportado, hay apoyos para poner mi negocio",
    "me regresaron de estados unidos y quiero abrir una tienda",
    "quiero poner un negocio en puebla, regresé de estados unidos",
]


def test_who_came_back_and_wants_a_business_is_told_of_the_programme_for_them(rasa_port: int) -> None:
    """And not of what the law allows to foreigners."""
    live = LiveContent(ROOT / "flows", None, MODELS)

    async def go() -> list[str]:
        client = RasaClient.at(rasa_port)
        found = [str((await parse(live, client, text))["intent"]) for text in RETURNED]
        await client.close()
        return found

    assert asyncio.run(go()) == ["entrepreneurship_migrante_emprende"] * len(RETURNED)
