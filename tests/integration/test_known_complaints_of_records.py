"""What people complained about in systems of cases, each with its link: here it does not happen.

Every command of the table of doors is tried, those of tomorrow too: who may not is told so in one line, reads nothing and changes nothing;
who may does not see who the person is without saying why.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import __main__ as commands
from bot.doors import DOORS
from bot.permissions import MAY, Action
from bot.records.conversations import Conversation
from bot.records.database import open_database
from bot.records.referrals import Consent, Referral, ReferralEvent, ReferralState
from bot.settings import Settings
from tests.colleagues import ACCOUNTS, CHAT_ID, NOW, everything, office_in, waits

NAME, TELEPHONE, STORY = "Tomasa Xochitl", "2229998877", "me corrieron de la obra"
FOLIO = "PTE-26-ABCDEF"
NEEDING = {words: action for words, action in DOORS.items() if isinstance(action, Action) and not words.startswith("/")}
GIVEN = {
    "tickets list": "", "tickets show": "1", "tickets claim": "1", "tickets reply": "1 hola", "tickets file": "1 1", "tickets close": "1",
    "staff list": "", "staff add": "nueva --role agent", "staff revoke": "rosa", "staff invite": "rosa",
    "staff reset": "rosa", "audit verify": "", "audit show": "{reference}",
    "restore": "{folder}/puente.age --identity {folder}/identity", "referrals list": "", "referrals set": "{folio} received",
    "referrals revoke": "{folio} --why mistake", "person export": "{folio} {folder}/copy.json", "person erase": "{folio} --yes",
    "holds place": "{folio} --why juzgado", "cases advance": "{folio} application", "cases document": "{folio} other_paper accept",
    "cases file": "{folio} other_paper --why revisar-el-acta", "review save": "1", "badge revoke": "abc --why mistake",
    "badge leaked": "abc",
    "learning assessment": "--municipality 21114",
}  # fmt: skip
DENIED = [(who, words) for who, (role, _) in ACCOUNTS.items() for words, action in NEEDING.items() if role not in MAY[action]]
READING = [
    (who, words)
    for who, (role, _) in ACCOUNTS.items()
    for words, action in NEEDING.items()
    if role in MAY[action] and words.rpartition(" ")[2] in ("list", "show") and action is not Action.AUDIT_READ
]

type Typed = Callable[[str, str], tuple[int, str, str]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with everybody, and Tomasa, who waits for a person and whose case was sent to the IPAM."""
    var = tmp_path_factory.mktemp("office")
    return var, office_in(var, tomasa)


def tomasa(session: Session) -> Conversation:
    person = waits(session, "tomasa", "busco trabajo")
    details = {"need": "work", "story": STORY, "telephone": TELEPHONE, "name": NAME, "municipality": "21019"}
    referral = Referral(
        folio=FOLIO, idempotency_key="1", conversation_id=person.id, organization_id="ipam", state=ReferralState.SENT, need="work",
        municipality="21019", details=details, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    session.add(
        Consent(
            referral_id=referral.id, conversation_id=person.id, version="1", text="Autorizo", language="es", recipient="ipam",
            purpose="referral_intake", fields=["need", "story"], given_at=NOW, expires_at=NOW + timedelta(days=180),
        )
    )  # fmt: skip
    for before, after in ((None, ReferralState.DRAFT), (ReferralState.DRAFT, ReferralState.SENT)):
        session.add(ReferralEvent(referral_id=referral.id, before=before, after=after, who="person", at=NOW))
    return person


@pytest.fixture
def typed(office: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Typed:
    """Types a command as somebody: exit code, output and complaint."""
    monkeypatch.setenv("PUENTE_VAR", str(office[0]))
    monkeypatch.setattr(commands, "set_up_logs", lambda *given: None)

    def run(who: str, words: str) -> tuple[int, str, str]:
        for given in (GIVEN.get(words, "{folio}"), "", "{folder}"):
            filled = given.format(folio=FOLIO, reference=office[1], folder=tmp_path)
            try:
                code = commands.main([*words.split(), *filled.split(), "--who", who])
            except SystemExit:  # argparse: this command is called in another way
                capsys.readouterr()
                continue
            return code, *capsys.readouterr()
        raise AssertionError(f"nobody knows how to call «{words}»: add it to GIVEN")

    return run


def files(var: Path) -> set[str]:
    return {str(path) for path in var.rglob("*") if not path.name.startswith("puente.db")}


@pytest.mark.parametrize(("who", "words"), DENIED, ids=lambda each: str(each).replace(" ", "_"))
def test_who_may_not_neither_sees_nor_alters_a_case(who: str, words: str, office: tuple[Path, str], typed: Typed) -> None:
    """primero 33f8574 and 462adab: cases were assigned and altered by who had no access to them."""
    before, there = everything(office[0]), files(office[0])
    code, out, error = typed(who, words)
    assert (code, out) == (2, ""), out
    assert error.startswith(f"puente: {who} no tiene permiso para «") and len(error.splitlines()) == 1, error
    assert everything(office[0]) == before and files(office[0]) == there


@pytest.mark.parametrize(("who", "words"), READING, ids=lambda each: str(each).replace(" ", "_"))
def test_nobody_sees_contact_data_without_saying_why(who: str, words: str, office: tuple[Path, str], typed: Typed) -> None:
    """https://github.com/chatwoot/chatwoot/issues/12855: a restricted role still saw names and telephones."""
    before = everything(office[0], but="audit")
    _, out, error = typed(who, words)
    shown = out + error
    assert not any(secret in shown for secret in (NAME, TELEPHONE, CHAT_ID)), shown
    if who == "paula":
        assert FOLIO not in out and STORY not in shown and "tomasa" not in shown, "the case is another institution's"
    assert [line for line in everything(office[0], but="audit") if "ticket_event" not in line] == [
        line for line in before if "ticket_event" not in line
    ]


def test_every_command_is_tried() -> None:
    """Or this file would prove less and less."""
    assert {words for _, words in DENIED} == set(NEEDING)
    assert {who for who, _ in DENIED} == set(ACCOUNTS)
    assert ("pablo", "tickets show") in DENIED and ("rosa", "tickets show") in READING


def test_the_data_folder_is_for_its_owner_alone(office: tuple[Path, str]) -> None:
    assert os.stat(office[0] / "puente.keys").st_mode & 0o077 == 0


def test_what_is_asked_of_tomasa_is_there(office: tuple[Path, str]) -> None:
    """Or nothing could have been seen."""
    database = open_database(f"sqlite:///{office[0]}/puente.db", Settings(puente_var=office[0], _env_file=None).keys_file)
    [referral] = database.call(lambda session: list(session.scalars(select(Referral))))
    database.close()
    assert referral.details["name"] == NAME and referral.details["telephone"] == TELEPHONE
