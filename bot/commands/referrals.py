"""`./puente referrals`: the cases passed on to institutions, for staff and for the institution that received them."""

import argparse
from typing import TYPE_CHECKING

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, surroundings
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.records.referrals import ReferralState


def add(commands: Commands) -> None:
    parser = commands.add_parser("referrals", help="casos enviados a una oficina: list, show, set, revoke")
    parser.add_argument("action", choices=["list", "show", "set", "revoke"])
    parser.add_argument("folio", nargs="?", help="folio del caso, por ejemplo PTE-26-ABC234")
    parser.add_argument("state", nargs="?", help="received, accepted, rejected, in_service o done (set)")
    parser.add_argument("--state", dest="in_state", metavar="ESTADO", help="solo los que están en ese estado (list)")
    parser.add_argument("--organization", metavar="OFICINA", help="solo los de esa oficina del directorio (list)")
    parser.add_argument("--late", action="store_true", help="solo los que la oficina no contestó a tiempo (list)")
    parser.add_argument("--why", metavar="MOTIVO", help="full, not_eligible, wrong_place, not_reachable u other (set … rejected); "
                        "mistake, duplicate, person_asked, danger, erased u other (revoke); "
                        "con sus palabras, para qué necesita los datos de la persona (show)")  # fmt: skip
    parser.add_argument("--note", metavar="NOTA", help="el motivo con sus palabras; hace falta con «other»")
    add_who(parser)
    parser.set_defaults(run=referrals)


def referrals(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.errors import RefusedError
    from bot.records.referrals import ReferralState
    from bot.referral_desk import list_referrals, set_state, show_referral
    from bot.referrals.listing import Wanted

    with opened(settings) as database:
        actor = acting(database, chosen)
        if chosen.action == "list":
            wanted = Wanted(_state(chosen.in_state), chosen.organization, chosen.late)
            print("\n".join(database.call(list_referrals, actor, wanted, now())))
            return
        if not chosen.folio:
            raise RefusedError(f"Falta el folio: ./puente referrals {chosen.action} PTE-26-ABC234")
        around = surroundings(settings)
        if chosen.action == "show":
            print("\n".join(database.call(show_referral, actor, chosen.folio, around, chosen.why)))
            return
        state = ReferralState.REVOKED if chosen.action == "revoke" else _state(chosen.state)
        if state is None:
            raise RefusedError("Falta el estado nuevo: received, accepted, rejected, in_service o done")
        print("\n".join(database.call(set_state, actor, chosen.folio, state, chosen.why, chosen.note, around)))


def _state(name: str | None) -> "ReferralState | None":
    from bot.errors import RefusedError
    from bot.records.referrals import ReferralState

    if name is not None and name not in list(ReferralState):
        raise RefusedError(f"«{name}» no es un estado; use uno de estos: {', '.join(ReferralState)}")
    return ReferralState(name) if name else None
