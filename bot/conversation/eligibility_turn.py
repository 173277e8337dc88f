"""What an eligibility guide comes to: maybe, not as far as is known, or unknown; what to bring, and whom to ask. Nothing is kept."""

from collections.abc import Iterable
from datetime import date

from bot.content.languages import MEXICO
from bot.content.published import Button, EligibilityRule, Questionnaire
from bot.conversation.context import Turn
from bot.conversation.replies import PERSON, Reply, sentence, shown
from bot.eligibility import Met, deadline, evaluate
from bot.questionnaires.run import Progress

OPENINGS = {Met.YES: "utter_eligibility_maybe", Met.NO: "utter_eligibility_lacks", Met.UNKNOWN: "utter_eligibility_unclear"}


def finish_check(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    rule = questionnaire.rule
    assert rule is not None, "only guides end here"
    today = turn.now.astimezone(MEXICO).date()
    verdict = evaluate(rule, progress.answers, today)
    office = turn.content.organizations[rule.office].name
    paragraphs = [_say(turn, OPENINGS[verdict.met], programme=turn.content.translate(rule.title, turn.language), office=office)]
    if verdict.failed:
        paragraphs.append(_say(turn, "utter_eligibility_failed", conditions=_list(turn, (each.says for each in verdict.failed))))
    if verdict.unknown:
        paragraphs.append(_say(turn, "utter_eligibility_unknown", conditions=_list(turn, (each.says for each in verdict.unknown))))
    paragraphs += [turn.content.translate(each.otherwise, turn.language) for each in verdict.otherwise]
    paragraphs += _deadlines(turn, rule, progress, today)
    if rule.unpublished:
        paragraphs.append(_say(turn, "utter_eligibility_unpublished", conditions=_list(turn, rule.unpublished)))
    if rule.documents and verdict.met is not Met.NO:
        paragraphs.append(_say(turn, "utter_eligibility_papers", papers=_list(turn, rule.documents)))
    paragraphs.append(_closing(turn, rule, today))
    choices = (
        Button(turn.content.translate(turn.content.titles[rule.intent], turn.language), f"/{rule.intent}"),
        Button(_say(turn, "utter_button_person"), PERSON),
    )
    unreviewed = turn.content.is_unreviewed(rule.title, turn.language)
    turn.replies.append(Reply("\n\n".join(paragraphs), choices, f"eligibility_{rule.name}", unreviewed))


def _deadlines(turn: Turn, rule: EligibilityRule, progress: Progress, today: date) -> list[str]:
    """The last day of a term, counted from the date that was answered."""
    found = []
    for condition in (*rule.all, *rule.any):
        value = progress.value(condition.step)
        if condition.within_working_days and value:
            last = deadline(date.fromisoformat(str(value)), condition.within_working_days)
            name = "utter_eligibility_until" if today <= last else "utter_eligibility_was_until"
            found.append(_say(turn, name, days=str(condition.within_working_days), until=shown(last, turn.language)))
    return found


def _closing(turn: Turn, rule: EligibilityRule, today: date) -> str:
    lines = []
    if today > rule.review.due_on:
        lines.append(_say(turn, "utter_overdue", due_on=shown(rule.review.due_on, turn.language)))
    sources = "; ".join(source.title for source in rule.review.sources)
    office = turn.content.organizations[rule.office].short_name
    lines.append(
        _say(turn, "utter_answer_source", sources=sources, office=office, reviewed_on=shown(rule.review.reviewed_on, turn.language))
    )
    return "\n\n".join(lines)


def _list(turn: Turn, texts: Iterable[str]) -> str:
    return "\n".join(f"• {turn.content.translate(text, turn.language)}" for text in texts)


def _say(turn: Turn, name: str, **values: str) -> str:
    return sentence(turn.content, name, turn.language, values)
