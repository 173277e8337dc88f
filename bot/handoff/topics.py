"""What a topic is called where staff read it: as on the button of the menu that leads to it."""

from bot.content.published import Content


def title_of(content: Content, topic: str | None) -> str:
    """Spanish. A topic without a button is shown by its own name."""
    if not topic:
        return ""
    payload = f"/topic_{topic}"
    titles = (button.title for response in content.responses.values() for button in response.buttons if button.payload == payload)
    return next(titles, topic.replace("_", " ").capitalize())
