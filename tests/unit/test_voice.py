"""Voice notes with a transcriber: what it understands is the turn's text. The program that listens is a script; Telegram is a fake."""

import asyncio
import logging
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from telegram.error import BadRequest, TimedOut

from bot.conversation import worker as workers
from bot.conversation.inbox import LEASE, Arrival
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.live import LiveContent
from bot.conversation.worker import Worker
from bot.rasa.client import PATIENCE
from bot.records.database import Database
from bot.telegram_adapter.files import Transcriber
from bot.telegram_adapter.line import Line
from tests import intake
from tests import telegram_json as telegram
from tests.bot_api import until
from tests.chats import Chat
from tests.outgoing import BOT, NOW
from tests.telegram_json import file
from tests.worker import SAID, Rasa, push, run, take, transcript, working
from tests.worker import all_done as all_are_done

DANGER = "me quiero matar"
NOTE = file("voice")
HEARD, UNCLEAR = "utter_heard", "utter_voice_unclear"


@pytest.fixture
def listened(ana: Chat) -> Chat:
    ana.hears = "mil gracias"
    return ana


# The turn


def test_what_is_understood_of_a_voice_note_is_the_turns_text(listened: Chat) -> None:
    assert listened.sends(**NOTE) == [HEARD, "utter_thank"]
    assert listened.asked == ["mil gracias"] and listened.heard()[0].text == "mil gracias"


def test_danger_in_a_voice_note_is_danger_and_is_answered_at_once(ana: Chat) -> None:
    ana.hears = DANGER
    danger = ana.takes(telegram.message(**NOTE))
    assert danger.safety is not None and len(danger.replies) == 1 and ana.asked == []


def test_a_command_that_is_spoken_is_done(ana: Chat) -> None:
    ana.hears = "persona"
    assert ana.sends(**NOTE) == [HEARD, "utter_person_requested"]


def test_a_voice_note_nobody_can_make_out_is_said_so_and_kept_for_staff(ana: Chat) -> None:
    ana.hears = ""
    assert ana.sends(**NOTE) == [UNCLEAR]
    assert [each.kind for each in ana.attachments()] == ["voice"] and ana.heard()[0].text == "[voice]"


def test_a_voice_note_in_which_nothing_can_be_read_is_unclear(ana: Chat) -> None:
    ana.hears = " \u200b"
    assert ana.sends(**NOTE) == [UNCLEAR]


@pytest.mark.parametrize("heard", ["", "mil gracias"])
def test_danger_typed_beside_a_voice_note_is_danger_whatever_is_heard(ana: Chat, heard: str) -> None:
    ana.hears = heard
    danger = ana.takes(telegram.message(**NOTE, caption=DANGER))
    assert danger.safety is not None and ana.asked == [] and [each.kind for each in ana.attachments()] == ["voice"]


def test_what_is_typed_beside_an_unclear_voice_note_is_answered(ana: Chat) -> None:
    ana.hears = ""
    assert ana.sends(**NOTE, caption="mil gracias") == ["utter_thank"]
    assert ana.asked == ["mil gracias"] and [each.kind for each in ana.attachments()] == ["voice"]


def test_what_is_typed_beside_a_voice_note_is_answered_with_what_is_heard(listened: Chat) -> None:
    assert listened.sends(**NOTE, caption="hola") == [HEARD, "utter_thank"]
    assert listened.asked == ["hola\nmil gracias"]


def test_in_a_request_an_unclear_voice_note_is_followed_by_the_question_again(ana: Chat) -> None:
    ana.hears = ""
    ana.is_at(intake.at_need())
    assert ana.sends(**NOTE) == [UNCLEAR, "ask_referral_intake_need"]


def test_in_a_request_a_voice_note_answers_the_question(ana: Chat) -> None:
    ana.hears = "Trabajo"
    ana.is_at(intake.at_need())
    assert ana.sends(**NOTE) == [HEARD, "ask_referral_intake_story"]


@pytest.mark.parametrize("hears", ["", "mil gracias"])
def test_while_a_person_holds_the_ticket_a_voice_note_is_written_down_in_silence(ana: Chat, hears: str) -> None:
    ana.person_holds()
    ana.hears = hears
    assert ana.sends(**NOTE) == []
    assert ana.heard()[-1].text == (hears or "[voice]")
    assert [each.kind for each in ana.attachments()] == ["voice"], "whoever holds the ticket may want to listen"


def test_with_a_ticket_waiting_what_was_heard_is_kept_with_its_recording(listened: Chat) -> None:
    listened.person_waits()
    assert listened.sends(**NOTE) == [HEARD, "utter_thank"]
    assert len(listened.attachments()) == 1


def test_too_many_unclear_voice_notes_are_a_flood(ana: Chat) -> None:
    ana.hears = ""
    said = [ana.sends(**NOTE) for _ in range(32)]
    assert said[29:] == [[UNCLEAR], ["utter_too_many"], []]


@pytest.mark.parametrize(
    "content", [file("voice", file_size=30_000_000), file("audio"), file("video_note")], ids=["too big", "audio", "video_note"]
)
def test_only_voice_notes_of_a_size_are_listened_to(listened: Chat, content: dict[str, Any]) -> None:
    assert HEARD not in listened.sends(**content)


def test_without_a_transcriber_nobody_listens(ana: Chat) -> None:
    assert ana.sends(**NOTE) == ["utter_received_voice"]


# The worker


def note(chat: str = "ana", file_id: str = "voice-id") -> Arrival:
    return Arrival(BOT, f"{chat}: {file_id}", chat, Incoming(Kind.VOICE, file_id=file_id, mime_type="audio/ogg", size=9000), NOW)


Listen = Callable[[str, str], Awaitable[str | None]]


def after_notes(database: Database, live: LiveContent, rasa: Rasa, listen: Listen, *notes: Arrival) -> list[tuple[str, str]]:
    async def go() -> None:
        async with working(database, live, rasa) as worker:
            worker.listen = listen
            await push(database, worker, *notes)
            await until(lambda: database.run(all_are_done))

    run(go())
    return database.call(transcript, "ana")


def test_the_worker_has_a_note_listened_to_once_and_answers_its_words(database: Database, live: LiveContent) -> None:
    rasa, listened_to = Rasa(), []

    async def listen(bot_id: str, file_id: str) -> str:
        listened_to.append(file_id)
        return "quisiera dar las gracias"

    assert after_notes(database, live, rasa, listen, note()) == [("in", "quisiera dar las gracias"), ("out", HEARD), ("out", SAID)]
    assert (listened_to, rasa.asked) == (["voice-id"], ["quisiera dar las gracias"])


@pytest.mark.parametrize("text", [None, ""])
def test_a_note_in_which_nothing_is_understood_is_answered_so(database: Database, live: LiveContent, text: str | None) -> None:
    async def listen(bot_id: str, file_id: str) -> str | None:
        return text

    assert after_notes(database, live, Rasa(), listen, note()) == [("in", "[voice]"), ("out", UNCLEAR)]


def test_a_note_that_takes_too_long_is_answered_so(database: Database, live: LiveContent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LISTENING", 0.05)

    async def listen(bot_id: str, file_id: str) -> str:
        await asyncio.Event().wait()
        raise AssertionError("nobody waits for it")

    assert after_notes(database, live, Rasa(), listen, note()) == [("in", "[voice]"), ("out", UNCLEAR)]


def test_the_time_to_listen_and_to_understand_is_less_than_the_lease() -> None:
    assert LEASE.total_seconds() - 5 > workers.LISTENING + PATIENCE


def test_who_listens_does_not_hold_up_other_chats(database: Database, live: LiveContent) -> None:
    async def go() -> None:
        heard = asyncio.Event()

        async def listen(bot_id: str, file_id: str) -> str:
            await heard.wait()
            return "gracias por todo"

        async with working(database, live, Rasa()) as worker:
            worker.listen = listen
            await push(database, worker, note())
            assert (await (await take(cast(Worker, worker), "beto", "hola buenas"))).replies[0].response == SAID
            assert await database.run(transcript, "ana") == []
            heard.set()
            await until(lambda: database.run(all_are_done))

    run(go())
    assert database.call(transcript, "ana")[-1] == ("out", SAID)


# The program


class File:
    def __init__(self, content: bytes) -> None:
        self.content = content

    async def download_to_drive(self, target: Path) -> None:
        target.write_bytes(self.content)


class Telegram:
    """Gives the files it knows."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    async def get_file(self, file_id: str) -> File:
        if self.failure:
            raise self.failure
        return File(f"recording {file_id}".encode())


class FakeLine:
    def __init__(self, bot: Telegram) -> None:
        self.bot = bot


def transcriber(tmp_path: Path, script: str, failure: Exception | None = None) -> Transcriber:
    program = tmp_path / "a program"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Transcriber(cast(Line, FakeLine(Telegram(failure))), f"'{program}' --language es")


def test_the_program_gets_the_recording_as_its_last_argument_and_prints_the_words(tmp_path: Path) -> None:
    listener = transcriber(tmp_path, f'echo "$3" > "{tmp_path}/where"; echo; echo "$1 $2: $(cat "$3")"; echo; echo noise >&2')
    assert run(listener.listen("v1")) == "--language es: recording v1"
    recording = Path((tmp_path / "where").read_text().strip())
    assert not recording.exists() and not recording.parent.exists(), "the recording is deleted"


@pytest.mark.parametrize(
    ("script", "words"), [("exit 0", None), ("echo '  '", None), ("echo hola; exit 3", None), (r"printf 'a\377o'", "a\ufffdo")]
)
def test_a_program_that_says_nothing_or_fails_has_heard_nothing(tmp_path: Path, script: str, words: str | None) -> None:
    assert run(transcriber(tmp_path, script).listen("v1")) == words


@pytest.mark.parametrize("failure", [BadRequest("Wrong file_id Ana Secreta"), TimedOut()])
def test_a_recording_that_telegram_does_not_give_is_not_heard(tmp_path: Path, failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "bot"):
        assert run(transcriber(tmp_path, "echo hola", failure).listen("v1")) is None
    assert type(failure).__name__ in caplog.text and "ecret" not in caplog.text


def test_a_program_that_is_not_there_has_heard_nothing() -> None:
    assert run(Transcriber(cast(Line, FakeLine(Telegram())), "/no/such/program").listen("v1")) is None


def test_a_program_that_is_given_up_is_ended_and_its_recording_deleted(tmp_path: Path) -> None:
    listener = transcriber(
        tmp_path,
        f'echo "$3" > "{tmp_path}/where.new"; echo $$ > "{tmp_path}/pid"; mv "{tmp_path}/where.new" "{tmp_path}/where"; exec sleep 60',
    )

    async def go() -> None:
        listening = asyncio.create_task(listener.listen("v1"))
        while not (tmp_path / "where").exists():
            await asyncio.sleep(0.01)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    run(go())
    assert not Path((tmp_path / "where").read_text().strip()).exists()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_one_recording_is_listened_to_at_a_time(tmp_path: Path) -> None:
    log = tmp_path / "log"
    listener = transcriber(tmp_path, f'echo begin >> "{log}"; sleep 0.05; echo end >> "{log}"; echo hola')

    async def go() -> list[str | None]:
        return await asyncio.gather(*(listener.listen(f"v{number}") for number in range(3)))

    assert run(go()) == ["hola"] * 3
    assert log.read_text().split() == ["begin", "end"] * 3


def test_the_words_are_cut_to_what_a_message_holds(ana: Chat) -> None:
    ana.hears = "gracias " * 2000
    assert ana.sends(**NOTE)[0] in ("utter_text_cut", HEARD)
    assert len(ana.heard()[0].text) <= 4096
