"""Every publishable amount, term and telephone of a question is in its rendered answer."""

from datetime import date
from pathlib import Path

import yaml

from bot.content.load import load_content
from bot.conversation.replies import render, render_whole
from bot.settings import ROOT

EXPECTED = yaml.safe_load((Path(__file__).parent / "expected_facts.yml").read_text(encoding="utf-8"))


def test_every_expected_amount_term_and_telephone_is_rendered() -> None:
    content, _ = load_content(ROOT / "flows", None)
    missing = []
    for intent, values in EXPECTED.items():
        response = content.responses[f"utter_{intent}"]
        assert response.review is not None
        text = render_whole(content, response.name, "es", response.review.reviewed_on)
        missing += [f"{intent}: {value}" for value in values if value not in text]
    assert not missing


def test_the_list_covers_the_topics_with_answers() -> None:
    content, _ = load_content(ROOT / "flows", None)
    listed = {content.topic_of(intent) for intent in EXPECTED}
    assert {"consular", "employment", "regularization", "entrepreneurship"} <= listed
    assert sum(map(len, EXPECTED.values())) >= 80


def test_an_answer_is_not_given_after_its_facts_expire() -> None:
    content, _ = load_content(ROOT / "flows", None)
    reply = render(content, "utter_consular_passport", "es", date(2030, 1, 1))
    assert "dólares" not in reply.text
    assert [button.payload for button in reply.buttons] == ["/talk_to_human"]
