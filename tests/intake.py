"""Somebody in the middle of a request for support: what they have answered so far, in one place for all tests."""

from typing import Any

from bot.questionnaires.run import Progress
from bot.records.referrals import Consent, Referral
from bot.referrals import consent, lifecycle
from tests.chats import Chat

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


def button(chat: Chat, beginning: str) -> str:
    """What the last button does whose payload begins so: the yes of a consent changes with its text."""
    for message in reversed(chat.transcript()):
        for _, payload in message.buttons or ():
            if payload.startswith(beginning):
                return str(payload)
    raise AssertionError(f"no button {beginning}")


def referrals(chat: Chat) -> list[Referral]:
    return chat.call(lambda session: lifecycle.of_conversation(session, chat.conversation(session)))


def consents(chat: Chat) -> list[Consent]:
    return chat.call(lambda session: consent.of_conversation(session, chat.conversation(session).id))
