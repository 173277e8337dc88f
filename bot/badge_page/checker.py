"""The page that verifies a file in the browser and sends it nowhere: from our service, or as one file that works without a network.

Keys and revocation list stand in the page itself, so it asks nobody for anything; its policy would not let it. In the single file, style
and script are inside and the policy names them by their sums.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.content.languages import MEXICO, day_in_words, moment_in_words
from bot.courses.verification import SENTENCES

HERE = Path(__file__).parent
SHARED_STYLE = HERE.parent / "partner_page" / "static" / "institucion.css"
OWN_STYLE, SCRIPT = HERE / "static" / "constancia.css", HERE / "static" / "verificar.js"
FILE = "verificar.html"

pages = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True,
    undefined=StrictUndefined,
)  # fmt: skip
pages.filters["day"] = lambda at: day_in_words(at.astimezone(MEXICO).date())
pages.filters["moment"] = moment_in_words


@dataclass(frozen=True)
class Trusted:
    """What a file is verified with. `revoked`: as it was `at` that moment."""

    keys: Mapping[str, Any]
    revoked: Mapping[str, Any]
    at: datetime


def page(trusted: Trusted) -> str:
    """As our service shows it: style and script are files of ours."""
    return _rendered(trusted, policy="", style="", script="")


def single_file(trusted: Trusted) -> str:
    style = SHARED_STYLE.read_text(encoding="utf-8") + OWN_STYLE.read_text(encoding="utf-8")
    script = SCRIPT.read_text(encoding="utf-8")
    policy = f"default-src 'none'; script-src '{_sum(script)}'; style-src '{_sum(style)}'; form-action 'none'; base-uri 'none'"
    return _rendered(trusted, policy=policy, style=style, script=script)


def _rendered(trusted: Trusted, **more: str) -> str:
    sentences = {str(verdict): sentence for verdict, sentence in SENTENCES.items()}
    template = pages.get_template("verify.html")
    return template.render(
        keys=json.dumps(trusted.keys), revoked=json.dumps(trusted.revoked), at=trusted.at, sentences=sentences, file=FILE, **more
    )  # fmt: skip


def _sum(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
