"""Candidate tokens, by hand and by their properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from roofline.catalog.entries import Published
from roofline.catalog.reader import sources
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
from roofline.study.study import Study, StudyFile, load_study

STUDY = load_study()
UNCALIBRATED = Study(
    identifier="elsewhere",
    file=STUDY.file.model_copy(update={"accelerator": "h100-80gb-sxm"}),
)
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
    with pytest.raises(ValueError, match=r"candidates: expected finite numbers of at least 1"):
        tokens_per_step(wrong)  # type: ignore[arg-type]  # what is tested


def test_attention_gains_41_times_the_intensity() -> None:
    """1/(1/64 + 1/1024 + 1/128) = 40.96 over 1/(1 + 1/1024 + 1/128) = 0.9913."""
    by_hand = (1 + 1 / 1024 + 1 / 128) / (1 / 64 + 1 / 1024 + 1 / 128)
    found = intensity_gain(STUDY.deployment, "qk/pv", 16, 1024, 64)
    assert found == pytest.approx(by_hand, rel=1e-12)
    assert round(found, 1) == 41.3


@pytest.mark.parametrize("batch", [1, 16, 64])
def test_projections_reach_the_ridge_at_a_number_of_tokens(batch: int) -> None:
    """Batch times candidates is the m of 1/(1/m + 2/6656) = 161.24: 169.5, 10.6 at batch 16."""
    tokens = 1 / (1 / RIDGE - 2 / 6656)
    found = crossing(STUDY.deployment, "qkv mlp", "ar", vary="candidates", batch=batch, length=1024)
    assert found == pytest.approx(tokens / batch, rel=1e-9)
    tokens = 1 / (1 / RIDGE - 1 / 6656 - 1 / 17920)
    found = crossing(STUDY.deployment, "up/gate/down", "ar", vary="candidates", batch=batch, length=1024)
    assert found == pytest.approx(tokens / batch, rel=1e-9)


def test_series_that_start_above_the_ridge_or_never_reach_it() -> None:
    """Attention is capped by 1/(1/1024 + 1/128) = 113.8, below the ridge."""
    assert crossing(STUDY.deployment, "qk/pv", "ar", vary="candidates", batch=16, length=1024) is None
    assert crossing(STUDY.deployment, "qkv mlp", "ar", vary="candidates", batch=256, length=1024) == 1.0
    with pytest.raises(KeyError):
        crossing(STUDY.deployment, "nothing", "ar", vary="candidates", batch=1, length=1)


def test_a_step_by_hand_at_batch_one() -> None:
    """Far below the ridge a step reads the weights once, so its least time hardly grows."""
    found = speculation(STUDY, Grid(1, 1024, 64))
    assert 1 < float(found.attainable.relative) < 1.05
    assert_allclose(
        found.attainable.speed_up, tokens_per_step(64) / found.attainable.relative, rtol=1e-12
    )


def test_the_verdicts_of_the_paper() -> None:
    """Predicted: best near 64 at batch 1, fewer with batch, losses beyond batch 32."""
    paper = published_candidates()
    found = best_candidates(STUDY, (1, 2, 4, 8, 16, 32, 64), paper.length.value)
    best = [one.range[1] for one in found]
    assert best == sorted(best, reverse=True)
    assert abs(found[0].range[0] - paper.best.value) <= paper.step.value
    beyond = best_candidates(STUDY, (64,), paper.length.value, paper.grid)[0]
    assert beyond.range == (1, 1)
    assert beyond.gains == (1.0, 1.0)
    assert beyond.attainable.candidates == 1


def test_a_card_without_calibration_has_attainable_numbers_alone() -> None:
    found = speculation(UNCALIBRATED, Grid(1, 1024, [1, 16]))
    assert found.predicted is None
    (best,) = best_candidates(UNCALIBRATED, (1,), 1024)
    assert best.predicted is None
    assert best.range == (best.attainable.candidates,) * 2
    assert best.gains == (best.attainable.speed_up,) * 2


@settings(max_examples=25, deadline=None)
@given(batch=batches, length=lengths)
def test_one_candidate_gains_nothing(batch: int, length: int) -> None:
    """By either reckoning."""
    found = speculation(STUDY, Grid(batch, length, 1))
    assert found.predicted is not None
    for gain in (found.attainable, *found.predicted):
        assert float(gain.speed_up) == float(gain.relative) == 1.0


@settings(max_examples=25, deadline=None)
@given(batch=batches, length=lengths)
def test_more_candidates_never_take_less_time(batch: int, length: int) -> None:
    """Nor does a speed-up exceed the tokens per step."""
    candidates = np.arange(1, 129)
    found = speculation(STUDY, Grid(batch, length, candidates))
    assert found.predicted is not None
    for gain in (found.attainable, *found.predicted):
        assert (np.diff(gain.relative) >= -1e-12).all()
        assert (gain.speed_up <= found.tokens * (1 + 1e-12)).all()


@settings(max_examples=25, deadline=None)
@given(batch=batches, length=lengths, series=st.sampled_from(SERIES))
def test_more_candidates_never_lower_the_intensity(batch: int, length: int, series: str) -> None:
    points = evaluate(STUDY.deployment, series, "ar", Grid(batch, length, np.arange(1, 129)))
    assert (np.diff(points.intensity) >= 0).all()


def test_arrays_broadcast() -> None:
    found = speculation(STUDY, Grid(np.asarray([1, 16])[:, None, None], np.asarray([128, 1024])[:, None],
                        [1, 16, 64]))  # fmt: skip
    assert found.attainable.speed_up.shape == found.tokens.shape == (2, 2, 3)
    alone = speculation(STUDY, Grid(16, 1024, 64))
    assert_allclose(found.attainable.speed_up[1, 1, 2], alone.attainable.speed_up, rtol=1e-12)
    assert found.predicted is not None
    assert alone.predicted is not None
    assert_allclose(found.predicted[1].speed_up[1, 1, 2], alone.predicted[1].speed_up, rtol=1e-12)


def test_other_studies_have_their_own_best() -> None:
    """Grouped heads, narrow weights and fused attention go through the same table."""
    given = STUDY.file.model_dump()
    for changes in (
        {"model": "llama-3-8b", "accelerator": "h100-80gb-sxm"},
        {"storage": {"weight": "int4"}},
        {"choices": {"attention": "fused"}},
    ):
        study = Study(identifier="other", file=StudyFile.model_validate(given | changes))
        small, large = best_candidates(study, (1, 64), 1024)
        assert small.attainable.candidates >= large.attainable.candidates
        assert small.attainable.speed_up > 1
