"""The door of the command line. A command reads the settings, does one thing and says in one line what went wrong."""

import argparse
import sys

from bot.commands import (
    badges,
    cases,
    content,
    desk,
    keeping,
    links,
    numbers,
    officials,
    person,
    referrals,
    review,
    service,
    staff,
    tickets,
)  # fmt: skip
from bot.errors import PuenteError
from bot.logs import set_up_logs
from bot.settings import read_settings

SUBJECTS = (service, content, tickets, referrals, staff, desk, links, cases, officials, badges, numbers, review, person, keeping)


def main(arguments: list[str]) -> int:
    chosen = parser().parse_args(arguments)
    try:
        settings = read_settings()
        if chosen.command in ("up", "serve"):
            secrets = (settings.telegram_webhook_secret, settings.puente_smtp_url)
            set_up_logs(settings.puente_log, settings.puente_log_format, [each.get_secret_value() for each in secrets if each])
        else:
            set_up_logs("WARNING")
        return int(chosen.run(settings, chosen) or 0)
    except PuenteError as error:
        print(f"puente: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="./puente", description="Puente: asistente para personas migrantes.")
    commands = made.add_subparsers(dest="command", required=True, metavar="orden")
    for subject in SUBJECTS:
        subject.add(commands)
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
