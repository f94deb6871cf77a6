"""The page on calibration: the latency model typeset, its parameters and its errors."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Source
from roofline.catalog.reader import identifiers, sources
from roofline.latency.calibration import (
    Calibration,
    all_calibrations,
    measured_protocols,
)
from roofline.latency.carried_over import load_calibration
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
from roofline.measurements.products import KERNELS, PROTOCOLS
from roofline.report.charts.drawing.bars import Bar, Group, bars
from roofline.report.pages.mathematics import render
from roofline.report.pages.study_view import StudyView
from roofline.report.pages.text import amount, percent
from roofline.units import significant

__all__ = ["NARROW", "PARTS", "PART_BYTES", "SLICE", "TILES", "load_calibration"]

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
                "stage": _STAGES.get(stage, stage),
                "rows": held.rows,
                "fitted": _write_errors(fitted.median, fitted.p90),
                "held_out": _write_errors(held.median, held.p90),
                "roof": _write_errors(held.roof_median, held.roof_p90),
            }
        )
    return rows


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
            "stage": _STAGES.get(stage, stage),
            "errors": held[stage],
            "reason": _REASONS.get(stage, "no reason is known"),
        }
        for stage in (median, ninth)
    ]


def error_chart(calibration: Calibration) -> Markup:
    """Median error by stage, held out: the model's beside the plain roofline's."""
    groups = []
    for stage in _order_stages(calibration):
        figures = calibration.errors.held_out[stage]
        groups.append(
            Group(
                label=_STAGES.get(stage, stage),
                bars=(
                    Bar(figures.median, percent(figures.median), "memory", "calibrated"),
                    Bar(figures.roof_median, percent(figures.roof_median), "muted", "roofline"),
                ),
            )
        )
    groups.append(
        Group(
            label="noise floor: the same products, measured twice",
            bars=tuple(
                Bar(comparison.median, percent(comparison.median), "ink", comparison.name)
                for comparison in noise_floor().comparisons
            ),
        )
    )
    return bars("errors", "Median error on shapes that were held out", groups)


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


def cards() -> list[Row]:
    """One row for each accelerator of the catalogue: its held-out errors, by protocol."""
    rows = []
    for name in identifiers("accelerators"):
        errors = {
            protocol: load_calibration(name, protocol).errors.held_out["all"]
            for protocol in measured_protocols(name)
        }
        cells: Row = {
            protocol: _write_errors(errors[protocol].median, errors[protocol].p90)
            if protocol in errors
            else "not measured"
            for protocol in PROTOCOLS
        }
        rows.append(cells | {"name": load_accelerator(name).name})
    return rows


def others(studies: Sequence[StudyView], shown: Calibration) -> list[Row]:
    """The other calibrations, each with a study whose points it predicts, if any."""
    rows = []
    for name, calibration in all_calibrations().items():
        if calibration == shown:
            continue
        on_it = [view for view in studies if view.calibration == calibration]
        card, alone = load_accelerator(calibration.accelerator).name, "isolated"
        title = f"{card}, {KERNELS[calibration.protocol]}"
        if calibration.library != _NOT_STATED and calibration.protocol != alone:
            title += f" ({calibration.library})"
        rows.append(
            {
                # The name of the card alone gave the addresses before streams were measured.
                "id": name.removesuffix(f"-{alone}"),
                "name": name,
                "label": card if calibration.protocol == alone else title,
                "title": title,
                "calibration": calibration,
                "publication": publication(calibration),
                "study": next((view for view in on_it if "agreement" in view.charts), None),
            }
        )
    return rows


def publication(calibration: Calibration) -> Source | None:
    """Where the measurements were published."""
    published = calibration.provenance.published
    return None if published is None else sources()[published.source]
