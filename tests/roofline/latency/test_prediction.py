"""Predictions of a study's points and steps."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from roofline.latency.carried_over import load_calibration
from roofline.latency.kernels import calibration_for
from roofline.latency.law import predict_products
from roofline.latency.prediction import predict_series, unmeasured
from roofline.latency.step import predict_step
from roofline.measurements.products import PROTOCOLS, Protocol
from roofline.model.capacity import capacity
from roofline.model.grid import Grid
from roofline.model.points import evaluate
from roofline.model.roof import BOUNDS
from roofline.study.study import Study, load_study

EXAMPLE_STUDY = "tinyllama-cpu-2-threads"
EXAMPLE_CARD = "amd-epyc-2-threads"
BATCH = 2.0 ** np.arange(7)[:, None]
LENGTH = 2.0 ** np.arange(7, 14)
CHARTED = [(series, phase) for series in ("qkv mlp", "up/gate/down", "qk/pv")
           for phase in ("init", "ar")]  # fmt: skip


def changed(study: Study, **fields: object) -> Study:
    """The study with other fields in its file."""
    return dataclasses.replace(study, file=study.file.model_copy(update=fields))


def test_a_series_takes_the_sum_of_its_kernels() -> None:
    """Decode projections at batch 1: three products [1 x 6656] . [6656 x 6656]."""
    study = load_study()
    p = load_calibration("a100-80gb-pcie").values
    # W = 2 * 6656^2 = 88,604,672 FLOP; Q = 2 * (6656 + 6656^2) in, 2 * 6656 out, in bytes.
    # Tiles of 32 x 32: 208 in 2 waves of 108, each loads 64/32 + 64/32 - 3/4 = 3.25 more.
    elements = 2 * 108 * 32 * 32 * (1 + 3.25 * p.small)
    compute = 2 * elements * 6656 / (p.compute_share * 312e12)
    read, written = 2 * (6656 + 6656**2), 2 * 6656 * p.write
    flushed = p.cold * 41_943_040  # the operands exceed the 40 MiB cache
    memory = (read + written + flushed) / (p.memory_share * 1.935e12)
    overhead = p.launch + p.depth * np.log2(1 + 6656 / 128)
    busy = (compute**p.overlap + memory**p.overlap) ** (1 / p.overlap)
    kernel = overhead + busy * (1 + p.clock * busy / (busy + 1e-3))
    predicted = predict_series(study.deployment, "qkv mlp", "ar", Grid(1, 128))
    assert predicted is not None
    assert_allclose(predicted.seconds, 3 * kernel, rtol=1e-12)
    assert_allclose(predicted.flops_per_s, 88_604_672 / kernel, rtol=1e-12)
    assert bool(predicted.bound_by("memory"))
    assert not predicted.bound_by("compute")
    assert predicted.parts.keys() == {"compute", "memory", "overhead"}
    assert_allclose(predicted.parts["overhead"], 3 * overhead)


@pytest.mark.parametrize(("series", "phase"), CHARTED)
def test_no_prediction_beats_the_roof(series: str, phase: str) -> None:
    study = load_study()
    predicted = predict_series(study.deployment, series, phase, Grid(BATCH, LENGTH))  # type: ignore[arg-type]
    points = evaluate(study.deployment, series, phase, Grid(BATCH, LENGTH))  # type: ignore[arg-type]
    assert predicted is not None
    assert (predicted.flops_per_s < points.attainable).all()
    assert set(predicted.bound.ravel()) <= set(range(len(BOUNDS)))


@pytest.mark.parametrize("card", ["a100-80gb-pcie", "h100-80gb-sxm", "a40", "h200-141gb-sxm"])
def test_no_kernel_is_predicted_to_take_longer_in_a_stream_than_alone(card: str) -> None:
    """Wherever no stream was measured; prefill attention is such a kernel on every card."""
    deployment = changed(load_study(), accelerator=card).deployment
    for series, phase in CHARTED:
        alone, stream = (
            predict_series(deployment, series, phase, Grid(BATCH, LENGTH), protocol)  # type: ignore[arg-type]
            for protocol in PROTOCOLS
        )
        assert alone is not None
        assert stream is not None
        assert stream.protocol == "stream"
        longer = stream.seconds > alone.seconds * (1 + 1e-12)
        assert not (longer & stream.extrapolated).any()
        if series == "qk/pv":
            assert stream.extrapolated.all()


@pytest.mark.parametrize(
    ("accelerator", "carried"),
    [("a40", ("isolated",)), ("a100-80gb-pcie", ()), ("h200-141gb-sxm", PROTOCOLS)],
)
def test_what_was_not_measured_on_a_gpu_is_carried_over(
    accelerator: str, carried: tuple[Protocol, ...]
) -> None:
    """No isolated kernel was measured on an A40, and nothing on an H200."""
    deployment = changed(load_study(), accelerator=accelerator).deployment
    for protocol in PROTOCOLS:
        calibration = calibration_for(deployment, protocol)
        assert calibration is not None
        assert bool(calibration.provenance.carried) == (protocol in carried)
    step = predict_step(deployment, "ar", Grid(1, 128))
    assert step is not None
    assert bool(step.carried) == ("stream" in carried)
    assert step.as_stream
    assert predict_series(deployment, "qk/pv", "ar", Grid(1, 128)) is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"storage": {"kv-cache": 0.53125}},
        {"storage": {"weight": "int4"}},
    ],
)
def test_nothing_is_predicted_where_nothing_was_calibrated(fields: dict[str, object]) -> None:
    study = changed(load_study(), **fields)
    assert calibration_for(study.deployment) is None
    assert predict_series(study.deployment, "qk/pv", "ar", Grid(1, 128)) is None
    assert predict_step(study.deployment, "ar", Grid(1, 128)) is None
    assert unmeasured(study.deployment, "ar", Grid.of(study.file, "ar")) == ()
    assert capacity(study.deployment).tokens >= 0


def test_fused_projections_are_one_product_as_wide_as_all() -> None:
    """Queries, keys and values of one input at batch 8: [8 x 6656] . [6656 x 3 · 6656]."""
    study = changed(load_study(), choices={"projections": "fused"})
    calibration = load_calibration("a100-80gb-pcie")
    wide = predict_products(
        calibration.values, calibration.device("fp16"), count=1, m=8, n=3 * 6656, k=6656
    )
    predicted = predict_series(study.deployment, "qkv mlp", "ar", Grid(8, 512))
    assert predicted is not None
    assert_allclose(predicted.seconds, wide.seconds, rtol=1e-12)
    assert_allclose(predicted.parts["memory"], wide.memory, rtol=1e-12)


def test_fused_attention_keeps_its_scores_on_the_chip() -> None:
    """One launch, and traffic without scores; it was not measured, so it is extrapolated.

    One sequence of 4096 tokens: 52 heads of [4096 x 128] . [128 x 4096] and [4096 x 4096] .
    [4096 x 128]. Queries, keys, values and results: 4 · 52 · 4096 · 128 · 2 byte, of which the
    results are written.
    """
    study = changed(load_study(), choices={"attention": "fused"})
    p = load_calibration("a100-80gb-pcie").values
    predicted = predict_series(study.deployment, "qk/pv", "init", Grid(1, 4096))
    apart = predict_series(load_study().deployment, "qk/pv", "init", Grid(1, 4096))
    assert predicted is not None
    assert apart is not None
    operand = 52 * 4096 * 128 * 2
    moved = operand * (3 + p.write) + p.cold * 41_943_040
    assert_allclose(predicted.parts["memory"], moved / (p.memory_share * 1.935e12), rtol=1e-12)
    assert_allclose(predicted.parts["compute"], apart.parts["compute"], rtol=1e-12)
    overhead = p.launch + p.depth * np.log2(1 + 4096 / 128)
    assert_allclose(predicted.parts["overhead"], overhead, rtol=1e-12)
    assert predicted.seconds < apart.seconds
    assert predicted.extrapolated.all()
    masked = changed(load_study(), choices={"attention": "fused", "mask": "causal"})
    half = predict_series(masked.deployment, "qk/pv", "init", Grid(1, 4096))
    assert half is not None
    # A mask leaves (4096 + 1)/(2 · 4096) of the scores.
    share = 4097 / 8192
    assert_allclose(half.parts["compute"], share * predicted.parts["compute"], rtol=1e-12)
    grid = Grid(BATCH, LENGTH)
    for phase in ("init", "ar"):
        several = predict_series(study.deployment, "qk/pv", phase, grid)
        points = evaluate(study.deployment, "qk/pv", phase, grid)
        assert several is not None
        assert (several.flops_per_s < points.attainable).all()
    assert {"qk", "pv"} <= {row.name for row in unmeasured(study.deployment, "ar", grid)}


def test_what_was_never_measured_is_named() -> None:
    """The feed-forward's 17,920, and k = s of the probability-value product beyond 128."""
    study = load_study()
    grid = Grid.of(study.file, "ar")
    names = [row.name for row in unmeasured(study.deployment, "ar", grid)]
    assert {"up", "gate", "down"} <= set(names)
    predicted = predict_series(load_study().deployment, "qk/pv", "ar", Grid(BATCH, LENGTH))
    assert predicted is not None
    assert predicted.extrapolated[:, 1:].all()
