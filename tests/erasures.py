"""Somebody of whom everything is known, who asks to be erased: for the tests of erasures."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import files
from bot.conversation import outbox
from bot.conversation.inbox import chat_hash
from bot.conversation.outbox import Outcome
from bot.permissions import Action, Actor
from bot.records.cases import CaseDocument, CaseEvent, CaseFile, DocumentState, Stage
from bot.records.conversations import Message
from bot.records.referrals import PartnerLink, Referral
from bot.records.reviews import MessageTranslation, ProposedExample, Review
from bot.records.staff import Role
from bot.records.tickets import Alert, Channel, GroupTopic, ReplyDraft, ReplyProposal, Ticket, TicketNote, TicketTag, Viewing
from bot.referrals.lifecycle import FOLIO
from tests import intake
from tests import telegram_json as telegram
from tests.case_files import JPEG
from tests.chats import NOT_UNDERSTOOD, STAFF, Chat

STORY = "Me llamo Ana Secreta y debo dinero"
TELEPHONE = "+522221234567"
OFFICER = Actor("olga", Role.DATA_OFFICER)
ASIDE = ("erasure.erased", "audit.subject")  # random, and leads nowhere once the conversation is gone


def sends_a_case(chat: Chat) -> str:
    """A request with a name and a telephone in it; its folio."""
    chat.is_at(intake.at("contact_way", story=[STORY, STORY], municipality=["21114", "Puebla"]))
    chat.says("por teléfono")
    chat.sends(**telegram.OWN_CONTACT)
    chat.says("sí autorizo")
    found = FOLIO.search(" ".join(message.text for message in chat.transcript()))
    assert found is not None
    return found[0]


def opens_a_file_of_the_case(session: Session, folio: str, stored: str) -> None:
    """What staff and the institution did with it."""
    [referral] = session.scalars(select(Referral).where(Referral.folio == folio))
    at = referral.created_at
    case = CaseFile(referral_id=referral.id, programme="migrante_emprende", stage=Stage.VISIT, opened_at=at, changed_at=at)
    session.add(case)
    session.flush()
    session.add(CaseEvent(case_file_id=case.id, before=None, after=Stage.VISIT, who="rosa", why=None, at=at))
    session.add(CaseDocument(case_file_id=case.id, name="curp", state=DocumentState.SENT, stored=stored, why="borroso", changed_at=at))
    session.add(
        PartnerLink(referral_id=referral.id, organization_id="ipam", token="t" * 32, created_by="rosa", created_at=at, expires_at=at)
    )


def lives_through_everything(chat: Chat) -> dict[str, str]:
    """Somebody of whom every table knows something; the words to look for afterwards."""
    folder = chat.around.folder
    assert folder
    former = sends_a_case(chat)
    chat.says("/olvidar")
    folio = sends_a_case(chat)
    chat.says("mi correo es ana.secreta@example.org")
    chat.sends(**telegram.file("photo"), caption="mi acta")
    chat.person_holds()
    number = chat.call(chat.ticket).id
    stored = files.store(folder, JPEG)
    files.lay_open(folder, stored)
    for left in (f"{number}-1.jpg", f"{number}-1.new"):  # fetched by staff, and half fetched
        (folder / left).write_bytes(b"cara de Ana Secreta")
    (folder / f"{stored}{files.DRAFT}").write_bytes(b"half")
    chat.staff_says("Buenas tardes, señora Secreta")
    chat.call(lambda session: staff_write_about_her(session, number, chat.now))
    chat.database.call(opens_a_file_of_the_case, folio, stored)
    reference = str(chat.get("reference"))
    staff = Actor(STAFF, Role.AGENT)
    chat.call(lambda session: audit.write(session, staff, Action.IDENTITY_OPEN, reference, chat.now, "llamó la señora Secreta"))
    chat.staff_closes()
    chat.says("arco")
    chat.presses("arco_request.right=rectification")
    chat.understands = NOT_UNDERSTOOD
    chat.says("mi apellido es Secretísima")
    chat.delivers()
    return {
        "chat": chat_hash(chat.bot_id, chat.id), "number": f"'{chat.id}'", "folio": folio, "former folio": former, "reference": reference,
        "name": "Secret", "telephone": TELEPHONE, "document": stored, "file": "photo-id", "link": "t" * 32,
    }  # fmt: skip


def staff_write_about_her(session: Session, ticket_id: int, now: datetime) -> None:
    """A row of each table of the staff's about a ticket and about its first message."""
    said, about = "la señora Secreta", {"ticket_id": ticket_id, "who": STAFF}
    conversation_id = session.get_one(Ticket, ticket_id).conversation_id
    message_id = session.scalars(select(Message.id).where(Message.conversation_id == conversation_id).order_by(Message.id).limit(1)).one()
    session.add_all(
        [
            TicketTag(tag="albergue", at=now, **about),
            TicketNote(text=said, at=now, **about),
            ReplyDraft(text=said, saved_at=now, **about),
            ReplyProposal(text=said, why=said, proposed_at=now, **about),
            Viewing(seen_at=now, **about),
            Alert(ticket_id=ticket_id, kind="late", channel=Channel.GROUP, created_at=now, try_at=now),
            GroupTopic(conversation_id=conversation_id, group_id="-100", thread_id="7"),
            Review(message_id=message_id, who=STAFF, intent="greet", comment=said, at=now),
            ProposedExample(message_id=message_id, text=said, intent="greet", proposed_by=STAFF, proposed_at=now),
            MessageTranslation(message_id=message_id, language="en", text="Mrs. Secreta", made_by=STAFF, at=now),
        ]
    )


def asks_to_erase(chat: Chat) -> str:
    """The payload of the button that does it."""
    assert chat.says("/borrar") == ["utter_erase_ask"]
    return next(str(payload) for _, payload in chat.transcript()[-1].buttons or () if payload.startswith("/erase_now="))


def erases(chat: Chat) -> str:
    """What the person is told."""
    taken = chat.takes(telegram.pressed(asks_to_erase(chat)))
    assert [reply.response for reply in taken.replies] == ["utter_erased"]
    return taken.replies[0].text


def sender_delivers(chat: Chat) -> None:
    """All that is queued, call by call, as the sender does it."""
    outcomes: list[Outcome] = []
    for number in range(900, 1000):
        taken = chat.call(lambda session, made=outcomes: outbox.settle_and_take(session, made, chat.bot_id, [], 1, chat.now))  # type: ignore[misc]
        if not taken:
            return
        outcomes = [Outcome(taken[0].id, door_id=str(number) if taken[0].call in outbox.SAYING else None)]
