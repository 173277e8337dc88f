"""A file of content that staff change: whole or not at all, one change of its folder at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One change of that folder at a time, whichever process makes it. Raises OSError."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace(path: Path, text: str) -> None:
    """Who reads it meanwhile finds the old or the new one; a hidden draft is no content. Raises OSError."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, draft)
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
