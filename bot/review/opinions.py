"""What readers say of a message: one word each, in ignorance of the other's, and one that counts where they differ."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.conversations import Message
from bot.records.reviews import NONE, Review
from bot.review import proposing
from bot.review.masking import identifies
from bot.review.reading import message_of, reference_of, reviews_of

LONGEST_COMMENT = 500


@dataclass(frozen=True)
class Given:
    intent: str
    is_gap: bool = False
    comment: str = ""
    proposes: bool = False  # that the phrase become an example of that question


def give(session: Session, actor: Actor, message_id: int, given: Given, content: Content, now: datetime) -> Review:
    """This reader's word; given again it replaces the first, until one is settled. Two who agree need nobody to settle.

    Raises RefusedError.
    """
    _require_sound(given, content)
    message, _ = message_of(session, actor, message_id, now)
    reviews = reviews_of(session, message_id)
    if any(each.is_final for each in reviews):
        raise RefusedError("Esta lectura ya quedó cerrada; ya no se cambia")
    mine = next((each for each in reviews if each.who == actor.name), None)
    if mine is None:
        mine = Review(message_id=message_id, who=actor.name, at=now)
        session.add(mine)
    mine.intent, mine.is_gap, mine.comment, mine.at, mine.is_final = given.intent, given.is_gap, given.comment.strip() or None, now, False
    agreeing = next((each for each in reviews if each.who != actor.name and each.intent == given.intent), None)
    if agreeing is not None:
        agreeing.is_final = True
    session.flush()
    if given.proposes:
        proposing.propose(session, actor, message, given.intent, content, now)
    audit.write(session, actor, Action.REVIEW_WRITE, reference_of(session, message), now)
    return mine


def settle(session: Session, actor: Actor, message_id: int, intent: str, content: Content, now: datetime) -> Review:
    """Which label counts: one of those given, or a third by who settles. Raises RefusedError."""
    _require_sound(Given(intent), content)
    message, _ = message_of(session, actor, message_id, now)
    reviews = reviews_of(session, message_id)
    if len(reviews) < 2:
        raise RefusedError("Se decide entre dos lecturas, y todavía no las hay")
    counts = next((each for each in reviews if each.intent == intent), None)
    if counts is None and any(each.who == actor.name for each in reviews):
        raise RefusedError("Usted ya dio su lectura: elija una de las que hay, o pida a otra persona de supervisión que decida")
    for each in reviews:
        each.is_final = False
    session.flush()  # one label counts, by the database's own rule: the old one goes first
    if counts is None:
        counts = Review(message_id=message_id, who=actor.name, intent=intent, at=now)
        session.add(counts)
    counts.is_final = True
    session.flush()
    audit.write(session, actor, Action.REVIEW_SETTLE, reference_of(session, message), now)
    return counts


def label_of(session: Session, message: Message, reader: str) -> str | None:
    """What it meant: the label that counts, else this reader's own, else the first."""
    reviews = reviews_of(session, message.id)
    ranked = sorted(reviews, key=lambda each: (not each.is_final, each.who != reader, each.id))
    return ranked[0].intent if ranked else None


def _require_sound(given: Given, content: Content) -> None:
    if given.intent != NONE and content.topic_of(given.intent) is None:
        raise RefusedError("Elija en la lista qué quiso decir la persona")
    if len(given.comment) > LONGEST_COMMENT:
        raise RefusedError(f"El comentario pasa de {LONGEST_COMMENT} letras: acórtelo")
    if found := identifies(given.comment, content):
        raise RefusedError(f"El comentario lleva datos de alguien ({found}): quítelos y guarde otra vez")
    if given.proposes and given.intent == NONE:
        raise RefusedError("Para proponer la frase como ejemplo elija de qué pregunta es")
