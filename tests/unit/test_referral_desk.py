"""`./puente referrals` as a person runs it: who sees which case, who changes it, and what of it is written down."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import referral_desk
from bot.__main__ import main
from bot.conversation.worker import utc_now
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database, open_database
from bot.records.referrals import Consent, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role, Staff
from bot.referrals import creation
from bot.referrals.creation import Consented
from bot.settings import ROOT

STORY, TELEPHONE = "me corrieron de la obra", "2229998877"
STAFF = {
    "rosa": (Role.AGENT, None), "sofia": (Role.SUPERVISOR, None), "olga": (Role.DATA_OFFICER, None), "adam": (Role.ADMIN, None),
    "ed": (Role.EDITOR, None), "reva": (Role.REVIEWER, None), "ines": (Role.PARTNER, "ipam"), "nora": (Role.PARTNER, "naucalpan"),
}  # fmt: skip

type Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path))
    monkeypatch.setenv("PUENTE_FLOWS", str(ROOT / "flows"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    opened = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    opened.call(_fill)
    yield opened
    opened.close()


def _fill(session: Session) -> None:
    for name, (role, organization) in STAFF.items():
        session.add(Staff(name=name, role=role, organization_id=organization, created_at=utc_now(), created_by="operator"))
    conversation = Conversation(bot_id="telegram:1", chat="ana", chat_id="1", created_at=utc_now(), updated_at=utc_now())
    session.add(conversation)
    session.flush()
    session.add(Message(conversation_id=conversation.id, direction=Direction.IN, text="tengo miedo", created_at=utc_now()))
    for number, organization in enumerate(("ipam", "naucalpan")):
        fields = (
            {"need": "legal", "story": STORY, "municipality": "21019", "telephone": TELEPHONE}
            if organization == "ipam"
            else {"story": STORY}
        )
        agreed = Consented("1", "the text as it was shown", "es", organization, "referral_intake", fields, 180)
        creation.create(session, conversation, f"web:{number}", "legal", "21019", agreed, utc_now() - timedelta(days=number * 10))


@pytest.fixture
def run(records: Database, capsys: pytest.CaptureFixture[str]) -> Run:
    """The words of a command after `referrals`: how it ended and what it printed."""

    def given(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        ended = main(["referrals", *words])
        printed = capsys.readouterr()
        return ended, printed.out, printed.err

    return given


@pytest.fixture
def folios(records: Database) -> dict[str, str]:
    """By organization."""
    return records.call(lambda session: {each.organization_id: each.folio for each in session.scalars(select(Referral))})


def state_of(records: Database, folio: str) -> ReferralState:
    return records.call(lambda session: session.scalars(select(Referral.state).where(Referral.folio == folio)).one())


def audited(records: Database) -> list[tuple[str, str, bool, str | None]]:
    """Who, what, whether it is about that conversation, and why."""

    def read(session: Session) -> list[tuple[str, str, bool, str | None]]:
        reference = session.scalars(select(Conversation.reference)).one()
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(each.who, each.action, each.subject == reference, each.why) for each in entries]

    return records.call(read)


def test_staff_lists_all_late_ones_first_and_a_partner_its_own(run: Run, folios: dict[str, str]) -> None:
    for who in ("rosa", "sofia"):
        ended, out, _ = run("list", "--who", who)
        assert ended == 0 and [line.split()[0] for line in out.splitlines()] == [folios["naucalpan"], folios["ipam"]]
        assert ["ATRASADO" in line for line in out.splitlines()] == [True, False]
    assert [run("list", "--who", who)[1].split()[0] for who in ("ines", "nora")] == [folios["ipam"], folios["naucalpan"]]
    assert run("list", "--who", "ines", "--organization", "naucalpan")[1] == "No hay casos así.\n"
    assert run("list", "--who", "rosa", "--late")[1].split()[0] == folios["naucalpan"]
    assert run("list", "--who", "rosa", "--state", "done")[1] == "No hay casos así.\n"
    assert run("list", "--who", "rosa", "--state", "finished")[0] == 2


@pytest.mark.parametrize("words", [(), ("--late",), ("--state", "done"), ("--organization", "ipam"), ("--state", "sent", "--late")])
@pytest.mark.parametrize("who", ["rosa", "ines"])
def test_of_many_cases_the_soonest_are_listed(
    who: str, words: tuple[str, ...], run: Run, records: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as if all of them were looked at."""
    monkeypatch.setattr(referral_desk, "SHOWN", 9)
    now, waiting = utc_now(), (ReferralState.SENT, ReferralState.RECEIVED)

    def is_wanted(each: Referral) -> bool:
        late = each.state in waiting and each.answer_by is not None and each.answer_by < now
        ours = each.organization_id == "ipam" or (who == "rosa" and "ipam" not in words)
        return ours and (late or "--late" not in words) and ("--state" not in words or each.state == words[1])

    def fill(session: Session) -> list[str]:
        first = session.scalars(select(Referral)).first()
        assert first is not None
        for number in range(240):
            state = list(ReferralState)[number % len(ReferralState)]
            folio, until = f"PTE-26-{number:06}", now + timedelta(days=number * 37 % 240 - 120, hours=1)
            session.add(
                Referral(
                    folio=folio, idempotency_key=folio, conversation_id=first.conversation_id, need="work", details={}, state=state,
                    organization_id=("ipam", "naucalpan")[number % 3 % 2], answer_by=until, created_at=now, changed_at=now,
                )
            )  # fmt: skip
        session.flush()
        found = [each for each in session.scalars(select(Referral)) if each.state is not ReferralState.DRAFT and is_wanted(each)]
        found.sort(key=lambda each: (each.state not in waiting, each.answer_by, each.id))
        return [each.folio for each in found]

    expected = records.call(fill)
    assert len(expected) > 5
    listed = run("list", *words, "--who", who)[1].splitlines()
    assert [line.split()[0] for line in listed[:9]] == expected[:9]
    assert [line.split()[:2] for line in listed[9:]] == [["Hay", "más;"]] * (len(expected) > 9)


@pytest.mark.parametrize("who", ["olga", "adam", "ed", "reva", "nobody"])
@pytest.mark.parametrize("words", [("list",), ("show", "…"), ("set", "…", "received"), ("revoke", "…", "--why", "mistake")])
def test_who_has_nothing_to_do_with_cases_sees_and_changes_none(
    who: str, words: tuple[str, ...], run: Run, folios: dict[str, str], records: Database
) -> None:
    ended, out, error = run(*(folios["ipam"] if word == "…" else word for word in words), "--who", who)
    assert (ended, out) == (2, "") and error
    assert state_of(records, folios["ipam"]) is ReferralState.SENT and audited(records) == []


def test_a_case_of_another_organization_does_not_exist(run: Run, folios: dict[str, str], records: Database) -> None:
    theirs = folios["ipam"]
    for words in (("show", theirs), ("set", theirs, "received"), ("set", theirs, "done")):
        missing = run(words[0], "PTE-26-ZZZZZZ", *words[2:], "--who", "nora")
        refused = run(*words, "--who", "nora")
        assert refused == (missing[0], missing[1], missing[2].replace("PTE-26-ZZZZZZ", theirs)) and refused[0] == 2
    assert state_of(records, theirs) is ReferralState.SENT and audited(records) == []


def test_a_partner_answers_and_the_person_is_told(run: Run, folios: dict[str, str], records: Database) -> None:
    folio = folios["ipam"]
    ended, out, _ = run("set", folio.lower(), "received", "--who", "ines")
    assert ended == 0 and f"{folio}: received" in out and "Se le avisó" in out
    said = records.call(lambda session: list(session.scalars(select(Message).where(Message.direction == Direction.OUT))))
    assert [each.response for each in said] == ["utter_notice_received"]
    assert audited(records) == [("ines", "referral.answer", True, f"{folio} received")]
    assert run("set", folio, "rejected", "--who", "ines")[0] == 2
    assert run("set", folio, "rejected", "--why", "other", "--note", "No hay luz", "--who", "ines")[0] == 0
    events = records.call(lambda session: list(session.scalars(select(ReferralEvent).order_by(ReferralEvent.id.desc()).limit(1))))
    assert [(each.why, each.note) for each in events] == [("other", "No hay luz")]
    assert run("set", folio, "done", "--who", "ines")[0] == 2
    assert state_of(records, folio) is ReferralState.REJECTED


@pytest.mark.parametrize("state", ["withdrawn", "expired", "revoked", "draft", "sent"])
def test_a_partner_makes_only_what_is_its_own_to_make(state: str, run: Run, folios: dict[str, str], records: Database) -> None:
    assert run("set", folios["ipam"], state, "--why", "mistake", "--who", "ines")[0] == 2
    assert run("revoke", folios["ipam"], "--why", "mistake", "--who", "ines")[0] == 2
    assert state_of(records, folios["ipam"]) is ReferralState.SENT


@pytest.mark.parametrize("who", ["rosa", "sofia"])
def test_staff_revokes_with_a_reason(who: str, run: Run, folios: dict[str, str], records: Database) -> None:
    assert run("revoke", folios["ipam"], "--who", who)[0] == 2
    assert run("revoke", folios["ipam"], "--why", "mistake", "--who", who)[0] == 0
    assert state_of(records, folios["ipam"]) is ReferralState.REVOKED
    assert audited(records) == [(who, "referral.revoke", True, f"{folios['ipam']} revoked")]


@pytest.mark.parametrize(("who", "sees_need"), [("rosa", True), ("nora", False)])
def test_a_case_is_shown_as_far_as_role_and_consent_allow(
    who: str, sees_need: bool, run: Run, folios: dict[str, str], records: Database
) -> None:
    folio = folios["naucalpan" if who == "nora" else "ipam"]
    _, out, _ = run("show", folio, "--who", who)
    assert folio in out and STORY in out
    assert ("Necesidad" in out, "Atlixco" in out) == (sees_need, sees_need)
    assert TELEPHONE not in out and "tengo miedo" not in out
    assert audited(records) == [(who, "referral.read", True, folio)]


def test_a_partner_sees_the_need_only_while_the_permission_holds(run: Run, folios: dict[str, str], records: Database) -> None:
    def withdraw(session: Session) -> None:
        for consent in session.scalars(select(Consent)):
            consent.withdrawn_at = utc_now()

    records.call(withdraw)
    shown = run("show", folios["ipam"], "--who", "ines")[1]
    assert not [each for each in ("Necesidad", STORY, "Atlixco", TELEPHONE) if each in shown]


def test_what_names_the_person_opens_to_staff_for_a_reason_that_is_written_down(
    run: Run, folios: dict[str, str], records: Database
) -> None:
    folio = folios["ipam"]
    assert "Con --why y para qué lo necesita se ve: Teléfono" in run("show", folio, "--who", "rosa")[1]
    assert run("show", folio, "--why", "porque sí", "--who", "rosa")[0] == 2
    assert run("show", folio, "--why", "llamarle por su cita", "--who", "ines")[0] == 2
    _, out, _ = run("show", folio, "--why", "llamarle por su cita", "--who", "rosa")
    assert TELEPHONE in out and "tengo miedo" in out
    assert audited(records)[-1] == ("rosa", "identity.open", True, f"{folio}: llamarle por su cita")


@pytest.mark.parametrize("end", ["withdrawn", "expired", "revoked"])
def test_of_a_case_that_was_taken_back_an_office_sees_the_folio_and_the_state(
    end: str, run: Run, folios: dict[str, str], records: Database
) -> None:
    def ends(session: Session) -> None:
        for referral in session.scalars(select(Referral)):
            referral.state = ReferralState(end)

    records.call(ends)
    shown = run("show", folios["ipam"], "--who", "ines")[1].splitlines()
    assert [line.split(": ")[0] for line in shown] == ["Folio", "Estado"] and end in shown[1]
    assert run("list", "--who", "ines")[1] == f"{folios['ipam']}  {end}\n"
    assert STORY in run("show", folios["ipam"], "--who", "rosa")[1]


def test_a_partner_does_not_read_who_works_for_the_operator(run: Run, folios: dict[str, str]) -> None:
    run("set", folios["ipam"], "received", "--who", "rosa")
    run("set", folios["ipam"], "accepted", "--who", "ines")
    shown = run("show", folios["ipam"], "--who", "ines")[1]
    assert "rosa" not in shown and "equipo" in shown and "ines" in shown
    assert "rosa" in run("show", folios["ipam"], "--who", "sofia")[1]


@pytest.mark.parametrize("words", [("show",), ("set",), ("revoke",), ("set", "PTE-26-ZZZZZZ"), ("set", "PTE-26-ZZZZZZ", "nothing")])
def test_what_is_missing_is_said_in_one_line(words: tuple[str, ...], run: Run) -> None:
    ended, out, error = run(*words, "--who", "rosa")
    assert (ended, out, len(error.splitlines())) == (2, "", 1)
