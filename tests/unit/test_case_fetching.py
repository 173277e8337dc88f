"""Photographs fetched behind the turn: again after a failure, given up when the door will never give them, dropped when taken back."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TimedOut

from bot.cases import checklist, files, keeping
from bot.cases.checklist import stored_name
from bot.cases.fetching import GIVEN_UP_AFTER, LONGEST_WAIT, awaited
from bot.errors import RefusedError, TelegramError
from bot.records.cases import DocumentState
from bot.records.columns import KeyRing
from bot.telegram_adapter.files import fetch_bytes
from tests.case_files import BIRTH, COURSE, JPEG, PDF, ROSA, Door, applies, case_of, document_of, fetches, fetching, files_in, sends_photo
from tests.chats import Chat
from tests.unit.test_notices import STOPS

DOWN = TelegramError("no se puede")
HARMFUL = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\0" * 64


@pytest.fixture
def sent(ana: Chat) -> Chat:
    """Ana has sent a photograph of her birth certificate."""
    applies(ana)
    sends_photo(ana)
    return ana


def test_a_photograph_is_fetched_once_stored_and_its_name_at_the_door_forgotten(sent: Chat, folder: Path) -> None:
    door = Door()
    assert fetches(sent, folder, door) == 1 and fetches(sent, folder, door) == 0
    row = document_of(sent)
    assert (row.state, row.file_id, door.asked) == (DocumentState.SENT, None, ["photo-1"])
    assert row.stored and KeyRing.current().decrypt_bytes((folder / f"{row.stored}.case").read_bytes()) == JPEG


def test_the_turn_waits_for_no_download(sent: Chat, folder: Path) -> None:
    assert document_of(sent).stored is None and files_in(folder) == []
    assert sent.transcript()[-1].response == "utter_case_document_received"


def test_a_failure_is_tried_again_after_longer_and_longer_and_a_new_process_forgets_nothing(sent: Chat, folder: Path) -> None:
    door = Door(fails=(DOWN, DOWN, DOWN))
    of = fetching(sent, folder, door)
    waits = []
    for _ in range(3):
        before = len(door.asked)
        waited = 0
        while len(door.asked) == before:
            fetches(sent, folder, of=of)
            sent.later(seconds=1)
            waited += 1
        waits.append(waited)
    assert waits == [1, 5, 10] and document_of(sent).file_id == "photo-1"
    assert fetches(sent, folder, of=of) == 0, "it waits"
    assert fetches(sent, folder, Door()) == 1, "another process begins anew"


def test_the_wait_has_an_end_and_other_photographs_do_not_wait_along(sent: Chat, folder: Path) -> None:
    sends_photo(sent, COURSE, "photo-2")
    door = Door(fails=(DOWN,))
    of = fetching(sent, folder, door)
    assert fetches(sent, folder, of=of) == 1
    assert document_of(sent).file_id == "photo-1" and document_of(sent, COURSE).file_id is None
    sent.later(seconds=LONGEST_WAIT.total_seconds())
    assert fetches(sent, folder, of=of) == 1 and document_of(sent).file_id is None


@pytest.mark.parametrize("data", [HARMFUL, b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"solo texto"], ids=["program", "svg", "text"])
def test_what_could_do_harm_is_not_kept_and_another_is_asked_for(data: bytes, sent: Chat, folder: Path) -> None:
    assert fetches(sent, folder, Door(data)) == 0 and files_in(folder) == []
    assert (document_of(sent).state, document_of(sent).file_id) == (DocumentState.MISSING, None)
    assert sent.transcript()[-1].response == "utter_case_photo_refused" and "Acta de nacimiento" in sent.transcript()[-1].text
    assert sends_photo(sent, file_id="photo-2") == ["utter_case_document_received"]


@pytest.mark.parametrize("stop", ["blocked", "stopped", "took the leave to write back"])
def test_who_is_not_to_be_written_to_is_told_nothing_of_a_lost_photograph(stop: str, sent: Chat, folder: Path) -> None:
    STOPS[stop](sent)
    said = len(sent.transcript())
    fetches(sent, folder, Door(HARMFUL))
    assert document_of(sent).state is DocumentState.MISSING and len(sent.transcript()) == said


def test_what_the_door_will_never_give_is_given_up_at_once(sent: Chat, folder: Path) -> None:
    assert fetches(sent, folder, Door(fails=(RefusedError("demasiado grande"),))) == 0
    assert document_of(sent).file_id is None and sent.transcript()[-1].response == "utter_case_photo_refused"


def test_after_two_days_of_nothing_another_is_asked_for(sent: Chat, folder: Path) -> None:
    sent.later(seconds=GIVEN_UP_AFTER.total_seconds() + 1)
    fetches(sent, folder, Door(fails=(DOWN,)))
    assert document_of(sent).state is DocumentState.MISSING and sent.transcript()[-1].response == "utter_case_photo_refused"


def test_a_photograph_taken_back_while_it_is_fetched_is_not_kept(sent: Chat, folder: Path) -> None:
    door = Door()
    door.meanwhile = lambda: sent.presses("/withdraw_photos")
    assert fetches(sent, folder, door) == 0
    assert files_in(folder) == []
    sent.call(lambda session: keeping.follow_lately(session, folder, sent.now))
    assert document_of(sent).stored is None


def test_without_leave_nothing_is_asked_of_the_door(sent: Chat, folder: Path) -> None:
    sent.later(days=181)
    door = Door()
    assert fetches(sent, folder, door) == 0 and door.asked == []


def test_another_photograph_of_the_same_paper_replaces_the_first(sent: Chat, folder: Path) -> None:
    fetches(sent, folder)
    first = document_of(sent).stored
    around, folio = replace(sent.around, now=sent.now), case_of(sent)[1].folio
    sent.call(lambda session: checklist.decide(session, ROSA, folio, BIRTH, DocumentState.REJECTED, "borrosa", around))
    sends_photo(sent, file_id="photo-2")
    assert fetches(sent, folder, Door(PDF)) == 1
    row = document_of(sent)
    assert row.stored != first and files_in(folder) == [f"{row.stored}.case"]


def test_a_death_between_the_file_and_the_row_brings_the_photograph_again(
    sent: Chat, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    of = fetching(sent, folder, Door())
    with monkeypatch.context() as patched:
        patched.setattr(of._database, "run_durable", dies)
        with pytest.raises(asyncio.CancelledError):
            fetches(sent, folder, of=of)
    assert document_of(sent).file_id == "photo-1" and document_of(sent).stored is None
    assert fetches(sent, folder, Door()) == 1 and len(files_in(folder)) == 1, "the lost one lies there beside it"


def test_a_full_disk_is_tried_again(sent: Chat, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("bot.cases.files.store", full)
        assert fetches(sent, folder) == 0
    assert document_of(sent).file_id == "photo-1"
    assert fetches(sent, folder) == 1


def test_a_door_fetches_only_what_came_through_it(sent: Chat) -> None:
    other = Chat(sent.database, sent.around)
    applies(other)
    sends_photo(other, file_id="of-beto")
    found = sent.call(lambda session: awaited(session, sent.bot_id, sent.now))
    assert [each.file_id for each in found] == ["photo-1"]


class TelegramFile:
    def __init__(self, size: int | None, data: bytes) -> None:
        self.file_size, self.data = size, data

    async def download_as_bytearray(self) -> bytearray:
        return bytearray(self.data)


class TelegramBot:
    """Stands in for telegram.Bot."""

    def __init__(self, answer: TelegramFile | Exception) -> None:
        self.answer = answer

    async def get_file(self, file_id: str) -> TelegramFile:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def fetched(answer: TelegramFile | Exception) -> bytes:
    bot: Bot = TelegramBot(answer)  # type: ignore[assignment]
    return asyncio.run(fetch_bytes(bot, "photo-1"))


def test_telegram_gives_the_bytes() -> None:
    assert fetched(TelegramFile(10, JPEG)) == JPEG


@pytest.mark.parametrize("answer", [BadRequest("File is too big"), TelegramFile(20_000_001, JPEG)])
def test_a_file_that_is_too_big_is_never_given(answer: TelegramFile | Exception) -> None:
    with pytest.raises(RefusedError):
        fetched(answer)


@pytest.mark.parametrize("answer", [TimedOut(), NetworkError("reset"), BadRequest("wrong file_id or the file is temporarily unavailable")])
def test_what_telegram_may_give_later_is_asked_for_again(answer: Exception) -> None:
    with pytest.raises(TelegramError):
        fetched(answer)


def test_a_photograph_that_was_stored_by_a_process_that_died_is_no_second_one(sent: Chat, folder: Path) -> None:
    """It died between storing it and saying so: the next fetch writes the same file, and taking the leave back deletes it."""
    document = document_of(sent)
    name = stored_name(document)
    files.store(folder, JPEG, name)
    assert fetches(sent, folder) == 1
    assert document_of(sent).stored == name and len(files_in(folder)) == 1
    sent.presses("/withdraw_photos")
    sent.call(lambda session: keeping.follow_lately(session, folder, sent.now))
    assert files_in(folder) == []


def test_a_photograph_that_a_dead_process_stored_goes_though_nobody_fetches_it_again(sent: Chat, folder: Path) -> None:
    files.store(folder, JPEG, stored_name(document_of(sent)))
    sent.presses("/withdraw_photos")
    sent.call(lambda session: keeping.follow_lately(session, folder, sent.now))
    assert files_in(folder) == []


def test_the_same_photograph_sent_again_is_kept(sent: Chat, folder: Path) -> None:
    fetches(sent, folder)
    sends_photo(sent)
    fetches(sent, folder)
    assert len(files_in(folder)) == 1 and document_of(sent).stored is not None
