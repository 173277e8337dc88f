"""What the data officer does for a person: a copy, an erasure, the answers to requests under the law. Each leaves one row in the audit."""

from typing import Any

from sqlalchemy import true
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import MEXICO
from bot.conversation import official_rights
from bot.conversation.replies import sentence, shown
from bot.conversation.rights_turn import receipt_reply
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import PUSHED
from bot.conversation.unasked import rendered, tell
from bot.errors import RefusedError
from bot.permissions import Action, Actor, may, require
from bot.privacy import arco, copies, erasure, farewell, person
from bot.privacy.person import Person
from bot.records.conversations import Conversation
from bot.records.learning import Learner
from bot.records.privacy import ArcoRequest, ArcoState, Erasure


def export(session: Session, by: Actor, word: str, around: Surroundings) -> dict[str, Any]:
    whose = person.of_word(session, word)
    audit.write(session, by, Action.PERSON_EXPORT, whose.reference, around.now)
    return copies.copy_for(session, whose)


def would_erase(session: Session, by: Actor, word: str, around: Surroundings) -> tuple[Person, dict[str, int]]:
    whose = person.of_word(session, word)
    audit.write(session, by, Action.PERSON_ERASE, whose.reference, around.now, "dry run")
    return whose, erasure.would_erase_person(session, whose)


def erase(session: Session, by: Actor, word: str, around: Surroundings) -> Erasure:
    """The person is sent the receipt, where the door can be sent to. Raises RefusedError."""
    whose = person.of_word(session, word, locked=True)
    chat, told = whose.named, official_rights.receipt_reply if whose.is_official else receipt_reply
    last = farewell.begin(session, chat, around.now) if chat and chat.bot_id.startswith(PUSHED) else None
    done = erasure.erase_person(session, whose, by, around.now, around.folder, last)
    if last:
        tell(session, last, told(around.content, last.language, done), around)
    return done


def answer(session: Session, by: Actor, folio: str, state: ArcoState, said: str, around: Surroundings) -> ArcoRequest:
    """The state changes, and the person is told so in the chat, with the reason they are owed. Raises RefusedError."""
    if state in (ArcoState.EXTENDED, ArcoState.DENIED) and not said.strip():
        raise RefusedError("Diga a la persona por qué: escriba la respuesta")
    request = arco.of_folio(session, folio, true())
    arco.change(request, state, by.name, said.strip() or None, around.now)
    whose = _of(session, request)
    if whose and whose.named:
        _tell(session, whose.named, request, said.strip(), around)
    audit.write(session, by, Action.ARCO_ANSWER, whose.reference if whose else None, around.now)
    return request


def _of(session: Session, request: ArcoRequest) -> Person | None:
    """None: they were erased."""
    learner = session.get(Learner, request.learner_id) if request.learner_id else None
    if learner:
        return person.of_learner(session, learner)
    conversation = session.get(Conversation, request.conversation_id) if request.conversation_id else None
    return person.of_conversation(session, conversation) if conversation else None


def _tell(session: Session, conversation: Conversation, request: ArcoRequest, said: str, around: Surroundings) -> None:
    content, language, learns = around.content, conversation.language, request.of_official
    values = {"folio": request.folio, "answer": said}
    if request.state is ArcoState.EXTENDED:
        name = "utter_learning_arco_extended" if learns else "utter_arco_extended"
        values["until"] = shown(request.answer_by.astimezone(MEXICO).date(), language)
    else:
        name = "utter_learning_arco_answered" if learns else "utter_arco_answered"
        values["state"] = sentence(content, f"utter_arco_state_{request.state}", language)
    tell(session, conversation, rendered(conversation, name, around, values), around)


def show(session: Session, by: Actor, folio: str, around: Surroundings) -> ArcoRequest:
    """One of an official only to who answers it: who reads the register besides may be who invited them."""
    request = arco.of_folio(session, folio, true() if may(by.role, Action.ARCO_ANSWER) else None)
    whose = _of(session, request)
    audit.write(session, by, Action.ARCO_LIST, whose.reference if whose else None, around.now)
    return request


def register(session: Session, by: Actor, around: Surroundings) -> list[ArcoRequest]:
    """Of migrants."""
    audit.write(session, by, Action.ARCO_LIST, None, around.now)
    return arco.register(session)


def register_of_officials(session: Session, by: Actor, around: Surroundings) -> list[ArcoRequest]:
    require(by, Action.ARCO_ANSWER)
    audit.write(session, by, Action.ARCO_LIST, None, around.now, "officials")
    return arco.register(session, ~arco.of_a_migrant())
