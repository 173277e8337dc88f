"""What `./puente tickets` prints. Whatever is read or done is one row of the audit."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import MEXICO, in_mexico
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import attachments, attending, order, replies, tickets
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Message
from bot.records.database import Database
from bot.records.tickets import TicketEvent
from bot.referrals import visible
from bot.settings import Settings

SHOWN = 40  # messages
LISTED = 200  # tickets
REPLIED = {
    replies.Outcome.SENT: "Enviado.",
    replies.Outcome.BLOCKED: "La persona bloqueó al asistente: quedó escrito, pero no le llega mientras siga así.",
    replies.Outcome.PROPOSED: "En este tema otra persona la lee antes: sale cuando quien supervisa la apruebe en la consola.",
}


def run_tickets(
    settings: Settings, database: Database, actor: Actor, action: str, ticket_id: int | None, text: str, fetch: attachments.Fetch,
    why: str = "",
) -> None:  # fmt: skip
    """`fetch` gets a file from the door it came through. The caller has seen to it that the actor may."""
    if action != "list" and ticket_id is None:
        raise RefusedError(f"Falta el número de la petición: ./puente tickets {action} 12")
    live = LiveContent(settings.puente_flows, settings.puente_institution, None)
    content, detector = live.current()
    around = Surroundings(content, detector, "desk", "", datetime.now(UTC))
    number = ticket_id or 0
    if action == "list":
        lines = database.call(listed, actor, around)
    elif action == "show":
        lines = database.call(shown, number, actor, around)
    elif action == "claim":
        ticket = database.call(attending.claim_ticket, number, actor, around)
        lines = [f"Petición {ticket.id}: la atiende {ticket.holder}. El asistente guarda silencio hasta que se cierre."]
    elif action == "file":
        lines = [str(_fetched(database, settings.files_folder, number, text, actor, why, around.now, fetch))]
    elif action == "reply":
        lines = [REPLIED[database.call(replies.write, number, actor, text, around)]]
    else:
        database.call(attending.close_ticket, number, actor, around)
        lines = [f"Petición {number}: cerrada. El asistente vuelve a contestar."]
    print("\n".join(lines))


def listed(session: Session, actor: Actor, around: Surroundings) -> list[str]:
    """As staff take them: the most urgent first, then who waits longest."""
    found = order.in_order(session, order.OPEN, (), LISTED + 1)
    audit.write(session, actor, Action.TICKET_LIST, None, around.now)
    if not found:
        return ["No hay peticiones abiertas."]
    more = [f"Hay más: aquí están las {LISTED} que van primero. Todas están en la bandeja de la consola."] if len(found) > LISTED else []
    lines = [
        f"{each.id:>5}  {each.state:<9} {in_mexico(each.opened_at)}  {each.reason:<18} {each.holder or '—'}" for each in found[:LISTED]
    ]
    return lines + more


def shown(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> list[str]:
    ticket = tickets.get(session, ticket_id)
    session.add(TicketEvent(ticket_id=ticket.id, what="viewed", who=actor.name, at=around.now))
    conversation = session.get_one(Conversation, ticket.conversation_id)
    audit.write(session, actor, Action.TICKET_READ, conversation.reference, around.now)
    query = select(Message).where(Message.conversation_id == ticket.conversation_id).order_by(Message.id.desc()).limit(SHOWN)
    files = attachments.of_conversation(session, ticket.conversation_id)
    lines = []
    for message in list(session.scalars(query))[::-1]:
        lines.append(f"{message.created_at.astimezone(MEXICO):%d/%m %H:%M} {visible.SAID_BY[message.direction]}: {message.text}")
        lines += [
            f"    archivo {each.id} ({each.kind}); para abrirlo: ./puente tickets file {ticket_id} {each.id} --why … --who …"
            for each in files.get(message.id, ())
        ]
    return lines


def _fetched(
    database: Database, folder: Path, ticket_id: int, number: str, actor: Actor, why: str, now: datetime, fetch: attachments.Fetch
) -> Path:
    if not number.isdecimal():
        raise RefusedError("Falta el número del archivo: ./puente tickets file 12 34 --why …")
    file = database.call(attending.open_file, ticket_id, int(number), actor, why, now)
    return attachments.keep(fetch, file, folder, f"{ticket_id}-{number}")
