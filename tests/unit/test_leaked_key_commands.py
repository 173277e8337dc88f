"""`./puente badge leaked`, and what the commands say afterwards: of our own files, and of what somebody signs with the key that got out."""

import json
from pathlib import Path

from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import select, text

from bot.badge_page.checker import Trusted, single_file
from bot.courses import signing
from bot.courses.verification import SENTENCES, Verdict, verify
from bot.records.database import Database
from bot.records.learning import Certificate
from tests.badge_commands import Told
from tests.certified import NAME, NOW, ORIGIN, forgeries, parts
from tests.unit.test_badge_commands import DAY
from tests.unit.test_verification import TODAY

LEAKED = SENTENCES[Verdict.LEAKED_KEY]


def private_of(database: Database) -> str:
    """As whoever stole it has it."""
    return database.call(lambda session: signing.current(session, NOW).private or "")


def now_signed(database: Database) -> str:
    return database.call(lambda session: session.scalars(select(Certificate.signed).order_by(Certificate.id)).first()) or ""


def test_only_an_administrator_says_it_and_a_second_time_changes_nothing(told: Told) -> None:
    name = told.database.call(signing.current, NOW).name
    for words in ((name, "--who", "rosa"), (name,), ("--who", "ada"), ("nothing", "--who", "ada")):
        assert told.badge("leaked", *words)[0] == 2
    assert told.badge("verify", str(told.file), "--on", DAY)[0] == 0
    code, said = told.badge("leaked", name[:12], "--who", "ada")
    new = told.database.call(signing.current, NOW).name
    assert code == 0 and name in said and new in said and "firmadas de nuevo: 1." in said and "verificar.html" in said
    code, said = told.badge("leaked", name, "--who", "ada")
    assert code == 2 and "ya estaba marcada" in said
    assert told.database.call(signing.current, NOW).name == new


def test_the_private_half_stands_in_no_file_of_the_database_any_more(told: Told) -> None:
    name, stored = told.database.call(lambda session: session.execute(text("SELECT name, private FROM signing_key")).one())
    files = [path for path in told.folder.iterdir() if path.name.startswith("puente.db")]
    assert any(stored in path.read_bytes() for path in files)
    assert told.badge("leaked", name, "--who", "ada")[0] == 0
    assert not any(stored in path.read_bytes() for path in told.folder.iterdir() if path.name.startswith("puente.db"))


def test_a_file_of_the_leaked_key_is_told_with_the_records_and_with_new_lists(told: Told) -> None:
    old_lists, private = told.public_files(), private_of(told.database)
    old = [Path(path).read_text() for path in old_lists[1::2]]
    told.badge("leaked", told.database.call(signing.current, NOW).name, "--who", "ada")
    new_lists = told.public_files()
    files = {"ours of before": told.token, **forgeries(told.token, private)}
    for name, token in files.items():
        told.file.write_text(token)
        for more in ([], new_lists):
            code, said = told.badge("verify", str(told.file), "--on", DAY, "--name", NAME, *more)
            assert (code, said) == (1, f"{LEAKED}\n"), name
    told.file.write_text(now_signed(told.database))
    for more in ([], new_lists):
        assert told.badge("verify", str(told.file), "--on", DAY, "--name", NAME, *more)[0] == 0
    for path, content in zip(old_lists[1::2], old, strict=True):
        Path(path).write_text(content)
    assert SENTENCES[Verdict.UNKNOWN_KEY] in told.badge("verify", str(told.file), "--on", DAY, *old_lists)[1], "an old copy cannot know"


def test_a_list_in_which_the_key_still_stands_beside_its_name_is_not_believed(told: Told) -> None:
    before = told.database.call(signing.public_keys)
    private = private_of(told.database)
    told.badge("leaked", before["keys"][0]["kid"], "--who", "ada")
    merged = {"keys": before["keys"], "leaked": told.database.call(signing.public_keys)["leaked"]}
    for token in forgeries(told.token, private).values():
        assert verify(token.encode(), before, {}, TODAY).verdict is not Verdict.LEAKED_KEY
        assert verify(token.encode(), merged, {}, TODAY).verdict is Verdict.LEAKED_KEY


def test_who_has_the_leaked_key_cannot_sign_under_the_name_of_another(told: Told) -> None:
    private = private_of(told.database)
    told.badge("leaked", told.database.call(signing.current, NOW).name, "--who", "ada")
    keys = told.database.call(signing.public_keys)
    header, payload = parts(told.token)
    new = keys["keys"][0]
    for named in ({"kid": f"{ORIGIN}/insignias/claves/{new['kid']}"}, {"kid": "x"}, {"jwk": new, "kid": new["kid"]}):
        token = jws.serialize_compact({**header, **named}, json.dumps(payload), RSAKey.import_key(private), ["RS256"])
        assert verify(token.encode(), keys, {}, TODAY).verdict in (Verdict.TAMPERED, Verdict.UNKNOWN_KEY)


def test_the_printed_page_and_keys_hold_the_name_and_no_more_of_the_leaked_key(told: Told) -> None:
    leaked = told.database.call(signing.public_keys)["keys"][0]
    told.badge("leaked", leaked["kid"], "--who", "ada")
    keys = json.loads(told.badge("keys")[1])
    assert keys["leaked"] == [leaked["kid"]] and leaked["n"] not in json.dumps(keys) and len(keys["keys"]) == 1
    page = told.badge("page")[1]
    assert leaked["kid"] in page and leaked["n"] not in page and LEAKED in page
    assert page.count(keys["keys"][0]["n"]) == 1 and "leaked_key" in single_file(Trusted(keys, {}, NOW))
