"""The published danger patterns: each names the right danger, and no exception cancels what it should not."""

import itertools
import random
import re
import time

import pytest

from bot.content.danger import DangerDetector
from bot.content.load import load_content
from bot.content.patterns import Patterns
from bot.content.published import Safety, SafetyCategory
from bot.content.review import Where
from bot.settings import ROOT
from nlu.components.spelling import by_sound


def published() -> DangerDetector:
    """The published patterns, without what was learned."""
    return DangerDetector(load_content(ROOT / "flows", None)[0].safety)


def matches(pattern: str, text: str) -> bool:
    return Patterns([pattern]).match(by_sound(text).split())


@pytest.mark.parametrize(
    ("text", "category"),
    [
        # self_harm.unless «me {quiere|kiere|quieren} matar»: a typing error is forgiven, and "quiero" is one error from "quiere"
        ("me quiero matar", "self_harm"),
        ("ya me quiero matar, no aguanto", "self_harm"),
        # harmless «…|cartel|poster|…» means a poster and cancels every pattern that speaks of the cartel
        ("el cartel no nos deja ir", "kidnapping_now"),
        ("nos entregaron al cartel", "kidnapping_now"),
        ("nos secuestro el cartel", "kidnapping_now"),
        # harmless «…|documental|…»: "documentos" is two errors from it, and two are forgiven from nine letters on
        ("me quitaron mis documentos y no me dejan salir", "trafficking_now"),
        ("me escondieron los documentos y no me deja salir el patron", "trafficking_now"),
        ("estamos encerrados sin documentos", "trafficking_now"),
        # trafficking_now «{clientes|hombres} ... me pegan»: "hombre" and "pega" are one error from it and come before violence_now
        ("mi hombre me pega", "violence_now"),
        # child_alone_now.unless «tengo * años {viviendo|…}»: a star alone is dropped without a word
        ("tengo 15 años viviendo solo aqui con mi tio", None),
    ],
)
def test_published_patterns_name_the_right_danger(text: str, category: str | None) -> None:
    assert published().category(text) == category


def _said(words: str) -> str:
    """With a word where a star alone stands for any one."""
    return re.sub(r"(?<!\S)\*(?!\S)", "algo", words)


def _spoken(pattern: str, most: int = 60) -> list[str]:
    """Sentences that the pattern was written for."""
    rows = []
    for choice, optional, gap, word in re.findall(r"\{([^{}]+)\}|\[([^\[\]]+)\]|(\.\.\.)|([^\s{}\[\]]+)", pattern):
        rows.append([""] if gap else choice.split("|") if choice else ["", *optional.split("|")] if optional else [_said(word)])
    sentences = [" ".join(map(_said, row)).replace("*", "") for row in itertools.islice(itertools.product(*rows), 20_000)]
    return random.Random(1).sample(sentences, min(most, len(sentences)))


def test_no_published_pattern_is_cancelled_by_an_exception_of_its_own_words() -> None:
    """Goes to tests/content/test_published.py when the patterns are mended: it finds the next «cartel» by itself."""
    safety, detector, silent = load_content(ROOT / "flows", None)[0].safety, published(), []
    for category in safety.categories:
        for pattern in category.patterns:
            silent += [(category.name, each) for each in _spoken(pattern) if detector.category(each) is None]
    assert silent == []


def test_what_takes_a_danger_away_is_compared_exactly() -> None:
    """Forgiving errors is right for a danger and wrong for its exceptions: "quiero" and "quiere" are both words."""
    where = Where(ROOT, 1)
    own = SafetyCategory("self_harm", "utter_x", ("me quiero matar",), ("me quiere matar",), where)
    assert DangerDetector(Safety((own,), ())).category("me quiero matar") == "self_harm"
    taken = SafetyCategory("trafficking_now", "utter_x", ("me quitaron ... documentos",), (), where)
    assert DangerDetector(Safety((taken,), ("documental",))).category("me quitaron mis documentos") == "trafficking_now"


def test_a_star_alone_stands_for_one_word() -> None:
    assert matches("tengo * años", "tengo 15 años")  # or the gate refuses it: today it reads «tengo años»


@pytest.mark.parametrize(("pattern", "typed"), [("tel*", "televisión"), ("cel*", "celda"), ("ps*", "psicólogo"), ("num*", "numeración")])
def test_a_star_after_a_shorthand_stands_for_every_ending(pattern: str, typed: str) -> None:
    assert matches(pattern, typed)  # by_sound writes «tel» out as «telefono» before the star is put back


@pytest.mark.parametrize("pattern", ["me pega...marido", "me pega … marido"])
def test_dots_are_dots_however_they_are_written(pattern: str) -> None:
    assert matches(pattern, "me pega mucho mi marido")


def test_five_rows_of_dots_are_quick() -> None:
    """The matcher goes back over every gap: 5 to the power of the gaps at every word, inside the writer's transaction (turn.begin_next)."""
    pattern = "me ... me ... me ... me ... me ... nunca"
    started = time.process_time()
    assert not matches(pattern, "me " * 1365)
    assert time.process_time() - started < 1
