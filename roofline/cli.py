"""The command ``roofline``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

import roofline
from roofline.errors import InputError, Problem
from roofline.explain import Explanation, explain, parse_label
from roofline.export import (
    explanation_record,
    explanation_rows,
    point_records,
    points_json,
    series_records,
    to_csv,
    to_json,
    to_table,
)
from roofline.files import write_whole
from roofline.operators import PHASE_NAMES, load_operators
from roofline.study import FLAGSHIP, Study, load_study
from roofline.units import quantity, significant

F = TypeVar("F", bound=Callable[..., Any])

_formats = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="Table for people; JSON and CSV in base units at full precision.",
)
_output = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, whole or not at all, instead of the terminal.",
)
_study = click.argument("study", default=FLAGSHIP, metavar="[STUDY]")
_size = click.IntRange(1, 10**9)


class _Group(click.Group):
    """Turns bad input into one message and exit code 1, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(roofline.__version__, prog_name="roofline")
def main() -> None:
    """What limits the inference of a large language model: the roofline of its operators.

    STUDY is the name of a study in docs/studies/ or the path of a study file;
    without it, the flagship: Llama 33B on an NVIDIA A100 80GB PCIe.
    """


@main.command()
@_study
@click.option("--series", "labels", multiple=True, help='Only this series, such as "qk/pv ar".')
@_formats
@_output
def points(study: str, labels: tuple[str, ...], form: str, output: Path | None) -> None:
    """Work, traffic, intensity, attainable rate and bound of every point of a study.

    One layer's, or one step's outside the layers; all kernels of the series added up.
    """
    loaded = load_study(study)
    if labels:
        wanted = [parse_label(label, load_operators()) for label in labels]
        records = [
            record
            for series, phase in dict.fromkeys(wanted)
            for record in series_records(loaded, series, phase)
        ]
    else:
        records = point_records(loaded)
    match form:
        case "json":
            text = points_json(loaded, records, roofline.__version__)
        case "csv":
            text = to_csv(records)
        case _:
            text = to_table(records)
    _write(text, output)


@main.command("explain")
@_study
@click.option("--series", "label", required=True, help='Such as "qk/pv ar".')
@click.option("--batch", type=_size, required=True, help="Sequences served together.")
@click.option("--length", type=_size, required=True, help="Tokens of each sequence.")
@click.option(
    "--candidates",
    type=_size,
    default=1,
    show_default=True,
    help="Tokens per sequence and decode step.",
)
@_formats
@_output
def explain_command(  # noqa: PLR0917  # one parameter for each option
    study: str,
    label: str,
    batch: int,
    length: int,
    candidates: int,
    form: str,
    output: Path | None,
) -> None:
    """Why one series stands where it does: formula, values, verdict."""
    loaded = load_study(study)
    series, phase = parse_label(label, load_operators())
    if phase == "init" and candidates != 1:
        rule = f"expected 1 in prefill, which has no candidates, got {candidates}"
        raise InputError("--candidates", [Problem(place="", rule=rule)])
    explanation = explain(loaded, series, phase, batch, length, candidates)
    match form:
        case "json":
            text = to_json(explanation_record(explanation, roofline.__version__))
        case "csv":
            text = to_csv(explanation_rows(explanation))
        case _:
            text = _explanation_text(explanation, loaded)
    _write(text, output)


def _explanation_text(explanation: Explanation, study: Study) -> str:
    batch, length, candidates = explanation.setting
    deployment = study.deployment
    total = explanation.total
    phase = PHASE_NAMES[explanation.phase]
    lines = [
        (
            f"{explanation.label} ({phase}), one {'layer' if explanation.per_layer else 'step'} "
            f"of {deployment.transformer.name} "
            f"on {deployment.accelerator.name}, {study.file.dtype}"
        ),
        f"batch b = {batch}, length s = {length}"
        + (f", candidates q = {candidates}" if explanation.candidates_matter else ""),
        "",
    ]
    for sized in explanation.rows:
        dimensions = [("count", sized.count), ("m", sized.m), ("n", sized.n), ("k", sized.k)]
        shown = dimensions[1:3] if sized.row.gather else dimensions
        sizes = ", ".join(
            f"{name} = {expression.text}"
            + (f" = {value:.0f}" if expression.text != f"{value:.0f}" else "")
            for name, (expression, value) in shown
        )
        gathers = "gathers m rows of n elements: " if sized.row.gather else ""
        lines.append(f"  {sized.row.name:<10} {gathers}{sizes}")
    lines += [
        "",
        f"  work       W = {quantity(total.flops, 'FLOP', 4)}",
        f"  traffic    Q = {quantity(total.bytes, 'byte', 4)}",
        f"  intensity  I = W / Q = {total.formula.text}",
        f"               = {total.formula.values_text}",
        f"               = {significant(total.intensity, 4)} FLOP/Byte",
        "",
        explanation.verdict,
    ]
    if not explanation.fits:
        lines.append("does not fit: weights and KV cache exceed the card's memory")
    return "\n".join(lines) + "\n"


def _write(text: str, output: Path | None) -> None:
    place = "standard output" if output is None else str(output)
    try:
        if output is None:
            # As bytes, whatever the terminal's encoding: JSON and CSV are UTF-8.
            click.echo(text.encode(), nl=False)
        else:
            write_whole(output, text.encode())
    except BrokenPipeError:
        raise  # click ends quietly
    except (OSError, ValueError) as error:
        rule = f"cannot be written: {getattr(error, 'strerror', None) or error}"
        raise InputError(place, [Problem(place="", rule=rule)]) from error
