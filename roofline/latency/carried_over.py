"""Calibrations carried over to cards that were never measured, from the cards that were.

Each parameter is the median over the measured cards. Shares of the ceilings carry over since a
data sheet gives the ceilings of any card; times, such as that of a launch, as they are. How far
off that is was tried on every measured card in turn, with the parameters of the others alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Entry, ListOf, Text
from roofline.catalog.reader import context, identifiers, read_catalogue
from roofline.errors import InputError, join_choices, unknown
from roofline.files.validation import validate
from roofline.latency.calibration import (
    DIMENSIONS,
    Calibration,
    Errors,
    Fitted,
    Provenance,
    Span,
    all_calibrations,
    make_device,
    measured_protocols,
)
from roofline.latency.cross_validation import (
    error_figures,
    error_spread,
    least_seconds,
    predicted_seconds,
)
from roofline.latency.law import NAMES, PARAMETERS, Parameters
from roofline.measurements.products import KERNELS, PROTOCOLS, Measurements, Protocol, join_rows

FILE = "carried-over.yml"
"""Where the catalogue keeps what was tried."""
LEAST_CARDS = 2
"""With fewer there would be none left to try it on."""
METHOD = (
    "Each parameter is the median over the calibrations of the measured cards that determine it. "
    "Intervals: its range when each card is left out in turn. Held out: each card predicted with "
    "the medians of the others."
)


class CarriedOver(Errors):
    """What is carried over of one protocol, and how far off it was, by calibration."""

    calibrations: ListOf[Text]
    """Calibrations of the catalogue whose medians are carried over."""


class CarriedOvers(Entry):
    """What is carried over, by protocol."""

    isolated: CarriedOver | None = None
    """To kernels run alone."""
    stream: CarriedOver | None = None
    """To kernels in a stream."""


@cache
def carried_over() -> Mapping[Protocol, CarriedOver]:
    """Load what the catalogue carries over, by protocol.

    Raises:
        InputError: It breaks a rule.
    """
    entries = validate(CarriedOvers, read_catalogue(FILE), context())
    both = ((protocol, getattr(entries, protocol)) for protocol in PROTOCOLS)
    return {protocol: entry for protocol, entry in both if entry is not None}


@cache
def load_calibration(accelerator: str, protocol: Protocol = "isolated") -> Calibration:
    """Load the calibration of an accelerator: its own, else one carried over to it.

    Args:
        accelerator: Its identifier, such as ``a100-80gb-pcie``.
        protocol: How the times were measured.

    Raises:
        InputError: It was not measured so and is no GPU, or there is no such accelerator; what
            was measured is named.
    """
    known = identifiers("accelerators")
    if accelerator not in known:
        raise InputError.at("--accelerator", unknown("accelerator", accelerator, known))
    if protocol in measured_protocols(accelerator):
        return all_calibrations()[f"{accelerator}-{protocol}"]
    if is_calibrated(accelerator, protocol):
        return _carry(accelerator, protocol)
    measured = [name for name in known if protocol in measured_protocols(name)]
    others = [KERNELS[name] for name in measured_protocols(accelerator)]
    rule = (
        f'"{accelerator}" has no calibration of {KERNELS[protocol]}, '
        f"{f'only of {others[0]}, ' if others else ''}and none carries over to a device without "
        f"multiprocessors; calibrated: {join_choices(measured, 'and')}"
    )
    raise InputError.at("--accelerator", rule)


def is_calibrated(accelerator: str, protocol: Protocol) -> bool:
    """Whether an accelerator of the catalogue was measured so, or is a GPU like those that were."""
    return protocol in measured_protocols(accelerator) or (
        load_accelerator(accelerator).multiprocessors is not None and protocol in carried_over()
    )


def _carry(accelerator: str, protocol: Protocol) -> Calibration:
    entry = carried_over()[protocol]
    donors = {name: all_calibrations()[name] for name in entry.calibrations}
    return Calibration(
        accelerator=accelerator,
        protocol=protocol,
        library=join_choices(sorted({donor.library for donor in donors.values()}), "and"),
        parameters=median_parameters(donors.values()),
        errors=entry,
        measured=_join_spans(donors.values()),
        provenance=Provenance(
            carried=tuple(donors),
            file=FILE,
            rows=sum(donor.provenance.rows for donor in donors.values()),
            groups=_cards(donors.values()),
            dtypes=tuple(
                dict.fromkeys(
                    dtype for donor in donors.values() for dtype in donor.provenance.dtypes
                )
            ),
            method=METHOD,
        ),
    )


def median_parameters(donors: Iterable[Calibration]) -> dict[str, Fitted]:
    """Median of each parameter, with its range when each card is left out in turn.

    Args:
        donors: Calibrations of one protocol, of at least two cards.
    """
    every = tuple(donors)
    value = _medians(every)
    without = [
        _medians([donor for donor in every if donor.accelerator != card]) for card in _cards(every)
    ]
    carried = {}
    for name, parameter in PARAMETERS.items():
        low = min(value[name], *(others[name] for others in without))
        high = max(value[name], *(others[name] for others in without))
        if not any(_determines(donor, name) for donor in every):
            low, high = parameter.low, parameter.high
        carried[name] = Fitted(value=value[name], low=low, high=high)
    return carried


def _medians(donors: Sequence[Calibration]) -> dict[str, float]:
    medians = {}
    for name in NAMES:
        known = [donor for donor in donors if _determines(donor, name)] or donors
        medians[name] = float(np.median([donor.parameters[name].value for donor in known]))
    return medians


def _determines(donor: Calibration, name: str) -> bool:
    """Whether the rows behind a calibration say anything of a parameter."""
    fitted = donor.parameters[name]
    return not PARAMETERS[name].undetermined(fitted.low, fitted.high)


def _cards(donors: Iterable[Calibration]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(donor.accelerator for donor in donors))


def _join_spans(
    donors: Iterable[Calibration],
) -> dict[Literal["single", "batched"], dict[str, Span]]:
    """From the smallest to the largest of each dimension that any card was measured with."""
    spans: dict[Literal["single", "batched"], dict[str, Span]] = {}
    for donor in donors:
        for kind, measured in donor.measured.items():
            known = spans.get(kind, measured)
            spans[kind] = {
                name: Span(
                    low=min(known[name].low, measured[name].low),
                    high=max(known[name].high, measured[name].high),
                )
                for name in DIMENSIONS
            }
    return spans


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Trial:
    """A measured card, on which carrying over is tried."""

    name: str
    """Of its calibration in the catalogue."""
    calibration: Calibration
    rows: Measurements
    """What that was fitted to."""


def try_carrying(trials: Sequence[Trial]) -> CarriedOver:
    """Predict each card with the medians of all, and with those of the other cards.

    Args:
        trials: Of one protocol.

    Raises:
        ValueError: They are of fewer than two cards.
    """
    donors = [trial.calibration for trial in trials]
    cards = _cards(donors)
    if len(cards) < LEAST_CARDS:
        message = (
            f"expected measurements of at least {LEAST_CARDS} cards, got {join_choices(cards)}"
        )
        raise ValueError(message)
    fitted, unseen, least = [], [], []
    for trial in trials:
        card = trial.calibration.accelerator
        others = [donor for donor in donors if donor.accelerator != card]
        # Without the rate of scalar units: it is known of no card that was never measured.
        device = make_device(load_accelerator(card), trial.rows.dtypes)
        fitted.append(predicted_seconds(Parameters(**_medians(donors)), device, trial.rows))
        unseen.append(predicted_seconds(Parameters(**_medians(others)), device, trial.rows))
        least.append(least_seconds(device, trial.rows))
    rows = join_rows(
        [replace(trial.rows, stage=(trial.name,) * len(trial.rows)) for trial in trials]
    )
    figures = [
        error_figures(np.concatenate(predicted), np.concatenate(least), rows)
        for predicted in (fitted, unseen)
    ]
    return CarriedOver(
        calibrations=tuple(trial.name for trial in trials),
        fitted=figures[0],
        held_out=figures[1],
        spread=error_spread(np.concatenate(unseen), rows),
    )
