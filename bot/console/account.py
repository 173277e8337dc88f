"""«Mi cuenta»: what members see and change of their own account. What an open browser must not suffice for asks the password again."""

from starlette.responses import Response

from bot.accounts import profile, second_factor, sessions, telegram_link
from bot.accounts.sessions import Signed
from bot.console.door import Page
from bot.console.proving import Proving
from bot.console.signing import signed
from bot.console.typed import whole_number
from bot.console.visit import Visit
from bot.doors import SIGNED_IN
from bot.errors import RefusedError

ACCOUNT = "/consola/cuenta"
TELEPHONE = f"{ACCOUNT}/telefono"


def pages(proving: Proving) -> tuple[Page, ...]:
    own = _Own(proving)
    posts = {
        "contrasena": own.change_password, "telefono": own.offer_telephone, "telefono/confirmar": confirm_telephone,
        "codigos": own.new_codes, "avisos": set_contact, "ausencia": set_away, "sesiones": end_sessions, "telegram": offer_telegram,
        "telegram/quitar": undo_telegram,
    }  # fmt: skip
    return (
        Page(ACCOUNT, SIGNED_IN, show_account), Page(TELEPHONE, SIGNED_IN, show_telephone),
        *(Page(f"{ACCOUNT}/{path}", SIGNED_IN, answer, "POST") for path, answer in posts.items()),
    )  # fmt: skip


async def show_account(visit: Visit) -> Response:
    me = _me(visit)
    member = await visit.run(profile.read, me)
    open_sessions = await visit.run(sessions.of, me.staff_id, visit.now)
    return visit.page("account.html", member=member, open_sessions=open_sessions, languages=visit.content.console_languages)


class _Own:
    """What asks the password first."""

    def __init__(self, proving: Proving) -> None:
        self._proving = proving

    async def change_password(self, visit: Visit) -> Response:
        fields = visit.fields
        await self._proving.own(visit, fields.get("old", ""))
        password = await self._proving.hashed(fields.get("password", ""), fields.get("again", ""), visit.actor.name)
        token = await visit.run_once(profile.change_password, _me(visit), password, visit.now)
        response = visit.to(ACCOUNT, "password_changed")
        return signed(visit, token, response) if token else response

    async def offer_telephone(self, visit: Visit) -> Response:
        await self._proving.own(visit, visit.fields.get("old", ""))
        await visit.run_once(second_factor.offer, _me(visit).staff_id, visit.now)
        return visit.to(TELEPHONE)

    async def new_codes(self, visit: Visit) -> Response:
        await self._proving.own(visit, visit.fields.get("old", ""))
        codes = await visit.run_once(profile.new_codes, _me(visit), visit.now)
        return visit.page("recovery_codes.html", codes=codes, goes_on=ACCOUNT) if codes else visit.to(ACCOUNT)


async def show_telephone(visit: Visit, status: int = 200, why: str = "") -> Response:
    """Only what was offered to who gave the password: opening the page offers nothing."""
    member = await visit.run(profile.read, _me(visit))
    secret = second_factor.offered(member, visit.now)
    if secret is None:
        return visit.to(ACCOUNT)
    return visit.page("second_factor.html", status, secret=secret, target=f"{TELEPHONE}/confirmar", why=why, is_new=False)


async def confirm_telephone(visit: Visit) -> Response:
    try:
        done = await visit.run_once(profile.change_telephone, _me(visit), visit.fields.get("code", ""), visit.now)
    except RefusedError as error:
        return await show_telephone(visit, 422, str(error))
    if done is None:
        return visit.to(ACCOUNT)
    token, codes = done
    return signed(visit, token, visit.page("recovery_codes.html", codes=codes, goes_on=ACCOUNT))


async def set_contact(visit: Visit) -> Response:
    email, language = visit.fields.get("email", "").strip(), visit.fields.get("language", "es")
    await visit.run_once(profile.set_contact, _me(visit), email, language, visit.content.console_languages, visit.now)
    return visit.to(ACCOUNT, "saved")


async def set_away(visit: Visit) -> Response:
    is_away = visit.fields.get("away") == "1"
    await visit.run_once(profile.set_away, _me(visit), is_away, visit.now)
    return visit.to(ACCOUNT, "away" if is_away else "back")


async def end_sessions(visit: Visit) -> Response:
    """One by its number; all others without."""
    number = visit.fields.get("session", "")
    one = (whole_number(number) or 0) if number else None
    await visit.run_once(profile.end_session, _me(visit), one, visit.now)
    return visit.to(ACCOUNT, "sessions_ended")


async def offer_telegram(visit: Visit) -> Response:
    code = await visit.run_once(lambda session: telegram_link.offer(session, profile.read(session, _me(visit)), visit.now))
    return visit.page("telegram_code.html", code=code) if code else visit.to(ACCOUNT)


async def undo_telegram(visit: Visit) -> Response:
    await visit.run_once(lambda session: telegram_link.undo(session, profile.read(session, _me(visit)), visit.now))
    return visit.to(ACCOUNT, "saved")


def _me(visit: Visit) -> Signed:
    assert visit.signed is not None
    return visit.signed
