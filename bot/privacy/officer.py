"""What the data officer does for a person: a copy, an erasure, the answers to requests under the law. Each leaves one row in the audit."""

from typing import Any

from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import MEXICO
from bot.conversation.replies import sentence, shown
from bot.conversation.rights_turn import receipt_reply
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import PUSHED
from bot.conversation.unasked import rendered, tell
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.privacy import arco, copies, erasure, farewell, person
from bot.records.conversations import Conversation
from bot.records.privacy import ArcoRequest, ArcoState, Erasure


def export(session: Session, by: Actor, word: str, around: Surroundings) -> dict[str, Any]:
    conversation = person.of_folio(session, word)
    audit.write(session, by, Action.PERSON_EXPORT, conversation.reference, around.now)
    return copies.copy_of(session, conversation)


def would_erase(session: Session, by: Actor, word: str, around: Surroundings) -> dict[str, int]:
    conversation = person.of_folio(session, word)
    audit.write(session, by, Action.PERSON_ERASE, conversation.reference, around.now, "dry run")
    return erasure.would_erase(session, conversation)


def erase(session: Session, by: Actor, word: str, around: Surroundings) -> Erasure:
    """The person is sent the receipt, where the door can be sent to. Raises RefusedError."""
    conversation = person.of_folio(session, word)
    last = farewell.begin(session, conversation, around.now) if conversation.bot_id.startswith(PUSHED) else None
    language = conversation.language
    done = erasure.erase(session, conversation, by, around.now, around.folder, last)
    if last:
        tell(session, last, receipt_reply(around.content, language, done), around)
    return done


def answer(session: Session, by: Actor, folio: str, state: ArcoState, said: str, around: Surroundings) -> ArcoRequest:
    """The state changes, and the person is told so in the chat, with the reason they are owed. Raises RefusedError."""
    if state in (ArcoState.EXTENDED, ArcoState.DENIED) and not said.strip():
        raise RefusedError("Diga a la persona por qué: escriba la respuesta")
    request = arco.of_folio(session, folio)
    arco.change(request, state, by.name, said.strip() or None, around.now)
    conversation = session.get(Conversation, request.conversation_id) if request.conversation_id else None
    if conversation:
        _tell(session, conversation, request, said.strip(), around)
    audit.write(session, by, Action.ARCO_ANSWER, conversation.reference if conversation else None, around.now)
    return request


def _tell(session: Session, conversation: Conversation, request: ArcoRequest, said: str, around: Surroundings) -> None:
    content, language = around.content, conversation.language
    values = {"folio": request.folio, "answer": said}
    if request.state is ArcoState.EXTENDED:
        name, values["until"] = "utter_arco_extended", shown(request.answer_by.astimezone(MEXICO).date(), language)
    else:
        name, values["state"] = "utter_arco_answered", sentence(content, f"utter_arco_state_{request.state}", language)
    tell(session, conversation, rendered(conversation, name, around, values), around)


def show(session: Session, by: Actor, folio: str, around: Surroundings) -> ArcoRequest:
    request = arco.of_folio(session, folio)
    conversation = session.get(Conversation, request.conversation_id) if request.conversation_id else None
    audit.write(session, by, Action.ARCO_LIST, conversation.reference if conversation else None, around.now)
    return request


def register(session: Session, by: Actor, around: Surroundings) -> list[ArcoRequest]:
    audit.write(session, by, Action.ARCO_LIST, None, around.now)
    return arco.register(session)
