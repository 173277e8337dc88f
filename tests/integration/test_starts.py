"""Starts that cannot go well say so in one line and leave nothing half-written; and a full disk in mid-service loses nothing."""

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.rasa.process import free_port
from bot.settings import ROOT

IS_ROOT = os.geteuid() == 0


def environment(var: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PUENTE_VAR": str(var), "PUENTE_PORT": str(free_port()), **settings}


def refused(var: Path, **settings: str) -> str:
    """What `serve` says when it refuses to start: one line, exit code 2."""
    command = [sys.executable, "-m", "bot", "serve", "--rasa-port", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment(var, **settings), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]  # the log is JSON
    assert len(lines) == 1 and lines[0].startswith("puente: "), done.stderr
    return lines[0]


@contextlib.contextmanager
def serving(var: Path, **settings: str) -> Iterator[str]:
    """The bot without Rasa; yields its address once it answers."""
    known = environment(var, **settings)
    process = subprocess.Popen([sys.executable, "-m", "bot", "serve", "--rasa-port", "1"], cwd=ROOT, env=known)
    address = f"http://127.0.0.1:{known['PUENTE_PORT']}"
    try:
        for _ in range(150):
            try:
                httpx.get(f"{address}/healthz", timeout=5, trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "PUENTE_PORT" in refused(tmp_path / "var", PUENTE_PORT=port)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert str(tmp_path / "file") in refused(tmp_path / "file" / "var")


def test_a_locked_database_is_said(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    holder = sqlite3.connect(tmp_path / "puente.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert "puente.db" in refused(tmp_path)
    holder.close()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "puente.db").write_text("this is my diary " * 100)
    assert "puente.db" in refused(tmp_path)
    assert (tmp_path / "puente.db").read_text() == "this is my diary " * 100


@pytest.mark.skipif(not IS_ROOT or not shutil.which("mount"), reason="needs root to mount")
def test_a_database_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    subprocess.run(["mount", "--bind", tmp_path, tmp_path], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", tmp_path], check=True)
        assert str(tmp_path) in refused(tmp_path)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_missing_keys_of_an_old_database_are_not_replaced(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    (tmp_path / "puente.keys").rename(tmp_path / "elsewhere")
    assert "puente.keys" in refused(tmp_path)
    assert not (tmp_path / "puente.keys").exists()


def test_an_unknown_institution_names_those_that_exist(tmp_path: Path) -> None:
    said = refused(tmp_path, PUENTE_INSTITUTION="atlantis")
    assert "atlantis" in said and "ipam" in said and "naucalpan" in said


def test_broken_content_names_the_file_and_the_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    broken = tmp_path / "flows" / "titles.yml"
    broken.write_text(broken.read_text(encoding="utf-8") + 'help: "no end\n', encoding="utf-8")
    assert "titles.yml:" in refused(tmp_path / "var", PUENTE_FLOWS=str(tmp_path / "flows"))


def test_an_address_that_is_no_database_is_named(tmp_path: Path) -> None:
    assert "DATABASE_URL" in refused(tmp_path, DATABASE_URL="nonsense")


def test_two_instances_run_side_by_side_and_one_folder_serves_one(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as first, serving(tmp_path / "two") as second:
        assert first != second
        for address in (first, second):
            assert httpx.get(f"{address}/healthz", trust_env=False).json()["database"] is True
        assert str(tmp_path / "one") in refused(tmp_path / "one")


@pytest.mark.skipif(not IS_ROOT or not shutil.which("mount"), reason="needs root to mount a small disk")
def test_a_full_disk_loses_nothing_that_was_accepted_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], check=True)
    try:
        with serving(disk) as address, httpx.Client(base_url=address, timeout=60, trust_env=False, follow_redirects=True) as person:
            person.get("/")
            person.post("/mensaje", data={"once": "a" * 32, "text": "menu"})
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(b"x" * 4096):
                    pass
            refusals = [person.post("/mensaje", data={"once": f"{number:032d}", "text": "menu"}).status_code for number in range(30)]
            assert any(code >= 500 for code in refusals), "the disk was never full"
            filler.unlink()
            page = person.post("/mensaje", data={"once": "b" * 32, "text": "persona"})
            assert page.status_code == 200
            accepted = 2 + sum(code == 200 for code in refusals)
            assert page.text.count('class="in"') == accepted
            assert page.text.count('class="out"') >= accepted
    finally:
        subprocess.run(["umount", disk], check=True)
