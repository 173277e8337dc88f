"""Inviting officials to learn, one or many, and who was invited: by office, municipality and post, never by name."""

import asyncio

from starlette.responses import Response

from bot.console.door import Page
from bot.console.downloads import download
from bot.console.training import CSV, TRAINING
from bot.console.typed import one_of, whole_number
from bot.console.visit import Visit
from bot.content.marking import N_
from bot.courses import invitations, inviting, learners, report_files
from bot.courses.invitations import Standing
from bot.courses.inviting import WrongLinesError
from bot.courses.learners import Place
from bot.courses.links import invitation_link
from bot.errors import RefusedError
from bot.permissions import Action

INVITE, INVITED = f"{TRAINING}/invitar", f"{TRAINING}/invitaciones"
STANDINGS = {
    Standing.WAITING: N_("enlace sin usar"), Standing.LAPSED: N_("enlace vencido"), Standing.JOINED: N_("inscrita"),
    Standing.LEFT: N_("sin acceso"),
}  # fmt: skip
MOST_ROWS = 100_000  # of the list as a file


async def show_form(visit: Visit) -> Response:
    return _form(visit)


async def invite_one(visit: Visit) -> Response:
    fields = visit.fields
    municipality = inviting.municipality_of(visit.content.municipalities, fields.get("municipality", ""))
    place = Place(fields.get("office", ""), municipality.key, fields.get("post", ""), fields.get("organization") or None)
    made = await visit.run_once(learners.invite, visit.actor, visit.content, place, visit.now)
    if made is None:
        return visit.to(INVITED, "invited_before")
    learner, token = made
    return visit.page("training_link.html", learner=learner, link=invitation_link(_bot_name(visit), token))


async def invite_many(visit: Visit) -> Response:
    """The answer is the file with the links: they are given once and kept nowhere."""
    uploaded = visit.files.get("file", b"")
    text = inviting.text_of(uploaded) if uploaded else visit.fields.get("text", "")
    try:
        places = await asyncio.to_thread(inviting.read_places, text, visit.content)
    except WrongLinesError as error:
        return _form(visit, 422, text=text, wrong=[str(each) for each in error.wrong])
    except RefusedError as error:
        return _form(visit, 422, text=text, wrong=[str(error)])
    made = await visit.run_once(inviting.invite, visit.actor, visit.content, places, _bot_name(visit), visit.now)
    if made is None:
        return visit.to(INVITED, "invited_before")
    return download(inviting.as_csv(made, visit.content).encode("utf-8-sig"), f"invitaciones-{visit.now:%Y-%m-%d-%H%M}.csv", CSV)


async def show_list(visit: Visit) -> Response:
    standing = one_of(Standing, visit.request.query_params.get("estado"))
    before = whole_number(visit.request.query_params.get("antes", ""))
    found = await visit.run(invitations.listed, visit.actor, visit.now, standing, before)
    return visit.page("training_invited.html", found=found, standing=standing, standings=STANDINGS)


async def take_list(visit: Visit) -> Response:
    standing = one_of(Standing, visit.request.query_params.get("estado"))
    found = await visit.run(invitations.listed, visit.actor, visit.now, standing, most=MOST_ROWS)
    text = report_files.invitations_csv(found.invited, visit.content, {each: visit.say(words) for each, words in STANDINGS.items()})
    return download(text.encode("utf-8-sig"), f"invitaciones-lista-{visit.now:%Y-%m-%d}.csv", CSV)


async def new_link(visit: Visit) -> Response:
    made = await visit.run_once(learners.invite_again, visit.actor, _reference(visit), visit.now)
    if made is None:
        return visit.to(INVITED, "invited_before")
    learner, token = made
    return visit.page("training_link.html", learner=learner, link=invitation_link(_bot_name(visit), token))


async def withdraw(visit: Visit) -> Response:
    await visit.run_once(learners.withdraw, visit.actor, _reference(visit), visit.now)
    return visit.to(INVITED, "official_withdrawn")


def _form(visit: Visit, status: int = 200, text: str = "", wrong: list[str] | None = None) -> Response:
    offices = sorted(visit.content.organizations.values(), key=lambda each: each.name)
    return visit.page(
        "training_invite.html", status, offices=offices, posts=visit.content.learning.posts, text=text, wrong=wrong or [],
        most=inviting.MOST, has_bot=_bot_name(visit) is not None,
    )  # fmt: skip


def _bot_name(visit: Visit) -> str | None:
    return visit.app.settings.telegram_officials_name


def _reference(visit: Visit) -> str:
    return visit.fields.get("reference", "")[:64]


PAGES = (
    Page(INVITE, Action.OFFICIAL_INVITE, show_form),
    Page(INVITE, Action.OFFICIAL_INVITE, invite_one, "POST"),
    Page(f"{INVITE}/lista", Action.OFFICIAL_INVITE, invite_many, "POST", takes_files=True),
    Page(INVITED, Action.OFFICIAL_INVITE, show_list),
    Page(f"{INVITED}.csv", Action.OFFICIAL_INVITE, take_list),
    Page(f"{INVITED}/enlace", Action.OFFICIAL_INVITE, new_link, "POST"),
    Page(f"{INVITED}/quitar", Action.OFFICIAL_INVITE, withdraw, "POST"),
)
