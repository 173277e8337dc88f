"""How topics, their questions and the reasons of tickets read."""

from bot.content.marking import N_
from bot.content.published import Content
from bot.numbers.names import REASONS, TOPICS

DANGERS = {
    "self_harm": N_("Peligro: quiere hacerse daño"), "kidnapping_now": N_("Peligro: secuestro"), "trafficking_now": N_("Peligro: trata"),
    "child_alone_now": N_("Peligro: menor sin un adulto"), "medical_now": N_("Peligro: urgencia médica"),
    "violence_now": N_("Peligro: violencia"),
    "detention_now": N_("Peligro: detención"),
}  # fmt: skip
"""By category of flows/safety.yml."""


def topic_title(topic: str | None) -> str:
    return TOPICS.get(topic or "") or topic or ""


def topics_of(content: Content) -> dict[str, str]:
    """The title of each topic, in the order of the titles."""
    return dict(sorted(((topic, topic_title(topic)) for topic in content.topics), key=lambda each: each[1]))


def questions_of(content: Content) -> list[tuple[str, list[tuple[str, str]]]]:
    """By topic and by title: what each question is called, and its intent."""
    return [
        (title, sorted((content.titles.get(intent, intent), intent) for intent in content.topics[topic]))
        for topic, title in topics_of(content).items()
    ]


def reason_in_words(reason: str) -> str:
    return DANGERS.get(reason) or REASONS.get(reason) or reason
