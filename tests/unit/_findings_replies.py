"""What replies do wrong today, as tests that fail."""

from datetime import timedelta

from tests.unit.test_replies import DUE_ON, REVIEW_IN, answer, fact, paragraphs, published, review

DAY = timedelta(days=1)


def test_the_caution_names_the_day_on_which_the_fact_was_due() -> None:
    """replies._closing warns by the earliest due date and prints the answer's own: here a day years ahead."""
    content = published(answer("Cuesta {fee}."), facts=(fact(of=review(REVIEW_IN)),))
    assert paragraphs(content, DUE_ON + DAY)[1] == "ATRASADO 31/03/2026"


def test_the_sentence_of_a_danger_is_said_even_when_a_telephone_in_it_has_expired() -> None:
    """An expiry date on one help line takes the whole answer to danger away, 911 with it: render makes no exception."""
    content = published(
        answer("Marque {fee} o {other}.", name="utter_safety_violence_now"),
        facts=(fact("911"), fact("079", "other", review(expires_on=DUE_ON))),
    )
    assert "911" in paragraphs(content, DUE_ON + DAY, name="utter_safety_violence_now")[0]
