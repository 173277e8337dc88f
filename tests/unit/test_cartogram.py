"""The map of squares: every municipality whose place is known, none upon another, near where it is, the same every time."""

from itertools import combinations

import pytest

from bot.content.municipalities import Municipality
from bot.content.published import Content
from bot.numbers import cartogram
from bot.numbers.cartogram import squares


def places_of(content: Content, state: str) -> tuple[Municipality, ...]:
    return tuple(place for place in content.municipalities.places if place.key[:2] == state)


@pytest.mark.parametrize("state", ["21", "15", "09", "20"])
def test_every_municipality_with_a_place_has_a_square_of_its_own(state: str, content: Content) -> None:
    places = places_of(content, state)
    taken = squares(places)
    assert set(taken) == {place.key for place in places if place.point} and len(set(taken.values())) == len(taken)
    assert min(column for column, _ in taken.values()) == min(row for _, row in taken.values()) == 0


@pytest.mark.parametrize("state", ["21", "15"])
def test_squares_lie_as_the_places_do(state: str, content: Content) -> None:
    """Of any two that are far apart, the one in the north stands above, the one in the west to the left."""
    places = {place.key: place.point for place in places_of(content, state) if place.point}
    taken = squares(places_of(content, state))
    for a, b in combinations(places, 2):
        if places[a][0] - places[b][0] > 0.6:
            assert taken[a][1] < taken[b][1], (a, b)
        if places[a][1] - places[b][1] > 0.6:
            assert taken[a][0] > taken[b][0], (a, b)


def test_the_order_of_the_file_changes_nothing(content: Content) -> None:
    places = places_of(content, "15")
    cartogram.squares.cache_clear()
    assert squares(tuple(reversed(places))) == squares(places)


def test_one_place_several_in_one_and_none(content: Content) -> None:
    some = places_of(content, "21")[:1]
    assert squares(some) == {some[0].key: (0, 0)} and squares(()) == {}
    same = tuple(Municipality(str(number), "", "", "", 1, (19.0, -98.0)) for number in range(9))
    assert len(set(squares(same).values())) == 9
