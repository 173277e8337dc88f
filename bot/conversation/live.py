"""The published content of this process: a saved change is checked and live within seconds, a broken one is not.

The old content goes on serving while the new one has problems, and the reason is logged and shown on the health page.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.content.check import check_content
from bot.content.danger import DangerDetector, read_learned
from bot.content.files import files_below
from bot.content.languages import LanguageDetector
from bot.content.load import load_content, version_of
from bot.content.problems import Problem
from bot.content.published import Content
from bot.errors import ContentError

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds


class LiveContent:
    def __init__(self, flows: Path, institution: str | None, models: Path | None) -> None:
        """Raises ContentError when the content cannot be published at all. `models`: none where nobody's words have to be heard."""
        self._flows, self._institution = flows, institution
        self._learned = _read_learned(models / "danger.json", read_learned) if models else None
        self.languages = (_read_learned(models / "languages.json", LanguageDetector) if models else None) or LanguageDetector(None)
        content, problems = _read(flows, institution)
        if problems:
            more = f" (y {len(problems) - 1} más; use ./puente check)" if len(problems) > 1 else ""
            raise ContentError(f"{problems[0]}{more}")
        self._publish(content)
        self._seen = _stamp(flows)
        self.problems: list[Problem] = []

    def _publish(self, content: Content) -> None:
        content.municipalities.find("Puebla")  # makes the index of names now and not in somebody's turn
        self._current = (content, DangerDetector(content.safety, self._learned, self.languages))

    def current(self) -> tuple[Content, DangerDetector]:
        return self._current

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await asyncio.to_thread(self.refresh)
            except Exception:
                logger.exception("The content could not be looked at; the old one goes on serving")

    def refresh(self) -> None:
        """Publish what was saved since the last look, if it is sound."""
        stamp = _stamp(self._flows)
        if stamp == self._seen:
            return
        self._seen = stamp
        if version_of(self._flows) == self._current[0].version:
            self.problems = []
            return
        try:
            content, problems = _read(self._flows, self._institution)
        except ContentError as error:
            content, problems = None, [Problem(self._flows, 1, str(error), "vuelva a poner los archivos")]
        self.problems = problems
        if content is None or problems:
            logger.error("The changed content is not published; the old one goes on serving. %s", problems[0])
            return
        self._publish(content)
        logger.info("Content %s is live", content.version)


def _read(flows: Path, institution: str | None) -> tuple[Content, list[Problem]]:
    content, problems = load_content(flows, institution)
    return content, sorted(problems) or sorted(check_content(content, flows))


def _read_learned[Learned](path: Path, made: Callable[[Any], Learned]) -> Learned | None:
    """What training learned; without it the patterns of danger work alone, and everybody is answered in Spanish unless they choose."""
    try:
        return made(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("Nothing learned in %s (%s)", path.name, type(error).__name__)
        return None


def _stamp(flows: Path) -> tuple[tuple[str, int, int], ...]:
    found = []
    for path in files_below(flows):
        try:
            status = path.stat()
        except FileNotFoundError:  # an editor replaces a file by renaming another over it
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
