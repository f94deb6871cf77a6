"""The page on whole requests: what others measured, and what is predicted of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from markupsafe import Markup, escape

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import sources
from roofline.files.table import Record
from roofline.latency.calibration import all_calibrations
from roofline.latency.end_to_end import RequestTimes, published_requests, time_request
from roofline.latency.step import predict_step
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.report.charts.drawing.bars import Bar, Group, bars
from roofline.units import quantity

_DIGITS = 3
_GRAPH = "-graph"
"""How the name of a calibration ends whose kernels were replayed as a graph."""


@cache
def requests() -> tuple[RequestTimes, ...]:
    """Every published request with its predicted times.

    Raises:
        ValueError: No calibration applies to one.
    """
    times = []
    for request in published_requests():
        predicted = time_request(request)
        if predicted is None:
            raise ValueError(f"{request.name}: no calibration applies")
        times.append(predicted)
    return tuple(times)


def generated() -> tuple[RequestTimes, ...]:
    """Those that generate tokens, by servers whose kernels are fused."""
    return tuple(times for times in requests() if times.request.tokens > 1 and _fused(times))


def prefills() -> tuple[RequestTimes, ...]:
    """Those that only read a prompt, likewise."""
    return tuple(times for times in requests() if times.request.tokens == 1 and _fused(times))


def unfused() -> RequestTimes:
    """The first by a server that fuses nothing."""
    return next(times for times in requests() if not _fused(times))


def inside() -> int:
    """How many were measured within the predicted range."""
    return sum(times.low <= times.measured <= times.high for times in requests())


def ratios(several: Sequence[RequestTimes]) -> tuple[float, float]:
    """Smallest and largest ratio of predicted to measured time."""
    found = [times.ratio for times in several]
    return min(found), max(found)


def rows() -> list[Record]:
    """One row for each request; times are those of one token, or until the first [s]."""
    return [
        {
            "name": times.request.name,
            "model": times.request.deployment.transformer.name,
            "prompt": times.request.prompt,
            "tokens": times.request.tokens,
            "attainable": times.attainable / times.request.tokens,
            "predicted": times.predicted / times.request.tokens,
            "range": " to ".join(
                quantity(end / times.request.tokens, "s", _DIGITS)
                for end in (times.low, times.high)
            ),
            "measured": times.measured / times.request.tokens,
            "ratio": times.ratio,
        }
        for times in requests()
    ]


def published() -> list[Record]:
    """One row for each request: where it was published, and what that does not say."""
    listed = []
    for times in requests():
        request = times.request
        source = sources()[request.published.source]
        title: Markup = escape(source.title)
        if source.url:
            title = Markup('<a href="{}">{}</a>').format(source.url, source.title)
        unit = "s" if request.tokens_per_second is None else "tokens/s"
        listed.append(
            {
                "name": request.name,
                "value": f"{request.published.value:g} {unit}",
                "where": Markup("{}: {}").format(title, request.published.where),
                "assumed": request.assumed,
            }
        )
    return listed


def picture() -> Markup:
    """Time for each token, or until the first, of the requests by fused servers and others."""
    groups = [
        Group(
            label=_label(row),
            bars=tuple(
                Bar(row[key], quantity(row[key], "s", _DIGITS), role, key)
                for key, role in (
                    ("attainable", "muted"),
                    ("predicted", "memory"),
                    ("measured", "compute"),
                )
            ),
        )
        for row in rows()
    ]
    return bars(
        "requests",
        "Tokens are generated about as fast as predicted; first tokens take longer",
        groups,
        "Time per generated token, or until the first. Measured by others, as published; "
        "attainable is every kernel at its own roof.",
    )


def _label(row: Record) -> str:
    what = "per token" if row["tokens"] > 1 else f"first token after {row['prompt']:,}"
    return f"{row['model']}, {what}: {row['name']}"


def _fused(times: RequestTimes) -> bool:
    return times.request.choices.get("attention") == "fused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """A decode step whose kernels were timed in two ways: launched one by one, and as a graph."""

    card: str
    """Name of the card."""
    launches: float
    """Kernels of the step."""
    launch: tuple[float, float]
    """What even the smallest kernel takes, one by one and in a graph [s]."""
    seconds: tuple[float, float]
    """Predicted time of the step, likewise [s]."""


def replay(deployment: Deployment) -> Replay:
    """Predict a decode step at batch 1 and length 128 on the card that was timed in both ways.

    Args:
        deployment: Its model and choices.

    Raises:
        ValueError: No card was.
    """
    known = all_calibrations()
    both = (name for name in known if f"{name}{_GRAPH}" in known)
    name = next(both, None)
    if name is None:
        raise ValueError("no card was timed in both ways")
    calibrations = known[name], known[f"{name}{_GRAPH}"]
    card = load_accelerator(calibrations[0].accelerator)
    moved = replace(deployment, accelerator=card)
    steps = [predict_step(moved, "ar", Grid(1, 128), calibration) for calibration in calibrations]
    one_by_one, graph = (step for step in steps if step is not None)
    return Replay(
        card=card.name,
        launches=one_by_one.launches,
        launch=(calibrations[0].values.launch, calibrations[1].values.launch),
        seconds=(float(one_by_one.seconds), float(graph.seconds)),
    )
