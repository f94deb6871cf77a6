"""The map of what fits says what the model says of every setting."""

from typing import Any

import numpy as np
import pytest

from drawings import odd_data
from roofline.report.charts.plans.capacity import capacity_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import MemoryMap, Plan


def _spec(plan: Plan) -> MemoryMap:
    assert isinstance(plan.spec, MemoryMap)
    return plan.spec


def test_every_setting_is_on_the_map(flagship: StudyData) -> None:
    plan = capacity_plan(flagship)
    spec, capacity = _spec(plan), flagship.capacity
    assert np.shape(spec.used) == np.shape(spec.fits) == (7, 7)
    for row, batch in enumerate(spec.batches):
        for column, length in enumerate(spec.lengths):
            used = capacity.weights + float(capacity.kv_cache(batch, length))
            assert spec.used[row][column] == pytest.approx(used, rel=1e-12)
            assert spec.fits[row][column] == (used <= 81_920 * 2**20)
            assert spec.with_scores[row][column] == bool(capacity.fits_with_scores(batch, length))
    assert plan.title.startswith("28 of 49 settings fit in 85.9 GB: ")
    assert len(plan.table.rows()) == 49


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "llama-65b", "batches": [1, 2], "lengths": [128, 256]}, "Nothing fits: "),
        ({"batches": [64, 128], "lengths": [8192]}, "0 of 2 settings fit"),
        ({"model": "llama-7b", "batches": [1, 2], "lengths": [128, 256]}, "4 of 4 settings fit"),
    ],
)
def test_titles_count_what_fits(changes: dict[str, Any], words: str) -> None:
    assert capacity_plan(odd_data(**changes)).title.startswith(words)


def test_scores_are_told_only_where_they_matter(flagship: StudyData) -> None:
    """On the flagship they fit wherever the cache does; on the 48 GB of an A40 they do not."""
    assert "Hatched" not in capacity_plan(flagship).caption
    small = odd_data(model="llama-13b", accelerator="a40")
    spec = _spec(capacity_plan(small))
    fewer = int(np.sum(spec.fits)) - int(np.sum(spec.with_scores))
    assert fewer > 0
    assert f"{fewer} fewer." in capacity_plan(small).caption
    fused = odd_data(model="llama-13b", accelerator="a40", choices={"attention": "fused"})
    assert "Hatched" not in capacity_plan(fused).caption


@pytest.mark.parametrize(
    ("lengths", "small", "told"), [(12, True, 12), (13, False, 2)], ids=["few", "many"]
)
def test_a_large_map_has_no_numbers_in_its_cells(lengths: int, *, small: bool, told: int) -> None:
    """Nor is every column described."""
    plan = capacity_plan(odd_data(batches=[1], lengths=list(range(1, lengths + 1))))
    assert _spec(plan).small == small
    assert plan.description.count("the largest batch that fits") == told
