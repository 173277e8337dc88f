"""The readers' pages: what is to be read, one message with what was understood of it, how far readers agree."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from bot.console.door import Page
from bot.console.downloads import download
from bot.console.typed import one_of
from bot.console.visit import Visit
from bot.console.words import questions_of, topics_of
from bot.content.marking import N_
from bot.content.published import Content
from bot.numbers.names import DECISIONS
from bot.permissions import Action
from bot.records.reviews import NONE
from bot.review import agreement, opinions, reading, saved
from bot.review.opinions import Given
from bot.review.sample import PERIODS, Item, Stratum, Wanted, Which, listed

LIST = "/consola/revision"
COMPARED = timedelta(days=365)
STRATA = {
    Stratum.DANGER: N_("Peligro"), Stratum.FALLBACK: N_("No se entendió"), Stratum.SUGGEST: N_("Se propusieron preguntas"),
    Stratum.LOW: N_("Se contestó con duda"), Stratum.ANSWERED: N_("Se contestó"),
}  # fmt: skip


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """What an address asks for; what is none of ours is the ordinary list."""
    days = query.get("dias", "")
    return Wanted(
        one_of(Which, query.get("lista")) or Which.SAMPLE, int(days) if days in map(str, PERIODS) else 7, query.get("tema", "")[:32],
        query.get("idioma", "")[:8], query.get("resultado", "")[:16], query.get("pendientes") == "1",
    )  # fmt: skip


def _asked(wanted: Wanted) -> dict[str, str]:
    said = {
        "lista": wanted.which, "dias": wanted.days, "tema": wanted.topic, "idioma": wanted.language, "resultado": wanted.stratum,
        "pendientes": int(wanted.undone) or "",
    }  # fmt: skip
    return {name: str(value) for name, value in said.items() if value}


async def show_list(visit: Visit) -> Response:
    wanted = wanted_of(visit.request.query_params)
    items = await visit.run(listed, visit.actor.name, wanted, visit.content, visit.now)
    return visit.page("review.html", items=items, wanted=wanted, asked=urlencode(_asked(wanted)), **_choices(visit))


async def show_message(visit: Visit) -> Response:
    number, wanted = visit.number("message"), wanted_of(visit.request.query_params)
    shown = await visit.run(reading.read, visit.actor, number, visit.content, visit.now)
    following = await _next(visit, wanted, number)
    suggested = _suggested(shown.item, visit.content)
    choices = {**_choices(visit), "none": NONE, "suggested": suggested}
    return visit.page("review_message.html", shown=shown, asked=urlencode(_asked(wanted)), following=following, **choices)


async def give(visit: Visit) -> Response:
    given = Given(
        visit.fields.get("intent", ""), "hueco" in visit.fields, visit.fields.get("text", ""), "proponer" in visit.fields,
    )  # fmt: skip
    await visit.run_once(opinions.give, visit.actor, visit.number("message"), given, visit.content, visit.now)
    return _back(visit, "reviewed")


async def settle(visit: Visit) -> Response:
    intent = visit.fields.get("intent", "")
    await visit.run_once(opinions.settle, visit.actor, visit.number("message"), intent, visit.content, visit.now)
    return _back(visit, "review_settled")


async def save_test(visit: Visit) -> Response:
    """Into the folder of tests where there is one to write to; else as a file to take there."""
    made = await visit.run(saved.made_of, visit.actor, visit.number("message"), visit.content, visit.now)
    if os.access(saved.FOLDER, os.W_OK):
        saved.write(made)
        return _back(visit, "test_saved")
    return download(saved.as_text(made), f"{made.name}.yml", "application/yaml")


async def show_agreement(visit: Visit) -> Response:
    found = await visit.run(agreement.agreement, visit.now - COMPARED)
    return visit.page("agreement.html", found=found, **_choices(visit))


def _back(visit: Visit, said: str) -> Response:
    return visit.to(f"{LIST}/{visit.number('message')}", said, **_asked(wanted_of(visit.request.query_params)))


async def _next(visit: Visit, wanted: Wanted, number: int) -> int | None:
    undone = await visit.run(listed, visit.actor.name, replace(wanted, undone=True), visit.content, visit.now)
    return next((each.id for each in undone if each.id != number), None)


def _suggested(item: Item, content: Content) -> str:
    return item.intent if item.decision == "answer" and item.intent and content.topic_of(item.intent) else ""


def _choices(visit: Visit) -> dict[str, Any]:
    """Names and what they are called."""
    content = visit.content
    return {
        "questions": questions_of(content), "strata": STRATA,
        "titles": {name: visit.say(title) for name, title in {**content.titles, NONE: N_("Ninguna de nuestras respuestas")}.items()},
        "topics": topics_of(content), "decisions": DECISIONS, "periods": PERIODS,
    }  # fmt: skip


PAGES = (
    Page(LIST, Action.REVIEW_READ, show_list),
    Page(f"{LIST}/acuerdo", Action.REVIEW_READ, show_agreement),
    Page(f"{LIST}/{{message}}", Action.REVIEW_READ, show_message),
    Page(f"{LIST}/{{message}}/opinar", Action.REVIEW_WRITE, give, "POST"),
    Page(f"{LIST}/{{message}}/decidir", Action.REVIEW_SETTLE, settle, "POST"),
    Page(f"{LIST}/{{message}}/prueba", Action.REVIEW_WRITE, save_test, "POST"),
)
