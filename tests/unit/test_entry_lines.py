"""One field of one entry changes, and not one other byte of the file."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.entry_lines import changed, read_text, text_of
from bot.content.yaml_lines import read_table
from bot.errors import RefusedError
from bot.settings import ROOT

FILE = """# Lo que el equipo sabe
services:
# el primero
- id: one
  name: "Uno"   # así se llama
  area: ["21"]
  schedules:   # de su página
  - {byday: "MO", opens_at: "09:00", closes_at: "10:00"}
  # no abren el martes
  cost: Gratis
  text: |
    Dos
    renglones

# el segundo
-   id: two
    name: Dos
    sources:
    - title: uno
      url: x
"""
FILES = sorted((ROOT / "flows/directory/services").glob("*.yml"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def read(text: str, entry: str) -> dict[str, object]:
    return next(each for each in yaml.safe_load(text)["services"] if each["id"] == entry)


def without(text: str, *parts: str) -> str:
    for part in parts:
        assert part in text
        text = text.replace(part, "", 1)
    return text


@pytest.mark.parametrize(
    ("entry", "values", "old", "new"),
    [
        ("one", {"name": "Otro"}, '"Uno"', '"Otro"'), ("one", {"cost": 'Es "caro": sí'}, "Gratis", '"Es \\"caro\\": sí"'),
        ("one", {"cost": None}, "  cost: Gratis\n", ""), ("one", {"capacity": 5}, "", "  capacity: 5\n"),
        ("one", {"schedules": []}, '  schedules:   # de su página\n  - {byday: "MO", opens_at: "09:00", closes_at: "10:00"}\n', ""),
        ("two", {"receives_referrals": True}, "", "    receives_referrals: true\n"), ("two", {"name": "a"}, " Dos\n    s", ' "a"\n    s'),
        ("two", {"phones": ["a", "b"]}, "", '    phones: ["a", "b"]\n'),
    ],
)  # fmt: skip
def test_everything_else_stays_byte_for_byte(entry: str, values: dict[str, object], old: str, new: str) -> None:
    after = changed(FILE, "services", entry, values)  # type: ignore[arg-type]
    assert without(after, new) == without(FILE, old) if new else after == without(FILE, old)


def test_a_list_of_hours_is_one_line_each_and_comments_stay() -> None:
    hours = [{"byday": "MO,TU", "opens_at": "09:00", "closes_at": "24:00"}, {"freq": "MONTHLY", "byday": "1MO", "opens_at": "08:00"}]
    after = changed(FILE, "services", "one", {"schedules": hours})
    assert read(after, "one")["schedules"] == hours and "# no abren el martes" in after and "# el segundo" in after


def test_the_ends_of_lines_stay_as_they_are() -> None:
    windows = FILE.replace("\n", "\r\n")
    assert changed(windows, "services", "one", {"capacity": 5}).replace("\r\n", "") == changed(
        FILE, "services", "one", {"capacity": 5}
    ).replace("\n", "")
    assert changed(FILE.rstrip("\n"), "services", "two", {"cost": "x"}).endswith('url: x\n    cost: "x"\n')


@pytest.mark.parametrize("missing", ["three", "", "../one"])
def test_an_entry_that_is_gone_is_refused(missing: str) -> None:
    with pytest.raises(RefusedError):
        changed(FILE, "services", missing, {"name": "x"})


def test_the_text_of_an_entry_changes_with_it_alone() -> None:
    after = changed(FILE, "services", "one", {"name": "Otro"})
    assert text_of(after, "services", "two") == text_of(FILE, "services", "two")
    assert text_of(after, "services", "one") != text_of(FILE, "services", "one")


@settings(max_examples=300, deadline=None)
@given(value=TEXT, entry=st.sampled_from(["one", "two"]), field=st.sampled_from(["name", "cost", "new"]))
def test_whatever_is_typed_is_text_and_breaks_nothing(value: str, entry: str, field: str) -> None:
    after = changed(FILE, "services", entry, {field: value})
    kept = str(read(after, entry)[field])
    assert kept == "".join(letter for letter in value if letter in kept) and set(kept) <= set(value)
    if value.isprintable():
        assert kept == value
    other = "two" if entry == "one" else "one"
    assert read(after, other) == read(FILE, other)
    assert {**read(after, entry), field: None} == {**read(FILE, entry), field: None}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_field_of_each_real_entry_can_be_changed_alone(path: Path, tmp_path: Path) -> None:
    text = read_text(path)
    before = read_table(path, [])["services"]
    target = tmp_path / "copy.yml"
    for number, entry in enumerate(before):
        for field in [*(each for each in entry if each != "id"), "capacity"]:
            target.write_bytes(changed(text, "services", entry["id"], {field: "otro"}).encode())
            after = read_table(target, [])["services"]
            assert after[number] == {**entry, field: "otro"}
            assert [each for place, each in enumerate(after) if place != number] == [
                each for place, each in enumerate(before) if place != number
            ]
            comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
            assert [line for line in read_text(target).splitlines() if line.lstrip().startswith("#")] == comments
