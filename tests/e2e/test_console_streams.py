"""Fifty pages open at once: what they cost and how soon the last one hears. The figures of a longer run: `python -m tests.e2e.streams`."""

from pathlib import Path

import pytest

from tests.e2e import streams


@pytest.mark.alone
def test_fifty_open_pages_cost_little_and_hear_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "AT_REST", 4.0)
    monkeypatch.setattr(streams, "CHANGES", 8)
    cost = streams.measure(tmp_path, 50)
    assert cost.megabytes - cost.megabytes_before < 150
    assert cost.share - cost.share_before < 0.15
    assert sorted(cost.seconds)[streams.CHANGES // 2] < 0.5
