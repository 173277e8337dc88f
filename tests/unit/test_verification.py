"""Verifying: what is ours and whole is genuine; whatever is changed, of another key, or signed in another way is not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey

from bot.content.published import Content
from bot.courses import certificates, signing
from bot.courses.verification import SENTENCES, Verdict, verify
from bot.records.database import Database, open_database
from bot.records.learning import Revocation
from tests.certified import NOW, ORIGIN, certify, course, part_of, parts, with_course
from tests.unit.test_certificates import SUPERVISOR

TODAY = date(2026, 11, 23)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NOTHING: dict[str, Any] = {"revokedCredentials": []}


class Issued:
    """One certificate, and what it is verified with."""

    def __init__(self, database: Database, content: Content, folder: Path) -> None:
        made, _ = database.call(certify, with_course(content, course(folder)), course(folder))
        self.number, self.token = made.number, made.signed or ""
        self.private = database.call(lambda session: signing.current(session, NOW).private)
        self.keys = database.call(signing.public_keys)
        database.call(certificates.revoke, SUPERVISOR, made.number, Revocation.ASKED, NOW)
        self.revoked = database.call(certificates.revocations, ORIGIN)

    def verdict(self, token: str | bytes, on: date = TODAY, keys: dict[str, Any] | None = None) -> Verdict:
        data = token if isinstance(token, bytes) else token.encode()
        return verify(data, self.keys if keys is None else keys, NOTHING, on).verdict

    def signed_anew(self, payload: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """By the real key."""
        return jws.serialize_compact(header or parts(self.token)[0], json.dumps(payload), RSAKey.import_key(self.private), ["RS256"])


@pytest.fixture(scope="module")
def issued(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    folder = tmp_path_factory.mktemp("issued")
    database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    yield Issued(database, content, folder)
    database.close()


def test_what_we_signed_is_genuine_on_its_days_and_on_no_other(issued: Issued) -> None:
    last = TODAY + timedelta(days=730)
    found = {day: issued.verdict(issued.token, day) for day in (TODAY - timedelta(days=1), TODAY, last, last + timedelta(days=1))}
    assert list(found.values()) == [Verdict.NOT_YET, Verdict.GENUINE, Verdict.GENUINE, Verdict.EXPIRED]
    assert issued.verdict(f"\ufeff{issued.token}\r\n") is Verdict.GENUINE


def test_what_is_in_the_list_is_revoked_before_anything_else(issued: Issued) -> None:
    for day in (TODAY, TODAY + timedelta(days=9000)):
        assert verify(issued.token.encode(), issued.keys, issued.revoked, day).verdict is Verdict.REVOKED
    taken_back = {"revokedCredentials": [{**issued.revoked["revokedCredentials"][0], "revoked": False}, {"id": "urn:uuid:other"}]}
    assert verify(issued.token.encode(), issued.keys, taken_back, TODAY).verdict is Verdict.GENUINE


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(LETTERS + "!+/= \t\n\0é"))
def test_a_changed_letter_anywhere_is_never_genuine(issued: Issued, at: int, letter: str) -> None:
    place = at % len(issued.token)
    changed = issued.token[:place] + letter + issued.token[place + 1 :]
    if changed != issued.token:
        assert issued.verdict(changed) in (Verdict.TAMPERED, Verdict.UNKNOWN_KEY, Verdict.UNREADABLE), place


def test_the_last_letter_of_each_part_has_no_second_way_to_be_written(issued: Issued) -> None:
    """The signature ends in two letters of which four bits mean nothing."""
    pieces = issued.token.split(".")
    for index, piece in enumerate(pieces):
        for letter in (*LETTERS, piece[-1] + "=", piece[-1] + "!", piece[-1] + "A"):
            changed = ".".join([*pieces[:index], piece[:-1] + letter, *pieces[index + 1 :]])
            assert changed == issued.token or issued.verdict(changed) is not Verdict.GENUINE


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_changed_value_is_never_genuine(issued: Issued, data: st.DataObject) -> None:
    header, payload = parts(issued.token)
    which = data.draw(st.sampled_from(["header", "payload"]))
    changed = header if which == "header" else payload
    name = data.draw(st.sampled_from(sorted(changed)))
    value = data.draw(st.one_of(st.none(), st.integers(), st.text(max_size=8), st.just({}), st.just([])))
    token = ".".join([part_of({**header, **({name: value} if which == "header" else {})}),
                      part_of({**payload, **({name: value} if which == "payload" else {})}), issued.token.split(".")[2]])  # fmt: skip
    assert issued.verdict(token) in (Verdict.TAMPERED, Verdict.UNKNOWN_KEY)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(issued: Issued, data: bytes) -> None:
    for each in (data, b"%PDF-1.7\n" + data, issued.token[:40].encode() + data, data + b"." + data + b"." + data):
        assert issued.verdict(each) is not Verdict.GENUINE


def test_the_key_in_the_header_is_not_trusted(issued: Issued) -> None:
    forger = RSAKey.generate_key(2048)
    payload = parts(issued.token)[1]
    own = {**forger.as_dict(private=False), "kid": issued.keys["keys"][0]["kid"]}
    for header in (
        {"alg": "RS256", "typ": "JWT", "jwk": own},  # names our key, carries another
        {"alg": "RS256", "typ": "JWT", "jwk": own, "kid": f"https://forger.example/{own['kid']}"},
        {"alg": "RS256", "typ": "JWT", "kid": own["kid"]},
    ):
        assert issued.verdict(jws.serialize_compact(header, json.dumps(payload), forger, ["RS256"])) is Verdict.TAMPERED
    another = {"alg": "RS256", "typ": "JWT", "jwk": {**own, "kid": forger.thumbprint()}}
    assert issued.verdict(jws.serialize_compact(another, json.dumps(payload), forger, ["RS256"])) is Verdict.UNKNOWN_KEY
    assert issued.verdict(issued.token, keys={"keys": []}) is Verdict.UNKNOWN_KEY


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS384", "RS512", "PS256", None])
def test_no_other_algorithm_is_taken(algorithm: str | None, issued: Issued) -> None:
    header, payload = parts(issued.token)
    begun = f"{part_of({**header, 'alg': algorithm})}.{part_of(payload)}"
    if algorithm == "HS256":  # the public key, which everybody has, as if it were a secret
        pem = RSAKey.import_key(issued.keys["keys"][0]).as_pem(private=False)
        ends = [_base64(hmac.new(pem, begun.encode(), hashlib.sha256).digest())]
    elif algorithm in ("RS384", "RS512", "PS256"):
        ends = [jwt.encode(payload, issued.private, algorithm=algorithm, headers=header).split(".")[2]]
        begun = jwt.encode(payload, issued.private, algorithm=algorithm, headers={**header, "alg": algorithm}).rpartition(".")[0]
    else:
        ends = ["", issued.token.split(".")[2]]
    assert {issued.verdict(f"{begun}.{end}") for end in ends} == {Verdict.TAMPERED}


@pytest.mark.parametrize("claim", ["iss", "sub", "jti", "nbf", "exp", "validFrom", "validUntil", "id", "issuer", "credentialSubject"])
def test_claims_that_say_another_thing_than_the_credential_are_refused(claim: str, issued: Issued) -> None:
    """Even if our own key signed them."""
    payload = parts(issued.token)[1]
    assert issued.verdict(issued.signed_anew(payload)) is Verdict.GENUINE
    assert issued.verdict(issued.signed_anew({**payload, claim: 5})) is Verdict.TAMPERED
    assert issued.verdict(issued.signed_anew({name: value for name, value in payload.items() if name != claim})) is Verdict.TAMPERED


def test_a_header_that_is_not_as_ours_are_is_refused_even_if_our_key_signed_it(issued: Issued) -> None:
    header, payload = parts(issued.token)
    for more in (
        {},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "PS256"},
        {"b64": True},
        {"crit": ["b64"], "b64": True},
        {"x5u": "https://forger.example"},
        {"typ": "JOSE"},
    ):
        begun = f"{part_of({**header, **more})}.{part_of(payload)}"
        signature = RSAKey.import_key(issued.private).private_key.sign(begun.encode(), PKCS1v15(), SHA256())
        assert issued.verdict(f"{begun}.{_base64(signature)}") is (Verdict.TAMPERED if more else Verdict.GENUINE)


def test_every_verdict_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Verdict) and len(set(SENTENCES.values())) == len(Verdict)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
