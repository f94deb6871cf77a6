"""The commands that give points and explain them."""

from pathlib import Path

import click

from roofline.cli.common import output_option, study_argument, write
from roofline.cli.tables import to_table
from roofline.errors import InputError
from roofline.files.table import to_csv, to_json
from roofline.model.operators import PHASE_NAMES, load_operators, parse_label
from roofline.study.explain import Explanation, explain
from roofline.study.records import (
    explanation_record,
    explanation_rows,
    point_records,
    points_json,
    series_records,
)
from roofline.study.study import Study, load_study
from roofline.units import quantity, significant
from roofline.version import __version__

_format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="Table for people; JSON and CSV in base units at full precision.",
)
_size = click.IntRange(1, 10**9)


@click.command("points")
@study_argument
@click.option("--series", "labels", multiple=True, help='Only this series, such as "qk/pv ar".')
@_format_option
@output_option
def points_command(study: str, labels: tuple[str, ...], form: str, output: Path | None) -> None:
    """Work, traffic, intensity, attainable rate and bound of every point of a study.

    One layer's, or one step's outside the layers; all kernels of the series added up.
    """
    loaded = load_study(study)
    if labels:
        wanted = [parse_label(label, load_operators()) for label in labels]
        records = [
            record
            for series, phase in dict.fromkeys(wanted)
            for record in series_records(loaded.results.of(series, phase))
        ]
    else:
        records = point_records(loaded)
    match form:
        case "json":
            text = points_json(loaded, records, __version__)
        case "csv":
            text = to_csv(records)
        case _:
            text = to_table(records)
    write(text, output)


@click.command("explain")
@study_argument
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
@_format_option
@output_option
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
        raise InputError.at("--candidates", rule)
    explanation = explain(loaded, series, phase, batch, length, candidates)
    match form:
        case "json":
            text = to_json(explanation_record(explanation, __version__))
        case "csv":
            text = to_csv(explanation_rows(explanation))
        case _:
            text = _explanation_text(explanation, loaded)
    write(text, output)


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
