"""Fixtures: study files to write, and a copy of the catalogue to break."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from roofline.catalog import reader
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers, number_formats, sources
from roofline.catalog.transformer import load_transformer
from roofline.errors import InputError
from roofline.latency import kernels
from roofline.latency.calibration import all_calibrations
from roofline.latency.carried_over import carried_over, load_calibration
from roofline.model.operators import load_operators
from roofline.study.study import load_study

CACHES = (
    sources,
    number_formats,
    identifiers,
    load_accelerator,
    all_calibrations,
    carried_over,
    load_calibration,
    load_transformer,
    load_operators,
)


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[str | bytes], str]:
    """The message with which a study file of some content is refused, after its path."""

    def refuse(content: str | bytes) -> str:
        path = tmp_path / "study.yml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(InputError) as error:
            load_study(str(path))
        message = str(error.value)
        assert "Traceback" not in message
        assert "pydantic" not in message
        assert len(message) < 5_000
        assert message.startswith(f"{path}: ")
        return message.removeprefix(f"{path}: ")

    return refuse


def _forget() -> None:
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the catalogue, in use while the test runs."""
    copy = tmp_path / "catalog"
    shutil.copytree(reader.FOLDER, copy, ignore=shutil.ignore_patterns("*.py*"))
    monkeypatch.setattr(reader, "FOLDER", copy)
    _forget()
    yield copy
    _forget()


@pytest.fixture
def uncalibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """No card has a calibration, nor does any carry over, while the test runs."""
    monkeypatch.setattr(kernels, "is_calibrated", lambda *_: False)


RECALL: dict[str, Any] = {
    "symbols": {"x": {"tex": "x", "reads": "context", "meaning": "trained context"}},
    "choices": {"recall": {"options": ["wide", "narrow"], "meaning": "how much is looked up"}},
    "series": {
        "recall": {
            "slug": "recall",
            "title": "Recall products",
            "charted": True,
            "family": "recall",
        }
    },
    "rows": [
        {
            "series": "recall",
            "name": "lookup",
            "meaning": "product with the whole trained context",
            "phases": ["init", "ar"],
            "launches": "L",
            "count": "b * a_kv",
            "m": "u * g",
            "n": "x",
            "k": "d",
            "operands": ["activation", "kv-cache", "activation"],
            "variants": [{"when": {"recall": "narrow", "kv_heads": 8}, "n": "x / 2"}],
        },
        {
            "series": "recall",
            "name": "mix",
            "meaning": "product of models with 8 key and value heads",
            "phases": ["init", "ar"],
            "launches": "L",
            "count": 1,
            "m": "t",
            "n": "h",
            "k": "x",
            "operands": ["activation", "weight", "activation"],
            "when": {"kv_heads": 8},
        },
    ],
}
"""A symbol, a choice, a series and two rows that no code knows of."""


def extend_operators(catalogue: Path, parts: dict[str, Any]) -> None:
    """Add entries to the operator table of a copy of the catalogue, as anyone would in YAML."""
    yaml = YAML()  # keeps the order, which says what a definition may use
    path = catalogue / "operators.yml"
    table = yaml.load(path)
    for name, entries in parts.items():
        table[name] = table[name] + entries if name == "rows" else table[name] | entries
    yaml.dump(table, path)


@pytest.fixture
def recall(catalogue: Path) -> Path:
    """A copy of the catalogue whose operator table has one series more."""
    extend_operators(catalogue, RECALL)
    return catalogue
