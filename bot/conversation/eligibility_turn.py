"""What an eligibility guide comes to: maybe, not as far as is known, or unknown; what to bring, and whom to ask. Nothing is kept."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from bot.content.asking import Questionnaire
from bot.content.programmes import EligibilityRule, Met, Verdict, deadline, evaluate
from bot.content.published import Button
from bot.conversation.case_turn import start_button
from bot.conversation.context import Turn
from bot.conversation.parts import LONGEST_FIRST
from bot.conversation.replies import PERSON, Reply, provenance, shown
from bot.questionnaires.run import Progress

OPENINGS = {Met.YES: "utter_eligibility_maybe", Met.NO: "utter_eligibility_lacks", Met.UNKNOWN: "utter_eligibility_unclear"}


def finish_check(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """The result and, where it would not fit a small screen with it, what to ask and to bring in a second message."""
    rule = questionnaire.rule
    assert rule is not None, "only guides end here"
    verdict = evaluate(rule, progress.answers, turn.today)
    office = turn.content.organizations[rule.office]
    closing, short_closing = _closing(turn, rule), _closing(turn, rule, most_sources=1)
    opening = turn.sentence(OPENINGS[verdict.met], programme=turn.content.translate(rule.title, turn.language), office=office.name)
    result, to_do = [opening, *_reasons(turn, rule, verdict, progress)], _to_do(turn, rule, verdict)
    messages = [[*result, *to_do, *closing]]
    if len("\n\n".join(messages[0])) > LONGEST_FIRST:
        messages = [[*result, *short_closing], *([[*to_do, *closing]] if to_do else [])]
    unreviewed = turn.content.is_unreviewed(rule.title, turn.language)
    turn.replies += [Reply("\n\n".join(each), (), f"eligibility_{rule.name}", unreviewed) for each in messages]
    start = [start_button(turn, rule.name)] if rule.name in turn.content.programmes and verdict.met is not Met.NO else []
    choices = (
        *start,
        Button(turn.content.translate(turn.content.titles[rule.intent], turn.language), f"/{rule.intent}"),
        Button(turn.sentence("utter_button_person"), PERSON),
    )
    turn.replies[-1] = replace(turn.replies[-1], buttons=choices)


def _closing(turn: Turn, rule: EligibilityRule, most_sources: int | None = None) -> list[str]:
    sources = [source.title for source in rule.review.sources[:most_sources]]
    office = turn.content.organizations[rule.office].short_name
    return provenance(turn.content, turn.language, turn.today, [rule.review], sources, [office], rule.review.reviewed_on)


def _reasons(turn: Turn, rule: EligibilityRule, verdict: Verdict, progress: Progress) -> list[str]:
    found = []
    if verdict.failed:
        found.append(turn.sentence("utter_eligibility_failed", conditions=_list(turn, (each.says for each in verdict.failed))))
    if verdict.unknown:
        found.append(turn.sentence("utter_eligibility_unknown", conditions=_list(turn, (each.says for each in verdict.unknown))))
    found += [turn.content.translate(each.otherwise, turn.language) for each in verdict.otherwise]
    return [*found, *_deadlines(turn, rule, progress)]


def _to_do(turn: Turn, rule: EligibilityRule, verdict: Verdict) -> list[str]:
    """What nobody has published and is to be asked, and what to bring."""
    found = []
    if rule.unpublished:
        found.append(turn.sentence("utter_eligibility_unpublished", conditions=_list(turn, rule.unpublished)))
    if rule.documents and verdict.met is not Met.NO:
        found.append(turn.sentence("utter_eligibility_papers", papers=_list(turn, rule.documents)))
    return found


def _deadlines(turn: Turn, rule: EligibilityRule, progress: Progress) -> list[str]:
    """The last day of a term, counted from the date that was answered."""
    found = []
    for condition in (*rule.all, *rule.any):
        value = progress.value(condition.step)
        if condition.within_working_days and value:
            last = deadline(date.fromisoformat(str(value)), condition.within_working_days)
            name = "utter_eligibility_until" if turn.today <= last else "utter_eligibility_was_until"
            found.append(turn.sentence(name, days=str(condition.within_working_days), until=shown(last, turn.language)))
    return found


def _list(turn: Turn, texts: Iterable[str]) -> str:
    return "\n".join(f"• {turn.content.translate(text, turn.language)}" for text in texts)
