"""A turn in the making: the conversation, what is said so far, and writing it all down at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO, SOURCE
from bot.content.published import Button, Content, WordCommand
from bot.conversation import inbox, offers, outbox
from bot.conversation.incoming import PERSONAL, Incoming, Kind
from bot.conversation.replies import Reply, render, sentence
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import DESK, PUSHED, message_row, new_conversation, put, write_incoming
from bot.errors import RefusedError
from bot.identifiers import Masked, masked
from bot.questionnaires.question import ask, note_leave
from bot.questionnaires.run import Progress, unpause
from bot.rasa.client import Understanding
from bot.records.conversations import OF_OFFICIALS, Conversation, Direction, LanguageFrom, Message
from nlu.components.spelling import plain

MOST_WORDS_OF_A_TITLE = 10


@dataclass(frozen=True)
class Taken:
    """What a turn came to, for the door that waits for it."""

    replies: tuple[Reply, ...]
    intent: str | None
    confidence: float | None
    language: str
    safety: str | None


_CONVERSATION = select(Conversation).where(Conversation.bot_id == bindparam("bot"), Conversation.chat == bindparam("chat"))


class LeaseLostError(RefusedError):
    """Another process took the update over: this turn is rolled back."""


@dataclass
class Turn:
    session: Session
    claimed: inbox.Claimed
    around: Surroundings
    conversation: Conversation
    incoming: Incoming
    replies: list[Reply] = field(default_factory=list)
    understanding: Understanding | None = None
    safety: str | None = None
    unanswered: bool = False
    other_language: str | None = None  # written in now, while another one was chosen
    asked_already: bool = False  # the pending question of the questionnaire is among the replies, or must not be
    prefaces: list[Reply] = field(default_factory=list)  # said before the replies
    corrects: Message | None = None  # the earlier message whose text this one corrects
    was_asked_for: bool = False  # typed where a question of ours asks for a telephone, or to correct that
    keeps_file: bool = False  # by its name at the door, for staff
    leaves_chat: bool = False  # a group: said once that we only talk in private
    is_flood: bool = False  # more than is answered one by one
    is_erased: bool = False  # the person's data are gone: nothing of this turn is written down but the receipt

    @classmethod
    def open(cls, session: Session, claimed: inbox.Claimed, around: Surroundings) -> "Turn":
        conversation = session.scalar(_CONVERSATION, {"bot": claimed.bot_id, "chat": claimed.chat})
        if conversation is None:
            spoken = claimed.incoming.language
            conversation = new_conversation(
                session, claimed.bot_id, claimed.chat, claimed.chat_id, spoken if spoken in around.content.languages else SOURCE, around.now
            )
        return cls(session, claimed, around, conversation, claimed.incoming)

    @property
    def content(self) -> Content:
        return self.around.content

    @property
    def now(self) -> datetime:
        return self.around.now

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def today(self) -> date:
        """The day in Mexico."""
        return self.now.astimezone(MEXICO).date()

    @property
    def official(self) -> str | None:
        """The member of staff who writes down what somebody in front of them says."""
        return self.claimed.chat_id.partition(":")[0] if self.claimed.bot_id == DESK else None

    @property
    def is_of_officials(self) -> bool:
        """Said at a door where officials learn."""
        return self.claimed.bot_id.endswith(OF_OFFICIALS)

    @property
    def commands(self) -> Mapping[str, WordCommand]:
        """The words that work anywhere at this door."""
        return self.content.officials_commands if self.is_of_officials else self.content.commands

    @property
    def said_at(self) -> datetime:
        """When the person said it, as the door says; it may have waited."""
        at = self.claimed.incoming.said_at
        return min(datetime.fromtimestamp(at, UTC), self.now) if at else self.now

    def sentence(self, name: str, **variables: str) -> str:
        """The text of a sentence of the dialogue in the person's language."""
        return sentence(self.content, name, self.language, variables)

    def hear_language(self, text: str) -> None:
        """Answer in the language the person writes in, unless they chose one: then they are offered the other."""
        conversation, heard = self.conversation, self.around.languages.hear(text)
        if conversation.language_from is LanguageFrom.CHOSEN:
            self.other_language = heard.certain if heard.certain != conversation.language else None
            return
        if conversation.language_from is LanguageFrom.NOTHING:
            conversation.language = heard.likely
        if heard.certain:
            conversation.language, conversation.language_from = heard.certain, LanguageFrom.HEARD

    def say(self, name: str, **variables: str) -> None:
        """One more reply, from the response of that name."""
        self.replies.append(render(self.content, name, self.language, self.today, variables))

    def preface(self, name: str, **variables: str) -> None:
        """Said before the replies."""
        self.prefaces.append(render(self.content, name, self.language, self.today, variables))

    def last_offered(self, beginning: str) -> str:
        """What followed the "=" in the latest payload that began so; empty when there was none among the last messages."""
        return offers.last_of(self.session, self.conversation, beginning)

    @cached_property
    def hidden(self) -> Masked:
        """What was typed, without what identifies somebody: so it is kept, and so Rasa is asked."""
        return masked(self.incoming.text, self.content.public_numbers)

    @cached_property
    def typed_payload(self) -> str | None:
        """What the button does whose title was typed: one of the last messages', in whatever language they were."""
        typed = plain(self.incoming.text) if self.incoming.kind is Kind.TEXT else ""
        if not typed or len(typed.split()) > MOST_WORDS_OF_A_TITLE:
            return None
        return offers.named(self.session, self.conversation, typed)

    def offered(self, pressed: str) -> str | None:
        """What the button with that data does, if it was offered to this chat."""
        return offers.of(self.session, self.conversation, pressed)

    def remember_subject(self, intent: str) -> None:
        """A button named the question: a follow-up ("¿y cuánto cuesta?") will be about it."""
        topic = self.content.topic_of(intent)
        if topic and topic != "dialogue":
            slots = {**(self.conversation.state or {}).get("slots", {}), "topic": topic, "last_answer": intent}
            self.conversation.state = {"slots": slots}

    @property
    def progress(self) -> Progress | None:
        stored = self.conversation.questionnaire
        while stored and stored["name"] not in self.content.questionnaires:  # taken away or called otherwise since
            stored = stored.get("waiting")
        return Progress.from_json(stored) if stored else None

    def set_progress(self, progress: Progress | None) -> None:
        self.conversation.questionnaire = progress.to_json() if progress else None

    def begin_questionnaire(self, progress: Progress) -> None:
        """Another one that is pending waits until this one ends; one of the same kind, pending or waiting, gives way to it."""
        before = self.progress
        pending = before.to_json() if before else None
        self.set_progress(replace(progress, waiting=_without(pending, progress.name)))

    def waiting_questionnaire(self, name: str) -> Progress | None:
        """The one of that name that waits until another one ends."""
        stored = self.conversation.questionnaire
        while stored and stored["name"] != name:
            stored = stored.get("waiting")
        return Progress.from_json(stored) if stored else None

    def leave_questionnaire(self) -> None:
        """Back to the one that waited, if there is one."""
        progress = self.progress
        self.conversation.questionnaire = progress.waiting if progress else None

    def ask_step(self, with_help: bool = False) -> None:
        """The pending question of the questionnaire, once a turn."""
        progress = self.progress
        if progress and not self.asked_already:
            self.asked_already = True
            questionnaire = self.content.questionnaires[progress.name]
            progress = note_leave(self.content, questionnaire, unpause(progress), self.language)
            self.set_progress(progress)
            self.replies.append(ask(self.content, questionnaire, progress, self.language, with_help))

    def keep_quiet_about_questionnaire(self) -> None:
        self.asked_already = True

    def close(self) -> Taken:
        """Write down what was said and what is to be sent, and mark the update done: all in this transaction."""
        if self.replies:
            self.ask_step()
            if self.incoming.was_cut and not self.safety:
                self.preface("utter_text_cut")
            self.replies[:0] = self.prefaces
            self._mark_unreviewed()
            self._offer_other_language()
        if self.is_erased:
            return self._close_erased()
        self._write_incoming()
        put(self.session, self.conversation, self.replies, Direction.OUT, self.around, self.claimed.id)
        if self.leaves_chat:
            outbox.leave(self.session, self.conversation, self.now)
            self.conversation.blocked_at = self.now
        self.conversation.updated_at = self.now
        if not inbox.finish(self.session, self.claimed.id, self.around.worker, self.now):
            raise LeaseLostError("Otro proceso ya tomó este mensaje")
        if self.claimed.incoming.kind in PERSONAL or self.hidden.kinds:
            inbox.forget(self.session, self.claimed.id)
        understood = self.understanding
        intent, confidence = (understood.intent, understood.confidence) if understood else (None, None)
        return Taken(tuple(self.replies), intent, confidence, self.language, self.safety)

    def _close_erased(self) -> Taken:
        """The receipt goes out where it has to be sent; of the update only its number stays, so that a repeat does nothing."""
        taken = Taken(tuple(self.replies), None, None, self.language, None)
        if self.conversation.bot_id.startswith(PUSHED):
            put(self.session, self.conversation, self.replies, Direction.OUT, self.around)
        else:
            self.session.delete(self.conversation)
        if not inbox.finish(self.session, self.claimed.id, self.around.worker, self.now):
            raise LeaseLostError("Otro proceso ya tomó este mensaje")
        inbox.anonymize(self.session, self.claimed.id)
        return taken

    def _mark_unreviewed(self) -> None:
        """One mark a turn where sentences of the dialogue come from a translation nobody has checked; answers carry their own."""
        mark = sentence(self.content, "utter_unreviewed", self.language)
        if any(reply.unreviewed for reply in self.replies) and not any(mark in reply.text for reply in self.replies):
            self.replies[-1] = replace(self.replies[-1], text=f"{self.replies[-1].text}\n\n{mark}")

    def _offer_other_language(self) -> None:
        if self.other_language:
            name = self.content.languages[self.other_language]
            button = Button(name, f"/change_language={self.other_language}")
            self.replies[-1] = replace(self.replies[-1], buttons=(*self.replies[-1].buttons, button))

    def _write_incoming(self) -> None:
        understood, came = self.understanding, self.claimed.incoming
        row = message_row(
            self.conversation, self.around, self.claimed.id, Direction.IN, 0, created_at=self.said_at,
            text=self.hidden.text or self.incoming.payload or f"[{came.kind}]", door_id=came.door_id or None,
            intent=understood.intent if understood else None, confidence=understood.confidence if understood else None,
            decision=self._decision(),
            safety=self.safety, unanswered=True if self.unanswered else None, tries=came.tries or None,
            response={Kind.DEFERRED: "deferred", Kind.EDIT: "correction"}.get(came.kind),
        )  # fmt: skip
        write_incoming(self.session, row, self.now, came if self.keeps_file else None)

    def _decision(self) -> str | None:
        """What an official writes is no question of a migrant: it stands in no figure of theirs."""
        if self.is_flood or self.is_of_officials:
            return "flood" if self.is_flood else "official"
        return self.understanding.decision if self.understanding else None


def _without(stored: Any, name: str) -> Any:
    """The questionnaires that are pending and wait, but for the one of that name."""
    if not stored:
        return None
    rest = _without(stored.get("waiting"), name)
    return rest if stored["name"] == name else {**stored, "waiting": rest}
