"""Debian's PostgreSQL, started for the tests that need it."""

import glob
import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.rasa.process import free_port

BINARIES = sorted(glob.glob("/usr/lib/postgresql/*/bin"))


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of an empty server. It refuses to run as root, so root becomes nobody for it."""
    if not BINARIES and not os.environ.get("CI"):
        pytest.skip("no PostgreSQL on this machine (apt install postgresql)")
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(folder, user.pw_uid, user.pw_gid)
    for parent in folder.parents:
        if parent != Path("/") and parent.owner() == pwd.getpwuid(os.geteuid()).pw_name:
            parent.chmod(parent.stat().st_mode | 0o011)
    port = free_port()

    def run(*command: str) -> None:
        subprocess.run(
            [f"{BINARIES[-1]}/{command[0]}", *command[1:]],
            check=True,
            capture_output=True,
            user=user.pw_uid,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin"},
        )

    run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "puente", "-E", "UTF8")
    run("pg_ctl", "-D", f"{folder}/data", "-o", f"-p {port} -k {folder} -h 127.0.0.1", "-l", f"{folder}/log", "-w", "start")
    yield f"postgresql://puente@127.0.0.1:{port}"
    run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


def fresh(postgresql: str, name: str) -> str:
    subprocess.run([f"{BINARIES[-1]}/createdb", "--maintenance-db", f"{postgresql}/postgres", name], check=True)
    return f"{postgresql}/{name}"
