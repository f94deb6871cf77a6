"""Candidate tokens, by hand and by their properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from deployments import deploy
from roofline.catalog.entries import Published
from roofline.catalog.reader import sources
from roofline.latency.step import predict_step
from roofline.model.budget import budget
from roofline.model.crossing import crossing
from roofline.model.grid import Grid
from roofline.model.points import evaluate
from roofline.study.candidates import (
    best_candidates,
    intensity_gain,
    published_candidates,
    speculation,
    tokens_per_step,
)
from roofline.study.study import load_study

DEPLOYMENT = load_study().deployment
UNCALIBRATED = DEPLOYMENT.with_storage("weight", 1)
RIDGE = 312e12 / 1.935e12
SERIES = ("qkv mlp", "up/gate/down", "qk/pv")
batches = st.integers(1, 128)
lengths = st.integers(1, 16_384)


def test_the_numbers_of_the_paper_are_quoted() -> None:
    """Each has a source that exists; the grid is 1, then 16 to 112 in steps of 16."""
    paper = published_candidates()
    assert paper.grid == (1, 16, 32, 48, 64, 80, 96, 112)
    assert paper.whole == tuple(range(1, 113))
    for name in type(paper).model_fields:
        quoted = getattr(paper, name)
        assert isinstance(quoted, Published)
        assert quoted.source in sources()


def test_tokens_per_step_by_hand() -> None:
    """1 + 0.477 ln 1 = 1; ln 112 = 4.7185, so 1 + 0.477 · 4.7185 = 3.2507."""
    assert_allclose(tokens_per_step([1, 112]), [1, 3.2507], rtol=1e-4)
    # The paper's curve reaches about 3.3 there.
    assert round(float(tokens_per_step(112)), 1) == 3.3


@pytest.mark.parametrize("wrong", [0, 0.5, -1, math.nan, math.inf, [1, 0]])
def test_fewer_than_one_candidate_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"^candidates: expected finite numbers of at least 1$"):
        tokens_per_step(wrong)  # type: ignore[arg-type]  # what is tested


def test_attention_gains_41_times_the_intensity() -> None:
    """1/(1/64 + 1/1024 + 1/128) = 40.96 over 1/(1 + 1/1024 + 1/128) = 0.9913."""
    by_hand = (1 + 1 / 1024 + 1 / 128) / (1 / 64 + 1 / 1024 + 1 / 128)
    gain = intensity_gain(DEPLOYMENT, "qk/pv", 16, 1024, 64)
    assert gain == pytest.approx(by_hand, rel=1e-12)
    assert round(gain, 1) == 41.3


@pytest.mark.parametrize("batch", [1, 16, 64])
def test_projections_reach_the_ridge_at_a_number_of_tokens(batch: int) -> None:
    """A step has q = t/b, with 1/t = 1/161.24 - 1/n - 1/k."""
    for series, (n, k) in {"qkv mlp": (6656, 6656), "up/gate/down": (6656, 17920)}.items():
        tokens = 1 / (1 / RIDGE - 1 / n - 1 / k)
        place = crossing(DEPLOYMENT, series, "ar", vary="candidates", batch=batch, length=1024)
        assert place == pytest.approx(tokens / batch, rel=1e-9)


def test_series_that_start_above_the_ridge_or_never_reach_it() -> None:
    """Attention is capped by 1/(1/1024 + 1/128) = 113.8, below the ridge."""
    for series, batch, expected in (("qk/pv", 16, None), ("qkv mlp", 256, 1.0)):
        place = crossing(DEPLOYMENT, series, "ar", vary="candidates", batch=batch, length=1024)
        assert place == expected


def test_a_step_by_hand_at_batch_one() -> None:
    """Far below the ridge a step reads the weights once, so its least time hardly grows."""
    decoding = speculation(DEPLOYMENT, Grid(1, 1024, 64))
    assert 1 < float(decoding.attainable.relative) < 1.05
    assert_allclose(
        decoding.attainable.speed_up, tokens_per_step(64) / decoding.attainable.relative, rtol=1e-12
    )


def test_the_verdicts_of_the_paper() -> None:
    """Predicted: best near 64 at batch 1, fewer with batch, losses beyond batch 32."""
    paper = published_candidates()
    best = best_candidates(DEPLOYMENT, (1, 2, 4, 8, 16, 32, 64), paper.length.value)
    assert [row.batch for row in best] == [1, 2, 4, 8, 16, 32, 64]
    most = [row.range[1] for row in best]
    assert most == sorted(most, reverse=True)
    assert abs(best[0].range[0] - paper.best.value) <= paper.step.value
    beyond = best_candidates(DEPLOYMENT, (64,), paper.length.value, paper.grid)[0]
    assert beyond.range == (1, 1)
    assert beyond.gains == (1.0, 1.0)
    assert beyond.attainable.candidates == 1


def test_a_card_without_calibration_has_attainable_numbers_alone() -> None:
    decoding = speculation(UNCALIBRATED, Grid(1, 1024, [1, 16]))
    assert decoding.predicted is None
    (best,) = best_candidates(UNCALIBRATED, (1,), 1024)
    assert best.predicted is None
    assert best.range == (best.attainable.candidates,) * 2
    assert best.gains == (best.attainable.speed_up,) * 2


@settings(max_examples=25)
@given(batch=batches, length=lengths)
def test_one_candidate_gains_nothing(batch: int, length: int) -> None:
    """By either reckoning."""
    decoding = speculation(DEPLOYMENT, Grid(batch, length, 1))
    assert decoding.predicted is not None
    for gain in (decoding.attainable, *decoding.predicted):
        assert float(gain.speed_up) == float(gain.relative) == 1.0


@settings(max_examples=25)
@given(batch=batches, length=lengths)
def test_more_candidates_never_take_less_time(batch: int, length: int) -> None:
    """Nor does a speed-up exceed the tokens per step."""
    candidates = np.arange(1, 129)
    decoding = speculation(DEPLOYMENT, Grid(batch, length, candidates))
    assert decoding.predicted is not None
    for gain in (decoding.attainable, *decoding.predicted):
        assert (np.diff(gain.relative) >= -1e-12).all()
        assert (gain.speed_up <= decoding.tokens * (1 + 1e-12)).all()


@settings(max_examples=25)
@given(batch=batches, length=lengths, series=st.sampled_from(SERIES))
def test_more_candidates_never_lower_the_intensity(batch: int, length: int, series: str) -> None:
    points = evaluate(DEPLOYMENT, series, "ar", Grid(batch, length, np.arange(1, 129)))
    assert (np.diff(points.intensity) >= 0).all()


def test_arrays_broadcast() -> None:
    batch, length = np.asarray([1, 16])[:, None, None], np.asarray([128, 1024])[:, None]
    decoding = speculation(DEPLOYMENT, Grid(batch, length, [1, 16, 64]))
    assert decoding.attainable.speed_up.shape == decoding.tokens.shape == (2, 2, 3)
    alone = speculation(DEPLOYMENT, Grid(16, 1024, 64))
    assert_allclose(decoding.attainable.speed_up[1, 1, 2], alone.attainable.speed_up, rtol=1e-12)
    assert decoding.predicted is not None
    assert alone.predicted is not None
    assert_allclose(
        decoding.predicted[1].speed_up[1, 1, 2], alone.predicted[1].speed_up, rtol=1e-12
    )


def test_other_deployments_have_their_own_best() -> None:
    """Grouped heads, narrow weights and fused attention go through the same table."""
    for deployment in (
        deploy("llama-3-8b", "h200-141gb-sxm"),
        DEPLOYMENT.with_storage("weight", 0.5),
        DEPLOYMENT.with_attention(),
    ):
        small, large = best_candidates(deployment, (1, 64), 1024)
        assert small.attainable.candidates >= large.attainable.candidates
        assert small.attainable.speed_up > 1


def test_without_candidates_on_the_grid_they_are_one() -> None:
    """The default of a grid: no gain by any reckoning, and 1 token a step."""
    decoding = speculation(DEPLOYMENT, Grid([1, 16], 1024))
    assert decoding.tokens.tolist() == [1, 1]
    assert decoding.attainable.speed_up.tolist() == [1, 1]


def test_the_best_is_the_first_of_the_largest_speed_ups() -> None:
    """Row by row, read from the very numbers of the chart; of equal ones the smallest."""
    numbers = np.array([1, 16, 48, 64, 112])
    decoding = speculation(DEPLOYMENT, Grid(np.array([[1], [64]]), 1024, numbers))
    for row, best in enumerate(decoding.best()):
        gains = (decoding.attainable, *(decoding.predicted or ()))
        for gain, optimum in zip(gains, (best.attainable, *(best.predicted or ())), strict=True):
            assert optimum.speed_up == gain.speed_up[row].max()
            assert (
                optimum.candidates == numbers[gain.speed_up[row].tolist().index(optimum.speed_up)]
            )
        assert best.gains == (min(o.speed_up for o in best.predicted or ()),
                              max(o.speed_up for o in best.predicted or ()))  # fmt: skip
        assert best.range == (min(o.candidates for o in best.predicted or ()),
                              max(o.candidates for o in best.predicted or ()))  # fmt: skip
    assert [best.batch for best in decoding.best()] == [1, 64]
    alone = speculation(UNCALIBRATED, Grid([[1]], 1024, [1, 1, 1])).best()
    assert (alone[0].attainable.candidates, alone[0].predicted) == (1, None)


def test_times_are_those_of_the_step() -> None:
    """Least ones from the budget, predicted ones as a range; relative to one candidate."""
    grid, ordinary = Grid(16, 1024, 64), Grid(16, 1024)
    decoding = speculation(DEPLOYMENT, grid)
    step, alone = predict_step(DEPLOYMENT, "ar", grid), predict_step(DEPLOYMENT, "ar", ordinary)
    assert step is not None
    assert alone is not None
    assert decoding.predicted is not None
    pairs = (
        (decoding.attainable, budget(DEPLOYMENT, "ar", grid).seconds,
         budget(DEPLOYMENT, "ar", ordinary).seconds),
        (decoding.predicted[0], step.low, alone.low),
        (decoding.predicted[1], step.high, alone.high),
    )  # fmt: skip
    for gain, several, one_token in pairs:
        assert_allclose(gain.seconds, several, rtol=0)
        assert_allclose(gain.relative, several / one_token, rtol=1e-12)
        assert_allclose(gain.speed_up, tokens_per_step(64) / (several / one_token), rtol=1e-12)


def test_settings_below_one_have_no_speed_up() -> None:
    with pytest.raises(ValueError, match="candidates"):
        speculation(DEPLOYMENT, Grid(1, 1024, 0))
