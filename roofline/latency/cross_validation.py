"""Calibration of the latency model from measurements, honest about what it does not know.

Intervals and errors come from leaving out whole groups, such as one number of heads, since
rows of one group resemble each other; a bootstrap over rows is added to the intervals.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import Accelerator
from roofline.latency.calibration import ErrorFigures, Spread, make_device
from roofline.latency.fit import SCALE, fit
from roofline.latency.law import NAMES, PARAMETERS, Device, Parameters, predict_products
from roofline.measurements.products import Measurements, group_names

RESAMPLES = 200
"""Bootstrap refits."""
LEAST_ROWS = 4 * len(NAMES)
"""Fewer rows cannot tell the parameters apart."""
STEPS = 3
"""Ranges of time in a decade."""
WORST = 1e9
"""An error that is larger is none of the model, but of the file."""
LEAST_OF_ROOF = 1e-3
"""Where no row reaches this share of its roof, times are in milliseconds, or say nothing of it."""
MOST_ERROR = 0.5
"""Median error of a fit with which no prediction would be worth anything."""
LEAST_TOGETHER = 10
"""Deciles of fewer rows would say more of single rows than of the model."""
METHOD = (
    f"Least pseudo-Huber cost (scale {SCALE}) of ln(predicted / measured), least_squares of scipy. "
    "Intervals: the whole range over refits without one group each, and 95% of "
    f"{RESAMPLES} bootstrap refits over rows, whichever reaches farther."
)
_SEED = 20230513

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Calibrated:
    """The outcome of a calibration."""

    parameters: Parameters
    intervals: dict[str, tuple[float, float]]
    fitted: dict[str, ErrorFigures]
    held_out: dict[str, ErrorFigures]
    spread: tuple[Spread, ...]
    """Held-out predictions over measured times, by stage and measured time."""
    refits: dict[str, Parameters]
    """Parameters without each group."""

    @property
    def remarks(self) -> dict[str, str]:
        """What the value of each parameter does not tell, in words; empty where nothing is."""
        return {
            name: parameter.remark(getattr(self.parameters, name), *self.intervals[name])
            for name, parameter in PARAMETERS.items()
        }


def calibrate(
    measurements: Measurements,
    card: Accelerator,
    scalar_peak: float | None = None,
    progress: Progress | None = None,
    resamples: int = RESAMPLES,
) -> Calibrated:
    """Fit the model, estimate its errors on unseen groups, and how well parameters are known.

    Args:
        measurements: Products of one protocol and one library.
        card: The accelerator that they were measured on.
        scalar_peak: Its rate without matrix units, if known [FLOP/s].
        progress: Called after each fit with how many are done, of how many.
        resamples: Bootstrap refits.

    Raises:
        ValueError: Too few rows, one group only, a dtype without a peak, a time that no
            parameters come near, only times that are far too long, or a fit that is far off.
        InputError: scipy is not installed.
    """
    if len(measurements) < LEAST_ROWS:
        message = f"expected at least {LEAST_ROWS} measurements, got {len(measurements)}"
        raise ValueError(message)
    names = group_names(measurements)
    scalar = {} if scalar_peak is None else {"scalar_peak": scalar_peak}
    device = make_device(card, measurements.dtypes, **scalar)
    least = least_seconds(device, measurements)
    _refuse_slow(least, measurements)
    flushed = bool(measurements.flushed.any())
    parameters = fit(measurements, device, flushed=flushed)
    fitted = error_figures(predicted_seconds(parameters, device, measurements), least, measurements)
    if fitted["all"].median > MOST_ERROR:
        message = (
            f"no parameters describe these rows: the fit is off by {fitted['all'].median:.0%} in "
            f"the median, expected at most {MOST_ERROR:.0%}"
        )
        raise ValueError(message)
    done, total = 1, 1 + len(names) + resamples

    def refit(weights: FloatArray) -> Parameters:
        nonlocal done
        if progress is not None:
            progress(done, total)
        done += 1
        return fit(measurements, device, parameters, weights, flushed=flushed)

    group = np.array(measurements.group)
    refits = {name: refit((group != name).astype(np.float64)) for name in names}
    resampled = [refit(weights) for weights in _resamples(len(measurements), resamples)]
    if progress is not None:
        progress(done, total)
    unseen = np.empty(len(measurements))
    for name, others in refits.items():
        unseen[group == name] = predicted_seconds(others, device, measurements)[group == name]
    intervals = {
        name: _interval(
            getattr(parameters, name),
            [getattr(others, name) for others in refits.values()],
            [getattr(drawn, name) for drawn in resampled],
        )
        for name in NAMES
    }
    for name in _undetermined(parameters, device, measurements):
        intervals[name] = PARAMETERS[name].low, PARAMETERS[name].high
    return Calibrated(
        parameters=parameters,
        intervals=intervals,
        fitted=fitted,
        held_out=error_figures(unseen, least, measurements),
        spread=error_spread(unseen, measurements),
        refits=refits,
    )


def _resamples(rows: int, times: int) -> Iterator[FloatArray]:
    """How often each row is drawn, with replacement; the same on every run."""
    random = np.random.default_rng(_SEED)
    for _ in range(times):
        drawn = random.integers(0, rows, rows)
        yield np.bincount(drawn, minlength=rows).astype(np.float64)


def _interval(
    value: float, left_out: Sequence[float], resampled: Sequence[float]
) -> tuple[float, float]:
    low, high = np.quantile(resampled, [0.025, 0.975]) if resampled else (value, value)
    return min(value, low, *left_out), max(value, high, *left_out)


def _undetermined(parameters: Parameters, device: Device, rows: Measurements) -> list[str]:
    """Parameters that these rows say nothing of, such as α where all are aligned.

    They stay where the fit began, and any value is as good.
    """
    before = predicted_seconds(parameters, device, rows)
    names = []
    for name, limits in PARAMETERS.items():
        value = getattr(parameters, name)
        other = (limits.low + (value if value > limits.low else limits.high)) / 2
        after = predicted_seconds(replace(parameters, **{name: other}), device, rows)
        if np.array_equal(before, after):
            names.append(name)
    return names


def predicted_seconds(parameters: Parameters, device: Device, rows: Measurements) -> FloatArray:
    """Predicted time of each row [s]."""
    return predict_products(
        parameters, device, count=rows.count, m=rows.m, n=rows.n, k=rows.k
    ).seconds


def least_seconds(device: Device, rows: Measurements) -> FloatArray:
    """Least time of each row that the plain roofline allows [s]."""
    traffic = rows.elements * np.asarray(device.element_bytes)
    least: FloatArray = np.maximum(rows.flops / np.asarray(device.peak), traffic / device.bandwidth)
    return least


def _refuse_slow(least: FloatArray, rows: Measurements) -> None:
    shares = least / rows.seconds
    nearest = int(np.argmax(shares))
    if shares[nearest] < LEAST_OF_ROOF:
        message = (
            f"expected times in seconds, some of them within {1 / LEAST_OF_ROOF:,.0f} times the "
            f"least that the roof allows; the nearest, in line {rows.line[nearest]}, is "
            f"{1 / shares[nearest]:,.0f} times as long: are they in milliseconds or microseconds?"
        )
        raise ValueError(message)


def error_figures(
    predicted: FloatArray, least: FloatArray, rows: Measurements
) -> dict[str, ErrorFigures]:
    """Errors over all rows, then by stage in the order of the file."""
    with np.errstate(over="ignore"):
        error, roof = (np.abs(seconds / rows.seconds - 1.0) for seconds in (predicted, least))
    if not error.max() < WORST:
        message = f"line {rows.line[np.argmax(error)]}: no parameters come near this time"
        raise ValueError(message)
    stage = np.array(rows.stage)
    chosen = {"all": np.full(len(rows), fill_value=True)}
    chosen |= {name: stage == name for name in dict.fromkeys(rows.stage) if name}
    return {
        name: ErrorFigures(
            rows=int(where.sum()),
            median=float(np.median(error[where])),
            p90=float(np.quantile(error[where], 0.9)),
            roof_median=float(np.median(roof[where])),
            roof_p90=float(np.quantile(roof[where], 0.9)),
        )
        for name, where in chosen.items()
    }


def error_spread(predicted: FloatArray, rows: Measurements) -> tuple[Spread, ...]:
    """Deciles of predicted over measured time; few rows have none. Rows without stage are one."""
    stage = np.array([name or "all" for name in rows.stage])
    ratio = predicted / rows.seconds
    steps = np.floor(STEPS * np.log10(rows.seconds)).astype(int)
    spread = []
    for name in dict.fromkeys(stage.tolist()):
        for step in sorted(set(steps[stage == name].tolist())):
            chosen = (stage == name) & (steps == step)
            if chosen.sum() < LEAST_TOGETHER:
                continue
            low, middle, high = np.quantile(ratio[chosen], (0.1, 0.5, 0.9)).tolist()
            spread.append(
                Spread(
                    stage=name,
                    low=10.0 ** (step / STEPS),
                    high=10.0 ** ((step + 1) / STEPS),
                    rows=int(chosen.sum()),
                    p10=low,
                    median=middle,
                    p90=high,
                )
            )
    return tuple(spread)
