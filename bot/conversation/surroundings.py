"""What a turn needs from outside: the published content, what was learned, the model and the hour."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.content.danger import DangerDetector
from bot.content.languages import LanguageDetector
from bot.content.published import Content


@dataclass(frozen=True)
class Surroundings:
    """What a turn needs from outside, taken once so that a publish in the middle changes nothing."""

    content: Content
    detector: DangerDetector
    worker: str
    model: str
    now: datetime
    languages: LanguageDetector = field(default_factory=lambda: LanguageDetector(None))
    hears_voice: bool = False  # a transcriber is set up
    folder: Path | None = None  # where files of people are kept: they are erased with the rest
    origin: str | None = None  # PUENTE_PUBLIC_URL
    address: str = ""  # what links begin with: the same, or this machine's own where there is none
