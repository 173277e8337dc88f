"""`./puente tickets`: the desk for staff until they have a console. Whatever is read or done is one row of the audit."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import attachments, audit, tickets
from bot.content.languages import MEXICO, in_mexico
from bot.conversation.live import LiveContent
from bot.conversation.replies import Reply
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import put
from bot.conversation.unasked import rendered, tell
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.tickets import Ticket, TicketEvent
from bot.referrals import visible
from bot.settings import Settings

SHOWN = 40  # messages


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
        lines = database.call(_list, actor, around)
    elif action == "show":
        lines = database.call(_show, number, actor, around)
    elif action == "claim":
        ticket = database.call(claim_ticket, number, actor, around)
        lines = [f"Petición {ticket.id}: la atiende {ticket.holder}. El asistente guarda silencio hasta que se cierre."]
    elif action == "file":
        lines = [str(_file(database, settings.files_folder, number, text, actor, why, around.now, fetch))]
    elif action == "reply":
        arrives = database.call(reply_to, number, actor, text, around)
        lines = ["Enviado." if arrives else "La persona bloqueó al asistente: quedó escrito, pero no le llega mientras siga así."]
    else:
        database.call(close_ticket, number, actor, around)
        lines = [f"Petición {number}: cerrada. El asistente vuelve a contestar."]
    print("\n".join(lines))


def _list(session: Session, actor: Actor, around: Surroundings) -> list[str]:
    found = tickets.waiting_or_held(session)
    audit.write(session, actor, Action.TICKET_LIST, None, around.now)
    if not found:
        return ["No hay peticiones abiertas."]
    return [f"{each.id:>5}  {each.state:<9} {in_mexico(each.opened_at)}  {each.reason:<18} {each.holder or '—'}" for each in found]


def _show(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> list[str]:
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


def _file(
    database: Database, folder: Path, ticket_id: int, number: str, actor: Actor, why: str, now: datetime, fetch: attachments.Fetch
) -> Path:
    if not number.isdecimal():
        raise RefusedError("Falta el número del archivo: ./puente tickets file 12 34 --why …")
    file_id = database.call(open_file, ticket_id, int(number), actor, why, now)
    return attachments.keep(fetch, file_id, folder, f"{ticket_id}-{number}")


def open_file(session: Session, ticket_id: int, number: int, actor: Actor, why: str, now: datetime) -> str:
    """What the file is fetched by, and the opening written down with its reason. Raises RefusedError."""
    reason = visible.checked_reason(why)
    file_id = attachments.open_for(session, ticket_id, number, actor.name, now)
    conversation = session.get_one(Conversation, tickets.get(session, ticket_id).conversation_id)
    audit.write(session, actor, Action.FILE_OPEN, conversation.reference, now, why=reason)
    return file_id


def claim_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> Ticket:
    ticket = tickets.claim(session, ticket_id, actor.name, around.now)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    audit.write(session, actor, Action.TICKET_CLAIM, conversation.reference, around.now)
    return ticket


def reply_to(session: Session, ticket_id: int, actor: Actor, text: str, around: Surroundings) -> bool:
    """False: it is written down, but the person has blocked the bot."""
    if not text.strip():
        raise RefusedError('Falta el texto: ./puente tickets reply 12 "Buenas tardes…"')
    ticket = tickets.held(session, ticket_id, actor.name)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    put(session, conversation, [Reply(text.strip())], Direction.STAFF, around)
    audit.write(session, actor, Action.TICKET_REPLY, conversation.reference, around.now)
    return conversation.blocked_at is None


def close_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> None:
    ticket = tickets.close(session, ticket_id, actor.name, around.now)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    conversation.misses = 0
    tell(session, conversation, rendered(conversation, "utter_ticket_closed", around), around)
    audit.write(session, actor, Action.TICKET_CLOSE, conversation.reference, around.now)
