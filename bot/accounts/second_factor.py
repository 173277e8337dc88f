"""The second factor: six figures of an application on the member's telephone (TOTP, RFC 6238), or a code kept on paper for when it is lost.

Both serve once: of the figures the step of thirty seconds is remembered, of the paper's codes those that are left.
"""

import hmac
import io
import re
import secrets
from datetime import datetime, timedelta

import pyotp
import segno
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.records.columns import KeyRing
from bot.records.staff import Staff

OFFERED_FOR = timedelta(minutes=30)
STEP = 30  # seconds
CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without those that are mistaken for each other
_LONG = 10  # letters of a code: 49 bits


def offer(session: Session, staff_id: int, now: datetime) -> str:
    """The secret that the telephone is to be shown: the same while the page is open, another one half an hour later."""
    member = session.get_one(Staff, staff_id, with_for_update=True)
    kept = offered(member, now)
    if kept:
        return kept
    member.totp_offered, member.totp_offered_at = pyotp.random_base32(), now
    return member.totp_offered


def offered(member: Staff, now: datetime) -> str | None:
    is_fresh = member.totp_offered_at is not None and now < member.totp_offered_at + OFFERED_FOR
    return member.totp_offered if is_fresh else None


def confirm(member: Staff, code: str, now: datetime) -> list[str]:
    """The telephone shows the right figures: from now on it is the second factor. Returns new codes for the paper. Raises RefusedError."""
    secret = offered(member, now)
    if secret is None:
        raise RefusedError("El dibujo venció; abra la página otra vez y escanee el nuevo")
    step = _step_of(secret, code, now, 0)
    if step is None:
        raise RefusedError("El código no coincide; espere al siguiente y revise que la hora del teléfono sea automática")
    member.totp, member.totp_step, member.totp_offered, member.totp_offered_at = secret, step, None, None
    return new_codes(member)


def take(member: Staff, typed: str, now: datetime) -> str | None:
    """What was given, «code» or «recovery code», used up with this; None: neither."""
    text = re.sub(r"[\s-]", "", typed).lower()
    if not member.totp:
        return None
    if step := _step_of(member.totp, text, now, member.totp_step):
        member.totp_step = step
        return "code"
    left = list(member.recovery or [])
    found = next((each for each in left if hmac.compare_digest(each, _hash(member, text))), None)
    if found is None:
        return None
    member.recovery = [each for each in left if each != found]
    return "recovery code"


def new_codes(member: Staff) -> list[str]:
    """Instead of all earlier ones; shown once, since only what they are compared with is kept."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LONG)) for _ in range(CODES)]
    member.recovery = [_hash(member, code) for code in codes]
    return [f"{code[: _LONG // 2]}-{code[_LONG // 2 :]}" for code in codes]


def picture(secret: str, name: str, house: str) -> bytes:
    """The secret as a telephone reads it."""
    made = io.BytesIO()
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=house)
    segno.make(uri, error="m").save(made, kind="svg", scale=5, border=4, light="#fff")
    return made.getvalue()


def _step_of(secret: str, code: str, now: datetime, used: int) -> int | None:
    """The step whose figures these are, if it is later than those used: now, or one before or after, for clocks that differ."""
    if not re.fullmatch(r"[0-9]{6}", code := re.sub(r"\s", "", code)):
        return None
    shown, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    steps = [each for each in (current - 1, current, current + 1) if each > used]
    return next((each for each in steps if hmac.compare_digest(shown.generate_otp(each), code)), None)


def _hash(member: Staff, code: str) -> str:
    return KeyRing.current().hash("recovery code", str(member.id), code)
