"""Requests that others timed, and what is predicted of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError

from deployments import deploy
from roofline.latency.end_to_end import Request, published_requests, time_request
from roofline.latency.step import predict_step
from roofline.model.budget import budget
from roofline.model.grid import Grid

HALF = {"value": 0.5, "source": "medusa", "where": "a table"}


def make(**changes: object) -> Request:
    given: dict[str, object] = {
        "name": "a server",
        "model": "llama-33b",
        "accelerator": "a100-80gb-pcie",
        "dtype": "fp16",
        "batch": 2,
        "prompt": 128,
        "tokens": 4,
        "tokens_per_second": {"value": 40.0, "source": "medusa", "where": "a table"},
        "assumed": "nothing",
    }
    return Request.model_validate(given | changes)


def test_a_request_is_a_prefill_and_a_step_for_each_further_token() -> None:
    """4 tokens after 128: the prefill yields the first, and steps attend to 129, 130 and 131."""
    times = time_request(make())
    assert times is not None
    steps = [predict_step(deploy(), "init", Grid(2, 128))]
    steps += [predict_step(deploy(), "ar", Grid(2, length)) for length in (129, 130, 131)]
    for name in ("low", "high"):
        assert_allclose(getattr(times, name), sum(getattr(step, name) for step in steps))
    assert_allclose(times.predicted, sum(float(step.seconds) for step in steps if step))
    least = float(budget(deploy(), "init", Grid(2, 128)).seconds)
    least += float(budget(deploy(), "ar", Grid(2, np.array([129, 130, 131]))).seconds.sum())
    assert_allclose(times.attainable, least)
    # 2 sequences of 4 tokens at 40 tokens/s.
    assert times.measured == 0.2
    assert_allclose(times.ratio, times.predicted / 0.2)


def test_one_token_is_a_prefill_alone() -> None:
    times = time_request(make(tokens=1, seconds=HALF, tokens_per_second=None))
    step = predict_step(deploy(), "init", Grid(2, 128))
    assert times is not None
    assert step is not None
    assert times.predicted == float(step.seconds)
    assert times.measured == 0.5


@pytest.mark.parametrize("changes", [{"seconds": HALF}, {"tokens_per_second": None}])
def test_a_request_has_one_published_number(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="either seconds or tokens_per_second"):
        make(**changes)


def test_the_requests_of_the_catalogue_can_all_be_predicted() -> None:
    """None is faster than the roof, which would be an error of reading or of the model."""
    requests = published_requests()
    assert len(requests) >= 10
    for request in requests:
        times = time_request(request)
        assert times is not None
        assert times.attainable < times.low < times.predicted < times.high
        assert times.measured > times.attainable
