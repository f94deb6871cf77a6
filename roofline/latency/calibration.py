"""Calibrations: fitted parameters of the latency model, with their errors and origin."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from roofline.catalog.accelerator import Accelerator, Dtype, load_accelerator
from roofline.catalog.entries import (
    Ceiling,
    Entry,
    ListOf,
    PositiveFloat,
    PositiveInt,
    Published,
    Reference,
    Text,
)
from roofline.catalog.reader import context, identifiers, number_formats, read_entry
from roofline.errors import join_choices, unknown
from roofline.files.validation import validate
from roofline.files.yaml import read_yaml
from roofline.latency.law import NAMES, Device, Parameters
from roofline.measurements.products import PROTOCOLS, Protocol

DIMENSIONS = ("count", "m", "n", "k")
NonNegative = Annotated[float, Field(ge=0, lt=1e30, allow_inf_nan=False)]


class Fitted(Entry):
    """A fitted parameter and how far it moves when rows or whole groups are left out."""

    value: NonNegative
    """The number, in base units."""
    low: NonNegative
    """Lower end of its interval."""
    high: NonNegative
    """Upper end of its interval."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            message = f"expected low <= value <= high, got {self.low}, {self.value}, {self.high}"
            raise ValueError(message)
        return self


class ErrorFigures(Entry):
    """Relative errors, |predicted / measured − 1|, and those of the plain roofline."""

    rows: PositiveInt
    """Measured products."""
    median: NonNegative
    """Median relative error."""
    p90: NonNegative
    """Ninth decile: one row in ten is off by more."""
    roof_median: NonNegative
    """The same of the plain roofline's least time."""
    roof_p90: NonNegative
    """The ninth decile of the plain roofline's."""


class Spread(Entry):
    """Held-out predictions over measured times, of one stage in one range of measured time."""

    stage: Text
    """Stage of the measurements."""
    low: PositiveFloat
    """Shortest measured time of the range [s]."""
    high: PositiveFloat
    """Longest measured time of the range [s]."""
    rows: PositiveInt
    """Measured products."""
    p10: PositiveFloat
    """First decile of predicted over measured time."""
    median: PositiveFloat
    """Median of predicted over measured time."""
    p90: PositiveFloat
    """Ninth decile of predicted over measured time."""


class Errors(Entry):
    """Error figures by stage; ``all`` is over all rows."""

    fitted: dict[Text, ErrorFigures]
    """On the rows that the parameters were fitted to."""
    held_out: dict[Text, ErrorFigures]
    """Each group predicted with parameters that were fitted to the others."""
    spread: ListOf[Spread] = ()
    """How held-out predictions spread, by stage and measured time."""


class Span(Entry):
    """Least and greatest value of a dimension that was measured."""

    low: PositiveFloat
    """Lower end of its interval."""
    high: PositiveFloat
    """Upper end of its interval."""


class Provenance(Entry):
    """Where the measurements come from."""

    published: Reference | None = None
    """Their publication; none for measurements of one's own."""
    carried: ListOf[Text] = ()
    """Calibrations of other cards that this one is carried over from; none if it was measured."""
    file: Text
    """Name of the file that was fitted."""
    rows: PositiveInt
    """Measured products."""
    left_out: Annotated[int, Field(ge=0)] = 0
    """Measured products that were left out, since they were faster than their roof."""
    groups: ListOf[Text]
    """What was held out in turn."""
    dtypes: ListOf[Dtype]
    """Number formats that were measured."""
    method: Text
    """How parameters and intervals came about."""


class Calibration(Entry):
    """A calibration of the latency model for one accelerator, protocol and library.

    Values do not transfer from one protocol to the other.
    """

    accelerator: Text
    """Identifier of the accelerator in the catalogue."""
    protocol: Protocol
    """How the times were measured, and so what the predictions are of."""
    library: Text
    """Library that computed the products, with its version."""
    parameters: dict[Text, Fitted]
    """By the names of `roofline.latency.law.Parameters`."""
    scalar_peak: Published[Ceiling] | None = None
    """Rate without matrix units, to which narrow misaligned products fall [FLOP/s]."""
    errors: Errors
    """How far predictions are off, by stage of the measurements."""
    measured: dict[Literal["single", "batched"], dict[Text, Span]]
    """Range of ``count``, ``m``, ``n`` and ``k`` in the measurements, of single products and
    of batches of them apart: no operator has the large n and k of both."""
    provenance: Provenance
    """What was fitted, and how."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        checks: list[tuple[str, list[str], tuple[str, ...]]] = [
            ("parameter", [*self.parameters], NAMES),
            *(("dimension", [*spans], DIMENSIONS) for spans in self.measured.values()),
        ]
        for what, given, known in checks:
            for name in given:
                if name not in known:
                    raise ValueError(unknown(what, name, known))
            missing = [name for name in known if name not in given]
            if missing:
                message = f"the {what}s {join_choices(missing, 'and')} are missing"
                raise ValueError(message)
        _ = self.values  # in range
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the publications of its measurements, or of those it is carried over from."""
        every = [all_calibrations()[name] for name in self.provenance.carried] or [self]
        published = [one.provenance.published for one in every]
        return tuple(dict.fromkeys(one.source for one in published if one is not None))

    @property
    def worst_p90(self) -> float:
        """Error that nine in ten held-out products stay within; of a carried one, on every card."""
        held = self.errors.held_out
        tried = [held[name].p90 for name in self.provenance.carried]
        return max(tried, default=held["all"].p90)

    @property
    def values(self) -> Parameters:
        """The parameters of kernels as they were measured."""
        return Parameters(**{name: self.parameters[name].value for name in NAMES})

    def extrapolated(
        self, count: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike
    ) -> NDArray[np.bool_]:
        """Whether any dimension of a product lies outside what was measured of its kind."""
        products = np.broadcast_arrays(*map(np.asarray, (count, m, n, k)))
        inside = np.zeros(products[0].shape, dtype=bool)
        for kind, spans in self.measured.items():
            within = (products[0] > 1) == (kind == "batched")
            for name, values in zip(DIMENSIONS, products, strict=True):
                within &= (values >= spans[name].low) & (values <= spans[name].high)
            inside |= within
        return ~inside

    def device(self, dtypes: ArrayLike) -> Device:
        """What the model needs to know of the card.

        Args:
            dtypes: Number format, or an array of them.

        Raises:
            ValueError: The card has no peak for one of them.
        """
        card = load_accelerator(self.accelerator)
        scalar = {} if self.scalar_peak is None else {"scalar_peak": self.scalar_peak.value}
        return make_device(card, dtypes, **scalar)


def make_device(card: Accelerator, dtypes: ArrayLike, **scalar: float) -> Device:
    """Gather what the latency model takes from data sheets.

    Args:
        card: The accelerator.
        dtypes: Number format, or an array of them.
        scalar: ``scalar_peak``, where it is known.

    Raises:
        ValueError: The card has no peak for one of the dtypes.
    """
    names, places = np.unique(np.asarray(dtypes, dtype=object).astype(str), return_inverse=True)
    for name in names:
        if name not in card.peaks:
            message = f"{card.name} has no {unknown('peak', str(name), sorted(card.peaks))}"
            raise ValueError(message)
    peaks = np.array([card.peaks[name].value for name in names])
    widths = np.array([number_formats()[name].bytes.value for name in names])
    return Device(
        peak=peaks[places],
        bandwidth=card.bandwidth.value,
        element_bytes=widths[places],
        l2_cache=0.0 if card.l2_cache is None else card.l2_cache.value,
        multiprocessors=0.0 if card.multiprocessors is None else card.multiprocessors.value,
        **scalar,
    )


@cache
def all_calibrations() -> Mapping[str, Calibration]:
    """Every calibration of the catalogue, by its name.

    Raises:
        InputError: One breaks a rule.
    """
    return {
        name: read_entry("calibrations", name, Calibration) for name in identifiers("calibrations")
    }


def measured_protocols(accelerator: str) -> tuple[Protocol, ...]:
    """Protocols under which an accelerator was measured."""
    known = identifiers("calibrations")
    return tuple(protocol for protocol in PROTOCOLS if f"{accelerator}-{protocol}" in known)


def read_calibration(path: Path) -> Calibration:
    """Read a calibration from a file of one's own.

    Raises:
        InputError: It breaks a rule.
    """
    return validate(Calibration, read_yaml(path), context())
