"""What caps the intensity of a series, and where projections reach the ridge."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from roofline.errors import join_choices
from roofline.findings.finding import Number
from roofline.findings.numbers import intensity
from roofline.findings.phrases import series_phrase
from roofline.memo import memoised
from roofline.model.crossing import MOST, crossing
from roofline.model.deployment import Deployment
from roofline.model.expression import Value
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import Product, products
from roofline.study.study import Study

NO_GAIN = 1.005
"""A gain below this is shown as 1.00: none."""


def attention_series(deployment: Deployment) -> str:
    """The attention that findings speak of: the first that is charted."""
    return deployment.family("attention")[0]


def projection_series(deployment: Deployment) -> tuple[str, ...]:
    """The weight products that findings speak of: all that are charted."""
    return deployment.family("projections")


def work_products(
    deployment: Deployment, series: str, phase: Phase, setting: tuple[Value, Value, Value]
) -> tuple[Product, ...]:
    """Products of a series that do arithmetic, at batches, lengths and numbers of candidates."""
    rows = [row for row in deployment.series_rows(series, phase) if not row.gather]
    return products(deployment, rows, phase, Grid(*setting))


@memoised
def intensity_limit(
    deployment: Deployment, series: str, phase: Phase, setting: tuple[float, float, float]
) -> float:
    """Upper limit of the intensity of a series at one setting, by the law [FLOP/Byte]."""
    limited = work_products(deployment, series, phase, setting)
    return max(float(product.most_intensity) for product in limited)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Where the projections reach the ridge as the tokens of a step grow."""

    tokens: dict[str, float | None]
    """Tokens in one step by series; None where no number of them does."""

    @property
    def never(self) -> tuple[str, ...]:
        """Series that no number of tokens brings to the ridge."""
        return tuple(name for name, tokens in self.tokens.items() if tokens is None)

    @property
    def last(self) -> float | None:
        """Tokens in one step with which all series reach it; None where one never does."""
        reached = [tokens for tokens in self.tokens.values() if tokens is not None]
        return None if self.never else max(reached)

    @property
    def whole(self) -> int | None:
        """Fewest whole tokens in one step with which all series reach it."""
        return None if self.last is None else math.ceil(self.last)


def projections_at_ridge(deployment: Deployment) -> Reach:
    """Find where the charted projections reach the ridge.

    A decode step has a token for each sequence; batch times candidates, and the tokens of
    a prefill, count alike.
    """
    names = projection_series(deployment)
    return Reach(tokens={name: crossing(deployment, name, "ar", vary="batch") for name in names})


def below_ridge(study: Study, never: Sequence[str]) -> tuple[str, Number]:
    """Which projections no number of tokens brings to the ridge, and their highest intensity."""
    deployment = study.deployment
    highest = max(study.results.at(name, "ar", MOST, 1).intensity for name in never)
    names = "The projections"
    if len(never) < len(projection_series(deployment)):
        phrases = [series_phrase(deployment, name) for name in never]
        names = f"The {join_choices(phrases, 'and')}"
    number = intensity(
        "limit",
        "highest intensity, at any number of tokens",
        highest,
        apart=deployment.roof.ridge,
    )
    return names, number
