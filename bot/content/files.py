"""Which files are content. Hidden ones never are: editors and file shares leave locks and half-written copies beside the real ones."""

from pathlib import Path

SUFFIXES = (".yml", ".po", ".csv")


def files_in(folder: Path, suffix: str = ".yml") -> list[Path]:
    return sorted(path for path in folder.glob(f"*{suffix}") if not path.name.startswith("."))


def files_below(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.suffix in SUFFIXES)
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
