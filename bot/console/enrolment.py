"""The pages of who was invited: a password, then the second factor, and the codes for the paper, which are shown once."""

from starlette.responses import RedirectResponse, Response

from bot import staff
from bot.accounts import enrolment, profile, second_factor
from bot.console.door import Page
from bot.console.proving import Proving
from bot.console.signing import ENROL, browser_of, signed
from bot.console.visit import Visit
from bot.doors import BEGUN, OPEN
from bot.errors import RefusedError

INVITATION, PICTURE = "/invitacion/{token}", "/consola/alta/dibujo.svg"


def pages(proving: Proving) -> tuple[Page, ...]:
    async def choose(visit: Visit) -> Response:
        return await _choose(visit, proving)

    return (
        Page(INVITATION, OPEN, show_invitation), Page(INVITATION, OPEN, choose, "POST"),
        Page(ENROL, BEGUN, show_telephone), Page(ENROL, BEGUN, finish, "POST"), Page(PICTURE, BEGUN, show_picture),
    )  # fmt: skip


async def show_invitation(visit: Visit, status: int = 200, why: str = "") -> Response:
    member = await visit.run(staff.invited, visit.request.path_params["token"], visit.now)
    if member is None:
        return visit.page("invitation_gone.html", 404)
    return visit.page("invitation.html", status, member=member, why=why)


async def _choose(visit: Visit, proving: Proving) -> Response:
    """Hashed only for who has a link that can be followed."""
    link = visit.request.path_params["token"]
    member = await visit.run(staff.invited, link, visit.now)
    if member is None:
        return visit.page("invitation_gone.html", 404)
    try:
        password = await proving.hashed(visit.fields.get("password", ""), visit.fields.get("again", ""), member.name)
        token = await visit.run(enrolment.choose_password, link, password, browser_of(visit), visit.now)
    except RefusedError as error:
        return await show_invitation(visit, 422, str(error))
    return signed(visit, token, visit.to(ENROL))


async def show_telephone(visit: Visit, status: int = 200, why: str = "") -> Response:
    assert visit.signed
    if visit.next_step != ENROL:
        return RedirectResponse(visit.next_step or "/consola", 303)
    secret = await visit.run(second_factor.offer, visit.signed.staff_id, visit.now)
    return visit.page("second_factor.html", status, secret=secret, target=ENROL, why=why, is_new=True)


async def finish(visit: Visit) -> Response:
    assert visit.signed
    if visit.next_step != ENROL:
        return RedirectResponse(visit.next_step or "/consola", 303)
    try:
        done = await visit.run_once(enrolment.finish, visit.signed, visit.fields.get("code", ""), visit.now)
    except RefusedError as error:
        return await show_telephone(visit, 422, str(error))
    if done is None:
        return RedirectResponse("/consola", 303)
    token, codes = done
    return signed(visit, token, visit.page("recovery_codes.html", codes=codes, goes_on="/consola"))


async def show_picture(visit: Visit) -> Response:
    """What the telephone is to be shown, while that is so; of one in use there is no picture any more."""
    assert visit.signed
    member = await visit.run(profile.read, visit.signed)
    secret = second_factor.offered(member, visit.now)
    if secret is None:
        return visit.page("failed.html", 404, status=404)
    title = visit.content.institution.title if visit.content.institution.name != "none" else ""
    drawn = second_factor.picture(secret, member.name, f"Puente {title}".strip().replace(":", ""))
    return Response(drawn, media_type="image/svg+xml")
