"""Requests to Telegram: what came of them, and whether Telegram can have seen them. The other side is a real server on loopback."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from telegram import Bot
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError, TimedOut

from bot.telegram_adapter.http import AiohttpRequest, FateUnknownError, NeverLeftError

type Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MESSAGE = {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "hola"}


def answering(status: int, body: object) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        text = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + text)
        await writer.drain()
        writer.close()

    return answer


async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.read()
    writer.close()


async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


def send(answer: Answer | None, read_timeout: float = 5, initialized: bool = True) -> int:
    """The id of the message sent; without an answer nobody listens."""

    async def run() -> int:
        server = await asyncio.start_server(answer or hanging, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        if answer is None:
            server.close()
        request = AiohttpRequest(2, connect_timeout=5, read_timeout=read_timeout)
        if initialized:
            await request.initialize()
        bot = Bot("1:x", base_url=f"http://127.0.0.1:{port}/bot", request=request)
        try:
            return (await bot.send_message(1, "hola")).message_id
        finally:
            await request.shutdown()
            server.close()
            await server.wait_closed()

    return asyncio.run(run())


@pytest.mark.parametrize("initialized", [True, False])
def test_what_telegram_answers_is_read(initialized: bool) -> None:
    assert send(answering(200, {"ok": True, "result": MESSAGE}), initialized=initialized) == 7


@pytest.mark.parametrize(("status", "error"), [(400, BadRequest), (401, InvalidToken), (502, NetworkError)])
def test_an_answer_that_is_no_success_is_an_error_of_its_kind(status: int, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        send(answering(status, {"ok": False, "description": "no"}))
    assert not isinstance(raised.value, NeverLeftError | FateUnknownError)


def test_a_request_that_found_nobody_never_left() -> None:
    with pytest.raises(NeverLeftError):
        send(None)


def test_a_request_for_which_no_address_is_found_never_left() -> None:
    async def run() -> None:
        request = AiohttpRequest(2, connect_timeout=5)
        try:
            await Bot("1:x", base_url="http://no-such-host.invalid/bot", request=request).send_message(1, "hola")
        finally:
            await request.shutdown()

    with pytest.raises(NeverLeftError):
        asyncio.run(run())


def test_an_answer_that_does_not_come_in_time_is_a_time_out() -> None:
    with pytest.raises(TimedOut):
        send(hanging, read_timeout=0.2)


def test_a_connection_that_breaks_after_the_request_left_leaves_its_fate_unknown() -> None:
    with pytest.raises(FateUnknownError):
        send(hanging_up)


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_cannot_be_read_is_not_quoted_in_the_log(status: int, caplog: pytest.LogCaptureFixture) -> None:
    async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f'HTTP/1.1 {status} Said\r\nConnection: close\r\n\r\n{{"ok": true, "result": [{{"text": "me llamo Ana'.encode())
        await writer.drain()
        writer.close()

    with pytest.raises(TelegramError):
        send(cut_off)
    assert "Ana" not in caplog.text
