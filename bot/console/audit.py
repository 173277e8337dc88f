"""The page of the audit: who read or wrote what, newest first, and whether the chain is whole. Reading it is a row of it."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session
from starlette.responses import Response

from bot import audit
from bot.audit import Checked, Sought
from bot.console.door import Page
from bot.console.typed import whole_number
from bot.console.visit import Visit
from bot.content.languages import MEXICO
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.privacy import person
from bot.records.audit import AuditEntry

PATH = "/consola/registro"
SHOWN = 50


async def show(visit: Visit) -> Response:
    found = await visit.run(_search, visit.actor, _word(visit, "persona"), _sought(visit), visit.now)
    rows, is_all = found[:SHOWN], len(found) <= SHOWN
    asked = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "antes"]
    return visit.page(
        "audit.html", rows=rows, next=None if is_all else rows[-1].id, asked=asked, query=visit.request.query_params, actions=list(Action)
    )  # fmt: skip


async def show_chain(visit: Visit) -> Response:
    return visit.page("audit_chain.html", checked=None, wrong=None, noted="")


async def verify(visit: Visit) -> Response:
    """In steps: meanwhile the assistant answers as always."""
    noted = visit.fields.get("noted", "").strip()[:64] or None
    if await visit.run_once(_began, visit.actor, visit.now) is None:
        return visit.to(f"{PATH}/cadena")
    checked = Checked()
    while not checked.is_done:
        checked = await visit.run(audit.verify_some, checked, noted)
    return visit.page("audit_chain.html", checked=checked, wrong=checked.wrong(noted), noted=noted or "")


def _began(session: Session, actor: Actor, now: datetime) -> bool:
    """Written down first, so that the head that is shown stands behind it."""
    require(actor, Action.AUDIT_VERIFY)
    audit.write(session, actor, Action.AUDIT_VERIFY, None, now)
    return True


def _search(session: Session, actor: Actor, word: str, sought: Sought, now: datetime) -> list[AuditEntry]:
    """`word`: the reference of a conversation, also of one that was erased, or the folio of a case or a
    request, or the number of an official's certificate."""
    subject = word or None
    if word and "-" in word:
        subject = person.of_word(session, word).reference
    return audit.search(session, actor, replace(sought, subject=subject), now, SHOWN)


def _sought(visit: Visit) -> Sought:
    action = _word(visit, "accion")
    day = _day(_word(visit, "dia"))
    since = datetime.combine(day, time(), MEXICO) if day else None
    until = datetime.combine(day + timedelta(days=1), time(), MEXICO) if day else None
    return Sought(None, _word(visit, "quien") or None, action or None, since, until, whole_number(_word(visit, "antes")))


def _day(said: str) -> date | None:
    try:
        day = date.fromisoformat(said) if said else None
    except ValueError:
        raise RefusedError("Escriba el día así: 2026-11-21") from None
    if day and not 2000 <= day.year <= 2999:
        raise RefusedError("Escriba el día así: 2026-11-21")
    return day


def _word(visit: Visit, name: str) -> str:
    return visit.request.query_params.get(name, "").strip()[:64]


PAGES = (
    Page(PATH, Action.AUDIT_READ, show),
    Page(f"{PATH}/cadena", Action.AUDIT_VERIFY, show_chain),
    Page(f"{PATH}/verificar", Action.AUDIT_VERIFY, verify, "POST"),
)
