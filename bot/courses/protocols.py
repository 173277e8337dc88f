"""Protocols for officials: the responses `utter_protocol_<name>`, and which version of each is published."""

from collections.abc import Iterable

from bot.content import spoken
from bot.content.published import Content, Response

FIRST = "1"
LISTED_IN = "utter_officials_protocol"  # its buttons lead to them


def versions_of(content: Content, names: Iterable[str]) -> dict[str, str]:
    """Of those that are published."""
    found = {name: content.responses.get(spoken.PROTOCOL + name) for name in names}
    return {name: _version(response) for name, response in found.items() if response is not None}


def title_of(content: Content, name: str) -> str:
    """As the button says it that leads there."""
    listed = content.responses.get(LISTED_IN)
    buttons = listed.buttons if listed else ()
    return next((button.title for button in buttons if button.payload == f"/protocol_{name}"), name)


def _version(response: Response) -> str:
    protocol = getattr(response, "protocol", None)  # a protocol that says nothing of its version is the first one
    return str(protocol.version) if protocol is not None else FIRST
