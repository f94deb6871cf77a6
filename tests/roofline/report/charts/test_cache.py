"""The cache gives back what was stored, and forgets what is out of date or damaged."""

import os
from pathlib import Path
from typing import Any

import pytest

from roofline.report.charts import library as charts
from roofline.report.charts.output import cache, chart
from roofline.study.study import load_study


def test_an_entry_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    cache.store("entry", {"a.txt": b"one", "b.bin": bytes(range(256))}, tmp_path)
    assert cache.load("entry", tmp_path) == {"a.txt": b"one", "b.bin": bytes(range(256))}


def test_a_missing_entry_is_none(tmp_path: Path) -> None:
    assert cache.load("entry", tmp_path) is None


@pytest.mark.parametrize("damage", [b"", b"PK", b"not an archive at all"])
def test_a_damaged_entry_is_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "entry.zip").write_bytes(damage)
    assert cache.load("entry", tmp_path) is None


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    cache.store("entry", {"a.txt": b"a long enough content"}, tmp_path)
    path = tmp_path / "entry.zip"
    path.write_bytes(path.read_bytes().replace(b"long", b"lang"))
    assert cache.load("entry", tmp_path) is None


def test_the_oldest_entries_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 2)
    for age, name in ((30, "oldest"), (20, "older")):
        cache.store(name, {}, tmp_path)
        os.utime(tmp_path / f"{name}.zip", (1_000_000 - age, 1_000_000 - age))
    cache.store("new", {}, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {"older", "new"}


def test_the_key_depends_on_the_inputs_and_on_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cache.key({"study": 1})
    assert first == cache.key({"study": 1})
    assert first != cache.key({"study": 2})
    module = tmp_path / "module.py"
    module.write_bytes(b"before")
    monkeypatch.setattr(cache, "_modules", lambda: iter([("module.py", module)]))
    before = cache.key({"study": 1})
    module.write_bytes(b"after")
    assert cache.key({"study": 1}) != before


def test_the_key_covers_the_drawing_and_the_catalogue() -> None:
    names = {name for name, _ in cache._modules()}  # noqa: SLF001  # the list is the promise
    assert {
        "gen/palette.py",
        "gen/svg.py",
        "gen/charts/roofline.py",
        "roofline/points.py",
        "roofline/catalog/operators.yml",
        "roofline/catalog/accelerators/a100-80gb-pcie.yml",
    } <= names


def test_charts_come_from_the_cache_and_are_redrawn_when_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    study = load_study()
    drawn: list[str] = []

    def draw(plan: chart.Plan, *given: Any) -> chart.Chart:
        drawn.append(plan.slug)
        return chart.finished(plan, *given)

    monkeypatch.setattr(charts, "finished", draw)
    first = charts.operator_chart(study, "qk/pv", "ar", "1")
    assert drawn == ["roofline-qk-pv-ar"]
    assert charts.operator_chart(study, "qk-pv", "ar", "1") == first
    assert len(drawn) == 1
    charts.operator_chart(study, "qk/pv", "ar", "2")
    assert len(drawn) == 2
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    assert charts.operator_chart(study, "qk/pv", "ar", "1") == first
    assert len(drawn) == 3
