"""Phrases that readers propose as examples, and what an editor does with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import SOURCE
from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Message, of_migrants
from bot.records.reviews import ExampleState, ProposedExample
from bot.review.masking import NAME, as_phrase, identifies
from bot.review.phrases import Phrase, PhraseBook
from bot.review.reading import reference_of
from nlu.components.spelling import plain

ALIKE, MOST_ALIKE = 75, 3  # per cent of the letters
SAME_GROUP = 70
LONGEST = 200
MOST_SHOWN = 200


@dataclass(frozen=True)
class Proposed:
    id: int
    text: str
    language: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Group:
    """Phrases that say much the same of one question, and the examples that are most like them already."""

    intent: str
    phrases: tuple[Proposed, ...]
    known: tuple[Phrase, ...]


def propose(session: Session, actor: Actor, message: Message, intent: str, content: Content, now: datetime) -> ProposedExample | None:
    """None: it was proposed before, or nothing of it is left to learn from."""
    text = as_phrase(message.text, content)[:LONGEST]
    if not plain(text.replace(NAME, "")):
        return None
    known = session.scalars(select(ProposedExample).where(ProposedExample.message_id == message.id)).first()
    if known is not None:
        if known.state is ExampleState.PROPOSED:
            known.intent = intent
        return None
    language = session.get_one(Conversation, message.conversation_id).language
    made = ProposedExample(
        message_id=message.id, text=text, language=language, intent=intent, proposed_by=actor.name, proposed_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def to_be_decided() -> ColumnElement[bool]:
    """A condition on a proposed example."""
    theirs = exists().where(Message.id == ProposedExample.message_id, of_migrants(Message.conversation_id))
    return and_(ProposedExample.state == ExampleState.PROPOSED, theirs)


def waiting(session: Session, actor: Actor, book: PhraseBook, content: Content, now: datetime) -> list[Group]:
    """What is to be decided; that somebody looked is one row, of no conversation, because many are shown."""
    query = select(ProposedExample).where(to_be_decided()).order_by(ProposedExample.id).limit(MOST_SHOWN)
    found = session.scalars(query).all()
    audit.write(session, actor, Action.EXAMPLE_DECIDE, None, now, why=f"list {len(found)}")
    order = {intent: place for place, intent in enumerate(intent for intents in content.topics.values() for intent in intents)}
    groups = grouped(found)
    groups.sort(key=lambda group: (order.get(group[0].intent, len(order)), -len(group)))
    return [_group(group, book) for group in groups]


def grouped(found: Sequence[ProposedExample]) -> list[list[ProposedExample]]:
    """Of one question and language, each with the first group that has a phrase like it."""
    groups: list[list[ProposedExample]] = []
    for each in found:
        alike = (group for group in groups if _belongs(each, group))
        group = next(alike, None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return groups


def _belongs(phrase: ProposedExample, group: Sequence[ProposedExample]) -> bool:
    if (phrase.intent, phrase.language) != (group[0].intent, group[0].language):
        return False
    return any(fuzz.token_sort_ratio(plain(phrase.text), plain(each.text)) >= SAME_GROUP for each in group)


def _group(found: Sequence[ProposedExample], book: PhraseBook) -> Group:
    shown = tuple(Proposed(each.id, each.text, each.language, each.proposed_by, each.proposed_at) for each in found)
    return Group(found[0].intent, shown, alike(found[0].text, found[0].language, book))


def alike(text: str, language: str, book: PhraseBook) -> tuple[Phrase, ...]:
    """The examples that are most like it, of whatever question: one of another question is a warning."""
    known = [each for each in book.examples() if each.language == language]
    found = process.extract(plain(text), [each.plain for each in known], scorer=fuzz.ratio, limit=MOST_ALIKE, score_cutoff=ALIKE)
    return tuple(known[place] for _, _, place in found)


def accept(
    session: Session, actor: Actor, example_id: int, text: str, intent: str, book: PhraseBook, content: Content, now: datetime
) -> ProposedExample:
    """Into the training examples, as the editor has worded it. Raises RefusedError."""
    proposed = _open(session, example_id)
    phrase = " ".join(text.split())
    topic = content.topic_of(intent)
    if topic is None:
        raise RefusedError("Elija en la lista de qué pregunta es el ejemplo")
    _require_anonymous(phrase, content)
    book.add(phrase, intent, topic, proposed.language or SOURCE)
    proposed.text, proposed.intent = phrase, intent
    return _decided(session, actor, proposed, ExampleState.ACCEPTED, now)


def discard(session: Session, actor: Actor, example_id: int, now: datetime) -> ProposedExample:
    """Raises RefusedError."""
    return _decided(session, actor, _open(session, example_id), ExampleState.DISCARDED, now)


def _open(session: Session, example_id: int) -> ProposedExample:
    found = session.get(ProposedExample, example_id)
    if found is None or found.state is not ExampleState.PROPOSED:
        raise RefusedError("Esa frase ya no está por decidir: otra persona la vio antes, o se borró")
    return found


def _decided(session: Session, actor: Actor, proposed: ProposedExample, state: ExampleState, now: datetime) -> ProposedExample:
    proposed.state, proposed.decided_by, proposed.decided_at = state, actor.name, now
    session.flush()
    reference = reference_of(session, session.get_one(Message, proposed.message_id))
    audit.write(session, actor, Action.EXAMPLE_DECIDE, reference, now, why=str(state))
    return proposed


def _require_anonymous(phrase: str, content: Content) -> None:
    if not plain(phrase) or len(phrase) > LONGEST:
        raise RefusedError(f"Un ejemplo es una frase de hasta {LONGEST} letras")
    if found := identifies(phrase, content):
        raise RefusedError(f"La frase lleva datos de alguien ({found}): quítelos")
    if "[" in phrase or "]" in phrase:
        raise RefusedError("Cambie lo que está entre corchetes por palabras, o quítelo: un ejemplo se escribe como habla la gente")
