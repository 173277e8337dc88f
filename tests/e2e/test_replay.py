"""Telegram may hand the same update over again and again: it is kept once, dealt with once and answered once."""

import asyncio
from collections.abc import Callable

import pytest

from tests.e2e import updates
from tests.e2e.accounts import Account, accounts
from tests.e2e.conftest import SECRET, BotAlone
from tests.e2e.peer import Peer
from tests.e2e.post import post_at_once

TIMES = (1, 2, 10)
FIRST_UPDATE, FIRST_CHAT, FIRST_GROUP = 500_000, 600_000, -600_000
Make = Callable[[Peer, int], updates.Json]

PRIVATE: dict[str, Make] = {
    name: (lambda peer, chat, content=content: peer.said(chat, content)) for name, content in (updates.CONTENTS | updates.SERVICE).items()
}
AFTER_A_MENU: dict[str, Make] = {
    "button": lambda peer, chat: peer.pressed(chat, "/topic_consular"),
    "forged button": lambda peer, chat: peer.pressed(chat, "/withdraw_referral=PTE-26-AAAAAA"),
    "correction": lambda peer, chat: {"edited_message": peer.said(chat, updates.text("ayuda"))["message"] | {"edit_date": 1_800_000_000}},
    "live location moves": lambda peer, chat: {
        "edited_message": peer.said(chat, updates.location(live=900))["message"] | {"edit_date": 1_800_000_000}
    },
    "unblocked": lambda _peer, chat: updates.membership(updates.chat(chat), "kicked", "member", chat),
}
ELSEWHERE: dict[str, Make] = {
    "channel post": lambda peer, chat: peer.said(chat, updates.text("menu"), "channel"),
    "added to a group": lambda _peer, chat: updates.membership(updates.chat(chat, "supergroup"), "left", "member", 700_700_700),
    "unheard of": lambda _peer, _chat: updates.unheard_of(),
}
IN_GROUPS: dict[str, Make] = {
    name: (lambda peer, chat, content=content: peer.said(chat, content, "supergroup")) for name, content in updates.IN_GROUPS.items()
}
KINDS = PRIVATE | AFTER_A_MENU | ELSEWHERE | IN_GROUPS


def places() -> dict[tuple[str, int], int]:
    """A chat for each kind of update and each number of times."""
    names = [(name, times) for name in KINDS for times in TIMES]
    return {key: FIRST_GROUP - place if key[0] in ELSEWHERE | IN_GROUPS else FIRST_CHAT + place for place, key in enumerate(names)}


def hand_over(alone: BotAlone, peer: Peer, batch: list[updates.Json], times: int) -> None:
    """All of the batch so many times: in as many answers to polls, or in POSTs at the same moment."""
    if alone.has_webhook:

        async def post() -> None:
            for update in batch:
                assert all(await post_at_once(f"{alone.address}/telegram", SECRET, update, times))

        asyncio.run(post())
        return
    polls = peer.polls
    peer.post.hand_next_batch_again(times - 1)
    peer.deliver_all(batch)
    alone.wait_until_idle(peer)
    assert peer.polls >= polls + times - 1 and peer.post.hand_again == 0


def test_every_kind_of_update_is_dealt_with_once_however_often_it_comes(alone: BotAlone, peer: Peer) -> None:
    chats = places()
    alone.start().wait_until_ready()
    peer.deliver_all(peer.said(chats[name, times], updates.text("menu")) for name in AFTER_A_MENU for times in TIMES)
    alone.wait_until_idle(peer)
    number = FIRST_UPDATE
    for times in TIMES:
        batch = []
        for name, make in KINDS.items():
            number += 1
            batch.append(make(peer, chats[name, times]) | {"update_id": number})
        hand_over(alone, peer, batch, times)
    alone.wait_until_idle(peer)
    assert (peer.polls == 0) is alone.has_webhook
    assert alone.stop() == 0
    kept = accounts(alone.var)
    wrong = {}
    for name in KINDS:
        mine = [kept.get(str(chats[name, times]), Account()) for times in TIMES]
        got = [len(peer.to(chats[name, times])) for times in TIMES]
        left = [sum(call["chat_id"] == str(chats[name, times]) for call in peer.called("leaveChat")) for times in TIMES]
        alike = len(set(got)) == 1 and len({len(each.said) for each in mine}) == 1 and max(left) <= 1
        answered = name not in updates.CONTENTS or (len(mine[0].said) == 1 and got[0] >= 1 and not mine[0].silent)
        if not (alike and answered and not any(each.repeats for each in mine)):
            wrong[name] = {"messages got": got, "kept": [each.said for each in mine], "groups left": left}
    assert not wrong


@pytest.mark.parametrize("name", ["text", "button"])
def test_an_update_that_comes_again_after_a_new_start_is_known(alone: BotAlone, peer: Peer, name: str) -> None:
    alone.start().wait_until_ready()
    peer.message(FIRST_CHAT, "menu")
    peer.wait_for(FIRST_CHAT, 1)
    update = KINDS[name](peer, FIRST_CHAT) | {"update_id": FIRST_UPDATE}
    for _ in range(2):
        hand_over(alone, peer, [update], 1)
        alone.wait_until_idle(peer)
        assert len(peer.wait_for(FIRST_CHAT, 2)) == 2
        alone.stop()
        alone.start().wait_until_ready()
