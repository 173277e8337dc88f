"""What moves are worth in a practice case, and what the made-up person says: a small case made by hand."""

from dataclasses import replace
from datetime import date

import pytest

from bot.content.review import Review, Where
from bot.content.simulations import Action, Criterion, Kind, PersonReply, Simulation
from bot.settings import ROOT
from bot.simulations.persona import next_lines
from bot.simulations.scoring import Move, Pressed, Said, Score, score

CONSENT = Criterion("consent", "Pidió permiso", 30, Kind.PRESSES, "Porque sí.", action=Action.ASK_CONSENT, before=Action.REFER)
OFFICE = Criterion("office", "Oficina", 30, Kind.PRESSES, "Porque sí.", action=Action.REFER, to=("right", "other_right"))
GREETS = Criterion("greets", "Saludó", 20, Kind.SAYS, "Porque sí.", ("{buenos dias|bienvenida}",))
PROMISE = Criterion("promise", "No prometió", 20, Kind.NEVER, "Porque sí.", ("le prometo",), ("no le prometo",))
ALL = (CONSENT, OFFICE, GREETS, PROMISE)

ASK, REFER, WRONG, END = Pressed(Action.ASK_CONSENT), Pressed(Action.REFER, "right"), Pressed(Action.REFER, "wrong"), Pressed(Action.END)
DANGER = Pressed(Action.MARK_DANGER)
HELLO, BLAH = Said("Buenos días, pase"), Said("Mmm")

REPLIES = (
    PersonReply("name", "me llamo Ana", ("como se llama",)),
    PersonReply("fear", "tengo miedo", ("{miedo|como se siente}",)),
    PersonReply("doubts", "¿seguro?", breaks="promise"),
    PersonReply("agrees", "si", ("me permite",), Action.ASK_CONSENT),
)


def case(*criteria: Criterion, passes: int = 70) -> Simulation:
    review = Review("officials", date(2026, 11, 22), 90, ())
    return Simulation(
        "made_up", "Caso", "Se practica.", "1", "women", "office", passes, ("hola", "ayuda"), REPLIES, ("no sé", "pues", "sigo aquí"),
        ("right", "other_right", "wrong"), criteria or ALL, review, Where(ROOT, 1),
    )  # fmt: skip


def of(criterion: Criterion, *moves: Move) -> bool:
    return score(case(criterion), moves).kept[criterion.id]


def test_points_are_those_of_what_was_kept() -> None:
    kept = {"consent": True, "office": True, "greets": True, "promise": True}
    assert score(case(), [HELLO, ASK, REFER]) == Score(100, 100, kept, True)
    assert score(case(), [ASK, REFER]) == Score(80, 100, {**kept, "greets": False}, True)


def test_who_does_nothing_has_only_what_was_not_done_wrong() -> None:
    assert score(case(), []) == Score(20, 100, {"consent": False, "office": False, "greets": False, "promise": True}, False)


def test_permission_after_sending_is_too_late() -> None:
    assert of(CONSENT, ASK, REFER)
    assert not of(CONSENT, REFER, ASK)
    assert not of(CONSENT, WRONG, ASK, REFER)  # the first of them counts
    assert of(CONSENT, ASK)  # and nothing sent at all is no harm


def test_what_must_be_said_first_is_said_before_the_press() -> None:
    first = replace(GREETS, before=Action.REFER)
    assert of(first, HELLO, REFER)
    assert not of(first, REFER, HELLO)


@pytest.mark.parametrize(("moves", "is_kept"), [([DANGER], True), ([BLAH, DANGER], True), ([BLAH, ASK, DANGER], False)])
def test_within_counts_what_is_written_and_pressed(moves: list[Move], is_kept: bool) -> None:
    soon = Criterion("soon", "Pronto", 100, Kind.PRESSES, "Porque sí.", action=Action.MARK_DANGER, within=2)
    assert of(soon, *moves) is is_kept


def test_what_is_never_said_is_lost_for_good() -> None:
    assert of(PROMISE, BLAH)
    assert not of(PROMISE, BLAH, Said("Le prometo que sí."), BLAH)


def test_what_is_denied_is_not_said() -> None:
    assert of(PROMISE, Said("No le prometo nada."))


@pytest.mark.parametrize("text", ["No le prometo nada. Le prometo que sí.", "no le prometo nada pero le prometo que sí", "No, le prometo"])
def test_a_denial_reaches_to_the_end_of_its_part_of_the_sentence(text: str) -> None:
    assert not of(PROMISE, Said(text))


def test_typing_errors_are_forgiven_where_somebody_gains_by_it_alone() -> None:
    assert of(GREETS, Said("Bienvenda señora"))
    assert of(PROMISE, Said("le promedo"))
    in_words = replace(CONSENT, patterns=("quiere que avise",))
    assert of(in_words, Said("¿Quiere que avise?"))
    assert not of(in_words, Said("Quiero que avise"))


def test_words_count_as_the_press_and_in_its_order() -> None:
    in_words = replace(CONSENT, patterns=("me permite pasar su caso",))
    assert of(in_words, Said("¿Me permite pasar su caso?"), REFER)
    assert not of(in_words, REFER, Said("¿Me permite pasar su caso?"))


def test_one_wrong_office_among_right_ones_loses_the_referral() -> None:
    assert of(OFFICE, REFER, Pressed(Action.REFER, "other_right"))
    assert not of(OFFICE, REFER, WRONG)
    assert not of(OFFICE, WRONG, REFER)
    assert not of(OFFICE, Pressed(Action.REFER))  # nobody was chosen


def test_another_press_is_not_a_referral() -> None:
    assert not of(OFFICE, Pressed(Action.ASK_CONSENT, "right"))


def test_what_comes_after_the_end_does_not_count() -> None:
    assert score(case(), [HELLO, ASK, END, REFER]).points == 70
    assert score(case(), [HELLO, END, Said("le prometo")]).kept["promise"]


def test_the_end_itself_can_be_asked_for() -> None:
    ends = Criterion("ends", "Cerró", 100, Kind.PRESSES, "Porque sí.", action=Action.END)
    assert of(ends, BLAH, END)
    assert not of(ends, BLAH)


def test_without_the_essential_no_points_are_enough() -> None:
    essential = replace(GREETS, essential=True)
    result = score(case(CONSENT, OFFICE, essential, PROMISE), [ASK, REFER])
    assert (result.points, result.passed) == (80, False)
    assert score(case(CONSENT, OFFICE, essential, PROMISE), [ASK, HELLO, REFER]).passed


@pytest.mark.parametrize(("passes", "passed"), [(70, True), (71, False)])
def test_exactly_the_percent_is_enough(passes: int, passed: bool) -> None:
    result = score(case(passes=passes), [HELLO, REFER])  # 30 for the office, 20 and 20
    assert (result.points, result.passed) == (70, passed)


def test_the_percent_is_of_all_points() -> None:
    assert score(case(OFFICE, GREETS, passes=60), [REFER]).passed  # 30 of 50
    assert not score(case(OFFICE, GREETS, passes=61), [REFER]).passed


def test_the_person_opens() -> None:
    assert next_lines(case(), []) == ("hola", "ayuda")


def test_the_first_reply_that_fits_and_was_not_said_is_said() -> None:
    both = Said("¿Cómo se llama? ¿Cómo se siente?")
    assert next_lines(case(), [both]) == ("me llamo Ana",)
    assert next_lines(case(), [both, both]) == ("tengo miedo",)
    assert next_lines(case(), [both, both, both]) == ("no sé",)


def test_otherwise_goes_on_in_order_and_rests_on_its_last() -> None:
    said = [next_lines(case(), [BLAH] * times)[0] for times in range(1, 6)]
    assert said == ["no sé", "pues", "sigo aquí", "sigo aquí", "sigo aquí"]


def test_what_is_answered_uses_up_nothing_of_otherwise() -> None:
    assert next_lines(case(), [BLAH, Said("¿Cómo se llama?"), DANGER, BLAH]) == ("pues",)


def test_a_press_is_answered_only_where_the_case_says_so() -> None:
    assert next_lines(case(), [ASK]) == ("si",)
    assert next_lines(case(), [ASK, ASK]) == ()
    assert next_lines(case(), [DANGER]) == ()
    assert next_lines(case(), [Said("¿Me permite?"), ASK]) == ()  # she has said yes


def test_after_the_end_nothing_is_said() -> None:
    assert next_lines(case(), [BLAH, END]) == ()
    assert next_lines(case(), [END, BLAH]) == ()


def test_harm_is_answered_and_its_denial_is_not() -> None:
    assert next_lines(case(), [Said("Le prometo que sí")]) == ("¿seguro?",)
    assert next_lines(case(), [Said("No le prometo nada")]) == ("no sé",)
