"""The stages of a case: what may follow what, and the one function that changes it.

The office moves a case. The bot itself only files what the person sends, and closes what the person or the time took back.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases.opening import of_folio, require_open
from bot.cases.telling import tell_stage
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import ASSISTANT, Action, Actor, require
from bot.records.cases import CaseEvent, CaseFile, Stage
from bot.records.conversations import Conversation
from bot.records.referrals import Referral, ReferralState
from bot.records.tables import lock
from bot.referrals.lifecycle import TAKEN_BACK

MAY_BECOME = {
    Stage.INFORMATION: {Stage.APPLICATION, Stage.CLOSED},
    Stage.APPLICATION: {Stage.VISIT, Stage.RULING, Stage.CLOSED},
    Stage.VISIT: {Stage.APPLICATION, Stage.RULING, Stage.CLOSED},
    Stage.RULING: {Stage.VISIT, Stage.DELIVERY, Stage.CLOSED},
    Stage.DELIVERY: {Stage.FOLLOWUP, Stage.CLOSED},
    Stage.FOLLOWUP: {Stage.CLOSED},
    Stage.CLOSED: set[Stage](),
}
ENDED = (*TAKEN_BACK, ReferralState.REJECTED)
BY_ITSELF = (Stage.INFORMATION, Stage.APPLICATION)
"""The one step without anybody of an office: the person has sent the application. Closing what was taken back is the other."""


def change(session: Session, case: CaseFile, stage: Stage, actor: Actor, why: str | None, now: datetime) -> None:
    """The one way a case changes: the stage and the event together. Raises RefusedError when it may not.

    The row is locked and read anew first, so that of two changes at once the second sees the first.
    """
    lock(session, case)
    if stage not in MAY_BECOME[case.stage]:
        after = ", ".join(sorted(MAY_BECOME[case.stage])) or "ninguna otra"
        raise RefusedError(f"El expediente está en «{case.stage}» y no puede pasar a «{stage}»; de ahí sigue: {after}")
    if actor.role is None and stage is not Stage.CLOSED and (case.stage, stage) != BY_ITSELF:
        raise RefusedError("Solo la oficina mueve un expediente a esa etapa")
    session.add(CaseEvent(case_file_id=case.id, before=case.stage, after=stage, who=actor.name, why=why or None, at=now))
    case.stage, case.changed_at = stage, now


def advance(session: Session, actor: Actor, folio: str, stage: Stage, why: str | None, around: Surroundings) -> bool:
    """The office moves the case and the person is told in their language. True: it reaches them. Raises RefusedError."""
    require(actor, Action.CASE_ADVANCE)
    case, referral = of_folio(session, actor, folio)
    require_open(session, referral)
    change(session, case, stage, actor, why, around.now)
    is_told = tell_stage(session, case, referral, around)
    conversation = session.get_one(Conversation, referral.conversation_id)
    audit.write(session, actor, Action.CASE_ADVANCE, conversation.reference, around.now, why=f"{stage}: {why}" if why else stage)
    return is_told


def close_ended(session: Session, now: datetime, among: Collection[int] | None = None) -> int:
    """Cases whose application was taken back, has expired or was turned down. Returns how many. `among`: those referrals only."""
    query = select(CaseFile, Referral).join(Referral, Referral.id == CaseFile.referral_id)
    if among is not None:
        query = query.where(Referral.id.in_(among))
    due = query.where(CaseFile.stage != Stage.CLOSED, Referral.state.in_(ENDED)).order_by(CaseFile.id)
    found = session.execute(due.with_for_update(of=CaseFile, key_share=True, skip_locked=True)).all()
    for case, referral in found:
        change(session, case, Stage.CLOSED, ASSISTANT, str(referral.state), now)
    for _, referral in found:  # the audit's lock comes last: nobody waits with it for a row
        reference = session.get_one(Conversation, referral.conversation_id).reference
        audit.write(session, ASSISTANT, Action.CASE_ADVANCE, reference, now, why=Stage.CLOSED)
    return len(found)
