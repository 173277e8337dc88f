"""What a self-assessment came to, in words that can be forwarded whole: next steps, what exists and what lacks, and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.content.assessments import UNKNOWN, Assessment
from bot.content.languages import MEXICO, SOURCE
from bot.content.published import Content
from bot.conversation.replies import fill, provenance, sentence, shown
from bot.courses.assessing import Outcome, outcome
from bot.records import learning as records


@dataclass(frozen=True)
class Answered:
    """The answers of a municipality that are written about."""

    assessment: Assessment
    municipality: str  # INEGI key
    answers: Mapping[str, str]
    at: datetime
    version: str  # of the questions, when they were answered

    @property
    def outcome(self) -> Outcome:
        return outcome(self.assessment, self.answers)


def answered_of(assessment: Assessment, row: records.Assessment) -> Answered:
    return Answered(assessment, row.municipality, row.answers, row.at, row.version)


def told(content: Content, answered: Answered, language: str, today: date) -> str:
    found = answered.outcome
    parts = [steps_of(content, found, language)]
    for group, questions in found.groups.items():
        if questions:
            lines = "\n".join(f"• {fill(content, each.ask, language)}" for each in questions)
            parts.append(sentence(content, f"utter_learning_assessment_{group}", language, {"lines": lines}))
    values = {
        "title": content.translate(answered.assessment.title, language), "municipality": place_of(content, answered.municipality),
        "on": day_of(answered, language), "counts": counts_of(content, answered, language), "found": "\n\n".join(parts),
    }  # fmt: skip
    whole = sentence(content, "utter_learning_assessment_outcome", language, values)
    return "\n\n".join([whole, *closing_of(content, answered.assessment, language, today)])


def counts_of(content: Content, answered: Answered, language: str = SOURCE) -> str:
    counts = {group: str(len(questions)) for group, questions in answered.outcome.groups.items()}
    of = str(len(answered.assessment.questions))
    return sentence(content, "utter_learning_assessment_counts", language, {"of": of, **counts})


def steps_of(content: Content, found: Outcome, language: str = SOURCE) -> str:
    if not found.next_steps:
        return sentence(content, "utter_learning_assessment_complete", language)
    steps = "\n".join(f"{number}. {fill(content, each.step, language)}" for number, each in enumerate(found.next_steps, 1))
    return sentence(content, "utter_learning_assessment_steps", language, {"steps": steps})


def closing_of(content: Content, assessment: Assessment, language: str, today: date) -> list[str]:
    """That it is a synthesis of ours which nobody has validated, while nobody has; source, office and date."""
    lines = [sentence(content, "utter_learning_assessment_synthesis", language)]
    if not assessment.is_validated:
        lines.append(sentence(content, "utter_learning_pending_validation", language))
    if language != SOURCE and not content.is_translated(assessment.says, language):
        lines.append(sentence(content, "utter_not_translated", language))
    office, review = content.organizations[assessment.office].short_name, assessment.review
    sources = [each.title for each in review.sources]
    return [*lines, *provenance(content, language, today, [review], sources, [office], review.reviewed_on)]


def answer_of(content: Content, answered: Answered, question: str, language: str = SOURCE) -> str:
    """As the button reads that was pressed; a question that is newer than the answers is not known."""
    said = answered.answers.get(question, UNKNOWN)
    return sentence(content, f"utter_learning_answer_{said}", language)


def place_of(content: Content, municipality: str) -> str:
    place = content.municipalities.get(municipality)
    return place.title if place else municipality


def day_of(answered: Answered, language: str = SOURCE) -> str:
    return shown(answered.at.astimezone(MEXICO).date(), language)
