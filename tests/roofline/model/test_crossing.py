"""Where a series reaches the ridge: by hand, and as the points themselves say."""

import math
from typing import Any, Literal, get_args
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deployments import deploy, with_ceilings
from roofline.model import crossing as module
from roofline.model.crossing import MOST, crossing
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Phase, load_operators
from roofline.model.points import evaluate

Vary = Literal["batch", "length", "candidates"]
VARIED: tuple[Vary, ...] = get_args(Vary)
RIDGE = 312e12 / 1.935e12  # 161.24
PRODUCTS = [name for name in load_operators().series if name != "embedding"]
SIZES = st.integers(1, 10**4)


def with_ridge(ridge: float, **settings: Any) -> Deployment:
    """The flagship on a card with another ridge."""
    return with_ceilings(deploy(**settings), peak=ridge, bandwidth=1.0)


def above(deployment: Deployment, series: str, phase: Phase, settings: dict[str, float]) -> bool:
    """Whether the series is compute-bound at a setting."""
    return evaluate(deployment, series, phase, Grid(**settings)).point().bound == "compute"


@pytest.mark.parametrize(
    ("choices", "length"),
    [
        # Scores stay on the chip: s / 2 FLOP/Byte, and (s + 1) / 4 without the masked half.
        ({"attention": "fused"}, 2 * RIDGE),
        ({"attention": "fused", "mask": "causal"}, 4 * RIDGE - 1),
    ],
)
def test_fused_prefill_attention_crosses_twice_as_late_with_its_mask(
    choices: dict[str, str], length: float
) -> None:
    """At 322.5 and at 644.0 tokens; in decode no score is masked."""
    deployment = deploy(choices=choices)
    assert crossing(deployment, "qk/pv", "init", vary="length") == pytest.approx(length, rel=1e-12)
    points = evaluate(deployment, "qk/pv", "ar", Grid(1, 1024))
    assert points.flops == 4 * 52 * 1024 * 128


@pytest.mark.parametrize(
    ("series", "phase", "vary", "settings", "expected"),
    [
        # 1/b = 1/161.24 - 2/6656, and with 4 candidates a quarter of it
        ("qkv mlp", "ar", "batch", {}, 1 / (1 / RIDGE - 2 / 6656)),
        ("qkv mlp", "ar", "batch", {"candidates": 4}, 1 / (1 / RIDGE - 2 / 6656) / 4),
        ("qkv mlp", "ar", "candidates", {"batch": 16}, 1 / (1 / RIDGE - 2 / 6656) / 16),
        # tokens of a prefill, batch times length, each 1 by default
        ("qkv mlp", "init", "batch", {}, 1 / (1 / RIDGE - 2 / 6656)),
        ("qkv mlp", "init", "length", {}, 1 / (1 / RIDGE - 2 / 6656)),
        ("up/gate/down", "init", "length", {"batch": 2},
         1 / (1 / RIDGE - 1 / 6656 - 1 / 17920) / 2),
        ("up/gate/down", "init", "batch", {"length": 10},
         1 / (1 / RIDGE - 1 / 6656 - 1 / 17920) / 10),
    ],
)  # fmt: skip
def test_crossings_of_the_flagship(
    series: str, phase: Phase, vary: Vary, settings: dict[str, float], expected: float
) -> None:
    assert crossing(deploy(), series, phase, vary=vary, **settings) == pytest.approx(
        expected, rel=1e-12
    )


def test_fused_prefill_attention_crosses_at_twice_the_ridge() -> None:
    """Its intensity is s/2."""
    fused = deploy(choices={"attention": "fused"})
    place = crossing(fused, "qk/pv", "init", vary="length", batch=7)
    assert place == pytest.approx(2 * RIDGE, rel=1e-12)


def test_a_crossing_between_one_and_two() -> None:
    """1/(1/b + 2/6656) = 1.5 at b = 1/(1/1.5 - 2/6656) = 1.50068."""
    expected = 1 / (1 / 1.5 - 2 / 6656)
    assert 1.5 < expected < 1.501
    assert crossing(with_ridge(1.5), "qkv mlp", "ar", vary="batch") == pytest.approx(expected)


@pytest.mark.parametrize("vary", VARIED)
def test_a_series_that_starts_above_the_ridge_crosses_at_one(vary: Vary) -> None:
    """Decode attention has 0.33 FLOP/Byte at one token: 1/(1 + 1 + 1/128) = 0.498."""
    for ridge in (0.01, 0.498):
        assert crossing(with_ridge(ridge), "qk/pv", "ar", vary=vary) == 1.0


def test_a_series_that_starts_exactly_on_the_ridge_crosses_at_one() -> None:
    start = evaluate(deploy(), "qk/pv", "ar", Grid(1, 1)).point().intensity
    assert crossing(with_ridge(start), "qk/pv", "ar", vary="length") == 1.0
    later = crossing(with_ridge(math.nextafter(start, 1)), "qk/pv", "ar", vary="length")
    assert later is not None
    assert 1.0 < later < 1.0 + 1e-12


@pytest.mark.parametrize("vary", VARIED)
def test_a_series_that_never_reaches_the_ridge_has_none(vary: Vary) -> None:
    """Decode attention at one candidate stays below 1, and below 128 at any number of them."""
    assert crossing(with_ridge(128), "qk/pv", "ar", vary=vary) is None
    assert crossing(deploy(), "embedding", "ar", vary=vary) is None


def test_what_is_reached_only_beyond_the_largest_setting_is_never_reached() -> None:
    """Fused, the intensity is s/2: half of MOST is its last."""
    fused = {"choices": {"attention": "fused"}}
    last = crossing(with_ridge(MOST / 2, **fused), "qk/pv", "init", vary="length")
    assert last == pytest.approx(MOST, rel=1e-12)
    beyond = with_ridge(MOST / 2 * (1 + 1e-9), **fused)
    assert crossing(beyond, "qk/pv", "init", vary="length") is None


def test_its_own_value_of_the_setting_that_grows_counts_for_nothing() -> None:
    given = crossing(deploy(), "qkv mlp", "ar", vary="batch", batch=5000)
    assert given == crossing(deploy(), "qkv mlp", "ar", vary="batch")


def test_an_unknown_series_and_settings_below_one_are_refused() -> None:
    with pytest.raises(KeyError):
        crossing(deploy(), "qkv", "ar", vary="batch")
    with pytest.raises(ValueError, match="length: expected"):
        crossing(deploy(), "qkv mlp", "ar", vary="batch", length=0)


def test_a_crossing_is_searched_for_once() -> None:
    deployment = deploy()
    first = crossing(deployment, "qkv mlp", "ar", vary="batch")
    with mock.patch.object(module, "evaluate", side_effect=AssertionError):
        assert crossing(deployment, "qkv mlp", "ar", vary="batch", length=1.0) == first


@given(
    st.sampled_from(["llama-33b", "llama-3-8b"]),
    st.sampled_from(PRODUCTS),
    st.sampled_from(PHASES),
    st.sampled_from(VARIED),
    st.floats(1e-2, 1e5),
    st.dictionaries(st.sampled_from(["weight", "kv-cache"]), st.sampled_from([0.5, 4])),
    st.tuples(SIZES, SIZES, st.integers(1, 256)),
)
def test_a_crossing_is_where_the_points_change_sides(  # noqa: PLR0917  # one for each thing drawn
    model: str,
    series: str,
    phase: Phase,
    vary: Vary,
    ridge: float,
    storage: dict[str, float],
    setting: tuple[int, int, int],
) -> None:
    """The float itself is above, the one below it is not, and no polynomial is needed for it."""
    deployment = with_ridge(ridge, model=model, storage=storage)
    settings: dict[str, float] = dict(zip(VARIED, map(float, setting), strict=True))
    place = crossing(deployment, series, phase, vary=vary, **settings)
    if place is None:
        assert not above(deployment, series, phase, settings | {vary: MOST})
        return
    assert above(deployment, series, phase, settings | {vary: place})
    if place > 1.0:
        assert not above(deployment, series, phase, settings | {vary: np.nextafter(place, 1.0)})
        assume(place < MOST / 2)
        assert not above(deployment, series, phase, settings | {vary: max(1.0, place * (1 - 1e-9))})
        searched = module._first_by_sections(  # noqa: SLF001  # what stands in where no root helps
            lambda values: evaluate(
                deployment, series, phase, Grid(**settings | {vary: values})
            ).bound_by("compute")
        )
        assert searched == pytest.approx(place, rel=1e-12)


@pytest.mark.parametrize(
    ("values", "root", "slope"),
    [
        ((2, 0, 0), 3, 1),  # x² - 5x + 6
        ((4, 0, 0), 3, 2),  # 2x² - 10x + 12
        ((-5, -3, -1), 3.5, 2),  # 2x - 7
        ((-1.5, -1, -0.5), 4, 0.5),  # x/2 - 2
        ((0, 5, 8), 1, 6),  # -x² + 8x - 7, which falls through 7
        ((-3, 0, 5), 2, 4),  # x² - 4
    ],
)
def test_roots_of_parabolas_that_rise_through_zero(
    values: tuple[float, float, float], root: float, slope: float
) -> None:
    assert module._rising_root(*values) == pytest.approx((root, slope))  # noqa: SLF001  # the solver itself


@pytest.mark.parametrize(
    "values",
    [
        (2, 5, 10),  # x² + 1 is above zero
        (5, 3, 1),  # 7 - 2x falls
        (1, 1, 1),
        (4, 1, 0),  # (x - 3)² touches
        (4, 1, -4),  # 5 - x² falls
    ],
)
def test_parabolas_that_rise_through_zero_nowhere(values: tuple[float, float, float]) -> None:
    assert all(map(math.isnan, module._rising_root(*values)))  # noqa: SLF001  # as above


@pytest.mark.parametrize("ridge", [0.75, 100.0, MOST / 4])
@pytest.mark.parametrize("root", [(math.nan, math.nan), (1e6, 1e30)])
def test_without_a_root_to_start_from_the_bracket_is_cut(
    ridge: float, root: tuple[float, float]
) -> None:
    """Fused prefill attention has s/2 to the last digit; a root that is far off is no help."""
    deployment = with_ridge(ridge, choices={"attention": "fused"})
    asked: list[Grid] = []

    def watched(*given: Any) -> Any:
        asked.append(given[-1])
        return evaluate(*given)

    with (
        mock.patch.object(module, "_rising_root", return_value=root),
        mock.patch.object(module, "evaluate", watched),
    ):
        assert crossing(deployment, "qk/pv", "init", vary="length") == 2 * ridge
    # The samples, the neighbours of the root with its step, and ten cuts into 64 parts.
    assert len(asked) <= 1 + 2 + 10
    assert all(np.max(grid.length) <= MOST and np.min(grid.length) >= 1 for grid in asked)


@pytest.mark.parametrize("ridge", [RIDGE, 1.5, 3000.0])
def test_where_a_root_helps_three_evaluations_are_enough(ridge: float) -> None:
    with mock.patch.object(module, "evaluate", wraps=evaluate) as asked:
        crossing(with_ridge(ridge), "qkv mlp", "ar", vary="batch")
    assert asked.call_count == 3
