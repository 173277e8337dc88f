"""`./puente cases`: what staff and an office see and do on the command line, each in the bounds of their role."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit, staff
from bot.__main__ import main
from bot.conversation.surroundings import Surroundings
from bot.records.cases import DocumentState, Stage
from bot.records.database import Database
from bot.records.referrals import Consent
from bot.records.staff import Role, Staff
from bot.referrals import lifecycle
from tests.case_files import BIRTH, JPEG, applies, case_of, document_of, fetches, files_in, sends_photo
from tests.chats import Chat

Command = Callable[..., tuple[int, str, str]]
MEMBERS = {
    "rosa": (Role.AGENT, None), "sara": (Role.SUPERVISOR, None), "ipam.ana": (Role.PARTNER, "ipam"),
    "nau.luz": (Role.PARTNER, "naucalpan"), "dora": (Role.DATA_OFFICER, None), "adan": (Role.ADMIN, None), "eva": (Role.EDITOR, None),
}  # fmt: skip
DEEDS = (["show"], ["advance", "visit"], ["document", BIRTH, "accept"], ["file", BIRTH, "--why", "ver el acta"])
INCOMPLETE = (
    "show", "advance FOLIO", "advance FOLIO prize", f"document FOLIO {BIRTH}", f"document FOLIO {BIRTH} maybe", "file FOLIO",
    f"file FOLIO {BIRTH}", f"file FOLIO {BIRTH} --why x",
)  # fmt: skip
DENIED = ("nau.luz", "dora", "adan", "eva", "nadie")


@pytest.fixture
def ana(database: Database, content_around: Surroundings) -> Chat:
    def hire(session: Session) -> None:
        for name, (role, office) in MEMBERS.items():
            session.add(
                Staff(name=name, role=role, organization_id=office, created_at=chat.now, created_by="operator", accepted_at=chat.now)
            )

    chat = Chat(database, content_around)
    database.call(hire)
    return chat


@pytest.fixture
def puente(ana: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `./puente cases …` on the database of `ana`: how it ended, what it said and what it complained of.

    The content is the one her chat has: reading it takes a second.
    """
    monkeypatch.setattr("bot.commands.cases.surroundings", lambda settings: replace(ana.around, now=ana.now))
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(*words: str, who: str | None = "rosa") -> tuple[int, str, str]:
        capsys.readouterr()
        ended = main(["cases", *words, *(("--who", who) if who else ())])
        said = capsys.readouterr()
        return ended, said.out, said.err

    return run


def test_the_list_shows_folio_and_stage_and_nobodys_name(ana: Chat, puente: Command) -> None:
    assert puente("list") == (0, "No hay expedientes.\n", "")
    folio = applies(ana)
    ended, said, _ = puente("list")
    assert ended == 0 and folio in said and "application" in said and "Ana" not in said
    assert folio in puente("list", "--stage", "application", "--organization", "ipam")[1]
    assert folio not in puente("list", "--stage", "visit")[1]
    assert folio not in puente("list", "--organization", "naucalpan")[1]
    assert puente("list", "--stage", "prize")[0] == 2


def test_an_office_sees_its_own_cases_and_no_other(ana: Chat, puente: Command) -> None:
    folio = applies(ana)
    assert folio in puente("list", who="ipam.ana")[1]
    assert folio not in puente("list", who="nau.luz")[1]
    assert folio not in puente("list", "--organization", "ipam", who="nau.luz")[1]
    assert puente("show", folio, who="ipam.ana")[0] == 0
    of_other, of_nobody = puente("show", folio, who="nau.luz"), puente("show", "PTE-26-222222", who="nau.luz")
    assert of_other[0] == 2 and of_other[2].replace(folio, "") == of_nobody[2].replace("PTE-26-222222", ""), "it tells that the case exists"


@pytest.mark.parametrize("words", DEEDS, ids=lambda words: words[0])
def test_nobody_else_sees_or_moves_a_case(words: list[str], ana: Chat, puente: Command, tmp_path: Path) -> None:
    folio = applies(ana)
    sends_photo(ana)
    fetches(ana, tmp_path / "files")
    for who in DENIED:
        ended, said, complaint = puente(words[0], folio, *words[1:], who=who)
        assert (ended, said) == (2, "") and complaint.count("\n") == 1, who
        assert case_of(ana)[0].stage is Stage.APPLICATION and document_of(ana).state is DocumentState.SENT, who
        assert len(files_in(tmp_path / "files")) == 1, who
    assert ana.call(lambda session: audit.about(session, ana.get("reference"), ("file.open", "case.read", "case.advance"))) == []


def test_who_does_it_has_to_be_said(ana: Chat, puente: Command) -> None:
    folio = applies(ana)
    for words in (["list"], ["show", folio], ["advance", folio, "visit"]):
        ended, _, complaint = puente(*words, who=None)
        assert ended == 2 and "--who" in complaint


def test_a_case_is_shown_with_papers_and_history_and_the_reading_is_written_down(ana: Chat, puente: Command, tmp_path: Path) -> None:
    folio = applies(ana)
    sends_photo(ana)
    assert "la foto está llegando" in puente("show", folio)[1]
    fetches(ana, tmp_path / "files")
    _, said, _ = puente("show", folio, who="ipam.ana")
    assert "Solicitud (application)" in said and "hay foto" in said and f"{BIRTH} sent" in said and "Atlixco" in said
    entries = ana.call(lambda session: audit.about(session, ana.get("reference"), ("case.read",)))
    assert [each.who for each in entries] == ["rosa", "ipam.ana"]


def test_an_office_sees_of_a_case_what_the_person_agreed_to_share_and_not_who_works_for_the_operator(ana: Chat, puente: Command) -> None:
    """https://github.com/chatwoot/chatwoot/issues/12855"""
    folio = applies(ana)
    puente("advance", folio, "visit", "--why", "llamó su hermana")
    assert "Atlixco" in puente("show", folio, who="ipam.ana")[1]

    def leaves_out_the_place(session: Session) -> None:
        for consent in session.scalars(select(Consent)):
            consent.fields = [each for each in consent.fields if each != "municipality"]

    ana.call(leaves_out_the_place)
    shown = puente("show", folio, who="ipam.ana")[1]
    assert not [each for each in ("Atlixco", "rosa", "hermana") if each in shown] and "equipo" in shown
    assert not [each for each in ("Atlixco", "rosa", "hermana") if each not in puente("show", folio)[1]]


def test_of_a_case_that_was_taken_back_its_office_sees_the_folio_and_the_state(ana: Chat, puente: Command) -> None:
    folio = applies(ana)
    ana.call(lambda session: lifecycle.withdraw(session, ana.conversation(session), folio, ana.now))
    shown = puente("show", folio, who="ipam.ana")[1]
    assert shown.splitlines() == [f"Folio: {folio}", "Estado: Retirado por la persona (withdrawn)"]
    assert puente("list", who="ipam.ana")[1] == f"{folio}  withdrawn\n"
    assert "migrante_emprende" in puente("list")[1]


def test_an_office_takes_a_case_from_the_application_to_the_followup(ana: Chat, puente: Command) -> None:
    folio = applies(ana)
    for stage in ("visit", "ruling", "delivery", "followup", "closed"):
        ended, said, _ = puente("advance", folio, stage, "--why", "según el acta", who="ipam.ana")
        assert ended == 0 and "recibe el aviso" in said
        assert case_of(ana)[0].stage == stage
        assert ana.transcript()[-1].response == "utter_case_stage_changed"
    assert puente("advance", folio, "visit", who="ipam.ana")[0] == 2
    assert ana.says("/mitramite") == ["utter_case_closed"]
    assert [each.action for each in ana.call(lambda session: audit.about(session, ana.get("reference")))] == ["case.advance"] * 5


def test_what_is_missing_is_said_in_one_line(ana: Chat, puente: Command) -> None:
    folio = applies(ana)
    for words in INCOMPLETE:
        ended, said, complaint = puente(*(folio if word == "FOLIO" else word for word in words.split()))
        assert (ended, said) == (2, "") and complaint.count("\n") == 1 and "Traceback" not in complaint, words
        assert case_of(ana)[0].stage is Stage.APPLICATION


def test_the_command_reads_the_published_content(ana: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folio = applies(ana)
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["cases", "advance", folio, "visit", "--who", "rosa"]) == 0
    assert ana.around.content.programmes["migrante_emprende"].stages["visit"].says in ana.transcript()[-1].text


def test_a_paper_is_turned_down_with_a_reason_and_then_accepted(ana: Chat, puente: Command, tmp_path: Path) -> None:
    folio = applies(ana)
    sends_photo(ana)
    assert puente("document", folio, BIRTH, "reject")[0] == 2
    assert puente("document", folio, BIRTH, "reject", "--why", "se ve borrosa")[0] == 0
    assert "se ve borrosa" in ana.transcript()[-1].text and document_of(ana).state is DocumentState.REJECTED
    sends_photo(ana, file_id="photo-2")
    assert puente("document", folio, BIRTH, "accept", who="ipam.ana")[0] == 0
    assert document_of(ana).state is DocumentState.ACCEPTED


def test_a_paper_is_opened_with_a_reason_by_staff_and_by_its_office(ana: Chat, puente: Command, tmp_path: Path) -> None:
    folio = applies(ana)
    sends_photo(ana)
    assert puente("file", folio, BIRTH, "--why", "revisar el acta")[0] == 2, "it is not here yet"
    fetches(ana, tmp_path / "files")
    for who in ("rosa", "ipam.ana"):
        ended, said, _ = puente("file", folio, BIRTH, "--why", "revisar el acta", who=who)
        path = Path(said.strip())
        assert ended == 0 and path.read_bytes() == JPEG and path.stat().st_mode & 0o777 == 0o600 and path.parent == tmp_path / "files"
    assert puente("file", folio, BIRTH)[0] == 2
    entries = ana.call(lambda session: audit.about(session, ana.get("reference"), ("file.open",)))
    assert [(each.who, each.why) for each in entries] == [(who, f"{BIRTH}: revisar el acta") for who in ("rosa", "ipam.ana")]


def test_a_revoked_account_opens_nothing(ana: Chat, puente: Command) -> None:
    folio = applies(ana)
    ana.call(lambda session: staff.revoke(session, staff.OPERATOR, "rosa", ana.now))
    assert puente("show", folio)[0] == 2
