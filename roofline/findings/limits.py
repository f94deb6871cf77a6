"""What caps the intensity of a series, and where projections reach the ridge."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from roofline.findings.finding import Number
from roofline.findings.numbers import intensity
from roofline.findings.phrases import series_phrase
from roofline.model.crossing import MOST, crossing
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import Product, evaluate, products

ATTENTION = "qk/pv"
PROJECTIONS = ("qkv mlp", "up/gate/down")
"""Weight products that the reference chart shows."""
NO_GAIN = 1.005
"""A gain below this is shown as 1.00: none."""


def work_products(
    deployment: Deployment, series: str, phase: Phase, setting: tuple[float, float, float]
) -> tuple[Product, ...]:
    """Products of a series that do arithmetic, at a batch, length and number of candidates."""
    found = products(deployment, deployment.series_rows(series, phase), phase, Grid(*setting))
    return tuple(one for one in found if not one.row.gather)


def intensity_limit(
    deployment: Deployment, series: str, phase: Phase, setting: tuple[float, float, float]
) -> float:
    """What the law lets the intensity of a series come up to [FLOP/Byte]."""
    found = work_products(deployment, series, phase, setting)
    return max(float(one.most_intensity) for one in found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Where the projections reach the ridge as the tokens of a step grow."""

    tokens: dict[str, float | None]
    """Tokens in one step by series; None where no number of them does."""

    @property
    def never(self) -> tuple[str, ...]:
        """Series that no number of tokens brings to the ridge."""
        return tuple(name for name, found in self.tokens.items() if found is None)

    @property
    def last(self) -> float | None:
        """Tokens with which all of them reach it."""
        found = [one for one in self.tokens.values() if one is not None]
        return None if self.never else max(found)

    @property
    def whole(self) -> int | None:
        """The same as a whole number of tokens."""
        return None if self.last is None else math.ceil(self.last)


def projections_at_ridge(deployment: Deployment) -> Reach:
    """Find where the charted projections reach the ridge.

    A decode step has a token for each sequence; batch times candidates, and the tokens of
    a prefill, count alike.
    """
    return Reach(
        tokens={name: crossing(deployment, name, "ar", vary="batch") for name in PROJECTIONS}
    )


def below_ridge(deployment: Deployment, never: Sequence[str]) -> tuple[str, Number]:
    """Which projections no number of tokens brings to the ridge, and their highest intensity."""
    highest = max(
        float(evaluate(deployment, name, "ar", Grid(MOST, 1.0)).intensity) for name in never
    )
    names = "The projections"
    if len(never) < len(PROJECTIONS):
        names = f"The {series_phrase(deployment, never[0])}"
    number = intensity(
        "limit",
        "highest intensity, at any number of tokens",
        highest,
        apart=deployment.roof.ridge,
    )
    return names, number
