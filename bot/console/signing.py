"""The pages on which the staff sign in: name and password, the second factor, the code of conduct; and signing out."""

from starlette.responses import RedirectResponse, Response

from bot.accounts import browsers, conduct, signing
from bot.console import cookie
from bot.console.door import Page
from bot.console.pages import own_path
from bot.console.proving import Proving, minutes, typed_name
from bot.console.visit import Visit
from bot.doors import BEGUN, OPEN

ENTER, CODE, CONDUCT, LEAVE = "/consola/entrar", "/consola/codigo", "/consola/conducta", "/consola/salir"
ENROL = "/consola/alta"
_LOCKED = 429


def pages(proving: Proving) -> tuple[Page, ...]:
    async def enter(visit: Visit) -> Response:
        return await _enter(visit, proving)

    return (
        Page(ENTER, OPEN, show_entrance), Page(ENTER, OPEN, enter, "POST"),
        Page(CODE, BEGUN, show_code), Page(CODE, BEGUN, take_code, "POST"),
        Page(CONDUCT, BEGUN, show_conduct), Page(CONDUCT, BEGUN, accept_conduct, "POST"),
        Page(LEAVE, BEGUN, leave, "POST"),
    )  # fmt: skip


def wanted(visit: Visit) -> str:
    """Where they go on to: a page of the console, whatever was asked."""
    return own_path(visit.fields.get("sigue") or visit.request.query_params.get("sigue", ""))


def signed(visit: Visit, token: str, response: Response) -> Response:
    cookie.give(response, visit.app.settings, token)
    return response


async def show_entrance(visit: Visit) -> Response:
    if visit.signed and not visit.next_step:
        return RedirectResponse(wanted(visit), 303)
    return visit.page("sign_in.html", wanted=wanted(visit))


async def _enter(visit: Visit, proving: Proving) -> Response:
    name = typed_name(visit.fields.get("name", ""))
    proof = await proving.prove(visit, name, visit.fields.get("password", ""))
    if proof.wait:
        return visit.page("sign_in.html", _LOCKED, wanted=wanted(visit), name=name, wait=minutes(proof.wait))
    if proof.tried is None:
        return visit.page("sign_in.html", 401, wanted=wanted(visit), name=name, wrong=True)
    token = await visit.run(signing.begin, proof.tried, browser_of(visit), visit.now)
    if token is None:
        return visit.page("sign_in.html", 401, wanted=wanted(visit), name=name, unfinished=True)
    return signed(visit, token, visit.to(CODE, sigue=wanted(visit)))


async def show_code(visit: Visit) -> Response:
    return _elsewhere(visit, CODE) or visit.page("sign_in_code.html", wanted=wanted(visit))


async def take_code(visit: Visit) -> Response:
    assert visit.signed
    if response := _elsewhere(visit, CODE):
        return response
    taken = await visit.run_once(signing.give_code, visit.signed, visit.fields.get("code", "")[:64], visit.now)
    if taken is None or (taken.token is None and not taken.wait):
        return visit.page("sign_in_code.html", 401, wanted=wanted(visit), wrong=True)
    if taken.token is None:
        return visit.page("sign_in_code.html", _LOCKED, wanted=wanted(visit), wait=minutes(taken.wait))
    if taken.codes_left is not None:
        return signed(visit, taken.token, visit.to("/consola/cuenta", "recovery_used"))
    return signed(visit, taken.token, RedirectResponse(wanted(visit), 303))


async def show_conduct(visit: Visit) -> Response:
    return _elsewhere(visit, CONDUCT) or visit.page("conduct.html", wanted=wanted(visit), conduct=visit.content.team.conduct)


async def accept_conduct(visit: Visit) -> Response:
    assert visit.signed
    if response := _elsewhere(visit, CONDUCT):
        return response
    if not visit.fields.get("accepted"):
        return visit.page("conduct.html", 422, wanted=wanted(visit), conduct=visit.content.team.conduct, missing=True)
    current = visit.content.team.conduct
    token = await visit.run_once(conduct.accept, visit.signed, visit.fields.get("version", ""), current, visit.now)
    response = RedirectResponse(wanted(visit), 303)
    return signed(visit, token, response) if token else response


async def leave(visit: Visit) -> Response:
    assert visit.signed
    await visit.run(signing.sign_out, visit.signed, visit.now)
    response = visit.to(ENTER, "signed_out")
    cookie.take_away(response, visit.app.settings)
    return response


def _elsewhere(visit: Visit, here: str) -> Response | None:
    """Steps are taken in their order, each once."""
    step = visit.next_step
    if step == here:
        return None
    return visit.to(step, sigue=wanted(visit)) if step else RedirectResponse(wanted(visit), 303)


def browser_of(visit: Visit) -> str:
    return browsers.named(visit.request.headers.get("user-agent", ""))
