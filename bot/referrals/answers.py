"""What staff or an institution says of a case: the change, the message to the person and the audit, in one transaction.

The audit comes last: its lock is everybody's, and who holds it must not wait for a row that somebody else holds.
"""

from sqlalchemy.orm import Session

from bot import audit
from bot.conversation.surroundings import Surroundings
from bot.permissions import Action, Actor
from bot.records.referrals import Referral, ReferralState
from bot.referrals import lifecycle, notices


def answer(
    session: Session, referral: Referral, state: ReferralState, actor: Actor, why: str | None, around: Surroundings, note: str | None = None
) -> bool:
    """Raises RefusedError when it may not. False: it is so, but the person cannot or does not want to be written to."""
    lifecycle.change(session, referral, state, actor, why, around.now, note)
    is_told = notices.tell_state(session, referral, why, around)
    action = Action.REFERRAL_REVOKE if state is ReferralState.REVOKED else Action.REFERRAL_ANSWER
    audit.write_about(session, actor, action, referral.conversation_id, around.now, f"{referral.folio} {state}")
    return is_told
