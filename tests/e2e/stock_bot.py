"""The bot that everybody starts with, for comparison: `python -m tests.e2e.stock_bot ADDRESS`."""

import asyncio
import sys

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from tests.e2e.faults import TOKEN

WORK = 0.3  # seconds that an answer takes


async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    await asyncio.sleep(WORK)
    assert update.message is not None
    await update.message.reply_text("Contestado")


def main(address: str) -> None:
    application = Application.builder().token(TOKEN).base_url(f"{address}/bot").build()
    application.add_handler(MessageHandler(filters.ALL, answer))
    application.run_polling(allowed_updates=["message"])


if __name__ == "__main__":
    main(sys.argv[1])
