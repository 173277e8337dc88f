"""The stages of a case: the table, who moves it, what the person is told, and what an ended application does to it."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import stages
from bot.cases.stages import BY_ITSELF, MAY_BECOME
from bot.content.programme_files import STAGES
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import ASSISTANT, PERSON, Actor
from bot.records.audit import AuditEntry
from bot.records.cases import CaseFile, Stage
from bot.records.conversations import Direction
from bot.records.referrals import Referral, ReferralState
from bot.records.staff import Role
from tests.case_files import OF_IPAM, OF_NAUCALPAN, ROSA, applies, case_of, events_of
from tests.chats import Chat

ROWS = [(before, after) for before in Stage for after in Stage]


def around(chat: Chat) -> Surroundings:
    return replace(chat.around, now=chat.now)


def advance(chat: Chat, stage: Stage, actor: Actor = ROSA, why: str | None = None) -> bool:
    return chat.call(lambda session: stages.advance(session, actor, case_of(chat)[1].folio, stage, why, around(chat)))


def is_put_at(chat: Chat, stage: Stage) -> None:
    def put(session: Session) -> None:
        session.get_one(CaseFile, case_of(chat)[0].id).stage = stage

    chat.call(put)


def audit_of(chat: Chat) -> list[AuditEntry]:
    return chat.call(lambda session: audit.about(session, chat.get("reference")))


def test_every_stage_can_be_reached_and_closed_is_the_end() -> None:
    assert set(MAY_BECOME) == set(Stage) and tuple(Stage) == STAGES
    reached, more = {Stage.INFORMATION}, {Stage.INFORMATION}
    while more:
        more = {after for before in more for after in MAY_BECOME[before]} - reached
        reached |= more
    assert reached == set(Stage)
    assert [stage for stage, following in MAY_BECOME.items() if not following] == [Stage.CLOSED]
    assert all(Stage.CLOSED in following for stage, following in MAY_BECOME.items() if stage is not Stage.CLOSED)


def test_a_case_moves_as_the_table_allows_and_every_step_leaves_an_event(ana: Chat) -> None:
    applies(ana)
    for before, after in ROWS:
        is_put_at(ana, before)
        known = len(events_of(ana))
        if after in MAY_BECOME[before]:
            assert advance(ana, after, why="por la razón")
            last = events_of(ana)[-1]
            assert case_of(ana)[0].stage is after and len(events_of(ana)) == known + 1
            assert (last.before, last.after, last.who, last.why, last.at) == (before, after, "rosa", "por la razón", ana.now)
        else:
            with pytest.raises(RefusedError, match="no puede pasar"):
                advance(ana, after)
            assert case_of(ana)[0].stage is before and len(events_of(ana)) == known


@pytest.mark.parametrize("actor", [PERSON, ASSISTANT], ids=lambda actor: actor.name)
def test_the_bot_and_the_person_only_file_the_application_and_close(actor: Actor, ana: Chat) -> None:
    applies(ana)
    for before, after in ROWS:
        if after not in MAY_BECOME[before]:
            continue
        is_put_at(ana, before)

        def move(session: Session, after: Stage = after) -> None:
            stages.change(session, session.get_one(CaseFile, case_of(ana)[0].id), after, actor, None, ana.now)

        if after is Stage.CLOSED or (before, after) == BY_ITSELF:
            ana.call(move)
        else:
            with pytest.raises(RefusedError, match="oficina"):
                ana.call(move)
            assert case_of(ana)[0].stage is before


def test_the_person_is_told_the_new_stage_in_their_language(ana: Chat) -> None:
    folio = applies(ana)
    programme = ana.around.content.programmes["migrante_emprende"]
    assert advance(ana, Stage.VISIT)
    said = ana.transcript()[-1]
    assert (said.direction, said.response) == (Direction.OUT, "utter_case_stage_changed")
    assert folio in said.text and programme.stages["visit"].says in said.text
    assert ana.outbox()[-1].message_id == said.id, "it is on its way"
    assert ana.says("/mitramite") == ["utter_case_status"] and programme.stages["visit"].says in ana.transcript()[-1].text


def test_no_stage_promises_anything(ana: Chat) -> None:
    said = " ".join(stage.says for stage in ana.around.content.programmes["migrante_emprende"].stages.values()).lower()
    for promise in ("aprobad", "ganó", "felicidades", "va a recibir", "le darán", "califica"):
        assert promise not in said


def test_who_asked_for_the_telephone_is_not_written_to(ana: Chat) -> None:
    applies(ana, "telephone")
    said = len(ana.transcript())
    assert not advance(ana, Stage.VISIT)
    assert len(ana.transcript()) == said and case_of(ana)[0].stage is Stage.VISIT


def test_a_forgotten_chat_is_told_nothing(ana: Chat) -> None:
    """Somebody else may hold the telephone now."""
    folio = applies(ana)
    ana.says("/olvidar")
    said = len(ana.transcript())
    assert not ana.call(lambda session: stages.advance(session, ROSA, folio, Stage.VISIT, None, around(ana)))
    assert len(ana.transcript()) == said


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AGENT, Role.SUPERVISOR, Role.PARTNER)])
def test_who_may_not_advance_a_case_does_not(role: Role, ana: Chat) -> None:
    applies(ana)
    with pytest.raises(RefusedError, match="permiso"):
        advance(ana, Stage.VISIT, Actor("somebody", role))
    assert case_of(ana)[0].stage is Stage.APPLICATION


def test_the_office_advances_its_own_cases_and_another_office_finds_none(ana: Chat) -> None:
    applies(ana)
    with pytest.raises(RefusedError, match="No hay un expediente"):
        advance(ana, Stage.VISIT, OF_NAUCALPAN)
    assert case_of(ana)[0].stage is Stage.APPLICATION
    assert advance(ana, Stage.VISIT, OF_IPAM)
    assert [(each.who, each.office, each.action, each.why) for each in audit_of(ana)] == [("ipam.ana", "ipam", "case.advance", "visit")]


@pytest.mark.parametrize("state", [ReferralState.WITHDRAWN, ReferralState.EXPIRED, ReferralState.REVOKED, ReferralState.REJECTED])
def test_an_application_that_ended_closes_its_case(state: ReferralState, ana: Chat) -> None:
    applies(ana)
    referral_id = case_of(ana)[1].id

    def end(session: Session) -> None:
        session.get_one(Referral, referral_id).state = state

    ana.call(end)
    if state is not ReferralState.REJECTED:
        with pytest.raises(RefusedError, match="retirado o venció"):
            advance(ana, Stage.VISIT)
    assert ana.call(lambda session: stages.close_ended(session, ana.now)) == 1
    assert case_of(ana)[0].stage is Stage.CLOSED
    assert (events_of(ana)[-1].who, events_of(ana)[-1].why) == ("assistant", str(state))
    assert ana.call(lambda session: stages.close_ended(session, ana.now)) == 0
    assert ana.says("/mitramite") == ["utter_case_closed"]
