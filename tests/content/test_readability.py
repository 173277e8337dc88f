"""Answers are easy to read: the gate complains of one that is hard or endless, and the published ones are not."""

from pathlib import Path

import pytest

from bot.content.load import institution_names, load_content
from bot.content.published import Content
from bot.content.readability import FEWEST_WORDS, HARDEST_ALLOWED, LONGEST_SENTENCE, check_readability, ease, prose
from bot.settings import ROOT
from tests.gate import Folder
from tests.sound_content import CITY_PAPERS, DIALOGUE, PAPERS

FLOWS = ROOT / "flows"
PHOTO = "  utter_papers_photo:"
HARD = (
    "La administración gubernamental correspondiente determinará administrativamente la procedencia documental. "
    "Posteriormente comunicará oficialmente resoluciones definitivas. "
    "Consecuentemente presentaremos inconformidades extraordinarias. "
    "Adicionalmente solicitaremos representación especializada. "
    "Eventualmente obtendremos una regularización migratoria excepcionalmente favorable y duradera."
)
EASY = "Vaya a la oficina con su foto. Llegue antes de las diez. Pida su turno en la puerta. Diga su nombre. Pague en la caja. Es todo. "


def says(folder: Folder, text: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", f'"{text}"')


def sentence(words: int) -> str:
    """So many easy words."""
    return " ".join((["si", "va"] * words)[:words])


# The gate


def test_a_hard_answer_is_found(folder: Folder) -> None:
    says(folder, HARD)
    assert ease(HARD) < HARDEST_ALLOWED and len(HARD.split()) >= FEWEST_WORDS
    folder.expect((PAPERS, PHOTO, "utter_papers_photo"))
    assert "INFLESZ" in folder.problems()[0].wrong


NEARLY = {
    "Presente su identificación oficial en la oficina de atención. Pregunte por los requisitos necesarios del trámite migratorio. "
    "Solicite una constancia de residencia temporal. Entregue la documentación completa dentro del plazo. "
    "Espere la resolución de la autoridad.": False,
    "Lleve su identificación a la oficina. Pregunte por los requisitos del trámite. Pida una constancia de residencia. "
    "Entregue sus documentos dentro del plazo. Espere la respuesta de la autoridad. Conserve su comprobante de pago.": True,
}


@pytest.mark.parametrize(("text", "is_easy"), NEARLY.items(), ids=["49 on the scale", "66 on the scale"])
def test_an_answer_has_to_be_as_easy_as_a_newspaper_at_least(folder: Folder, text: str, is_easy: bool) -> None:
    """INFLESZ: "somewhat difficult" below 55, "normal" to 65."""
    says(folder, text)
    folder.expect(*[(PAPERS, PHOTO, "utter_papers_photo")] * (not is_easy))


def test_an_easy_answer_passes(folder: Folder) -> None:
    says(folder, EASY * 2)
    assert ease(EASY) >= HARDEST_ALLOWED and len(EASY.split()) * 2 >= FEWEST_WORDS
    folder.expect()


@pytest.mark.parametrize(("words", "is_endless"), [(LONGEST_SENTENCE, False), (LONGEST_SENTENCE + 1, True)])
def test_a_sentence_is_endless_from_one_word_too_many(folder: Folder, words: int, is_endless: bool) -> None:
    says(folder, f"Vaya hoy. {sentence(words)}. Pague.")
    folder.expect(*[(PAPERS, PHOTO, "utter_papers_photo")] * is_endless)
    assert [f"{words} palabras" in each.wrong for each in folder.problems()] == [True] * is_endless


def test_an_endless_sentence_is_found_even_in_a_short_answer(folder: Folder) -> None:
    says(folder, sentence(LONGEST_SENTENCE + 1) + ".")
    assert LONGEST_SENTENCE + 1 < FEWEST_WORDS
    folder.expect((PAPERS, PHOTO, "utter_papers_photo"))


@pytest.mark.parametrize("pause", [". ", "? ", "! ", ": ", "; "])
def test_a_pause_ends_a_sentence(folder: Folder, pause: str) -> None:
    half = sentence(LONGEST_SENTENCE // 2 + 4)
    says(folder, f"{half}{pause}{half}.")
    folder.expect()


def test_the_entries_of_a_list_are_sentences(folder: Folder) -> None:
    entries = "".join(f"\n      {mark} {sentence(12)}" for mark in ("•", "1.", "2.", "•", "•"))
    folder.replace(PAPERS, "Lleve una foto reciente.", f"|\n      Lleve:{entries}")
    folder.expect()


def test_few_words_are_never_called_hard(folder: Folder) -> None:
    """A formula says nothing about them."""
    few = " ".join(HARD.split()[: FEWEST_WORDS - 20]).rstrip(".") + "."
    assert ease(few) < HARDEST_ALLOWED
    says(folder, few)
    folder.expect()


def test_names_and_numbers_in_braces_are_not_counted() -> None:
    assert prose("Pague {renewal_fee} hoy.\n\n• Lleve su foto\n2. Firme") == "Pague  hoy. Lleve su foto. Firme."
    assert ease("Pague {renewal_fee} hoy.") == ease("Pague hoy.")


def test_a_sentence_of_the_dialogue_is_not_measured(folder: Folder) -> None:
    text = Path(DIALOGUE).read_text(encoding="utf-8")
    folder.write(DIALOGUE, text.replace("Una frase del diálogo.", HARD.replace(". ", " "), 1))
    folder.expect()


def test_a_hard_answer_of_an_institution_is_found_in_its_own_file(folder: Folder) -> None:
    folder.replace(CITY_PAPERS, "Avise en la ventanilla de la ciudad.", HARD)
    folder.expect((CITY_PAPERS, "  utter_papers_lost:", "utter_papers_lost"))


def test_an_answer_that_every_institution_says_in_the_same_words_is_measured_once(folder: Folder) -> None:
    says(folder, HARD)
    base, city = folder.content(), folder.content("city")
    assert len(list(check_readability(base))) == 1
    assert list(check_readability(city, [base])) == []


# The scale


def test_the_scale_is_that_of_szigriszt_pazos() -> None:
    """206.835 - 62.3 * syllables / words - words / sentences, counted by hand."""
    assert ease("El gato come pan.") == pytest.approx(206.835 - 62.3 * 6 / 4 - 4)
    assert ease("El gato come pan. El perro no come.") == pytest.approx(206.835 - 62.3 * 12 / 8 - 8 / 2)


def test_longer_words_and_longer_sentences_read_harder() -> None:
    assert ease("Vaya a la oficina. Pague luego.") > ease("Vaya a la oficina, pague luego.")
    assert ease("Pida su papel.") > ease("Solicite documentación correspondiente.")


@pytest.mark.parametrize("text", ["", "{fee}", "•", "12 34", "👍"])
def test_what_has_no_words_has_an_ease_too(text: str) -> None:
    assert ease(text) > HARDEST_ALLOWED


# What is published


@pytest.mark.parametrize("institution", [None, *institution_names(FLOWS)], ids=lambda name: name or "base")
def test_no_published_answer_is_hard_or_endless(institution: str | None) -> None:
    content: Content = load_content(FLOWS, institution)[0]
    assert [str(problem) for problem in check_readability(content)] == []
    measured = [each for each in content.responses.values() if each.review and len(prose(each.text).split()) >= FEWEST_WORDS]
    assert len(measured) > 100
