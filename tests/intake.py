"""Somebody in the middle of a request for support: what they have answered so far, in one place for all tests."""

from typing import Any

from bot.questionnaires.run import Progress

NAME = "referral_intake"
ANSWERED: dict[str, list[Any]] = {
    "for_whom": ["self", "Para mí"], "need": ["work", "Trabajo"], "story": [None, "—"], "municipality": ["21114", "Puebla"],
    "contact_way": ["chat", "Por este chat"], "telephone": ["2221234567", "2221234567"], "notices": [True, ""],
}  # fmt: skip
"""Every step before the consent, in the order in which they are asked of somebody who asks for themselves."""


def at(step: str, **answers: list[Any]) -> Progress:
    """At that step, with an answer to each before it: `at("story", need=["health", "Salud"])`."""
    given = {**ANSWERED, **answers}
    before = list(ANSWERED)[: list(ANSWERED).index(step)] if step in ANSWERED else list(ANSWERED)
    return Progress(NAME, step, {name: given[name] for name in (*before, *(each for each in answers if each not in before))})


def at_need() -> Progress:
    """At the first question of the case itself."""
    return at("need")
