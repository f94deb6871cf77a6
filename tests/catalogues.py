"""Fixtures: study files to write, and a copy of the catalogue to break."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import roofline.catalog.reader
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers, number_formats, sources
from roofline.catalog.transformer import load_transformer
from roofline.errors import InputError
from roofline.latency.calibration import load_calibration
from roofline.model.operators import load_operators
from roofline.study.study import load_study

CACHES = (
    sources,
    number_formats,
    identifiers,
    load_accelerator,
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
    shutil.copytree(roofline.catalog.FOLDER, copy, ignore=shutil.ignore_patterns("*.py*"))
    monkeypatch.setattr(roofline.catalog, "FOLDER", copy)
    _forget()
    yield copy
    _forget()
