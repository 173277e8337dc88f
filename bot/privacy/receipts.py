"""The receipt of an erasure: one line with a signature, which anybody who has the keys can check long after everything else is gone.

Ed25519 (RFC 8032) from the library `cryptography`. The seed is a line `sign …` of the key file, added when it is first needed.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.errors import KeysError
from bot.privacy.folios import ERASURE
from bot.records.columns import KeyRing
from bot.records.keys import value_of

_AT = "%Y-%m-%dT%H:%M:%SZ"
_RECEIPT = re.compile(rf"({ERASURE.pattern})\s+(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\s+((?:[a-z]+=\d+,?)+)\s+signature=([A-Za-z0-9_-]{{86}})")


@dataclass(frozen=True)
class Receipt:
    folio: str
    erased_at: datetime
    counts: Mapping[str, int]
    signature: str

    @property
    def line(self) -> str:
        """What the person is given, and what `read` reads. The signature has its name before it: it may begin with a hyphen, and pasted
        into a command without quotes that would be an option."""
        return f"{_signed(self.folio, self.erased_at, self.counts)} signature={self.signature}"


def make(folio: str, erased_at: datetime, counts: Mapping[str, int]) -> Receipt:
    signature = _signer().sign(_signed(folio, erased_at, counts).encode())
    return Receipt(folio, erased_at, counts, base64.urlsafe_b64encode(signature).decode().rstrip("="))


def read(text: str) -> Receipt | None:
    """The receipt in what somebody pasted; genuine or not."""
    found = _RECEIPT.search(text)
    if found is None:
        return None
    folio, at, counted, signature = found.groups()
    counts = {name: int(number) for name, _, number in (each.partition("=") for each in counted.split(",") if each)}
    return Receipt(folio, datetime.strptime(at, _AT).replace(tzinfo=UTC), counts, signature)


def is_genuine(receipt: Receipt) -> bool:
    try:
        signature = base64.urlsafe_b64decode(receipt.signature + "==")
        _signer().public_key().verify(signature, _signed(receipt.folio, receipt.erased_at, receipt.counts).encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(folio: str, erased_at: datetime, counts: Mapping[str, int]) -> str:
    return f"{folio} {erased_at.astimezone(UTC):{_AT}} {','.join(f'{name}={counts[name]}' for name in sorted(counts))}"


def _signer() -> Ed25519PrivateKey:
    keys = KeyRing.current()
    if keys.sign_seed is None:
        if keys.path is None:
            raise KeysError("No hay archivo de claves donde guardar la de los recibos; indique PUENTE_KEYS")
        new = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        keys.sign_seed = base64.urlsafe_b64decode(value_of(keys.path, "sign", new))
    return Ed25519PrivateKey.from_private_bytes(keys.sign_seed)
