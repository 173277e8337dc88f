"""The pages of a person's rights: requests under the law, the copy and the erasure of somebody's data, orders to keep, receipts."""

from datetime import timedelta

from sqlalchemy.orm import Session
from starlette.responses import Response

from bot.console.door import Page
from bot.console.downloads import download
from bot.console.typed import whole_number
from bot.console.visit import Visit
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Action, Actor, may, require
from bot.privacy import arco, copies, erasure, holds, officer, person, receipts
from bot.records.privacy import ArcoRequest, ArcoState, Erasure, LegalHold
from bot.referrals import lifecycle

PATH = "/consola/derechos"
ORDERS = f"{PATH}/ordenes"
REVIEWED_AFTER = 180  # days
ANSWERS = (ArcoState.EXTENDED, ArcoState.GRANTED, ArcoState.DENIED, ArcoState.DONE)


async def show_register(visit: Visit) -> Response:
    found = await visit.run(officer.register, visit.actor, visit.around)
    return visit.page("rights.html", requests=found, due_at=arco.due_at, is_overdue=arco.is_overdue)


async def show_request(visit: Visit) -> Response:
    request, folios, official = await visit.run(_request, visit.actor, str(visit.request.path_params["folio"]), visit.around)
    follows = [state for state in ANSWERS if state in arco.MAY_BECOME[request.state]]
    return visit.page(
        "rights_request.html", request=request, folios=folios, official=official, follows=follows, due_at=arco.due_at,
        is_overdue=arco.is_overdue,
    )  # fmt: skip


async def answer(visit: Visit) -> Response:
    folio, said = str(visit.request.path_params["folio"]), visit.fields.get("state", "")
    if said not in ANSWERS:
        raise RefusedError("Elija una de las respuestas de la página")
    await visit.run_once(_answer, visit.actor, folio, ArcoState(said), visit.fields.get("text", ""), visit.around)
    return visit.to(f"{PATH}/{folio.strip().upper()}", "saved")


async def export(visit: Visit) -> Response:
    """A file that is made for this answer and kept nowhere."""
    found = await visit.run_once(_export, visit.actor, _word(visit), visit.around)
    return download(found, "copia.json", "application/json") if found is not None else visit.to(PATH)


async def preview_erasure(visit: Visit) -> Response:
    found = await visit.run_once(_would_erase, visit.actor, _word(visit), visit.around)
    if found is None:
        return visit.to(PATH)
    is_official, counts = found
    return visit.page("rights_erase.html", word=_word(visit), counts=counts, is_official=is_official)


async def erase(visit: Visit) -> Response:
    if visit.fields.get("sure") != "yes":
        raise RefusedError("Marque que entiende que no se puede deshacer; no se borró nada")
    done = await visit.run_once(_erase, visit.actor, _word(visit), visit.around)
    if done is None:
        return visit.to(PATH)
    return visit.page(
        "rights_erased.html", receipt=erasure.receipt_of(done).line, offices=done.left["offices"], tickets=done.left["tickets"]
    )


async def show_orders(visit: Visit) -> Response:
    of_migrants, of_officials = await visit.run(_orders, visit.actor, visit.around)
    return visit.page("rights_orders.html", holds=of_migrants, of_officials=of_officials, days=REVIEWED_AFTER)


async def place_order(visit: Visit) -> Response:
    review = whole_number(visit.fields.get("days", ""), digits=4) or REVIEWED_AFTER
    await visit.run_once(_place, visit.actor, _word(visit), visit.fields.get("text", ""), review, visit.around)
    return visit.to(ORDERS, "saved")


async def lift_order(visit: Visit) -> Response:
    await visit.run_once(_lift, visit.actor, _word(visit), visit.around)
    return visit.to(ORDERS, "hold_lifted")


async def check_receipt(visit: Visit) -> Response:
    receipt = receipts.read(visit.fields.get("text", ""))
    if receipt is None:
        raise RefusedError("Eso no es un recibo completo: pegue el renglón que empieza con BOR- hasta el final")
    return visit.page("rights_receipt.html", receipt=receipt, is_genuine=receipts.is_genuine(receipt))


def _request(session: Session, actor: Actor, folio: str, around: Surroundings) -> tuple[ArcoRequest, list[str], str]:
    """With the folios of the person's cases, for who may open them, or the reference of an official."""
    require(actor, Action.ARCO_LIST)
    request = officer.show(session, actor, folio, around)
    if (request.conversation_id is None and request.learner_id is None) or not may(actor.role, Action.ARCO_ANSWER):
        return request, [], ""
    whose = person.of_word(session, request.folio)
    if whose.is_official:
        return request, [], whose.reference
    return request, [each.folio for conversation in whose.conversations for each in lifecycle.of_conversation(session, conversation)], ""


def _answer(session: Session, actor: Actor, folio: str, state: ArcoState, said: str, around: Surroundings) -> ArcoRequest:
    require(actor, Action.ARCO_ANSWER)
    return officer.answer(session, actor, folio, state, said, around)


def _export(session: Session, actor: Actor, word: str, around: Surroundings) -> str:
    require(actor, Action.PERSON_EXPORT)
    return copies.as_json(officer.export(session, actor, word, around))


def _would_erase(session: Session, actor: Actor, word: str, around: Surroundings) -> tuple[bool, dict[str, int]]:
    require(actor, Action.PERSON_ERASE)
    whose, counts = officer.would_erase(session, actor, word, around)
    return whose.is_official, counts


def _erase(session: Session, actor: Actor, word: str, around: Surroundings) -> Erasure:
    require(actor, Action.PERSON_ERASE)
    return officer.erase(session, actor, word, around)


def _orders(session: Session, actor: Actor, around: Surroundings) -> tuple[list[tuple[LegalHold, str]], list[tuple[LegalHold, str]]]:
    """Over migrants and over officials who learn."""
    require(actor, Action.HOLD_PLACE)
    return holds.every(session, actor, around.now), holds.of_officials(session)


def _place(session: Session, actor: Actor, word: str, why: str, days: int, around: Surroundings) -> LegalHold:
    require(actor, Action.HOLD_PLACE)
    return holds.place(session, actor, person.of_word(session, word), why, around.now + timedelta(days=days), around.now)


def _lift(session: Session, actor: Actor, word: str, around: Surroundings) -> int:
    require(actor, Action.HOLD_PLACE)
    return holds.lift(session, actor, person.of_word(session, word), around.now)


def _word(visit: Visit) -> str:
    return visit.fields.get("word", "").strip()[:64]


PAGES = (
    Page(PATH, Action.ARCO_LIST, show_register),
    Page(ORDERS, Action.HOLD_PLACE, show_orders),
    Page(f"{ORDERS}/poner", Action.HOLD_PLACE, place_order, "POST"),
    Page(f"{ORDERS}/levantar", Action.HOLD_PLACE, lift_order, "POST"),
    Page(f"{PATH}/copia", Action.PERSON_EXPORT, export, "POST"),
    Page(f"{PATH}/que-se-borra", Action.PERSON_ERASE, preview_erasure, "POST"),
    Page(f"{PATH}/borrar", Action.PERSON_ERASE, erase, "POST"),
    Page(f"{PATH}/recibo", Action.ARCO_LIST, check_receipt, "POST"),
    Page(f"{PATH}/{{folio}}", Action.ARCO_LIST, show_request),
    Page(f"{PATH}/{{folio}}/respuesta", Action.ARCO_ANSWER, answer, "POST"),
)
