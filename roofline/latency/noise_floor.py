"""The noise floor: how far measurements of the same products differ from each other."""

from functools import cache
from typing import Literal

from roofline.catalog.entries import Entry, ListOf, PositiveFloat, Reference, Text
from roofline.catalog.reader import context, read_catalogue
from roofline.files.validation import validate


class Comparison(Entry):
    """Two measurements of the same products: relative differences, |one / other − 1|."""

    name: Text
    """What was compared."""
    kind: Literal["repeats", "versions"]
    """Whether one library was timed twice, or two of its versions were."""
    median: PositiveFloat
    """Median difference."""
    p90: PositiveFloat
    """Ninth decile: one product in ten differs by more."""
    published: Reference
    """Where both were published."""


class NoiseFloor(Entry):
    """Below which no error of a prediction means anything."""

    comparisons: ListOf[Comparison]
    """From the closest to the farthest apart."""

    @property
    def across_versions(self) -> Comparison:
        """The closest versions of a library: no prediction that holds for both is held to less."""
        return next(one for one in self.comparisons if one.kind == "versions")


@cache
def noise_floor() -> NoiseFloor:
    """Load the comparisons of the catalogue.

    Raises:
        InputError: One breaks a rule.
    """
    return validate(NoiseFloor, read_catalogue("noise-floor.yml"), context())
