"""Decode steps and prefills as streams of kernels."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deployments import deploy
from roofline.latency.calibration import all_calibrations
from roofline.latency.carried_over import carried_over, load_calibration
from roofline.latency.prediction import predict_series
from roofline.latency.step import predict_step
from roofline.model.budget import budget
from roofline.model.grid import Grid
from roofline.study.study import load_study

EXAMPLE_STUDY = "tinyllama-cpu-2-threads"
EXAMPLE_CARD = "amd-epyc-2-threads"


def test_a_step_is_a_stream_of_kernels_within_the_error_of_nine_in_ten() -> None:
    """Nine products in each of 60 layers and the output head; between them 422 kernels.

    In each layer softmax, rotary embedding, activation function, two norms and two residual
    additions; one more norm, and the gather of the input embedding: 7 · 60 + 2.
    """
    study = load_study()
    step = predict_step(study.deployment, "ar", Grid(1, 128))
    assert step is not None
    assert step.products == 9 * 60 + 1
    assert step.launches == 541 + 422
    stream = load_calibration("a100-80gb-pcie", "stream")
    assert step.error == stream.errors.held_out["all"].p90
    assert_allclose(step.seconds, step.low * (1 + step.error))
    seconds = step.seconds
    assert_allclose(step.high * (1 - step.error), seconds, rtol=1e-9)
    assert step.low > budget(study.deployment, "ar", Grid(1, 128)).seconds


def test_a_step_on_a_card_without_a_stream_lies_between_hidden_and_isolated_launches() -> None:
    """Nine products in each of 22 layers, and the output head: 199 products, 7 · 22 + 2 others."""
    study = load_study(EXAMPLE_STUDY)
    step = predict_step(study.deployment, "ar", Grid(1, 128))
    assert step is not None
    assert not step.as_stream
    assert step.products == 9 * 22 + 1
    assert step.launches == 199 + 156
    assert step.seconds == step.low
    launch = load_calibration(EXAMPLE_CARD).values.launch
    assert_allclose(step.high - step.low, (199 + 156) * launch, rtol=1e-9)


def test_a_carried_step_is_as_wide_as_the_error_on_the_worst_card() -> None:
    """0.351, of the A100 SXM by graph: 1 / 1.351 to 1 / 0.649 of the sum."""
    deployment = deploy(accelerator="h200-141gb-sxm")
    step = predict_step(deployment, "ar", Grid(1, 128))
    assert step is not None
    held = carried_over()["stream"].held_out
    assert step.error == held["a100-80gb-sxm-stream"].p90 == max(held[n].p90 for n in held)
    assert_allclose(step.high / step.low, (1 + step.error) / (1 - step.error), rtol=1e-9)
    assert step.carried == ("a100-80gb-pcie", "a100-80gb-sxm", "a40", "h100-80gb-sxm")


def test_kernels_without_products_move_their_bytes_at_the_rate_of_products() -> None:
    """Llama 33B in fp16, one sequence, a cache of 128 tokens."""
    step = predict_step(deploy(), "ar", Grid(1, 128))
    assert step is not None
    moved = 2 * sum(  # 2 byte an element
        (
            60 * 2 * 52 * 128,  # softmax: 52 rows of 128 scores, read and written
            60 * 2 * (52 + 52) * 128,  # rotary embedding: queries and keys
            60 * 3 * 17920,  # activation function: reads two, writes one
            121 * 2 * 6656,  # norms
            120 * 3 * 6656,  # residual additions: read two, write one
            2 * 6656,  # gather: one row of the embedding, read and written
        )
    )
    p = load_calibration("a100-80gb-pcie", "stream").values
    assert_allclose(step.moving, 422 * p.launch + moved / (p.memory_share * 1.935e12), rtol=1e-9)


def test_a_step_is_the_sum_of_its_kernels() -> None:
    """All series of all layers in a stream, and what lies between."""
    deployment = deploy(choices={"attention": "fused", "projections": "fused"})
    grid = Grid(np.array([[1.0], [8.0]]), [512, 2048])
    step = predict_step(deployment, "ar", grid)
    assert step is not None
    # q+k+v, attention, o, up+gate and down in each of 60 layers, and the output head; no softmax.
    assert step.products == 5 * 60 + 1
    assert step.launches == 301 + 6 * 60 + 2
    total = step.moving
    for series in deployment.operators.series:
        predicted = predict_series(deployment, series, "ar", grid, "stream")
        if predicted is not None:  # all but the gather
            total = total + predicted.seconds * (1 if series == "lm_head" else 60)
    assert_allclose(step.seconds, total, rtol=1e-9)


def test_another_calibration_of_streams_can_be_given() -> None:
    """Kernels replayed as a graph start sooner than ones launched one by one."""
    graph = all_calibrations()["h100-80gb-sxm-stream-graph"]
    deployment = deploy(accelerator="h100-80gb-sxm")
    usual = predict_step(deployment, "ar", Grid(1, 128))
    replayed = predict_step(deployment, "ar", Grid(1, 128), graph)
    assert usual is not None
    assert replayed is not None
    assert replayed.error == graph.worst_p90 != usual.error
    assert replayed.moving < usual.moving


@pytest.mark.parametrize("phase", ["init", "ar"])
def test_a_longer_step_takes_longer(phase: str) -> None:
    grid = Grid(np.array([1.0, 2, 4, 8])[:, None], [128, 1024, 2048])
    step = predict_step(deploy(), phase, grid)  # type: ignore[arg-type]
    assert step is not None
    assert (np.diff(step.seconds, axis=0) > 0).all()
    assert (np.diff(step.seconds, axis=1) > 0).all()
    assert (step.low > budget(deploy(), phase, grid).seconds).all()  # type: ignore[arg-type]


def test_a_card_whose_ceilings_were_changed_has_no_steps() -> None:
    deployment = deploy()
    card = deployment.accelerator.model_copy(update={"name": "another"})
    assert predict_step(dataclasses.replace(deployment, accelerator=card), "ar", Grid(1, 1)) is None
