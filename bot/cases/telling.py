"""What is told to the person about their case without being asked: a new stage, a document that does not do. In their language."""

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.content.programme_files import Programme
from bot.content.published import Content
from bot.conversation import unasked
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.records.cases import CaseFile
from bot.records.conversations import Conversation
from bot.records.referrals import Referral
from bot.referrals.notices import may_write


def programme_of(content: Content, case: CaseFile) -> Programme:
    """Raises RefusedError when an editor has taken the programme away."""
    found = content.programmes.get(case.programme)
    if found is None:
        raise RefusedError(f"El programa «{case.programme}» ya no está en flows/programmes; vuelva a ponerlo")
    return found


def tell_stage(session: Session, case: CaseFile, referral: Referral, around: Surroundings) -> bool:
    conversation = session.get_one(Conversation, referral.conversation_id)
    content, language = around.content, conversation.language
    programme = programme_of(content, case)
    stage = programme.stages[case.stage]
    values = {
        "programme": content.translate(programme.title, language), "folio": referral.folio,
        "stage": content.translate(stage.title, language), "says": content.translate(stage.says, language),
    }  # fmt: skip
    unreviewed = any(content.is_unreviewed(text, language) for text in (programme.title, stage.title, stage.says))
    return not _by_telephone(referral) and tell(session, conversation, "utter_case_stage_changed", values, around, unreviewed)


def tell_document(session: Session, case: CaseFile, referral: Referral, name: str, response: str, why: str, around: Surroundings) -> bool:
    conversation = session.get_one(Conversation, referral.conversation_id)
    document = programme_of(around.content, case).document(name)
    title = around.content.translate(document.title if document else name, conversation.language)
    values = {"document": title, "folio": referral.folio, "why": why}
    return not _by_telephone(referral) and tell(session, conversation, response, values, around)


def tell(
    session: Session, conversation: Conversation, response: str, values: dict[str, str], around: Surroundings, unreviewed: bool = False
) -> bool:
    """False: nobody may be written to there."""
    if not may_write(session, conversation, around.now):
        return False
    reply = unasked.rendered(conversation, response, around, values)
    unasked.tell(session, conversation, replace(reply, unreviewed=reply.unreviewed or unreviewed), around)
    return True


def _by_telephone(referral: Referral) -> bool:
    """They asked to be told by telephone."""
    return (referral.details or {}).get("contact_way") == "telephone"
