"""What each role is refused, written by hand and tried as people try it: the tables of `permissions` are not read here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot import __main__ as commands
from bot import staff
from bot.records.conversations import Conversation
from bot.records.staff import Role
from bot.settings import ROOT
from tests.colleagues import CHAT_ID, NOW, everything, office_in, waits

SECRET = "me golpearon en la calle Siete"
REFUSED = [
    # an editor writes answers and sees nobody
    ("elias", "tickets list"), ("elias", "tickets show 1"), ("elias", "tickets claim 1"), ("elias", "tickets reply 1 hola"),
    ("elias", "tickets file 1 1"), ("elias", "tickets close 1"), ("elias", "staff list"), ("elias", "staff revoke rosa"),
    ("elias", "audit show {reference}"), ("elias", "audit verify"),
    # a reviewer reads figures
    ("raul", "tickets list"), ("raul", "tickets show 1"), ("raul", "tickets close 1"), ("raul", "staff list"),
    ("raul", "audit show {reference}"), ("raul", "staff add nueva --role admin"),
    # an administrator manages accounts and reads no conversation
    ("ines", "tickets list"), ("ines", "tickets show 1"), ("ines", "tickets claim 1"), ("ines", "tickets reply 1 hola"),
    ("ines", "tickets file 1 1"), ("ines", "tickets close 1"), ("ines", "audit show {reference}"),
    # an agent attends people and manages nobody
    ("rosa", "staff add nueva --role agent"), ("rosa", "staff add nueva --role admin"), ("rosa", "staff revoke ines"),
    ("rosa", "staff list"), ("rosa", "audit show {reference}"), ("rosa", "audit verify"), ("rosa", "staff reset ines"),
    ("rosa", "staff invite ines"),
    # a supervisor sees who works here and changes nothing of it
    ("sofia", "staff add nueva --role agent"), ("sofia", "staff revoke rosa"), ("sofia", "audit show {reference}"),
    ("sofia", "audit verify"), ("sofia", "staff reset rosa"), ("sofia", "staff invite rosa"),
    # the data officer answers for the data and attends nobody
    ("dora", "tickets list"), ("dora", "tickets show 1"), ("dora", "tickets reply 1 hola"), ("dora", "staff add nueva --role agent"),
    ("dora", "staff revoke ines"),
    # an institution sees the cases sent to it and nothing of the desk
    ("pablo", "tickets list"), ("pablo", "tickets show 1"), ("pablo", "tickets claim 1"), ("pablo", "tickets file 1 1"),
    ("pablo", "staff list"), ("pablo", "staff add nueva --role partner --organization ipam"), ("pablo", "audit show {reference}"),
    ("paula", "tickets show 1"), ("paula", "audit verify"),
    # cases are for the desk and the institution that received them
    ("elias", "referrals list"), ("elias", "referrals show PTE-26-ABCDEF"), ("elias", "cases list"), ("raul", "referrals list"),
    ("raul", "cases list"), ("ines", "referrals list"), ("ines", "referrals show PTE-26-ABCDEF"), ("ines", "cases list"),
    ("dora", "referrals list"), ("dora", "referrals set PTE-26-ABCDEF received"), ("dora", "cases list"),
    ("dora", "cases advance PTE-26-ABCDEF visit"), ("pablo", "referrals revoke PTE-26-ABCDEF --why mistake"), ("ines", "desk"),
    ("dora", "desk"), ("pablo", "desk"), ("elias", "desk"),
    # a link lets an institution in: the desk alone makes it
    ("raul", "links make PTE-26-ABCDEF"), ("ines", "links make PTE-26-ABCDEF"), ("dora", "links make PTE-26-ABCDEF"),
    ("pablo", "links make PTE-26-ABCDEF"), ("pablo", "links list PTE-26-ABCDEF"), ("elias", "links paper PTE-26-ABCDEF hoja.pdf"),
    # what is kept of a person is copied, erased and held by the data officer alone
    ("rosa", "person export PTE-26-ABCDEF copia.json"), ("rosa", "person erase PTE-26-ABCDEF --yes"), ("rosa", "arco list"),
    ("sofia", "person export PTE-26-ABCDEF copia.json"), ("sofia", "person erase PTE-26-ABCDEF --yes"),
    ("sofia", "arco deny ARC-26-ABCDEF --say no"), ("ines", "person export PTE-26-ABCDEF copia.json"),
    ("ines", "person erase PTE-26-ABCDEF --yes"), ("ines", "arco list"), ("ines", "holds list"),
    ("pablo", "person export PTE-26-ABCDEF copia.json"), ("pablo", "arco list"), ("rosa", "holds place PTE-26-ABCDEF --why juzgado"),
    ("sofia", "holds lift PTE-26-ABCDEF"), ("raul", "holds list"), ("sofia", "arco list --officials"), ("sofia", "person find abc"),
    ("sofia", "person name abc --why para-compararlo"), ("ines", "person correct abc --name Otra-Persona"), ("ines", "person quiet abc"),
    ("ines", "person file abc --right access"), ("rosa", "person find abc"), ("pablo", "person name abc --why para-compararlo"),
    # the server's own work
    ("rosa", "backup respaldos"), ("sofia", "backup respaldos"), ("dora", "backup respaldos"), ("pablo", "backup respaldos"),
    ("rosa", "keys rotate"), ("sofia", "keys rotate"), ("dora", "keys rotate"), ("elias", "keys check"), ("rosa", "retention"),
    ("rosa", "badge leaked abc"), ("dora", "badge leaked abc"), (None, "badge leaked abc"),
    ("sofia", "retention"), ("pablo", "retention"), ("rosa", "report informe"), ("pablo", "report informe"), ("elias", "report informe"),
    # who is not on the staff, was revoked, or gives a name the audit keeps for itself
    ("nadie", "tickets list"), ("nadie", "staff list"), ("olga", "tickets show 1"), ("olga", "staff add nueva --role admin"),
    ("operator", "staff add nueva --role admin"), ("assistant", "tickets show 1"), ("", "tickets list"), ("ROSA", "tickets list"),
    (None, "tickets list"), (None, "tickets show 1"), (None, "tickets reply 1 hola"), (None, "staff list"),
    (None, "referrals list"), (None, "cases list"), (None, "links make PTE-26-ABCDEF"), (None, "person erase PTE-26-ABCDEF --yes"),
    (None, "arco list"), (None, "holds list"), (None, "backup respaldos"), (None, "keys rotate"), (None, "retention"),
    (None, "report informe"), (None, "desk"), ("olga", "keys rotate"), ("olga", "person erase PTE-26-ABCDEF --yes"),
    (None, "staff add nueva --role admin"), (None, "staff revoke ines"), (None, "staff reset ines"),
    (None, "audit verify"), (None, "audit show {reference}"),
]  # fmt: skip
ALLOWED = [
    ("rosa", "tickets list"), ("rosa", "tickets show 1"), ("sofia", "tickets show 1"), ("sofia", "staff list"), ("dora", "audit verify"),
    ("dora", "audit show {reference}"), ("dora", "staff list"), ("ines", "staff list"), ("ines", "audit verify"),
]  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with everybody and one conversation that waits for a person, and that conversation's reference."""
    var = tmp_path_factory.mktemp("office")
    return var, office_in(var, ana)


def ana(session: Session) -> Conversation:
    """Olga was revoked before."""
    staff.invite(session, staff.OPERATOR, "olga", Role.ADMIN, None, NOW)
    staff.revoke(session, staff.OPERATOR, "olga", NOW)
    return waits(session, "ana", SECRET)


def run(office: tuple[Path, str], who: str | None, words: str) -> "subprocess.CompletedProcess[str]":
    var, reference = office
    named = [] if who is None else ["--who", who]
    environment = {**os.environ, "PUENTE_VAR": str(var), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", *words.format(reference=reference).split(), *named]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def typed(office: tuple[Path, str], who: str | None, words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The same in this process, which is quicker: the exit code."""
    monkeypatch.setenv("PUENTE_VAR", str(office[0]))
    monkeypatch.setattr(commands, "set_up_logs", lambda level: None)  # the logs of this process are the tests'
    return commands.main([*words.format(reference=office[1]).split(), *([] if who is None else ["--who", who])])


@pytest.mark.parametrize(("who", "words"), REFUSED)
def test_what_a_role_must_not_do_is_refused_in_one_line_and_changes_nothing(
    who: str | None, words: str, office: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(office[0])
    code = typed(office, who, words, monkeypatch)
    is_one_line_and_nothing_else(office, code, *capsys.readouterr())
    assert everything(office[0]) == before


@pytest.mark.parametrize(("who", "words"), [*{who: (who, words) for who, words in REFUSED}.values()])
def test_it_is_refused_the_same_at_a_terminal(who: str | None, words: str, office: tuple[Path, str]) -> None:
    before = everything(office[0])
    done = run(office, who, words)
    is_one_line_and_nothing_else(office, done.returncode, done.stdout, done.stderr)
    assert everything(office[0]) == before


def is_one_line_and_nothing_else(office: tuple[Path, str], code: int, out: str, error: str) -> None:
    assert (code, out) == (2, "")
    assert error.startswith("puente: ") and len(error.splitlines()) == 1, error
    assert SECRET not in error and CHAT_ID not in error and office[1] not in error


@pytest.mark.parametrize(("who", "words"), ALLOWED)
def test_what_a_role_may_do_is_done(
    who: str, words: str, office: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or the refusals above would prove nothing."""
    assert typed(office, who, words, monkeypatch) == 0
    out, error = capsys.readouterr()
    assert error == "" and (SECRET in out) is words.startswith("tickets show")


def test_the_next_command_of_somebody_revoked_is_refused(office: tuple[Path, str]) -> None:
    assert run(office, "ines", "staff add nora --role agent").returncode == 0
    assert run(office, "nora", "tickets list").returncode == 0
    assert run(office, "ines", "staff revoke nora").returncode == 0
    refused = run(office, "nora", "tickets list")
    assert (refused.returncode, refused.stdout) == (2, "") and "nora" in refused.stderr
