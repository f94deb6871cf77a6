"""The page on calibration: the latency model typeset, its parameters and its errors."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Source
from roofline.catalog.reader import identifiers, sources
from roofline.latency.calibration import Calibration, load_calibration
from roofline.latency.law import NAMES, NARROW, RANGES, SLICE, UNITS
from roofline.latency.prediction import overhead_threshold
from roofline.report.charts.drawing.bars import Bar, Group, bars
from roofline.report.pages.mathematics import render
from roofline.report.pages.study_view import StudyView
from roofline.report.pages.text import amount, percent
from roofline.units import significant

__all__ = ["NARROW", "SLICE", "load_calibration", "overhead_threshold"]

Row = dict[str, Any]

TEX: Final[Mapping[str, str]] = {
    "launch": "t_0",
    "depth": r"\lambda",
    "compute_share": r"\eta_c",
    "memory_share": r"\eta_m",
    "cold": "w",
    "write": r"\omega",
    "misaligned": r"\alpha",
    "overlap": "p",
}
"""How formulas write the parameters of `roofline.latency.Parameters`."""
MEANINGS: Final[Mapping[str, str]] = {
    "launch": "launch and synchronisation of one kernel",
    "depth": f"latency along k, for each doubling beyond {SLICE}",
    "compute_share": "sustained share of the peak",
    "memory_share": "sustained share of the bandwidth",
    "cold": "traffic that the flushed cache adds, per byte that would fit into it",
    "write": "cost of a byte written, in bytes read",
    "misaligned": "cost of rows that begin off 16-byte boundaries",
    "overlap": "how far computing and moving overlap: 1 is not at all",
}
FORMULA: Final = (
    r"t = {launch} + {depth} \log_2\!\left(1 + \frac{{k}}{{{SLICE}}}\right)"
    r" + \left(t_c^{{\,{overlap}}} + t_m^{{\,{overlap}}}\right)^{{1/{overlap}}}"
)
COMPUTE: Final = r"t_c = \frac{{{misaligned}\,W}}{{{compute_share}\,\pi}}"
MEMORY: Final = (
    r"t_m = \frac{{{misaligned}_A Q_A + {misaligned}_B Q_B + {write}\,{misaligned}_C Q_C"
    r" + {cold}\,\min(Q_A + Q_B + {write}\,Q_C,\ \mathrm{{L2}})}}{{{memory_share}\,\beta}}"
)
_STAGES: Final = {
    "all": "all products",
    "dense_ar": "weights, one row a sequence (dense_ar)",
    "dense_init": "weights, whole prompts (dense_init)",
    "qk_ar": "attention scores in decode (qk_ar)",
    "qk_init": "attention scores in prefill (qk_init)",
}
_REASONS: Final = {
    "dense_ar": "small matrices above all, whose inner dimension the library splits among blocks "
    "in ways of its own, where the model has one",
    "dense_init": "a matrix that does not fill the last wave of tiles takes as long as one that "
    "does, and the model has no tiles",
    "qk_ar": "short caches above all, where little but overhead is left",
    "qk_init": "the scores that are written outweigh everything that is read, one factor stands "
    "for all writes, and misaligned lengths come on top",
}
"""What is likely behind a stage's errors, by where they are large."""
_KINDS: Final = {"single": "single products", "batched": "batches of products"}
_DIGITS = 3


def formulas() -> tuple[str, ...]:
    """The model in TeX: the time, and its two parts."""
    names = dict(TEX) | {"SLICE": str(SLICE)}
    return tuple(one.format(**names) for one in (FORMULA, COMPUTE, MEMORY))


def parameters(calibration: Calibration) -> list[Row]:
    """One row for each parameter: symbol, meaning, value, interval, unit."""
    found = []
    for name in NAMES:
        one, unit = calibration.parameters[name], UNITS[name]
        low, high = RANGES[name]
        texts = [_shown(value, unit) for value in (one.value, one.low, one.high)]
        found.append(
            {
                "symbol": Markup(render(TEX[name], display=False)),  # noqa: S704  # our own
                "meaning": MEANINGS[name],
                "value": texts[0],
                "interval": "not determined: any value fits as well"
                if (one.low, one.high) == RANGES[name]
                else f"{texts[1]} to {texts[2]}",
                "unit": {"1": "–"}.get(unit, unit),
                "range": f"at least {low:g}"
                if not name.endswith("_share")
                else f"above 0, at most {high:g}",
            }
        )
    return found


def _shown(value: float, unit: str) -> str:
    return significant(value, _DIGITS) if unit == "1" else amount(value, unit, _DIGITS + 1)


def _ordered(calibration: Calibration) -> list[str]:
    """Stages, that over all first."""
    found = calibration.errors.held_out
    return sorted(found, key=lambda stage: (stage != "all", stage))


def errors(calibration: Calibration) -> list[Row]:
    """One row for each stage: errors fitted and held out, the plain roofline's beside them."""
    found = []
    for stage in _ordered(calibration):
        held, fitted = calibration.errors.held_out[stage], calibration.errors.fitted[stage]
        found.append(
            {
                "stage": _STAGES.get(stage, stage),
                "rows": held.rows,
                "fitted": _errors(fitted.median, fitted.p90),
                "held_out": _errors(held.median, held.p90),
                "roof": _errors(held.roof_median, held.roof_p90),
            }
        )
    return found


def _errors(median: float, ninth: float) -> str:
    """Write median and ninth decile."""
    return f"{percent(median)} / {percent(ninth)}"


def worst(calibration: Calibration) -> list[Row]:
    """The stages with the largest held-out median and ninth decile, with the likely reason."""
    held = {stage: one for stage, one in calibration.errors.held_out.items() if stage != "all"}
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
    for stage in _ordered(calibration):
        one = calibration.errors.held_out[stage]
        groups.append(
            Group(
                label=_STAGES.get(stage, stage),
                bars=(
                    Bar(one.median, percent(one.median), "memory", "calibrated"),
                    Bar(
                        one.roof_median,
                        percent(one.roof_median),
                        "muted",
                        "roofline",
                    ),
                ),
            )
        )
    return bars("errors", "Median error on shapes that were held out", groups)


def spans(calibration: Calibration) -> list[Row]:
    """One row for each dimension: what was measured."""
    return [
        {"kind": _KINDS[kind], "dimension": name, "low": span.low, "high": span.high}
        for kind, dimensions in calibration.measured.items()
        for name, span in dimensions.items()
    ]


def cards() -> list[Row]:
    """One row for each accelerator of the catalogue: whether it has a calibration."""
    known = identifiers("calibrations")
    return [
        {
            "name": load_accelerator(one).name,
            "calibrated": "yes" if one in known else "no: no prediction",
            "rows": load_calibration(one).provenance.rows if one in known else None,
        }
        for one in identifiers("accelerators")
    ]


def others(studies: Sequence[StudyView], shown: Calibration) -> list[Row]:
    """The other calibrated cards, each with its calibration and with a study on it, if any."""
    found = []
    for name in identifiers("calibrations"):
        if name == shown.accelerator:
            continue
        on_it = [view for view in studies if view.study.file.accelerator == name]
        found.append(
            {
                "id": name,
                "name": load_accelerator(name).name,
                "calibration": load_calibration(name),
                "study": next((view for view in on_it if "agreement" in view.charts), None),
            }
        )
    return found


def publication(calibration: Calibration) -> Source | None:
    """Where the measurements were published."""
    found = calibration.provenance.published
    return None if found is None else sources()[found.source]
