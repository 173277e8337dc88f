"""The practice cases as they stand: what three officials get for what they do, and what the made-up people say."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.load import load_content
from bot.content.simulations import Action, Kind, Simulation
from bot.settings import ROOT
from bot.simulations.persona import next_lines
from bot.simulations.scoring import Move, Pressed, Said, Score, score

SCRIPTS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests/content/simulation_scripts.yml").read_text(encoding="utf-8"))
PHRASES: dict[str, Any] = yaml.safe_load((ROOT / "tests/content/simulation_phrases.yml").read_text(encoding="utf-8"))
NAMES = sorted(SCRIPTS)
ENOUGH, CLEARLY_TOO_LITTLE = 90, 30


@cache
def simulations() -> Mapping[str, Simulation]:
    content, problems = load_content(ROOT / "flows", None)
    assert problems == []
    return content.simulations


def moves_of(name: str, script: str) -> list[Move]:
    return [
        Said(each["say"]) if "say" in each else Pressed(Action(each["press"]), each.get("to", ""))
        for each in SCRIPTS[name][script]["moves"]
    ]


def played(name: str, script: str) -> Score:
    return score(simulations()[name], moves_of(name, script))


def missed(result: Score) -> list[str]:
    return [name for name, is_kept in result.kept.items() if not is_kept]


def test_every_case_has_its_scripts() -> None:
    assert sorted(simulations()) == NAMES
    assert len(NAMES) >= 6


@pytest.mark.parametrize("script", ["good", "careless", "harmful"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_missed_is_named(name: str, script: str) -> None:
    assert missed(played(name, script)) == SCRIPTS[name][script]["misses"]


@pytest.mark.parametrize("name", NAMES)
def test_good_attention_passes(name: str) -> None:
    result = played(name, "good")
    assert result.passed and result.points >= ENOUGH


@pytest.mark.parametrize("name", NAMES)
def test_a_careless_one_does_not_pass(name: str) -> None:
    assert not played(name, "careless").passed


@pytest.mark.parametrize("name", NAMES)
def test_who_does_harm_fails_clearly(name: str) -> None:
    result = played(name, "harmful")
    assert not result.passed and result.points <= CLEARLY_TOO_LITTLE


@pytest.mark.parametrize("name", NAMES)
def test_who_does_nothing_does_not_pass(name: str) -> None:
    assert not score(simulations()[name], []).passed


@pytest.mark.parametrize("name", NAMES)
def test_one_promise_in_good_attention_costs_its_points(name: str) -> None:
    moves = [*moves_of(name, "good")[:2], Said("No se preocupe le prometo que todo va a salir bien"), *moves_of(name, "good")[2:]]
    assert "no_promise" in missed(score(simulations()[name], moves))


@pytest.mark.parametrize("name", NAMES)
def test_sending_before_asking_loses_the_permission(name: str) -> None:
    sent = next(move for move in moves_of(name, "good") if isinstance(move, Pressed) and move.action is Action.REFER)
    assert missed(score(simulations()[name], [sent, *moves_of(name, "good")])) == ["consent"]


INNOCENT = (
    "No le puedo prometer nada.", "No le prometo que alcance, hay que preguntar.", "No sé si le van a aprobar el apoyo.",
    "No importa si no tiene papeles.", "No le voy a pedir su pasaporte ni su visa.", "No necesita traer documentos.",
    "¿Quién tiene sus papeles?", "Aunque no tenga papeles, aquí la atendemos.", "Nadie le puede garantizar una fecha.",
    "No vamos a llamar a su esposo.", "No voy a avisar a su consulado.", "No le digo nada al señor.", "No espere 72 horas.",
    "Nadie puede pedirle que espere 72 horas.", "No tienen que pasar 72 horas.", "No te vayas con ese señor.",
    "Estar sin papeles no es delito.", "¿Cómo está?", "Gracias por confiar en mí.", *PHRASES["innocent"],
)  # fmt: skip


@pytest.mark.parametrize("text", INNOCENT)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_denied_is_not_held_against_anybody(name: str, text: str) -> None:
    never = [each.id for each in simulations()[name].criteria if each.kind is Kind.NEVER]
    assert [each for each in never if not score(simulations()[name], [Said(text)]).kept[each]] == []


PROMISES = (
    "Le garantizo que sí", "No le puedo prometer nada, pero le garantizo que sale", "seguro que le dan el apoyo",
    "Todo va a salir bien.", "No se preocupe le van a dar el apoyo",
)  # fmt: skip


@pytest.mark.parametrize("text", PROMISES)
@pytest.mark.parametrize("name", NAMES)
def test_a_promise_is_heard(name: str, text: str) -> None:
    assert not score(simulations()[name], [Said(text)]).kept["no_promise"]


def phrases(group: str) -> list[tuple[str, str, str]]:
    return [(name, criterion, text) for name, found in PHRASES[group].items() for criterion, texts in found.items() for text in texts]


@pytest.mark.parametrize(("name", "criterion", "text"), phrases("heard"))
def test_what_is_well_said_is_heard(name: str, criterion: str, text: str) -> None:
    assert score(simulations()[name], [Said(text)]).kept[criterion]


@pytest.mark.parametrize(("name", "criterion", "text"), phrases("caught"))
def test_what_does_harm_is_caught(name: str, criterion: str, text: str) -> None:
    assert not score(simulations()[name], [Said(text)]).kept[criterion]


@pytest.mark.parametrize("name", NAMES)
def test_who_presses_rightly_and_does_no_harm_passes_in_any_words(name: str) -> None:
    """Patterns do not know all the ways to say a thing."""
    pressed = [move for move in moves_of(name, "good") if isinstance(move, Pressed)]
    asked = [Pressed(Action.MARK_DANGER), Pressed(Action.ASK_CONSENT), *pressed]
    assert score(simulations()[name], asked).passed


@pytest.mark.parametrize("name", NAMES)
def test_the_person_opens_answers_leave_and_ends(name: str) -> None:
    simulation = simulations()[name]
    assert next_lines(simulation, []) == simulation.opens
    assert next_lines(simulation, [Pressed(Action.ASK_CONSENT)]) != ()
    assert next_lines(simulation, [Pressed(Action.END)]) == ()
    assert next_lines(simulation, [Said("zzz")]) == (simulation.otherwise[0],)


@pytest.mark.parametrize("name", NAMES)
def test_a_good_conversation_is_a_conversation(name: str) -> None:
    """Most of what a good official writes is answered to the point, and nothing but the last of `otherwise` is said twice."""
    simulation, moves = simulations()[name], moves_of(name, "good")
    lines = [line for place in range(1, len(moves) + 1) for line in next_lines(simulation, moves[:place])]
    told = [line for line in lines if line not in simulation.otherwise]
    assert len(set(told)) == len(told) and len(told) > len(lines) / 2


@pytest.mark.parametrize("name", NAMES)
def test_who_denies_the_harm_is_not_answered_as_if_it_were_done(name: str) -> None:
    simulation = simulations()[name]
    hurt = {reply.says for reply in simulation.replies if reply.breaks}
    assert hurt
    said = [line for text in INNOCENT for line in next_lines(simulation, [Said(text)])]
    assert not hurt & set(said)


def test_made_up_people_are_said_to_be() -> None:
    assert [name for name, each in simulations().items() if not each.says.startswith("Caso inventado.")] == []


ALL_MOVES = [move for name in NAMES for script in ("good", "careless", "harmful") for move in moves_of(name, script)]
ANY_MOVES = st.lists(st.one_of(st.sampled_from(ALL_MOVES), st.text(max_size=60).map(Said)), max_size=12)


@settings(deadline=None)  # the first one reads all content
@given(st.sampled_from(NAMES), ANY_MOVES)
def test_a_score_stays_within_its_bounds(name: str, moves: Sequence[Move]) -> None:
    result = score(simulations()[name], moves)
    assert 0 <= result.points <= result.of == 100
    assert result.points == sum(each.points for each in simulations()[name].criteria if result.kept[each.id])


@settings(deadline=None)  # the first one reads all content
@given(st.sampled_from(NAMES), ANY_MOVES)
def test_the_same_moves_give_the_same(name: str, moves: Sequence[Move]) -> None:
    simulation = simulations()[name]
    assert score(simulation, list(moves)) == score(simulation, tuple(moves))
    assert next_lines(simulation, list(moves)) == next_lines(simulation, tuple(moves))


FORBIDDEN = ("Le prometo.", "Enséñeme su visa.", "Le garantizo.", "¿Está ilegal?")


@settings(deadline=None)  # the first one reads all content
@given(st.sampled_from(NAMES), ANY_MOVES, st.sampled_from(FORBIDDEN), st.data())
def test_a_forbidden_phrase_never_raises_a_score(name: str, moves: Sequence[Move], phrase: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(moves)))
    spoiled = [*moves[:place], Said(phrase), *moves[place:]]
    before, after = score(simulations()[name], moves), score(simulations()[name], spoiled)
    assert after.points <= before.points and after.passed <= before.passed


@settings(deadline=None)  # the first one reads all content
@given(st.sampled_from(NAMES), ANY_MOVES)
def test_the_person_always_knows_what_to_say(name: str, moves: Sequence[Move]) -> None:
    lines = next_lines(simulations()[name], moves)
    assert all(lines) and (lines or isinstance(moves[-1], Pressed) or Pressed(Action.END) in moves)
