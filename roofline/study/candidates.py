"""What candidate tokens gain: tokens per decode step over the time that the step takes.

Speculative decoding in the form of a tree checks q candidate tokens per sequence in one step
and keeps a few of them. The step's time is the model's, least or predicted; how many tokens
it yields is the paper's fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from roofline.arrays import FloatArray
from roofline.catalog.entries import Entry, PositiveFloat, PositiveInt, Published
from roofline.catalog.reader import context, read_catalogue
from roofline.files.validation import validate
from roofline.latency.step import predict_step
from roofline.model.budget import budget
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.points import evaluate


class PublishedCandidates(Entry):
    """What the paper says of candidate tokens."""

    first: Published[PositiveFloat]
    """Tokens per step with one candidate [token]."""
    growth: Published[PositiveFloat]
    """Tokens per step that e times the candidates add [token]."""
    step: Published[PositiveInt]
    """Fewest candidates studied, and from each number to the next [token]."""
    most: Published[PositiveInt]
    """Most candidates studied [token]."""
    batch: Published[PositiveInt]
    """Batch at which lengths are compared."""
    length: Published[PositiveInt]
    """Length at which batches are compared [token]."""
    best: Published[PositiveInt]
    """About the best number of candidates at batch 1 [token]."""
    last_batch: Published[PositiveInt]
    """Batch beyond which more candidates do not pay."""

    @property
    def grid(self) -> tuple[int, ...]:
        """Candidates studied, and 1, ordinary decoding."""
        step = self.step.value
        return (1, *range(step, self.most.value + 1, step))

    @property
    def whole(self) -> tuple[int, ...]:
        """Every number of candidates up to the most studied."""
        return tuple(range(1, self.most.value + 1))


@cache
def published_candidates() -> PublishedCandidates:
    """Load what the paper says."""
    return validate(PublishedCandidates, read_catalogue("speculation.yml"), context())


def tokens_per_step(candidates: ArrayLike) -> FloatArray:
    """Tokens that one decode step yields per sequence, as the paper fits them.

    Args:
        candidates: Tokens checked per sequence and step, at least 1, any shape. The paper
            studied up to 112; beyond, the fit is extrapolated.

    Returns:
        Tokens in the same shape, 1 with one candidate [token].

    Raises:
        ValueError: A number is below 1 or not finite.
    """
    values = np.asarray(candidates)
    # A comparison with NaN is false, so this refuses NaN as well.
    if values.size and not (values.min() >= 1 and values.max() < np.inf):
        message = "candidates: expected finite numbers of at least 1"
        raise ValueError(message)
    known = published_candidates()
    return np.asarray(known.first.value + known.growth.value * np.log(values))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Gain:
    """One reckoning of a step's time with candidates, beside that without."""

    seconds: FloatArray
    """Time of one step of the whole model [s]."""
    relative: FloatArray
    """That time over the time with one candidate."""
    speed_up: FloatArray
    """Tokens per second over those with one candidate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimum:
    """The number of candidates with the largest speed-up; of equal ones the smallest."""

    candidates: int
    speed_up: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Best:
    """How many candidates are best at one batch."""

    batch: int
    attainable: Optimum
    predicted: tuple[Optimum, Optimum] | None
    """By the shortest and by the longest predicted times of a step."""

    @property
    def range(self) -> tuple[int, int]:
        """Fewest and most best candidates: predicted, or attainable where not [token]."""
        numbers = [best.candidates for best in self.predicted or (self.attainable,)]
        return min(numbers), max(numbers)

    @property
    def gains(self) -> tuple[float, float]:
        """Least and largest speed-up at those."""
        gains = [best.speed_up for best in self.predicted or (self.attainable,)]
        return min(gains), max(gains)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Speculation:
    """Decoding with candidates; arrays in the shape of the broadcast settings."""

    grid: Grid
    tokens: FloatArray
    """Tokens per sequence and step [token]."""
    attainable: Gain
    """By minimum times: every kernel at its own roof, one after the other."""
    predicted: tuple[Gain, Gain] | None
    """By the shortest and by the longest predicted times of a step, alike where a stream was
    measured; None where the card has no calibration that applies."""
    stream: bool
    """Whether a calibration of kernels in a stream gives the predictions."""

    def best(self) -> tuple[Best, ...]:
        """The best number of candidates for each batch.

        The grid has a row for each batch, and a column for each number, in rising order.
        """
        known = np.broadcast_to(self.grid.candidates, self.tokens.shape)
        batches = np.broadcast_to(self.grid.batch, self.tokens.shape)

        def optimum(gain: Gain, row: int) -> Optimum:
            place = int(gain.speed_up[row].argmax())
            return Optimum(
                candidates=int(known[row, place]), speed_up=float(gain.speed_up[row, place])
            )

        return tuple(
            Best(
                batch=int(batches[row, 0]),
                attainable=optimum(self.attainable, row),
                predicted=None
                if self.predicted is None
                else (optimum(self.predicted[0], row), optimum(self.predicted[1], row)),
            )
            for row in range(len(batches))
        )


def speculation(deployment: Deployment, grid: Grid) -> Speculation:
    """Compare decoding with candidates to decoding one token at a time.

    Drafting the candidates, and their own keys and values, are not counted.

    Args:
        deployment: Model, accelerator and choices.
        grid: Settings, each at least 1, of any shape.

    Returns:
        Times and speed-ups, attainable and where possible predicted.

    Raises:
        ValueError: A number of candidates is below 1 or not finite.
    """
    tokens = np.broadcast_to(tokens_per_step(grid.candidates), grid.shape)

    def gain(seconds: FloatArray, alone: FloatArray) -> Gain:
        relative = np.broadcast_to(seconds / alone, tokens.shape)
        # Without candidates the fit yields `first`, which is what a gain is measured by.
        speed_up = tokens / published_candidates().first.value / relative
        return Gain(seconds=seconds, relative=relative, speed_up=speed_up)

    ordinary = replace(grid, candidates=1)
    several, alone = (predict_step(deployment, "ar", settings) for settings in (grid, ordinary))
    return Speculation(
        grid=grid,
        tokens=tokens,
        attainable=gain(
            budget(deployment, "ar", grid).seconds, budget(deployment, "ar", ordinary).seconds
        ),
        predicted=None
        if several is None or alone is None
        else (gain(several.low, alone.low), gain(several.high, alone.high)),
        stream=several is not None and several.as_stream,
    )


def best_candidates(
    deployment: Deployment,
    batches: Sequence[int],
    length: int,
    candidates: Sequence[int] | None = None,
) -> tuple[Best, ...]:
    """Find the best number of candidates for each batch.

    Args:
        deployment: Model, accelerator and choices.
        batches: Sequences served together.
        length: Tokens in the cache.
        candidates: Numbers to choose from, in rising order; every whole number up to the
            most that the paper studied by default.

    Returns:
        One for each batch, in their order.
    """
    known = np.asarray(published_candidates().whole if candidates is None else candidates)
    return speculation(deployment, Grid(np.asarray(batches)[:, np.newaxis], length, known)).best()


def intensity_gain(
    deployment: Deployment, series: str, batch: float, length: float, candidates: float
) -> float:
    """Intensity of a series with candidates over that with one, in decode."""
    points = evaluate(deployment, series, "ar", Grid(batch, length, [candidates, 1]))
    return float(points.intensity[0] / points.intensity[1])
