"""«Equipo»: who works here. Supervisors and who answers for data read it; only administrators change it."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.responses import Response

from bot import staff
from bot.accounts import roster
from bot.console.door import Page
from bot.console.typed import one_of
from bot.console.visit import Visit
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.staff import Role, Staff

TEAM = "/consola/equipo"
type Linked = Callable[[Session, Actor, str, datetime], tuple[Staff, str]]


async def show_team(visit: Visit) -> Response:
    colleagues = await visit.run(roster.read, visit.now)
    offices = sorted(visit.content.organizations.values(), key=lambda each: each.name)
    return visit.page("team.html", colleagues=colleagues, offices=offices, roles=list(Role))


async def invite(visit: Visit) -> Response:
    role, office = one_of(Role, visit.fields.get("role")), visit.fields.get("organization") or None
    if role is None:
        raise RefusedError("Elija el papel que va a tener la cuenta")
    if office and office not in visit.content.organizations:
        raise RefusedError("Elija una de las oficinas de la lista")
    name = visit.fields.get("name", "").strip().lower()
    made = await visit.run_once(staff.invite, visit.actor, name, role, office, visit.now)
    return _link_once(visit, made)


async def new_link(visit: Visit) -> Response:
    return _link_once(visit, await visit.run_once(staff.invite_again, visit.actor, _name(visit), visit.now))


async def reset(visit: Visit) -> Response:
    return _link_once(visit, await visit.run_once(staff.reset, visit.actor, _name(visit), visit.now))


async def revoke(visit: Visit) -> Response:
    await visit.run_once(staff.revoke, visit.actor, _name(visit), visit.now)
    return visit.to(TEAM, "member_revoked")


async def end_sessions(visit: Visit) -> Response:
    await visit.run_once(staff.end_sessions, visit.actor, _name(visit), visit.now)
    return visit.to(TEAM, "sessions_ended")


def _link_once(visit: Visit, made: tuple[Staff, str] | None) -> Response:
    """The link is shown in the answer to the form and nowhere else: only its keyed hash is kept."""
    if made is None:
        return visit.to(TEAM)
    member, token = made
    begins = visit.app.settings.puente_public_url or str(visit.request.base_url).removesuffix("/")
    return visit.page("team_link.html", member=member, link=f"{begins}/invitacion/{token}")


def _name(visit: Visit) -> str:
    return visit.fields.get("member", "")[:64]


PAGES = (
    Page(TEAM, Action.STAFF_LIST, show_team),
    Page(f"{TEAM}/invitar", Action.STAFF_MANAGE, invite, "POST"),
    Page(f"{TEAM}/enlace", Action.STAFF_MANAGE, new_link, "POST"),
    Page(f"{TEAM}/reponer", Action.STAFF_MANAGE, reset, "POST"),
    Page(f"{TEAM}/quitar", Action.STAFF_MANAGE, revoke, "POST"),
    Page(f"{TEAM}/sesiones", Action.STAFF_MANAGE, end_sessions, "POST"),
)
