"""Requests that others timed from end to end, beside what they are predicted to take.

A request reads a batch of prompts and generates tokens: one prefill, which yields the first
token of each, and a decode step for every other one.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Entry, ListOf, PositiveFloat, PositiveInt, Published, Text
from roofline.catalog.reader import context, read_catalogue
from roofline.catalog.transformer import load_transformer
from roofline.files.validation import validate
from roofline.latency.step import StepPrediction, predict_step
from roofline.model.budget import budget
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid


class Request(Entry):
    """A request that was timed, and how it was published."""

    name: Text
    """What served it."""
    model: Text
    """Transformer of the catalogue."""
    accelerator: Text
    """Accelerator of the catalogue."""
    dtype: Text
    """Number format of all operands."""
    batch: PositiveInt
    """Sequences served together."""
    prompt: PositiveInt
    """Tokens of each prompt."""
    tokens: PositiveInt
    """Tokens that are generated for each; 1 is a prefill alone."""
    choices: Annotated[dict[str, str], Field(default_factory=dict)]
    """Options of the operator table."""
    seconds: Published[PositiveFloat] | None = None
    """Time of the request [s]."""
    tokens_per_second: Published[PositiveFloat] | None = None
    """Generated tokens over that time, instead [token/s]."""
    assumed: Text
    """What the publication does not say."""

    @model_validator(mode="after")
    def _published_once(self) -> Self:
        if (self.seconds is None) == (self.tokens_per_second is None):
            raise ValueError("expected either seconds or tokens_per_second")
        return self

    @property
    def published(self) -> Published[PositiveFloat]:
        """The number, as it was published."""
        one = self.seconds or self.tokens_per_second
        if one is None:
            raise AssertionError(self.name)  # checked on reading
        return one

    @property
    def measured(self) -> float:
        """Time of the request [s]."""
        if self.tokens_per_second is None:
            return float(self.published.value)
        return self.batch * self.tokens / self.tokens_per_second.value

    @property
    def deployment(self) -> Deployment:
        """What served it.

        Raises:
            LookupError: There is no such model or accelerator.
        """
        return Deployment(
            transformer=load_transformer(self.model),
            accelerator=load_accelerator(self.accelerator),
            dtype=self.dtype,
            choices=self.choices,
        )


class Requests(Entry):
    """All requests of the catalogue."""

    figures: ListOf[Request]
    """In the order of their publications."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestTimes:
    """Times of one request [s]."""

    request: Request
    attainable: float
    """Every kernel at its own roof, one after the other."""
    low: float
    """Shortest predicted time."""
    predicted: float
    high: float
    """Longest predicted time."""
    measured: float

    @property
    def ratio(self) -> float:
        """The predicted time over the measured one."""
        return self.predicted / self.measured


@cache
def published_requests() -> tuple[Request, ...]:
    """Load the requests of the catalogue.

    Raises:
        InputError: One breaks a rule.
    """
    return validate(Requests, read_catalogue("end-to-end.yml"), context()).figures


def time_request(request: Request) -> RequestTimes | None:
    """Predict a request, and find its least time; None where no calibration applies."""
    deployment = request.deployment
    prefill = Grid(request.batch, request.prompt)
    attainable = float(budget(deployment, "init", prefill).seconds)
    first = predict_step(deployment, "init", prefill)
    if first is None:
        return None
    steps: list[StepPrediction] = [first]
    if request.tokens > 1:
        # The step that yields a token attends to all before it, and to the one it reads.
        lengths = request.prompt + np.arange(1.0, request.tokens)
        decode = Grid(request.batch, lengths)
        attainable += float(budget(deployment, "ar", decode).seconds.sum())
        following = predict_step(deployment, "ar", decode)
        if following is None:
            raise AssertionError(request)  # the same calibration as the prefill's
        steps.append(following)

    def total(times: list[FloatArray]) -> float:
        return float(sum(np.sum(part) for part in times))

    return RequestTimes(
        request=request,
        attainable=attainable,
        low=total([step.low for step in steps]),
        predicted=total([step.seconds for step in steps]),
        high=total([step.high for step in steps]),
        measured=request.measured,
    )
