"""Charts drawn for tests, whose artists are read back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from roofline.findings.finding import Finding, Number
from roofline.report.charts import STORE
from roofline.report.charts.drawing.sheet import Canvas, style
from roofline.report.charts.output.chart import Picture
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Origin, Plan
from roofline.study.study import Study, StudyFile, load_study

SHORT = "The ridge is at 161.2 FLOP/Byte"
LONG = (
    "Unfused prefill attention can never be compute-bound on this card, at any length, because "
    "its intensity stays below the head dimension of 128 and the ridge lies at 161.2 FLOP/Byte"
)
UNFRIENDLY = "</title><script>alert(\"x\")</script> & 'so' on, for $5 and $6 \u6f22\u5b57"
NUMBER = Number(key="n", label="Highest intensity", value=0.992, unit="FLOP/Byte", kind="computed")
"""What findings may hold."""
ORIGIN = Origin(
    study="odd-study",
    title="An odd study",
    version="1.2.3",
    address="https://example.org/1.2/studies/odd-study/",
)
EXAMPLE = "tinyllama-cpu-2-threads"
"""A study with measurements and predictions."""


@contextmanager
def kept_drawings(folder: Path) -> Iterator[None]:
    """Keep drawings in a folder, so that a session draws equal pictures once."""
    before, STORE.folder = STORE.folder, folder
    yield
    STORE.folder = before


def odd_study(**changes: Any) -> Study:
    """The flagship with other fields in its file."""
    given = load_study().file.model_dump() | changes
    return Study(identifier="odd-study", folder=Path(), file=StudyFile.model_validate(given))


def odd_data(**changes: Any) -> StudyData:
    """The same as plans read it."""
    return StudyData(study=odd_study(**changes))


def drawn_sheet(plan: Plan, below: tuple[str, ...] = (), *, narrow: bool = False) -> Canvas:
    """A sheet of a plan, laid out; with its title if there is lines below."""
    picture = Picture(spec=plan.spec, title=plan.title if below else "", below=below)
    canvas = Canvas.blank(
        picture.narrow if narrow else picture.wide, title=picture.title, below=picture.below
    )
    with style():
        picture.draw_on(canvas)
        canvas.figure.draw_without_rendering()
    return canvas


def drawn_axes(plan: Plan) -> Axes:
    """The first axes of a plan, drawn on its wide sheet."""
    return drawn_sheet(plan).figure.axes[0]


def by_gid(axes: Axes) -> dict[str, Any]:
    """The marked artists of a chart."""
    return {str(child.get_gid()): child for child in axes.get_children() if child.get_gid()}


ODD: dict[str, dict[str, Any]] = {
    "one batch": {"batches": [1]},
    "one length": {"lengths": [1]},
    "one setting": {"batches": [3], "lengths": [1000]},
    "one batch of the usual ones": {"batches": [4, 5]},
    "many settings": {"batches": list(range(1, 101)), "lengths": list(range(10, 1010, 10))},
    "all in one row": {"batches": [7], "lengths": list(range(1, 10_001))},
    "all in one column": {"batches": list(range(1, 10_001)), "lengths": [7]},
    "past the ridge": {"batches": [1024, 2048]},
    "nothing fits": {"model": "llama-65b", "batches": [1, 2], "lengths": [128, 256]},
    "no cache fits": {"batches": [64, 128], "lengths": [8192]},
    "all fit": {"model": "llama-7b", "batches": [1, 2], "lengths": [128, 256]},
    "low ridge": {"dtype": "tf32"},
    "grouped, not calibrated": {"model": "llama-3-8b", "storage": {"weight": "int8"}},
    "candidates": {"candidates": [1, 16, 64]},
    "candidates alone": {"candidates": [64]},
    "fused": {"choices": {"attention": "fused", "projections": "fused", "logits": "all"}},
    "narrow weights": {"storage": {"weight": "int4", "kv-cache": 0.53125}},
    "huge": {"batches": [1, 10**9], "lengths": [1, 10**9]},
    "unfriendly": {"title": UNFRIENDLY[:120]},
}
"""Studies unlike the flagship, by what is odd about them."""


def odd_finding(**changes: Any) -> Finding:
    """A finding about decode attention, with some of its fields changed."""
    given: dict[str, Any] = {
        "slug": "decode-attention",
        "title": "Decode attention stays below 1 FLOP/Byte",
        "claim": "Decode attention stays below 1 FLOP/Byte at every batch and length",
        "verdict": "Only fewer bytes help",
        "bound": "memory",
        "phases": ("ar",),
        "series": ("qk/pv",),
        "numbers": (NUMBER,),
        "proof": (),
        "conditions": (),
        "changes": (),
        "related": (),
        "highlight": ("qk-pv-ar",),
    }
    return Finding(**(given | changes))


def solid(axes: Axes) -> dict[str, bool]:
    """Which of the series are drawn at full strength, by key."""
    keys = {series.key for series in StudyData(study=load_study()).series}
    return {
        key: child.get_alpha() in {None, 1}
        for child in axes.get_children()
        if (key := str(child.get_gid()).removeprefix("predicted-")) in keys
    }
