"""Settings as arrays: shapes, checks, and the grid of a study."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from roofline.model.grid import Grid
from studies import small_study

SHAPES = st.lists(st.integers(1, 3), max_size=3)


def test_without_candidates_there_is_one_token_for_each_sequence() -> None:
    assert Grid(1, 1).candidates == 1
    assert_array_equal(Grid([1, 2], 128).arrays[2], 1)


def test_the_shape_is_that_of_the_broadcast_settings() -> None:
    grid = Grid([[1], [2]], [128, 256, 512], 4)
    assert [values.shape for values in grid.arrays] == [(2, 1), (3,), ()]
    assert (grid.shape, grid.size) == ((2, 3), 6)
    assert (Grid(1, 1).shape, Grid(1, 1).size) == ((), 1)
    assert Grid([], 1).size == 0


def test_settings_that_do_not_broadcast_have_no_shape() -> None:
    with pytest.raises(ValueError, match="shape mismatch"):
        _ = Grid([1, 2], [1, 2, 3]).shape


def test_a_study_has_three_axes_in_decode_and_no_candidates_in_prefill() -> None:
    """2 batches, 2 lengths, 3 numbers of candidates; length runs before batch."""
    file = small_study(candidates=[1, 4, 16]).file
    decode, prefill = Grid.of(file, "ar"), Grid.of(file, "init")
    assert (decode.shape, prefill.shape) == ((2, 2, 3), (2, 2, 1))
    batch, length, candidates = (np.broadcast_to(values, (2, 2, 3)) for values in decode.arrays)
    assert batch[:, 0, 0].tolist() == [1, 8]
    assert length[0, :, 0].tolist() == [512, 2048]
    assert candidates[0, 0].tolist() == [1, 4, 16]
    assert np.ravel(prefill.arrays[2]).tolist() == [1] * 4
    assert all(values.dtype == np.float64 for values in decode.arrays)


@pytest.mark.parametrize("name", ["batch", "length", "candidates"])
@pytest.mark.parametrize("bad", [0, -1, 0.999, float("nan"), float("inf"), [1, 0], [[1], [-2]]])
def test_settings_below_one_or_not_finite_are_refused(name: str, bad: object) -> None:
    settings = {"batch": 1, "length": 1, "candidates": 1, name: bad}
    with pytest.raises(ValueError) as error:
        Grid(**settings).check()  # type: ignore[arg-type]  # on purpose
    assert str(error.value) == f"{name}: expected finite numbers of at least 1"


def test_settings_of_one_and_none_at_all_are_fine() -> None:
    Grid(1, 1.0, [1]).check()
    Grid([], [], []).check()
    Grid(1e308, 1).check()


@given(SHAPES, st.data())
def test_a_part_has_the_settings_inside_its_box(shape: list[int], data: st.DataObject) -> None:
    """Axes that broadcast stay as they are."""
    arrays = []
    for _ in range(3):
        own = [size if data.draw(st.booleans()) else 1 for size in shape]
        own = own[data.draw(st.integers(0, len(own))) :]
        arrays.append(np.arange(1, np.prod(own) + 1).reshape(own))
    grid = Grid(*arrays)
    block = tuple(
        slice(start := data.draw(st.integers(0, size - 1)), data.draw(st.integers(start + 1, size)))
        for size in grid.shape
    )
    for whole, part in zip(arrays, grid.part(block).arrays, strict=True):
        expected = np.broadcast_to(whole, grid.shape)[block]
        assert_array_equal(np.broadcast_to(part, expected.shape), expected)
        assert part.dtype == np.float64
        assert part.size <= whole.size
