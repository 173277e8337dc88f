"""What is done to a chat: blocked, unblocked, a group, another number. Nothing of it is said to us, and nothing is answered but a group."""

from typing import Any

import pytest

from bot.conversation import inbox
from bot.records.deliveries import Call, OutboxState
from tests import intake
from tests import telegram_json as telegram
from tests.chats import THANKS, Chat
from tests.telegram_json import CHANNEL, GROUP, SUPERGROUP, membership, message

QUEUED, FAILED = OutboxState.QUEUED, OutboxState.FAILED


def blocks(ana: Chat) -> list[str]:
    return ana.gets(membership("kicked"))


def unblocks(ana: Chat) -> list[str]:
    return ana.gets(membership("member", before="kicked"))


def queued(ana: Chat) -> int:
    return len(ana.outbox(state=QUEUED))


def test_who_blocks_us_is_sent_nothing_that_was_queued(ana: Chat) -> None:
    ana.says("gracias")
    ana.says("ayuda")
    assert queued(ana) == 2
    assert blocks(ana) == []
    assert queued(ana) == 0
    assert {row.failure for row in ana.outbox(state=FAILED)} == {"blocked"} and ana.get("blocked_at") == ana.now


def test_what_staff_write_to_who_blocked_us_is_not_sent(ana: Chat) -> None:
    ana.person_holds()
    blocks(ana)
    ana.staff_says("¿Sigue ahí?")
    assert queued(ana) == 0 and ana.outbox(state=FAILED)[-1].failure == "blocked"


def test_a_question_that_waited_for_rasa_is_no_sign_that_we_are_unblocked(ana: Chat) -> None:
    ana.understands = None
    ana.says("¿cuánto cuesta el pasaporte?")
    blocks(ana)
    ana.understands = THANKS
    ana.asks_again("¿cuánto cuesta el pasaporte?")
    assert ana.get("blocked_at") is not None and queued(ana) == 0


@pytest.mark.parametrize("back", ["unblocks", "writes", "presses"])
def test_who_comes_back_is_answered_again(ana: Chat, back: str) -> None:
    ana.says("ayuda")
    blocks(ana)
    if back == "unblocks":
        assert unblocks(ana) == []
    said = ana.presses("/help") if back == "presses" else ana.says("gracias")
    assert len(said) == 1 and queued(ana) == 1
    assert ana.get("blocked_at") is None


def test_who_was_never_heard_of_may_block_and_unblock_us(ana: Chat) -> None:
    assert unblocks(ana) == [] and blocks(ana) == []
    assert [each.text for each in ana.heard()] == ["[unblocked]", "[blocked]"]


def test_half_a_request_waits_for_who_blocked_us_by_mistake(ana: Chat) -> None:
    ana.is_at(intake.at("municipality"))
    blocks(ana)
    unblocks(ana)
    assert ana.says("Atlixco") == ["ask_referral_intake_contact_way"]


# Groups and channels


@pytest.fixture(params=[GROUP, SUPERGROUP], ids=lambda chat: chat["type"])
def group(request: pytest.FixtureRequest, ana: Chat) -> Chat:
    ana.id = str(request.param["id"])
    return ana


def of_group(group: Chat) -> dict[str, Any]:
    return GROUP if group.id == str(GROUP["id"]) else SUPERGROUP


def test_a_group_is_told_once_that_we_only_talk_in_private_and_is_left(group: Chat) -> None:
    assert group.gets(membership("member", of_group(group), before="left")) == ["utter_group_refused"]
    assert group.gets(message(chat=of_group(group), text="hola a todos, soy Ana")) == []
    assert group.gets(message(chat=of_group(group), text="otra cosa")) == []
    assert [row.call for row in sorted(group.outbox() + group.outbox(call=Call.LEAVE), key=lambda row: row.id)] == [Call.SEND, Call.LEAVE]
    assert group.outbox(state=QUEUED)[0].chat_id == group.id


def test_a_group_in_which_we_already_were_is_told_at_its_first_message(group: Chat) -> None:
    assert group.gets(message(chat=of_group(group), text="hola a todos, soy Ana")) == ["utter_group_refused"]
    assert len(group.outbox(call=Call.LEAVE)) == 1


def test_nothing_said_in_a_group_is_kept(group: Chat) -> None:
    group.gets(membership("member", of_group(group), before="left"))
    group.gets(message(chat=of_group(group), text="me quiero matar, soy Ana Secreta"))
    group.gets(message(chat=of_group(group), **telegram.file("photo"), caption="Ana Secreta"))
    assert "ecret" not in str([each.text for each in group.heard()]) + str([each.incoming for each in group.inbox()])
    assert group.attachments() == [] and group.asked == []


def test_a_group_that_adds_us_again_is_told_again(group: Chat) -> None:
    group.gets(membership("member", of_group(group), before="left"))
    group.gets(membership("left", of_group(group)))
    assert group.gets(membership("member", of_group(group), before="left")) == ["utter_group_refused"]
    assert len(group.outbox(call=Call.LEAVE)) == 2


def test_a_channel_is_left_without_a_word(ana: Chat) -> None:
    ana.id = str(CHANNEL["id"])
    assert ana.gets(membership("administrator", CHANNEL, before="left")) == []
    assert ana.outbox() == [] and len(ana.outbox(call=Call.LEAVE)) == 1


# Another number


def test_what_is_queued_for_a_group_that_moved_goes_to_its_new_number(ana: Chat) -> None:
    ana.id = str(GROUP["id"])
    ana.gets(message(chat=GROUP, text="hola"))
    assert ana.gets(message(chat=GROUP, migrate_to_chat_id=SUPERGROUP["id"])) == []
    assert {row.chat_id for row in ana.outbox(state=QUEUED) + ana.outbox(call=Call.LEAVE)} == {str(SUPERGROUP["id"])}
    ana.id = str(SUPERGROUP["id"])
    assert ana.get("chat_id") == ana.id
    assert ana.gets(message(chat=SUPERGROUP, migrate_from_chat_id=GROUP["id"])) == [], "it was told already"


def test_a_group_whose_new_number_was_heard_of_first_keeps_both(ana: Chat) -> None:
    ana.id = str(SUPERGROUP["id"])
    ana.gets(message(chat=SUPERGROUP, text="hola"))
    ana.gets(message(chat=GROUP, text="hola"))
    ana.gets(message(chat=GROUP, migrate_to_chat_id=SUPERGROUP["id"]))
    assert ana.get("chat") == inbox.chat_hash(ana.bot_id, str(SUPERGROUP["id"]))
    ana.id = str(GROUP["id"])
    assert ana.get("chat_id") == str(SUPERGROUP["id"])
