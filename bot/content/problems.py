"""What is wrong with the content, said so that an editor can mend it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Problem:
    file: Path
    line: int
    wrong: str
    todo: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.wrong}; {self.todo}"
