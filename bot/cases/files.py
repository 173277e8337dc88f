"""Photographs of documents in the data folder: encrypted before they touch the disk, named at random, kept while the person lets us.

A file is written whole under another name and then renamed, so that a name never stands for half of one. What no row speaks of (a process
died between the file and the row) is swept away after a while; the door has it still and brings it again.
"""

import os
import re
import secrets
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases.checklist import TO_SEND, forget_photo, row_of, stored_name
from bot.cases.consent import consent_stands, standing_consent
from bot.cases.opening import of_folio
from bot.cases.telling import programme_of
from bot.content.published import Content
from bot.errors import RefusedError
from bot.file_types import LARGEST, is_paper, kind_of
from bot.permissions import ASSISTANT, Action, Actor, Field, Sight, require, sight
from bot.records.cases import CaseDocument, CaseFile
from bot.records.columns import KeyRing
from bot.records.conversations import Conversation
from bot.records.keys import Keys
from bot.records.privacy import LegalHold
from bot.records.referrals import Referral
from bot.referrals import visible
from bot.referrals.lifecycle import TAKEN_BACK

ENCRYPTED, DRAFT, OPENED = ".case", ".draft", "open-"
OF_STORED = re.compile(rf"(?:{OPENED})?([0-9a-f]{{32}})[.-].*")  # the photograph, its draft and its readable copies
SWEPT_AFTER = timedelta(hours=1)


def look_at(data: bytes) -> None:
    """Raises RefusedError when it is too big or is no picture and no PDF, whatever its name says."""
    if len(data) > LARGEST:
        raise RefusedError(f"El archivo pasa de {LARGEST // 1_000_000} MB y no se guardó")
    if not is_paper(kind_of(data)[0]):
        raise RefusedError("El archivo no es una foto ni un PDF; no se guardó, porque podría hacer daño")


def store(folder: Path, data: bytes, name: str | None = None) -> str:
    """The name under which it now lies there, encrypted, on the disk."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = name or secrets.token_hex(16)
    _write(folder / f"{name}{ENCRYPTED}", KeyRing.current().encrypt_bytes(data))
    return name


def _write(path: Path, encrypted: bytes) -> None:
    draft = path.with_suffix(DRAFT)
    draft.unlink(missing_ok=True)  # of a process that died
    try:
        _write_private(draft, encrypted)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_private(path: Path, data: bytes) -> None:
    """Only its owner may read it, from the first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def remove(folder: Path, *names: str) -> int:
    """These photographs, with what was half written of them and the readable copies that staff opened. Returns how many files."""
    found = [path for path in _files(folder) if (match := OF_STORED.fullmatch(path.name)) and match[1] in names] if names else []
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def open_for(session: Session, actor: Actor, folio: str, name: str, why: str | None, content: Content, now: datetime) -> str:
    """The stored name of that document, and the opening written down with its reason. Raises RefusedError."""
    require(actor, Action.CASE_READ)
    if sight(actor.role, Field.DOCUMENTS) not in (Sight.ON_REASON, Sight.CONSENTED):
        raise RefusedError(f"{actor.name} no tiene permiso para ver papeles de personas")
    reason = visible.checked_reason(why or "")
    case, referral = of_folio(session, actor, folio)
    row = row_of(session, case, programme_of(content, case), name, now)
    if referral.state in TAKEN_BACK or standing_consent(session, case, now) is None:
        raise RefusedError(f"La persona no autoriza, o ya no autoriza, que se guarden fotos de sus papeles en {referral.folio}")
    if row.stored is None or row.file_id is not None or row.state in TO_SEND:
        raise RefusedError(f"Del papel «{name}» no hay foto guardada (está en «{row.state}»); si se acaba de mandar, espere un momento")
    reference = session.get_one(Conversation, referral.conversation_id).reference
    audit.write(session, actor, Action.FILE_OPEN, reference, now, why=f"{name}: {reason}")
    return row.stored


def read(folder: Path, name: str) -> bytes:
    """What was stored under that name. Raises RefusedError."""
    try:
        return KeyRing.current().decrypt_bytes((folder / f"{name}{ENCRYPTED}").read_bytes())
    except FileNotFoundError:
        raise RefusedError("El archivo ya no está en la carpeta de datos; pida a la persona que lo mande otra vez") from None


def lay_open(folder: Path, name: str) -> Path:
    """A readable copy for the member of staff who asked, for their eyes alone; it is swept away after a while. Raises RefusedError."""
    data = read(folder, name)
    path = folder / f"{OPENED}{name}-{secrets.token_hex(8)}{kind_of(data)[1]}"
    _write_private(path, data)
    return path


def delete_of(session: Session, conversation_id: int, folder: Path) -> int:
    """Every photograph of that conversation's cases goes, those still to be fetched too. Returns how many files. The rows stay."""
    query = (
        select(CaseDocument).join(CaseFile, CaseFile.id == CaseDocument.case_file_id).join(Referral, Referral.id == CaseFile.referral_id)
    )
    found = [row for row in session.scalars(query.where(Referral.conversation_id == conversation_id)) if row.stored or row.file_id]
    stored = [name for row in found for name in (row.stored, stored_name(row)) if name]
    for row in found:
        row.stored = row.file_id = row.why = None
    return remove(folder, *stored)


def delete_unwanted(session: Session, folder: Path, now: datetime, among: Collection[int] | None = None) -> int:
    """Photographs whose leave was taken back or has ended, or that the office did not take. A legal hold keeps them, closed to all.
    `among`: those referrals only."""
    held = exists().where(LegalHold.conversation_id == Referral.conversation_id, LegalHold.lifted_at.is_(None)).correlate(Referral)
    unwanted = or_(Referral.state.in_(TAKEN_BACK), ~consent_stands(now), CaseDocument.state.in_(TO_SEND))
    query = (
        select(CaseDocument, CaseFile, Conversation.reference)
        .join(CaseFile, CaseFile.id == CaseDocument.case_file_id)
        .join(Referral, Referral.id == CaseFile.referral_id)
        .join(Conversation, Conversation.id == Referral.conversation_id)
        .where(or_(CaseDocument.stored.is_not(None), CaseDocument.file_id.is_not(None)), unwanted, ~held)
        .order_by(CaseDocument.id)
        .with_for_update(of=CaseDocument, key_share=True, skip_locked=True)
    )
    wanted = query if among is None else query.where(Referral.id.in_(among))
    found, deleted = session.execute(wanted).all(), []
    for row, case, _ in found:
        forget_photo(session, case, row, ASSISTANT.name, now)
    remove(folder, *(row.stored for row, *_ in found if row.stored))
    for row, _, reference in found:
        if row.stored:
            row.stored = None
            deleted.append((reference, row.name))
    for reference, name in deleted:  # the audit's lock comes last: nobody waits with it for a row
        audit.write(session, ASSISTANT, "file.delete", reference, now, why=name)
    return len(found)


def sweep(session: Session, folder: Path, now: datetime) -> int:
    """What no row speaks of, what was left half written, and readable copies that staff asked for: gone an hour later."""
    known = {f"{name}{ENCRYPTED}" for name in session.scalars(select(CaseDocument.stored).where(CaseDocument.stored.is_not(None)))}
    count = 0
    for path in _files(folder):
        ours = path.suffix in (ENCRYPTED, DRAFT) or path.name.startswith(OPENED)
        with suppress(FileNotFoundError):
            if ours and path.name not in known and path.stat().st_mtime < (now - SWEPT_AFTER).timestamp():
                path.unlink()
                count += 1
    return count


def reencrypt(folder: Path, keys: Keys) -> int:
    """Every photograph that is under an older key is written anew with the first. Returns how many; can be repeated after a crash."""
    count = 0
    for path in _files(folder):
        if path.suffix != ENCRYPTED:
            continue
        with suppress(FileNotFoundError):  # deleted meanwhile
            if renewed := keys.renewed(path.read_bytes()):
                _write(path, renewed)
                count += 1
    return count


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else ()
