"""Tests of charts and pages share their drawings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drawings import kept_drawings


@pytest.fixture(scope="session", autouse=True)
def _kept_drawings(shared_folder: Path) -> Iterator[None]:
    """All workers of a run draw equal pictures once."""
    with kept_drawings(shared_folder / "charts"):
        yield
