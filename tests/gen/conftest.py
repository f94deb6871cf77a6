"""Charts of the site's pages, drawn once."""

from collections.abc import Iterator

import pytest

from builds import REPOSITORY
from drawings import kept_drawings


@pytest.fixture(scope="module", autouse=True)
def _drawings() -> Iterator[None]:
    """Keep drawings where builds of the site keep theirs."""
    with kept_drawings(REPOSITORY / ".cache" / "charts"):
        yield
