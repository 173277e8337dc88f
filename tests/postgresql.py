"""A PostgreSQL server of Debian's, started for a while in a folder of its own."""

import glob
import itertools
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.rasa.process import free_port

BINARIES = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
NUMBERS = itertools.count()


@contextmanager
def running() -> Iterator[str]:
    """The address of an empty server. It refuses to run as root, so root becomes nobody for it, in a folder that nobody can reach: pytest
    closes its own to others whenever it starts anew."""
    if not BINARIES and not os.environ.get("CI"):
        pytest.skip("no PostgreSQL on this machine (apt install postgresql)")
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with tempfile.TemporaryDirectory(prefix="puente-postgresql-") as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        yield from _running_in(folder, user.pw_uid)


def _running_in(folder: str, user: int) -> Iterator[str]:
    port = free_port()

    def run(*command: str) -> None:
        program = f"{BINARIES[-1]}/{command[0]}"
        environment = {"PATH": "/usr/bin:/bin"}
        subprocess.run([program, *command[1:]], check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder, env=environment)

    run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "puente", "-E", "UTF8")
    run("pg_ctl", "-D", f"{folder}/data", "-o", f"-p {port} -k {folder} -h 127.0.0.1", "-l", f"{folder}/log", "-w", "start")
    try:
        yield f"postgresql://puente@127.0.0.1:{port}"
    finally:
        run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


def fresh(server: str) -> str:
    """The address of an empty database."""
    name = f"puente_{next(NUMBERS)}"
    subprocess.run([f"{BINARIES[-1]}/createdb", "--maintenance-db", f"{server}/postgres", name], check=True)
    return f"{server}/{name}"
