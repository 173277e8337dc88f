"""A long answer in two parts, what stands in its place when it is past its dates, and how a translation nobody checked is marked."""

from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.content.published import Button, Catalogue, Content, Fact, Response, Safety, SafetyCategory
from bot.content.review import Review, Source
from bot.content.services import Organization
from bot.conversation.parts import LONGEST_FIRST, LONGEST_MESSAGE, SHORTEST_SHARE, in_messages, in_two, units
from bot.conversation.replies import MORE, PERSON, Reply, render, render_rest, render_whole
from tests.unit.test_replies import DAY, HERE, REVIEWED_ON, answer, fact, published, review

DANGER = "utter_safety_violence_now"
LAW = Review("papers", REVIEWED_ON, 9999, (Source("Ley"),))
CLOSING = "FUENTE Ley / Permisos / 01/03/2026"
MORE_BUTTON, PERSON_BUTTON = Button("Ver más", f"{MORE}=utter_papers"), Button("Una persona", PERSON)

words = st.text("abcdeñó", min_size=1, max_size=12)
sentences = st.builds(
    lambda said, end: " ".join(said).capitalize() + end, st.lists(words, min_size=1, max_size=25), st.sampled_from((".", "?", "!"))
)
headings = st.builds(lambda said: " ".join(said).capitalize() + ":", st.lists(words, min_size=1, max_size=3))
entries = st.builds(lambda said: f"• {said}", sentences)
lines = st.one_of(st.lists(sentences, min_size=1, max_size=4).map(" ".join), headings, entries)
paragraphs = st.lists(lines, min_size=1, max_size=5).map("\n".join)
bodies = st.lists(paragraphs, min_size=1, max_size=8).map("\n\n".join)
rooms = st.integers(80, LONGEST_FIRST)


def letters(*texts: str) -> str:
    """All that can be read, without the pauses."""
    return "".join("".join(texts).split())


def shown(body: str, of: Review | None = LAW) -> Reply:
    return render(published(answer(body, of=of)), "utter_papers", "es", REVIEWED_ON)


def rest(body: str, of: Review | None = LAW) -> Reply:
    return render_rest(published(answer(body, of=of)), "utter_papers", "es", REVIEWED_ON)


# Where the cut lies


@given(bodies, rooms)
def test_the_first_part_fits_its_room_and_nothing_is_lost_or_doubled(body: str, room: int) -> None:
    first, left = in_two(body, room)
    assert len(first) <= room
    assert letters(first, left) == letters(body)
    assert (left == "") is (len(body) <= room)
    assert body.startswith(first) and body.endswith(left)


@given(bodies, rooms)
def test_the_cut_never_leaves_a_heading_behind(body: str, room: int) -> None:
    first, left = in_two(body, room)
    assert not left or not first.endswith(":")


@given(bodies, rooms)
def test_no_word_is_cut(body: str, room: int) -> None:
    first, left = in_two(body, room)
    assert first.split() + left.split() == body.split()


@given(bodies, rooms)
def test_the_cut_lies_after_the_last_paragraph_that_fits_and_leaves_not_too_little(body: str, room: int) -> None:
    found = body.split("\n\n")
    ends = ["\n\n".join(found[:count]) for count in range(1, len(found))]
    good = [end for end in ends if room * SHORTEST_SHARE <= len(end) < room and not end.endswith(":")]
    first, left = in_two(body, room)
    if left and good:
        assert first in ends and len(first) >= len(good[-1])


LONG = "a" * 30 + "."

CUTS = {
    "all of it": ("Uno.\n\nDos.", 10, "Uno.\n\nDos."),
    "after a paragraph": (f"{LONG}\n\n{LONG}\nTres.", 50, LONG),
    "after the last paragraph that fits": (f"{LONG}\n\n{LONG}\n\n{LONG}", 70, f"{LONG}\n\n{LONG}"),
    "after a line where a paragraph leaves too much behind": (f"Uno.\n\n{LONG}\n{LONG}", 50, f"Uno.\n\n{LONG}"),
    "after a sentence where a line leaves too much behind": (f"Uno.\n\nDos. {LONG} {LONG}", 50, f"Uno.\n\nDos. {LONG}"),
    "after a word where there is no sentence": ("uno dos tres cuatro cinco", 14, "uno dos tres"),
    "inside a word where there is nothing else": ("a" * 50, 20, "a" * 20),
    "before a heading": (f"{LONG}\n\nLleve:\n{LONG}", 50, LONG),
    "before a heading that is a paragraph": (f"{LONG}\n\nLleve:\n\n{LONG}", 50, LONG),
    "before a heading, if only after a line": (f"{LONG}\nLleve:\n{LONG}", 50, LONG),
    "as far as the room goes": (f"{LONG}\n\n{LONG}", 31, LONG),
}


@pytest.mark.parametrize(("body", "room", "first"), CUTS.values(), ids=CUTS)
def test_the_cut_lies_where_the_text_pauses(body: str, room: int, first: str) -> None:
    assert in_two(body, room)[0] == first


# As many messages as Telegram needs

anything = st.one_of(
    st.text(),
    st.text("a😀\n .:é", max_size=400),
    st.text("😀👍🏽", min_size=100, max_size=400),
    st.text(" \n", max_size=200).map("a{}b".format),
)
limits = st.integers(50, 300)


@given(bodies | anything, limits)
def test_no_message_is_longer_than_the_limit_and_no_letter_is_lost(text: str, longest: int) -> None:
    messages = in_messages(text, longest)
    assert all(units(message) <= longest for message in messages)
    assert letters(*messages) == letters(text)


@given(bodies, limits)
@example("A.\n\nAaaaaaaaaa aaaaaaaaaa:\n\nAaaaaaaaa:\nAaaaaaaaaaa:", 50)
def test_words_are_cut_in_no_message(body: str, longest: int) -> None:
    assert [word for message in in_messages(body, longest) for word in message.split()] == body.split()


@given(bodies | anything, limits)
def test_no_message_is_empty_unless_there_is_nothing_to_say(text: str, longest: int) -> None:
    """Telegram refuses an empty one."""
    assert not letters(text) or all(message.strip() for message in in_messages(text, longest))


@given(anything)
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert in_messages(text, max(units(text), 1)) == [text]


@pytest.mark.parametrize(("letter", "size"), [("a", 1), ("ñ", 1), ("😀", 2), ("👍🏽", 4), ("🇲🇽", 4)])
def test_length_is_counted_as_telegram_counts_it(letter: str, size: int) -> None:
    fits = letter * (LONGEST_MESSAGE // size)
    assert units(letter) == size
    assert in_messages(fits) == [fits]
    assert [units(each) for each in in_messages(fits + letter)] == [LONGEST_MESSAGE, size]


# Two messages


@given(bodies)
def test_the_first_message_of_an_answer_is_never_longer_than_a_small_screen_and_names_its_source(body: str) -> None:
    text = shown(body).text
    assert len(text) <= LONGEST_FIRST
    assert text.endswith(f"\n\n{CLOSING}")


@given(bodies)
def test_both_messages_together_say_the_answer_once(body: str) -> None:
    first, said = shown(body), shown(body).text.removesuffix(CLOSING)
    if MORE_BUTTON in first.buttons:
        said += rest(body).text.removesuffix(CLOSING)
    assert letters(said) == letters(body)


@given(bodies)
def test_more_is_offered_exactly_where_something_was_left_out(body: str) -> None:
    reply = shown(body)
    is_cut = letters(body) not in letters(reply.text)
    assert reply.buttons == ((MORE_BUTTON, PERSON_BUTTON) if is_cut else (PERSON_BUTTON,))


@pytest.mark.parametrize(("size", "is_cut"), [(-1, False), (0, False), (1, True)])
def test_an_answer_is_cut_from_the_first_character_that_is_too_much(size: int, is_cut: bool) -> None:
    body = ("palabra " * 100)[: LONGEST_FIRST - len(CLOSING) - 2 + size - 1] + "."
    reply = shown(body)
    assert (MORE_BUTTON in reply.buttons) is is_cut
    assert len(reply.text) == LONGEST_FIRST + size or is_cut


SEVERAL = "\n\n".join(["Lleve su identificación a la ventanilla de la planta baja."] * 20)


def test_the_first_message_names_one_source_and_the_rest_all_of_them() -> None:
    assert "FUENTE Reglamento / " in shown(SEVERAL, review()).text
    assert "FUENTE Reglamento; Ley / " in rest(SEVERAL, review()).text
    assert rest(SEVERAL, review()).text.endswith("FUENTE Reglamento; Ley / Permisos / 01/03/2026")


MANY_SOURCES = Review("papers", REVIEWED_ON, 9999, (Source("Ley"), Source("Reglamento de la Ley, " * 10)))
ALL_BUT_SOURCES = "Lleve su identificación. " * 20  # fits with one source, and not with all of them


def test_an_answer_left_without_some_of_its_sources_is_not_said_twice() -> None:
    first, said = shown(ALL_BUT_SOURCES, MANY_SOURCES), "Lleve su identificación. Lleve su identificación."
    assert said in first.text
    assert MORE_BUTTON not in first.buttons or said not in rest(ALL_BUT_SOURCES, MANY_SOURCES).text


def test_the_rest_leads_on_as_the_first_message_does_but_for_more() -> None:
    content = published(answer(SEVERAL, buttons=(Button("Otra", "/other"),)))
    assert render(content, "utter_papers", "es", REVIEWED_ON).buttons == (MORE_BUTTON, Button("Otra", "/other"), PERSON_BUTTON)
    assert render_rest(content, "utter_papers", "es", REVIEWED_ON).buttons == (Button("Otra", "/other"), PERSON_BUTTON)


def test_the_rest_of_an_answer_that_was_not_cut_is_the_answer() -> None:
    assert rest("Vaya a la oficina.") == shown("Vaya a la oficina.")


def test_a_sentence_of_the_dialogue_is_never_cut() -> None:
    assert shown(SEVERAL, None) == Reply(SEVERAL, (), "utter_papers") == rest(SEVERAL, None)


def test_both_messages_bear_the_caution_of_an_old_answer() -> None:
    content = published(answer(SEVERAL, of=review(30)))
    late = REVIEWED_ON + timedelta(days=31)
    for reply in (render(content, "utter_papers", "es", late), render_rest(content, "utter_papers", "es", late)):
        assert "ATRASADO 31/03/2026" in reply.text
    assert len(render(content, "utter_papers", "es", late).text) <= LONGEST_FIRST


def test_facts_stand_in_both_messages_and_count_for_the_room() -> None:
    long_value = fact("1,500 pesos en la caja de la planta baja")
    content = published(answer("Cuesta {fee}.\n\n" * 40, of=LAW), facts=(long_value,))
    first, left = (each(content, "utter_papers", "es", REVIEWED_ON).text for each in (render, render_rest))
    assert len(first) <= LONGEST_FIRST and (first + left).count(long_value.value) == 40


# Danger


def dangerous(text: str) -> Content:
    content = published(answer(text, name=DANGER))
    return replace(content, safety=Safety((SafetyCategory("violence_now", DANGER, ("me pega",), (), HERE),), ()))


@given(bodies)
def test_the_answer_to_a_danger_is_never_cut(body: str) -> None:
    reply = render(dangerous(body), DANGER, "es", REVIEWED_ON)
    assert reply.text == f"{body}\n\nFUENTE Reglamento; Ley / Permisos / 01/03/2026"
    assert reply.buttons == (PERSON_BUTTON,)


# In place of an answer past its expiry

ENDS_ON = date(2026, 12, 31)
PHONE = "222 213 1000"


def past_its_expiry(telephone: Fact | None) -> Content:
    """An answer that ended on ENDS_ON, of an office with that telephone."""
    content = published(answer(of=review(expires_on=ENDS_ON)), facts=(telephone,) if telephone else ())
    office = Organization("permits", "Oficina de Permisos", HERE, "Permisos", telephone="permits_phone")
    return replace(content, organizations={"permits": office})


def telephone(expires_on: date | None = None, doubt: str = "") -> Fact:
    return replace(fact(PHONE, "permits_phone", review(expires_on=expires_on)), kind="telephone", doubt=doubt)


TELEPHONES = {
    "sure": (telephone(), True),
    "on its last day": (telephone(ENDS_ON + DAY), True),
    "expired": (telephone(ENDS_ON), False),
    "doubtful": (telephone(doubt="nadie contesta"), False),
    "none": (None, False),
}


@pytest.mark.parametrize(("number", "is_said"), TELEPHONES.values(), ids=TELEPHONES)
def test_in_place_of_a_withheld_answer_stands_its_office_with_a_telephone_that_can_be_relied_on(number: Fact | None, is_said: bool) -> None:
    content, expected = past_its_expiry(number), f"VENCIDO Oficina de Permisos{f' ({PHONE})' if is_said else ''}"
    for each in (render, render_rest):
        assert each(content, "utter_papers", "es", ENDS_ON + DAY) == Reply(expected, (PERSON_BUTTON,), "utter_papers")
    assert render_whole(content, "utter_papers", "es", ENDS_ON + DAY) == expected


def test_the_rest_of_an_answer_is_withheld_from_the_day_after_it_expires() -> None:
    content = published(answer(SEVERAL, of=review(expires_on=ENDS_ON)))
    assert render_rest(content, "utter_papers", "es", ENDS_ON).text.startswith("Lleve")
    assert render_rest(content, "utter_papers", "es", ENDS_ON + DAY).text == "VENCIDO Oficina de Permisos"


# Translations that nobody has checked

ENGLISH = {"Cuesta {fee}.": "It costs {fee}.", "1,500 pesos": "1,500 Mexican pesos", "VENCIDO {office}": "EXPIRED {office}"}


def in_english(*unreviewed: str, said: Response | None = None) -> Content:
    content = published(said or answer("Cuesta {fee}."), facts=(fact(),))
    return replace(content, catalogues={"en": Catalogue(MappingProxyType(ENGLISH), frozenset(unreviewed))})


UNREVIEWED = {
    "the answer": (("Cuesta {fee}.",), True),
    "a fact in it": (("1,500 pesos",), True),
    "another text": (("VENCIDO {office}",), False),
    "cleared by a reviewer": ((), False),
}


@pytest.mark.parametrize(("unreviewed", "is_marked"), UNREVIEWED.values(), ids=UNREVIEWED)
def test_an_answer_in_a_translation_nobody_has_checked_says_so_until_a_reviewer_clears_it(
    unreviewed: tuple[str, ...], is_marked: bool
) -> None:
    content = in_english(*unreviewed)
    for text in (
        render(content, "utter_papers", "en", REVIEWED_ON).text,
        render_rest(content, "utter_papers", "en", REVIEWED_ON).text,
        render_whole(content, "utter_papers", "en", REVIEWED_ON),
    ):
        found = text.split("\n\n")
        assert found[0] == "It costs 1,500 Mexican pesos."
        assert found[1:-1] == (["SIN REVISAR"] if is_marked else [])


@pytest.mark.parametrize(("unreviewed", "is_marked"), UNREVIEWED.values(), ids=UNREVIEWED)
def test_a_sentence_of_the_dialogue_leaves_the_mark_to_the_turn(unreviewed: tuple[str, ...], is_marked: bool) -> None:
    content = in_english(*unreviewed, said=answer("Cuesta {fee}.", of=None))
    reply = render(content, "utter_papers", "en", REVIEWED_ON)
    assert (reply.text, reply.unreviewed) == ("It costs 1,500 Mexican pesos.", is_marked)


def test_spanish_is_never_called_unreviewed() -> None:
    assert "SIN REVISAR" not in render(in_english("Cuesta {fee}."), "utter_papers", "es", REVIEWED_ON).text


@pytest.mark.parametrize("unreviewed", [(), ("VENCIDO {office}",)], ids=["cleared", "unreviewed"])
def test_what_is_said_in_place_of_a_withheld_answer_tells_whether_its_translation_was_checked(unreviewed: tuple[str, ...]) -> None:
    content = in_english(*unreviewed, said=answer(of=review(expires_on=ENDS_ON)))
    reply = render(content, "utter_papers", "en", ENDS_ON + DAY)
    assert (reply.text, reply.unreviewed) == ("EXPIRED Oficina de Permisos", bool(unreviewed))


def test_no_message_is_empty_because_only_space_was_left() -> None:
    assert in_messages("x" * LONGEST_MESSAGE + " \n") == ["x" * LONGEST_MESSAGE]
