"""The signed credential: other libraries than ours verify it, it is as Open Badges 3.0 says, and it says nothing of who earned it."""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey
from jsonschema import Draft202012Validator
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from bot.content.courses import ALL_QUIZZES, FINAL, Completion
from bot.content.published import Content
from bot.courses import certificates, credential, signing
from bot.records.database import Database
from bot.records.learning import Revocation
from tests.certified import CHAT, MUNICIPALITY, NAME, OFFICE, OFFICE_ID, ORIGIN, POST, certify, course, parts, strings_in
from tests.unit.test_certificates import SUPERVISOR

URI = {"type": "string", "pattern": "^(https://|urn:uuid:)[^ ]+$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
TEXT = {"type": "string", "minLength": 1}


def thing(required: dict[str, Any], kind: str | None = None, **optional: Any) -> dict[str, Any]:
    """An object of those members and no others. `kind`: what its types must hold."""
    types = {"type": {"type": "array", "items": TEXT, "contains": {"const": kind}}} if kind else {}
    return {
        "type": "object", "properties": {**types, **required, **optional}, "required": [*types, *required], "additionalProperties": False
    }  # fmt: skip


# Written here after the tables of the specification (§ B.1, C.1), of which no copy may be passed on.
SCHEMA = thing(
    {
        "@context": {"const": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]},
        "id": URI, "name": TEXT, "validFrom": MOMENT, "validUntil": MOMENT, "iss": URI, "jti": URI, "sub": URI,
        "nbf": {"type": "integer"}, "exp": {"type": "integer"},
        "type": {"const": ["VerifiableCredential", "OpenBadgeCredential"]},
        "issuer": thing({"id": URI, "name": TEXT}, "Profile", description=TEXT, url=URI),
        "credentialSubject": thing(
            {
                "id": URI,
                "identifier": {"type": "array", "minItems": 1, "items": thing({
                    "type": {"const": "IdentityObject"}, "hashed": {"const": True}, "identityType": {"const": "name"},
                    "identityHash": {"type": "string", "pattern": r"^sha256\$[0-9a-f]{64}$"}, "salt": {"type": "string", "minLength": 16},
                })},
                "achievement": thing(
                    {"id": URI, "name": TEXT, "description": TEXT, "criteria": thing({"narrative": TEXT})}, "Achievement",
                    achievementType={"const": "Course"}, version=TEXT, inLanguage=TEXT, tag={"type": "array", "items": TEXT},
                ),
            },
            "AchievementSubject",
        ),
    },
    credentialStatus=thing({"id": URI, "type": {"const": "1EdTechRevocationList"}}),
)  # fmt: skip
LIST = thing({
    "id": URI, "issuer": URI,
    "revokedCredentials": {"type": "array", "minItems": 1, "items": thing({"id": URI, "revoked": {"const": True}})},
})  # fmt: skip


@pytest.fixture(params=[ORIGIN, None], ids=["with an address", "without"])
def origin(request: pytest.FixtureRequest) -> str | None:
    return str(request.param) if request.param else None


@pytest.fixture
def signed(database: Database, published: Content, origin: str | None) -> str:
    """A real one, of an hour ago: other libraries look at the clock."""
    taught = published.courses["first_contact"]
    made, _ = database.call(certify, published, taught, datetime.now(UTC) - timedelta(hours=1), origin)
    assert made.signed
    return made.signed


def public_pem(database: Database) -> bytes:
    [key] = database.call(signing.public_keys)["keys"]
    return RSAKey.import_key(key).public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_the_library_of_open_badges_verifies_it(database: Database, signed: str) -> None:
    found = OB3Verifier(public_pem(database)).verify(signed)
    assert found.achievement.name == "Primer contacto" and found.issuer.name == "Puente"
    assert found.expiration_date and found.expiration_date > datetime.now(UTC)
    another = RSAKey.generate_key(2048).as_pem(private=False)
    with pytest.raises(OB3VerificationError, match="signature"):
        OB3Verifier(another).verify(signed)


def test_pyjwt_verifies_it(database: Database, signed: str) -> None:
    read = jwt.decode(signed, public_pem(database), algorithms=["RS256"], options={"require": ["iss", "sub", "jti", "nbf", "exp"]})
    assert read == parts(signed)[1]


def test_header_and_payload_are_as_the_specification_says(database: Database, signed: str, origin: str | None) -> None:
    header, payload = parts(signed)
    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(payload)]
    assert not errors
    assert payload["iss"] == payload["issuer"]["id"] and payload["jti"] == payload["id"]
    assert payload["sub"] == payload["credentialSubject"]["id"]
    for claim, member in (("nbf", "validFrom"), ("exp", "validUntil")):
        assert payload[claim] == datetime.fromisoformat(payload[member]).timestamp()
    [key] = database.call(signing.public_keys)["keys"]
    expected = {"alg": "RS256", "typ": "JWT", "jwk": key}
    assert header == expected | ({"kid": f"{ORIGIN}/insignias/claves/{key['kid']}"} if origin else {})
    assert RSAKey.import_key(key).thumbprint() == key["kid"] and len(base64.urlsafe_b64decode(key["n"] + "==")) == 256
    assert ("credentialStatus" in payload) is bool(origin)


def test_the_schema_of_these_tests_refuses_what_the_specification_does(signed: str) -> None:
    payload = parts(signed)[1]
    for wrong in ({"name": NAME}, {"credentialSubject": {}}, {"validFrom": "2026-11-22"}, {"@context": []}, {"email": "a@example.com"}):
        changed = payload | wrong if "name" not in wrong else payload | {"credentialSubject": payload["credentialSubject"] | wrong}
        assert list(Draft202012Validator(SCHEMA).iter_errors(changed)), wrong


def test_nothing_of_the_person_stands_in_it(signed: str) -> None:
    header, payload = parts(signed)
    said = strings_in([header, payload])
    words = {word for each in said for word in re.findall(r"\w+", each.casefold())}
    print(f"{len(said)} strings of {len(words)} words")
    own = {word.casefold() for word in (*NAME.split(), *OFFICE.split(), MUNICIPALITY, POST, OFFICE_ID)} - {"de", "los"}
    assert len(own) == 8 and not own & words
    assert not [each for each in said if NAME in each or OFFICE in each or CHAT in each]
    members = {"name", "familyName", "givenName", "email", "phone", "address", "role", "source", "dateOfBirth", "narrative", "evidence"}
    assert not members & set(payload["credentialSubject"])


def test_two_credentials_of_one_person_have_nothing_in_common_that_leads_to_them(
    database: Database, published: Content, tmp_path: Path
) -> None:  # fmt: skip
    taught = published.courses["first_contact"]
    subjects = [parts(database.call(certify, published, taught, chat=chat)[0].signed or "")[1]["credentialSubject"] for chat in "ab"]
    assert subjects[0]["id"] != subjects[1]["id"] and subjects[0]["achievement"] == subjects[1]["achievement"]
    assert subjects[0]["identifier"][0]["identityHash"] != subjects[1]["identifier"][0]["identityHash"]


def test_the_name_fits_the_hash_and_no_other_name_does(signed: str) -> None:
    payload = parts(signed)[1]
    assert credential.is_of(payload, "maría de los angeles nunez")
    salt = payload["credentialSubject"]["identifier"][0]["salt"]
    for other in ("María de los Ángeles", f"{NAME} Pérez", "", NAME + salt):
        assert not credential.is_of(payload, other)


@pytest.mark.parametrize(
    ("rule", "says", "says_not"),
    [
        (Completion(ALL_QUIZZES, 100, 0, 0, 0), "Terminó la lección", "examen"),
        (Completion(FINAL, 70, 12, 3, 7), "70 de cada 100 de sus 12 preguntas", "lección"),
    ],
)
def test_what_had_to_be_done_is_told_by_the_rule_of_completion(
    rule: Completion, says: str, says_not: str, content: Content, tmp_path: Path
) -> None:  # fmt: skip
    taught = course(tmp_path, completion=rule)
    told = credential.narrative(content, taught, {"trafficking": "2"})
    assert says in told and says_not not in told
    assert "(versión 2)" in told and "Versión del curso: 3" in told and "pendiente de validar" in told
    assert "pendiente" not in credential.narrative(content, course(tmp_path, is_validated=True), {})


def test_protocols_with_their_versions_and_what_is_not_validated_are_tags(signed: str) -> None:
    tags = parts(signed)[1]["credentialSubject"]["achievement"]["tag"]
    assert tags == ["protocolo trafficking, versión 1", "protocolo women, versión 1", "contenido pendiente de validar"]


def test_the_revocation_list_is_as_its_specification_says(database: Database, signed: str, origin: str | None) -> None:
    payload = parts(signed)[1]
    database.call(certificates.revoke, SUPERVISOR, payload["id"], Revocation.CHEATED, datetime.now(UTC))
    listed = database.call(certificates.revocations, origin)
    assert not list(Draft202012Validator(LIST).iter_errors(listed))
    assert listed["issuer"] == payload["iss"] and listed["revokedCredentials"][0]["id"] == payload["id"]
    if origin:
        assert listed["id"] == payload["credentialStatus"]["id"]
