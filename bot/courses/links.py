"""What an invited official opens to begin: the officials' bot with the token of their invitation."""

BEGIN = "curso_"  # what begins the word that Telegram hands to the bot; 64 letters, digits, _ and - in all


def invitation_link(settings_name: str | None, token: str) -> str:
    """`settings_name`: of the officials' bot on Telegram, without @. Without one, what to write to it."""
    word = f"{BEGIN}{token}"
    return f"https://t.me/{settings_name}?start={word}" if settings_name else f"/start {word}"
