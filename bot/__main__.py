"""The commands of `./puente`. Each reads its settings, does one thing and says in one line what went wrong."""

import argparse
import asyncio
import sys
from datetime import datetime
from pathlib import Path

from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.errors import ContentError, PuenteError
from bot.logs import set_up_logs
from bot.settings import ROOT, Settings, read_settings


def main(arguments: list[str]) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        if chosen.command in ("up", "serve"):
            secret = settings.telegram_webhook_secret
            set_up_logs(settings.puente_log, settings.puente_log_format, [secret.get_secret_value()] if secret else [])
        else:
            set_up_logs("WARNING")
        return int(COMMANDS[chosen.command](settings, chosen) or 0)
    except PuenteError as error:
        print(f"puente: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141


def up(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.supervisor import Supervisor

    return Supervisor(settings).run()


def serve(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.serve import serve as serve_until_stopped

    asyncio.run(serve_until_stopped(settings, chosen.rasa_port))


def train(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.rasa.training import ensure_model

    print(ensure_model(settings.puente_flows, _to_stderr))


def chat(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.local_chat.command import run_chat

    asyncio.run(run_chat(settings, chosen.chat, chosen.jsonl, _to_stderr))


def parse(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.local_chat.command import run_parse

    asyncio.run(run_parse(settings, _to_stderr))


def check(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.content.check import check_all
    from bot.content.translatable import parity
    from bot.content.yaml_lines import Tables

    if chosen.due is not None:
        return _due(settings, chosen.due)
    if chosen.render:
        return _render(settings, Path(chosen.render))
    tables = Tables()
    problems = check_all(settings.puente_flows, Path(chosen.nlu) if chosen.nlu else ROOT / "nlu", tables)
    for problem in problems:
        print(problem)
    for each in parity(settings.puente_flows, tables):
        print(each.line())
    print(f"{len(problems)} problemas." if problems else "Sin problemas: el contenido se puede publicar.")
    return 1 if problems else 0


def _sound_content(settings: Settings) -> Content:
    from bot.content.load import load_content

    content, problems = load_content(settings.puente_flows, settings.puente_institution)
    if problems:
        raise ContentError(f"{sorted(problems)[0]} (use ./puente check para ver todos)")
    return content


def _due(settings: Settings, days: int) -> int:
    from bot.content.due import due_within, report

    today = datetime.now(MEXICO).date()
    for line in report(due_within(settings.puente_flows, days, today), days, today):
        print(line)
    return 0


def _render(settings: Settings, path: Path) -> int:
    from bot.conversation.report import rendered

    content = _sound_content(settings)
    path.write_text("\n".join(rendered(content, datetime.now(MEXICO).date())) + "\n", encoding="utf-8")
    print(f"Las respuestas están en {path}")
    return 0


def translations(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.content.translatable import update_catalogues

    for each in update_catalogues(settings.puente_flows):
        print(each.line())


def directory(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.content.hsds import export

    content = _sound_content(settings)
    page = export(content, datetime.now(MEXICO).date())
    Path(chosen.file).write_text(page.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    print(f"{page.total_items} servicios en {chosen.file}")


def tickets(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.desk import run_tickets

    def fetch(file_id: str, target: Path) -> None:
        from bot.telegram_adapter.files import fetch_for_staff

        fetch_for_staff(settings, file_id, target)

    run_tickets(settings, chosen.action, chosen.ticket, chosen.who, chosen.text, fetch)


COMMANDS = {
    "up": up,
    "serve": serve,
    "train": train,
    "chat": chat,
    "parse": parse,
    "check": check,
    "translations": translations,
    "directory": directory,
    "tickets": tickets,
}


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./puente", description="Puente: asistente para personas migrantes.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="orden")
    commands.add_parser("up", help="instala, entrena si hace falta y pone en marcha el servicio")
    chat_parser = commands.add_parser("chat", help="conversa en la terminal")
    chat_parser.add_argument("--jsonl", action="store_true", help="lee y escribe un objeto JSON por línea")
    chat_parser.add_argument("--chat", default="terminal", help="nombre de la conversación")
    commands.add_parser("parse", help="dice qué entiende de cada línea, sin guardar nada")
    commands.add_parser("train", help="entrena el modelo si los ejemplos o las reglas cambiaron")
    check_parser = commands.add_parser("check", help="revisa el contenido; en menos de dos segundos y sin Rasa")
    check_parser.add_argument("--nlu", help="carpeta de ejemplos; de costumbre nlu/")
    check_parser.add_argument("--due", type=int, metavar="DÍAS", help="en vez de revisar, dice qué toca confirmar en esos días, y a quién")
    check_parser.add_argument("--render", metavar="ARCHIVO", help="en vez de revisar, escribe todas las respuestas como las lee la gente")
    commands.add_parser("translations", help="pone al día los archivos de flows/translations con los textos de ahora")
    directory_parser = commands.add_parser("directory", help="escribe el directorio en un archivo, en el formato Open Referral HSDS 3.0")
    directory_parser.add_argument("file", help="archivo JSON que se escribe")
    tickets_parser = commands.add_parser("tickets", help="peticiones de hablar con una persona: list, show, claim, reply, file, close")
    tickets_parser.add_argument("action", choices=["list", "show", "claim", "reply", "file", "close"])
    tickets_parser.add_argument("ticket", type=int, nargs="?", help="número de la petición")
    tickets_parser.add_argument("text", nargs="?", default="", help="lo que se contesta (reply) o el número del archivo (file)")
    tickets_parser.add_argument("--who", default="staff", help="nombre de quien atiende")
    serve_parser = commands.add_parser("serve", help="solo el servicio, sin Rasa ni supervisor (lo usa «up»)")
    serve_parser.add_argument("--rasa-port", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
