"""The page on calibration: the latency model typeset, its parameters and its errors."""

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Source
from roofline.catalog.reader import sources
from roofline.latency.calibration import (
    Calibration,
    ErrorFigures,
    all_calibrations,
)
from roofline.latency.carried_over import (
    CarriedOver,
    carried_over,
    load_calibration,
)
from roofline.latency.law import (
    LAW_TEX,
    NARROW,
    PARAMETERS,
    PART_BYTES,
    PARTS,
    SLICE,
    TILES,
    Threshold,
)
from roofline.latency.law import overhead_threshold as law_threshold
from roofline.latency.noise_floor import noise_floor
from roofline.measurements.products import KERNELS, Protocol
from roofline.report.charts.drawing.bars import Bar, Group, bars
from roofline.report.pages.mathematics import render
from roofline.report.pages.text import amount, percent
from roofline.units import significant

__all__ = [
    "KERNELS",
    "NARROW",
    "PARTS",
    "PART_BYTES",
    "SLICE",
    "TILES",
    "carried_over",
    "load_calibration",
]

Row = dict[str, Any]

TEX: Final[Mapping[str, str]] = {name: parameter.tex for name, parameter in PARAMETERS.items()}
"""How formulas write the parameters of `roofline.latency.law.Parameters`."""
_STAGES: Final = {
    "all": "all products",
    "attn_pre_proj": "queries, keys and values, one product (attn_pre_proj)",
    "attn_post_proj": "attention output (attn_post_proj)",
    "mlp_up_proj": "gate and up, one product (mlp_up_proj)",
    "mlp_down_proj": "down (mlp_down_proj)",
    "dense_ar": "weights, one row a sequence (dense_ar)",
    "dense_init": "weights, whole prompts (dense_init)",
    "qk_ar": "attention scores in decode (qk_ar)",
    "qk_init": "attention scores in prefill (qk_init)",
}
_REASONS: Final = {
    "dense_ar": "small matrices above all, whose inner dimension the library splits in ways of "
    "its own",
    "dense_init": "the library does not always choose the quickest tile, as the model does, and "
    "a wave of other tiles ends at other sizes",
    "qk_ar": "short caches above all, where little but overhead is left",
    "qk_init": "the scores that are written outweigh everything that is read, one factor stands "
    "for all writes, and misaligned lengths come on top",
}
"""What is likely behind a stage's errors, by where they are large."""
_NOT_STATED: Final = "not stated"
"""What a calibration says of the library where its publication does not."""
_KINDS: Final = {"single": "single products", "batched": "batches of products"}
_DIGITS = 3


def formulas() -> tuple[str, ...]:
    """The model in TeX: the time, and its two parts."""
    return LAW_TEX


def overhead_threshold(calibration: Calibration, dtype: str, times: float = 1.0) -> Threshold:
    """Traffic and work that take so many times as long as the overhead of a kernel run alone."""
    return law_threshold(calibration.values, calibration.device(dtype), times)


def parameters(calibration: Calibration) -> list[Row]:
    """One row for each parameter: symbol, meaning, value, interval, unit."""
    rows = []
    for name, parameter in PARAMETERS.items():
        fitted, unit = calibration.parameters[name], parameter.unit
        value, low, high = (
            _write(number, unit) for number in (fitted.value, fitted.low, fitted.high)
        )
        known = not parameter.undetermined(fitted.low, fitted.high)
        rows.append(
            {
                "symbol": Markup(render(parameter.tex, display=False)),  # noqa: S704  # our own
                "meaning": parameter.meaning,
                "value": value if known else "–",
                "interval": f"{low} to {high}"
                if known
                else "not determined: any value fits as well",
                "unit": {"1": "–"}.get(unit, unit),
                "range": f"{parameter.low:g} to {parameter.high:,g} {unit}".removesuffix(" 1"),
            }
        )
    return rows


def _write(value: float, unit: str) -> str:
    return significant(value, _DIGITS) if unit == "1" else amount(value, unit, _DIGITS + 1)


def _order_stages(calibration: Calibration) -> list[str]:
    """Stages, that over all first."""
    return sorted(calibration.errors.held_out, key=lambda stage: (stage != "all", stage))


def errors(calibration: Calibration) -> list[Row]:
    """One row for each stage: errors fitted and held out, the plain roofline's beside them."""
    rows = []
    for stage in _order_stages(calibration):
        held, fitted = calibration.errors.held_out[stage], calibration.errors.fitted[stage]
        rows.append(
            {
                "stage": _label(stage),
                "rows": held.rows,
                "fitted": _write_errors(fitted.median, fitted.p90),
                "held_out": _write_errors(held.median, held.p90),
                "roof": _write_errors(held.roof_median, held.roof_p90),
            }
        )
    return rows


def _label(stage: str) -> str:
    """What a stage is in words; of what is carried over, the card that it was tried on."""
    tried = all_calibrations().get(stage)
    if tried is None:
        return _STAGES.get(stage, stage)
    title = section_title(tried)
    return f"{load_accelerator(tried.accelerator).name}, {title[:1].lower()}{title[1:]}"


def kernel_title(protocol: Protocol) -> str:
    return KERNELS[protocol].capitalize()


def section_title(calibration: Calibration) -> str:
    """What was measured; with the library where others of the card may have another."""
    named = calibration.protocol == "stream" and calibration.library != _NOT_STATED
    return kernel_title(calibration.protocol) + (f" ({calibration.library})" if named else "")


def _write_errors(median: float, ninth: float) -> str:
    """Write median and ninth decile."""
    return f"{percent(median)} / {percent(ninth)}"


def worst(calibration: Calibration) -> list[Row]:
    """The stages with the largest held-out median and ninth decile, with the likely reason."""
    held = dict(calibration.errors.held_out)
    held.pop("all")
    median = max(held, key=lambda stage: held[stage].median)
    ninth = max(held, key=lambda stage: held[stage].p90)
    return [
        {
            "stage": _label(stage),
            "errors": held[stage],
            "reason": _REASONS.get(stage, "no reason is known"),
        }
        for stage in (median, ninth)
    ]


def error_chart(calibration: Calibration) -> Markup:
    """Median error by stage, held out: the model's beside the plain roofline's."""
    groups = [
        error_bars(_label(stage), calibration.errors.held_out[stage])
        for stage in _order_stages(calibration)
    ]
    return bars("errors", "Median error on shapes that were held out", groups, line=noise_line())


def error_bars(label: str, figures: ErrorFigures) -> Group:
    return Group(
        label=label,
        bars=(
            Bar(figures.median, percent(figures.median), "memory", "calibrated"),
            Bar(figures.roof_median, percent(figures.roof_median), "muted", "roofline"),
        ),
    )


def noise_line() -> Bar:
    noise = noise_floor().across_versions
    return Bar(noise.median, percent(noise.median), "ink", f"noise floor: {noise.name}")


def noise_rows() -> list[Row]:
    """One row for each comparison of measurements with each other."""
    return [
        {
            "name": comparison.name,
            "difference": _write_errors(comparison.median, comparison.p90),
            "source": sources()[comparison.published.source].title,
        }
        for comparison in noise_floor().comparisons
    ]


def spans(calibration: Calibration) -> list[Row]:
    """One row for each dimension: what was measured."""
    return [
        {"kind": _KINDS[kind], "dimension": name, "low": span.low, "high": span.high}
        for kind, dimensions in calibration.measured.items()
        for name, span in dimensions.items()
    ]


def trials(entry: CarriedOver) -> list[Row]:
    """One row for each calibration that carrying over was tried on."""
    return [
        {
            "stage": _label(name),
            "rows": held.rows,
            "held_out": _write_errors(held.median, held.p90),
            "roof": _write_errors(held.roof_median, held.roof_p90),
        }
        for name, held in entry.held_out.items()
        if name in entry.calibrations
    ]


def publication(calibration: Calibration) -> Source | None:
    """Where the measurements were published."""
    published = calibration.provenance.published
    return None if published is None else sources()[published.source]
