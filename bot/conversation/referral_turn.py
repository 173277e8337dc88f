"""A turn that ends in a referral: who receives it, what was agreed to, and what the person is told."""

from bot import audit, staff
from bot.content.asking import Questionnaire
from bot.conversation.context import Turn
from bot.conversation.handoff_turn import open_for, say_queue
from bot.conversation.replies import shown
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.questionnaires import question, run, ticks
from bot.questionnaires.run import Progress
from bot.referrals import consent, creation, notices


def tell_of_duplicate(turn: Turn, progress: Progress) -> None:
    """Before they agree to a second case that looks like one they have."""
    organization = run.receiver(turn.content, progress)
    if organization:
        twin = creation.duplicate_of(turn.session, turn.conversation, organization.id, str(progress.value("need")), turn.now)
        if twin:
            turn.say("utter_referral_duplicate", **notices.about(turn.content, twin, turn.language, turn.now))


def create_referral(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """The referral, its consent and its first events; without a recipient in the directory a person takes over."""
    organization = run.receiver(turn.content, progress)
    if organization is None:
        _say_nobody_receives(turn)
        return
    try:
        official = _official(turn)
    except RefusedError:  # their account was closed meanwhile
        turn.say("utter_desk_refused")
        return
    consented = consent.to_share(questionnaire, progress, organization.id, turn.language, consent_text)
    key, sender = turn.claimed.key, official.name if official else consent.PERSON
    referral = creation.create(
        turn.session, turn.conversation, key, str(progress.value("need")), consented.fields.get("municipality"), consented, turn.now,
        content=turn.content, service_id=progress.recipient[1] if progress.recipient else None, for_whom=consent.for_whom(progress),
        sender=sender, given_by=sender,
    )  # fmt: skip
    consent.keep_permissions(turn.session, turn.conversation, questionnaire, progress, turn.now, sender)
    if official is None:
        turn.say("utter_referral_sent", folio=referral.folio, recipient=organization.name)
        return
    audit.write(turn.session, official, Action.REFERRAL_CREATE, turn.conversation.reference, turn.now)
    summary = ticks.listed_shared(question.shared_rows(turn.content, questionnaire, progress, turn.language))
    turn.say(
        "utter_desk_referral_sent", folio=referral.folio, recipient=organization.name, summary=summary,
        sent_on=shown(turn.today, turn.language), expires_in=str(questionnaire.expires_in),
    )  # fmt: skip


def _official(turn: Turn) -> Actor | None:
    """Who takes it down at a desk. Raises RefusedError when they may not."""
    return staff.acting(turn.session, turn.official, Action.REFERRAL_CREATE) if turn.official is not None else None


def _say_nobody_receives(turn: Turn) -> None:
    if turn.official is not None:
        turn.say("utter_desk_no_recipient")
        return
    say_queue(turn, "utter_referral_no_recipient", open_for(turn, "no_recipient"))
