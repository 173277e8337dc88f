"""What follows for cases from what became of their applications: looked after every few seconds, so no other part has to think of it."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot.cases.files import delete_unwanted
from bot.cases.stages import close_ended


def follow_referrals(session: Session, folder: Path, now: datetime) -> int:
    """Cases taken back are closed and photographs nobody may keep are deleted. Returns how many of both."""
    return close_ended(session, now) + delete_unwanted(session, folder, now)
