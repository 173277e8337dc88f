"""A person with an application for Migrante Emprende, and the door that brings their photographs: for the tests of cases."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cases import files
from bot.cases.fetching import Fetching
from bot.errors import PuenteError
from bot.permissions import Actor
from bot.records.cases import CaseDocument, CaseEvent, CaseFile
from bot.records.referrals import Consent, ConsentKind, Referral
from bot.records.staff import Role
from tests import telegram_json as telegram
from tests.chats import Chat

ROSA = Actor("rosa", Role.AGENT)
OF_IPAM = Actor("ipam.ana", Role.PARTNER, "ipam")
OF_NAUCALPAN = Actor("nau.luz", Role.PARTNER, "naucalpan")
BIRTH, COURSE = "birth_certificate", "icatep_certificate"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"acta de nacimiento de Ana" * 40
PDF = b"%PDF-1.4\n" + b"constancia" * 40
WAYS = {"chat": "application_migrante_emprende.contact_way=chat", "telephone": "application_migrante_emprende.contact_way=telephone"}


def applies(chat: Chat, way: str = "chat") -> str:
    """All the questions of the application, answered; its folio."""
    chat.says("/start migrante_emprende")
    chat.presses("/start_application=migrante_emprende")
    chat.presses("application_migrante_emprende.business=start")
    chat.presses("/skip=idea")
    chat.says("Atlixco")
    chat.presses(WAYS[way])
    if way == "telephone":
        chat.says("2221234567")
    chat.says("sí autorizo")
    return case_of(chat)[1].folio


def sends_photo(chat: Chat, document: str = BIRTH, file_id: str = "photo-1") -> list[str]:
    """The document's button, leave to keep it if that is asked for, and the photograph."""
    chat.presses("/my_case")
    asked = chat.presses(f"/send_document=migrante_emprende.{document}")
    if asked[-1] == "ask_photos_migrante_emprende_consent":
        chat.says("sí autorizo")
    return chat.sends(**telegram.file("photo", file_id=file_id))


def case_of(chat: Chat) -> tuple[CaseFile, Referral]:
    def look(session: Session) -> tuple[CaseFile, Referral]:
        query = select(CaseFile, Referral).join(Referral).where(Referral.conversation_id == chat.conversation(session).id)
        [row] = session.execute(query)
        return row[0], row[1]

    return chat.call(look)


def document_of(chat: Chat, name: str = BIRTH) -> CaseDocument:
    case, _ = case_of(chat)
    query = select(CaseDocument).where(CaseDocument.case_file_id == case.id, CaseDocument.name == name)
    return chat.call(lambda session: session.scalars(query).one())


def events_of(chat: Chat) -> list[CaseEvent]:
    query = select(CaseEvent).where(CaseEvent.case_file_id == case_of(chat)[0].id).order_by(CaseEvent.id)
    return chat.call(lambda session: list(session.scalars(query)))


def photo_consents(chat: Chat) -> list[Consent]:
    query = select(Consent).where(Consent.kind == ConsentKind.DOCUMENTS, Consent.referral_id == case_of(chat)[1].id)
    return chat.call(lambda session: list(session.scalars(query)))


class Door:
    """Gives what it was told to give, after so many failures; notes what it was asked for."""

    def __init__(self, gives: bytes = JPEG, fails: tuple[PuenteError, ...] = ()) -> None:
        self.gives, self.fails, self.asked = gives, list(fails), list[str]()
        self.meanwhile: Callable[[], object] = lambda: None

    async def fetch(self, file_id: str) -> bytes:
        self.asked.append(file_id)
        self.meanwhile()
        if self.fails:
            raise self.fails.pop(0)
        return self.gives


def fetching(chat: Chat, folder: Path, door: Door) -> Fetching:
    return Fetching(chat.database, chat.bot_id, folder, door.fetch)


def fetches(chat: Chat, folder: Path, door: Door | None = None, of: Fetching | None = None) -> int:
    """One round; how many photographs were stored."""
    round_of = of or fetching(chat, folder, door or Door())
    return asyncio.run(round_of.once(replace(chat.around, now=chat.now)))


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def kept(chat: Chat, folder: Path) -> str:
    """An application with a photograph that lies in the folder; its folio."""
    folio = applies(chat)
    sends_photo(chat)
    assert fetches(chat, folder) == 1
    return folio


def look(chat: Chat, folio: str, actor: Actor = ROSA, why: str | None = "revisar el acta") -> str:
    content = chat.around.content
    return chat.call(lambda session: files.open_for(session, actor, folio, BIRTH, why, content, chat.now))
