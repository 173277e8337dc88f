"""The pages of cases: the list and the board, one case with what its reader may see of it, and what they do with it."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.responses import Response

from bot.cases import desk
from bot.console.door import Page
from bot.console.downloads import download
from bot.console.typed import one_of, whole_number
from bot.console.visit import Visit
from bot.content.asking import Option
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.records.referrals import Priority, ReferralState
from bot.records.staff import Role
from bot.referrals import answers, lifecycle, listing, partner_links, record
from bot.referrals.listing import Wanted

LIST = "/consola/casos"
RECORD = f"{LIST}/{{folio}}"
INTAKE = "referral_intake"


@dataclass(frozen=True)
class Opened:
    """What the page of one case shows."""

    case: record.Record
    programme: desk.Shown | None


async def show_list(visit: Visit) -> Response:
    query = visit.request.query_params
    wanted, place = _wanted(visit)
    needs = {option.value: option.title for option in _needs(visit)}
    shared = {"query": query, "needs": needs, "municipality": place, "is_partner": visit.actor.role is Role.PARTNER}
    if query.get("vista") == "tablero":
        columns = await visit.run(listing.board, visit.actor, wanted, visit.now)
        return visit.page("cases_board.html", columns=columns, **shared)
    found = await visit.run(listing.find, visit.actor, wanted, visit.now)
    return visit.page("cases.html", found=found, **shared)


async def show_record(visit: Visit) -> Response:
    return _page(visit, await visit.run(_open, visit.actor, folio_of(visit), visit.around))


async def open_identity(visit: Visit) -> Response:
    """What names the person is on this answer alone: the address that shows it again does not exist."""
    opened = await visit.run_once(_open, visit.actor, folio_of(visit), visit.around, visit.fields.get("text", ""))
    return _page(visit, opened, is_open=True) if opened else back(visit)


async def answer(visit: Visit) -> Response:
    state, why, note = one_of(ReferralState, visit.fields.get("state")), visit.fields.get("why") or None, visit.fields.get("text") or None
    if state is None or state not in partner_links.ANSWERS:
        raise RefusedError("Elija una de las respuestas de la página")
    told = await visit.run_once(_answer, visit.actor, folio_of(visit), state, why, note, visit.around)
    return answered(visit, told)


async def revoke(visit: Visit) -> Response:
    why, note = visit.fields.get("why") or None, visit.fields.get("text") or None
    told = await visit.run_once(_answer, visit.actor, folio_of(visit), ReferralState.REVOKED, why, note, visit.around)
    return answered(visit, told)


async def make_link(visit: Visit) -> Response:
    """What stands in the link is on this answer alone; we keep a hash of it."""
    made = await visit.run_once(partner_links.make, visit.actor, folio_of(visit), visit.now, _days(visit))
    if made is None:
        return back(visit)
    link, token = made
    return visit.page("case_link.html", folio=folio_of(visit), link=link, url=_address(visit, token))


async def make_paper(visit: Visit) -> Response:
    made = await visit.run_once(_link, visit.actor, folio_of(visit), visit.around, _days(visit))
    if made is None:
        return back(visit)
    token, case = made
    from bot.referrals.paper import sheet  # brings a library of fonts: not at every start

    pdf = await asyncio.to_thread(sheet, case, visit.content, _address(visit, token), visit.now)
    return download(pdf, f"{case.folio}.pdf", "application/pdf")


async def revoke_links(visit: Visit) -> Response:
    number = whole_number(visit.fields.get("link", ""))
    await visit.run_once(partner_links.revoke, visit.actor, folio_of(visit), visit.now, number)
    return back(visit, "links_revoked")


def _open(session: Session, actor: Actor, folio: str, around: Surroundings, reason: str | None = None) -> Opened:
    case = record.open_record(session, actor, folio, around.content, around.now, reason)
    return Opened(case, desk.read_file(session, actor, lifecycle.for_actor(session, actor, folio), around.content, around.now))


def _answer(
    session: Session, actor: Actor, folio: str, state: ReferralState, why: str | None, note: str | None, around: Surroundings
) -> bool:  # fmt: skip
    require(actor, Action.REFERRAL_REVOKE if state is ReferralState.REVOKED else Action.REFERRAL_ANSWER)
    return answers.answer(session, lifecycle.for_actor(session, actor, folio), state, actor, why, around, note)


def _link(session: Session, actor: Actor, folio: str, around: Surroundings, days: int) -> tuple[str, partner_links.SharedCase]:
    _, token = partner_links.make(session, actor, folio, around.now, days)
    case = partner_links.look(session, token, around.content, around.now)
    assert case is not None, "the link was made a moment ago"
    return token, case


def _page(visit: Visit, opened: Opened, is_open: bool = False) -> Response:
    reasons = {state: lifecycle.REASONS[state] for state in (ReferralState.REJECTED, ReferralState.REVOKED)}
    return visit.page(
        "case.html", case=opened.case, programme=opened.programme, is_open=is_open, reasons=reasons,
        most_days=partner_links.MOST_DAYS, days=partner_links.DAYS, has_address=bool(visit.app.settings.puente_public_url),
    )  # fmt: skip


def back(visit: Visit, said: str = "") -> Response:
    return visit.to(f"{LIST}/{folio_of(visit)}", said)


def answered(visit: Visit, told: bool | None) -> Response:
    """`told`: whether the person is told of it; None: the form was taken before."""
    return back(visit, "case_answered_untold" if told is False else "case_answered")


def folio_of(visit: Visit) -> str:
    """As it stands in the address; what cannot be a folio is the folio of nothing."""
    folio = str(visit.request.path_params["folio"]).strip().upper()
    if not lifecycle.FOLIO.fullmatch(folio):
        raise RefusedError("No existe ese caso; revise el folio")
    return folio


def _wanted(visit: Visit) -> tuple[Wanted, str]:
    """What is searched for, and the name of the municipality as it is known. Raises RefusedError."""
    query = visit.request.query_params
    typed = query.get("municipio", "").strip()[:80]
    places = visit.content.municipalities.find(typed, 1) if typed else []
    if typed and not places:
        raise RefusedError("No se encontró ese municipio; escríbalo como en el mapa")
    wanted = Wanted(
        one_of(ReferralState, query.get("estado")), query.get("oficina") if query.get("oficina") in visit.content.organizations else None,
        query.get("atrasados") == "1", one_of(Priority, query.get("prioridad")),
        next((each.value for each in _needs(visit) if each.value == query.get("necesidad")), None), places[0].key if places else None,
    )  # fmt: skip
    return wanted, places[0].title if places else ""


def _needs(visit: Visit) -> tuple[Option, ...]:
    questionnaire = visit.content.questionnaires.get(INTAKE)
    step = questionnaire.step("need") if questionnaire else None
    return step.options if step else ()


def _days(visit: Visit) -> int:
    if not visit.app.settings.puente_public_url:
        raise RefusedError("Falta la dirección pública de este servicio: pídala a quien cuida el sistema (PUENTE_PUBLIC_URL)")
    days = whole_number(visit.fields.get("days", ""), digits=3)
    return partner_links.DAYS if days is None else days


def _address(visit: Visit, token: str) -> str:
    return f"{visit.app.settings.puente_public_url}/caso/{token}"


PAGES = (
    Page(LIST, Action.REFERRAL_LIST, show_list),
    Page(RECORD, Action.REFERRAL_READ, show_record),
    Page(f"{RECORD}/identidad", Action.IDENTITY_OPEN, open_identity, "POST"),
    Page(f"{RECORD}/respuesta", Action.REFERRAL_ANSWER, answer, "POST"),
    Page(f"{RECORD}/anular", Action.REFERRAL_REVOKE, revoke, "POST"),
    Page(f"{RECORD}/enlace", Action.REFERRAL_SHARE, make_link, "POST"),
    Page(f"{RECORD}/hoja", Action.REFERRAL_SHARE, make_paper, "POST"),
    Page(f"{RECORD}/sin-enlaces", Action.REFERRAL_SHARE, revoke_links, "POST"),
)
