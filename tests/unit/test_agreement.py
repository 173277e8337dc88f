"""How far readers agree: figures reckoned by hand, and what holds for any readings."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.surroundings import Surroundings
from bot.records.database import Database
from bot.review import opinions
from bot.review.agreement import agreement, kappa
from tests.chats import Chat
from tests.reviewing import LUZ, MEMO, PASSPORT, SARA, VISA, asks, reads

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], None),  # nothing to compare
        ([("a", "a")] * 7, None),  # one label only: chance agrees always as well
        ([("a", "a"), ("b", "b")], 1.0),
        ([("a", "b"), ("b", "a")], -1.0),  # seen 0, by chance 1/2: -1/2 over 1/2
        ([("a", "b")], 0.0),  # seen 0, by chance 0
        # 45 of 60 agree: .75; by chance (30·35 + 30·25) / 60² = .5; .25 / .5
        ([("a", "a")] * 25 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 20, 0.5),
        # three labels, 6 of 10 agree: .6; by chance (5·4 + 3·4 + 2·2) / 100 = .36; .24 / .64
        ([("a", "a")] * 3 + [("a", "b")] * 2 + [("b", "b")] * 2 + [("b", "c")] + [("c", "c")] + [("c", "a")], 0.375),
    ],
)  # fmt: skip
def test_kappa_is_what_is_reckoned_by_hand(pairs: list[tuple[str, str]], expected: float | None) -> None:
    assert kappa(pairs) == (expected if expected is None else pytest.approx(expected))


@given(PAIRS)
def test_kappa_does_not_depend_on_who_read_first_and_is_one_only_where_all_agree(pairs: list[tuple[str, str]]) -> None:
    found = kappa(pairs)
    assert found == kappa([(other, one) for one, other in pairs])
    assert found is None or -1 <= found <= 1
    assert (found == 1) <= all(one == other for one, other in pairs)


def test_the_first_two_readings_of_a_message_are_compared_and_a_settled_one_is_none_of_them(
    database: Database, content_around: Surroundings
) -> None:
    ana = Chat(database, content_around)
    same, differs, once = (asks(ana, f"mi pasaporte {number}") for number in range(3))
    for message, other in ((same, PASSPORT), (differs, VISA)):
        reads(ana, LUZ, message, PASSPORT)
        reads(ana, MEMO, message, other)
    reads(ana, LUZ, once, PASSPORT)
    ana.call(lambda session: opinions.settle(session, SARA, differs, "identity_curp", ana.around.content, ana.now))
    found = ana.call(lambda session: agreement(session, ana.now - timedelta(days=1)))
    assert (found.items, found.agreed, found.percent) == (2, 1, 50.0)
    assert found.kappa == 0  # seen 1/2; by chance (2·1 + 0·1) / 4
    [difference] = found.differences
    assert (difference.message_id, difference.labels, difference.settled) == (differs, (PASSPORT, VISA), "identity_curp")
    assert ana.call(lambda session: agreement(session, ana.now + timedelta(days=1))).items == 0
