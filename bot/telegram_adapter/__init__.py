"""The Telegram door: updates in by polling or webhook, one sender out."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library gives durations as such, as it soon always will, and does not warn of it
