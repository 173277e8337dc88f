"""What a person asks with: `ARC-26-…` for a request under the law, `BOR-26-…` for an erasure."""

import re
import secrets
from datetime import datetime

from bot.referrals.lifecycle import FOLIO_LETTERS

ARCO = re.compile(rf"ARC-\d\d-[{FOLIO_LETTERS}]{{6}}")
ERASURE = re.compile(rf"BOR-\d\d-[{FOLIO_LETTERS}]{{6}}")


def new_folio(kind: str, now: datetime) -> str:
    return f"{kind}-{now:%y}-" + "".join(secrets.choice(FOLIO_LETTERS) for _ in range(6))
