"""The privacy notice in the chat: the short one before the first personal datum is asked, once a version, and the full one on request."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.content.asking import Questionnaire
from bot.content.published import Button, Content
from bot.content.retention import OF_OFFICIALS
from bot.conversation.context import Turn
from bot.conversation.parts import LONGEST_FIRST, in_two
from bot.conversation.replies import MORE, render, sentence

Arguments = Mapping[str, Any]
FULL = "utter_notice_full"


def show_once(turn: Turn, questionnaire: Questionnaire) -> None:
    """Before a questionnaire asks for something that is shared or kept."""
    version = turn.content.notice.version
    if turn.conversation.notice_version == version or not any(step.shared for step in questionnaire.steps):
        return
    turn.conversation.notice_version = version
    turn.say("utter_notice_simplified", **simplified(turn.content, turn.language))


def show_privacy(turn: Turn, arguments: Arguments) -> None:
    """In our own words, and then the short notice of the law."""
    own = render(turn.content, "utter_privacy_notice", turn.language, turn.today)
    notice = sentence(turn.content, "utter_notice_simplified", turn.language, simplified(turn.content, turn.language))
    turn.replies.append(replace(own, text=f"{own.text}\n\n{notice}"))
    turn.conversation.notice_version = turn.content.notice.version


def show_full(turn: Turn, arguments: Arguments) -> None:
    """What a small screen takes at once; the rest behind «Ver más», as of any long answer."""
    turn.say(FULL, **full(turn.content, turn.language))
    whole = turn.replies[-1]
    first, rest = in_two(whole.text, LONGEST_FIRST)
    if rest:
        more = Button(turn.sentence("utter_button_more"), f"{MORE}={FULL}")
        turn.replies[-1] = replace(whole, text=first, buttons=(more, *whole.buttons))
    turn.conversation.notice_version = turn.content.notice.version


def show_rest(turn: Turn) -> None:
    """What the first part of the full notice left out."""
    turn.say(FULL, **full(turn.content, turn.language))
    whole = turn.replies[-1]
    _, rest = in_two(whole.text, LONGEST_FIRST)
    turn.replies[-1] = replace(whole, text=rest or whole.text)


def simplified(content: Content, language: str) -> dict[str, str]:
    notice = content.notice

    def said(text: str) -> str:
        return content.translate(text, language)

    return {
        "responsible": _or_missing(content, language, notice.responsible, "utter_notice_no_responsible"),
        "address": _fact_or_missing(content, language, notice.address, "utter_notice_no_address"),
        "purposes": _lines(said(each.says) for each in notice.purposes if not each.needs_consent),
        "consented": _lines(said(each.says) for each in notice.purposes if each.needs_consent),
        "recipients": "; ".join(recipients(content)) or sentence(content, "utter_notice_no_recipient", language),
        "refuse": said(notice.refuse),
        "full_at": said(notice.full_at),
    }


def full(content: Content, language: str) -> dict[str, str]:
    notice = content.notice
    added = {
        "sensitive": _lines(content.translate(each, language) for each in notice.sensitive),
        "basis": _lines(content.translate(each, language) for each in notice.legal_basis),
        "unit": _or_missing(content, language, notice.unit, "utter_notice_no_unit"),
        "unit_contact": _fact_or_missing(content, language, notice.unit_contact, "utter_notice_no_contact"),
        "kept": _lines(
            sentence(content, "utter_notice_kept", language, {"what": content.translate(each.says, language), "days": str(each.days)})
            for each in content.retention.values()
            if each.name not in OF_OFFICIALS
        ),
        "version": notice.version,
    }
    return {**{name: value for name, value in simplified(content, language).items() if name != "full_at"}, **added}


def recipients(content: Content) -> list[str]:
    """Whom a case may be passed to, as the directory says."""
    ids = {each.organization_id for each in content.services.values() if each.receives_referrals}
    ids |= {content.institution.receives} if content.institution.receives else set()
    return sorted(content.organizations[each].name for each in ids if each in content.organizations)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"• {text}" for text in texts)


def _or_missing(content: Content, language: str, text: str, missing: str) -> str:
    return content.translate(text, language) if text else sentence(content, missing, language)


def _fact_or_missing(content: Content, language: str, fact: str, missing: str) -> str:
    return content.facts[fact].value if fact in content.facts else sentence(content, missing, language)
