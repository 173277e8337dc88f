"""Is a credential one of ours, whole, and good on a day? Pure: what it trusts is given to it, and nothing in the file can change that.

The key is chosen among the given ones by the name in the header; the key in the header itself is never used. The algorithm is ours,
whatever the header says. That each part is written in the one way of base64url, so that no changed letter means the same bytes, the library
sees to, and the tests see to the library.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from bot.content.languages import MEXICO, day_in_words
from bot.courses.signing import ALGORITHM, LEAKED

LARGEST = 10_000_000  # bytes of a file
LONGEST = 100_000  # letters of a credential
HEADERS = {"alg", "typ", "jwk", "kid"}
TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*")
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


class _Registry(JWSRegistry):
    max_header_length = 4096  # ours holds the public key; the library expects short ones


_REGISTRY = _Registry(algorithms=[ALGORITHM])


class Verdict(StrEnum):
    GENUINE = "genuine"
    TAMPERED = "tampered"
    UNKNOWN_KEY = "unknown_key"
    LEAKED_KEY = "leaked_key"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_YET = "not_yet"
    UNREADABLE = "unreadable"


SENTENCES: Mapping[Verdict, str] = {
    Verdict.GENUINE: "Es auténtica y está vigente. Compare el nombre con el de la persona.",
    Verdict.TAMPERED: "No es válida: alguien cambió el archivo, o está dañado.",
    Verdict.UNKNOWN_KEY: "No se puede comprobar: no la firmó quien usted tiene en su lista de claves. Baje la lista o la página de nuevo.",
    Verdict.LEAKED_KEY: "Este archivo no prueba nada: se filtró la clave que lo firmó y cualquiera pudo usarla. "
    "Pida a la persona su archivo nuevo.",
    Verdict.EXPIRED: "Es auténtica, pero ya venció.",
    Verdict.REVOKED: "Fue revocada: ya no vale.",
    Verdict.NOT_YET: "Es auténtica, pero todavía no empieza a valer.",
    Verdict.UNREADABLE: "El archivo no trae una constancia. Use el PDF o el archivo .jwt tal como lo bajó.",
}


@dataclass(frozen=True)
class Verified:
    """`payload`: only of what one of the given keys signed."""

    verdict: Verdict
    payload: Mapping[str, Any] | None = None

    @property
    def sentence(self) -> str:
        return SENTENCES[self.verdict]

    @property
    def lines(self) -> Iterator[tuple[str, str]]:
        """What it says, for people."""
        if self.payload is None:
            return
        achievement = self.payload["credentialSubject"]["achievement"]
        yield "Curso", achievement["name"]
        yield "Expide", self.payload["issuer"]["name"]
        yield "Desde", day_in_words(_day(self.payload["nbf"]))
        yield "Hasta", day_in_words(_day(self.payload["exp"]))
        yield "Número", str(self.payload["id"]).rpartition(":")[2]


class _NotOursError(Exception):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


def verify(data: bytes, keys: Mapping[str, Any], revoked: Mapping[str, Any], on: date) -> Verified:
    """`data`: a .jwt or a PDF of ours; `keys`: a JWK set with the names of leaked ones; `revoked`: a 1EdTechRevocationList; `on`: a day in
    Mexico."""
    try:
        payload = _signed_by(token_in(data), keys)
    except _NotOursError as found:
        return Verified(found.verdict)
    if not _agrees_with_itself(payload):
        return Verified(Verdict.TAMPERED)
    if payload["id"] in set(_revoked_ids(revoked)):
        return Verified(Verdict.REVOKED, payload)
    if on < _day(payload["nbf"]):
        return Verified(Verdict.NOT_YET, payload)
    return Verified(Verdict.EXPIRED if on > _day(payload["exp"]) else Verdict.GENUINE, payload)


def token_in(data: bytes) -> str:
    """The one compact JWS in a file."""
    if len(data) > LARGEST:
        raise _NotOursError(Verdict.UNREADABLE)
    if data.lstrip()[:5] != b"%PDF-":
        token = data.removeprefix(b"\xef\xbb\xbf").strip()
        if token.count(b".") != 2 or len(token) > LONGEST or not token.isascii() or b"\n" in token or b" " in token:
            raise _NotOursError(Verdict.UNREADABLE)
        return token.decode()
    found: set[bytes] = {each for part in _parts_of_pdf(data) for each in TOKEN.findall(part)}
    if len(found) != 1:  # of two, nobody could say which one the page shows
        raise _NotOursError(Verdict.UNREADABLE)
    return found.pop().decode()


def payload_in(token: str) -> dict[str, Any]:
    """Of a credential that is known to be ours."""
    return dict(json.loads(_decoded(token.split(".")[1])))


def header_in(token: str) -> dict[str, Any]:
    """Of a credential that is known to be ours."""
    return dict(json.loads(_decoded(token.split(".")[0])))


def key_named(header: Mapping[str, Any]) -> str:
    """Only its name: the last part of `kid`'s address, or the name in `jwk`."""
    kid, key = header.get("kid"), header.get("jwk")
    if isinstance(kid, str):
        return kid.rpartition("/")[2]
    return str(key.get("kid", "")) if isinstance(key, dict) else ""


def _parts_of_pdf(data: bytes) -> Iterable[bytes]:
    """Every stream as it stands and unpacked: another program may have saved the file anew."""
    for match in STREAM.finditer(data):
        yield match[1]
        try:
            yield zlib.decompressobj().decompress(match[1], LARGEST)
        except zlib.error:
            continue


def _signed_by(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in it, if one of those keys signed it."""
    parts = token.split(".")
    try:
        header, payload = (json.loads(_decoded(part)) for part in parts[:2])
    except ValueError:
        raise _NotOursError(Verdict.TAMPERED) from None
    if not isinstance(header, dict) or not isinstance(payload, dict) or set(header) - HEADERS:
        raise _NotOursError(Verdict.TAMPERED)
    if header.get("alg") != ALGORITHM or header.get("typ", "JWT") != "JWT":
        raise _NotOursError(Verdict.TAMPERED)
    name = key_named(header)
    if name in set(keys.get(LEAKED, ())):  # also where an old list is given in which it still stands
        raise _NotOursError(Verdict.LEAKED_KEY)
    key = next((each for each in keys.get("keys", ()) if each.get("kid") == name), None)
    if key is None:
        raise _NotOursError(Verdict.UNKNOWN_KEY)
    try:
        jws.deserialize_compact(token, RSAKey.import_key({"kty": "RSA", "n": key["n"], "e": key["e"]}), registry=_REGISTRY)
    except (JoseError, ValueError, KeyError):
        raise _NotOursError(Verdict.TAMPERED) from None
    return payload


def _agrees_with_itself(payload: Mapping[str, Any]) -> bool:
    """The claims say what the credential says (§8.2.4)."""
    try:
        return bool(
            payload["iss"] == payload["issuer"]["id"]
            and payload["jti"] == payload["id"]
            and payload["sub"] == payload["credentialSubject"]["id"]
            and payload["nbf"] == _seconds(payload["validFrom"])
            and payload["exp"] == _seconds(payload["validUntil"])
            and payload["credentialSubject"]["achievement"]["name"]
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _revoked_ids(revoked: Mapping[str, Any]) -> Iterator[str]:
    for each in revoked.get("revokedCredentials", ()):
        if each.get("revoked", True):
            yield each["id"]


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(MEXICO).date()
