"""The commands of the latency model: calibrate it, and predict with it."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import click

from roofline.catalog.accelerator import Accelerator, load_accelerator
from roofline.catalog.entries import Reference
from roofline.catalog.reader import sources
from roofline.cli.common import StatusLine, output_option, write
from roofline.cli.tables import calibration_summary
from roofline.errors import InputError, Problem, unknown
from roofline.files.text import open_bytes, open_whole
from roofline.files.validation import validate
from roofline.files.yaml import ParsedFile
from roofline.findings.phrases import unseen_error
from roofline.latency.calibration import (
    Calibration,
    all_calibrations,
    measured_protocols,
    read_calibration,
)
from roofline.latency.calibration_entry import calibration_text
from roofline.latency.carried_over import is_calibrated, load_calibration
from roofline.latency.cross_validation import calibrate
from roofline.latency.law import Parameters, in_stream
from roofline.latency.product_files import predict_file
from roofline.measurements.agreement import Agreed, agree
from roofline.measurements.plausibility import judge
from roofline.measurements.products import PROTOCOLS, Protocol
from roofline.measurements.reader import read_measurements

_accelerator = click.option(
    "--accelerator", required=True, metavar="NAME", help="Such as a100-80gb-pcie."
)
_dtype = click.option(
    "--dtype",
    default="fp16",
    show_default=True,
    help="Number format of rows that name none.",
)


@click.command("calibrate")
@click.argument("measurements", type=click.Path(path_type=Path))
@_accelerator
@click.option("--source", metavar="KEY", help="Key of their publication in the catalogue.")
@click.option("--where", metavar="TEXT", help="The place in that publication.")
@_dtype
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    help="How rows that do not say it were measured; where a file mixes both, which to take.",
)
@click.option(
    "--library",
    metavar="TEXT",
    help="What computed rows that do not say it, with its version; or which of several to take.",
)
@click.option(
    "--leave-out",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="SHARE",
    help="Leave out rows that are faster than the roof, at most this share of all.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the calibration to this file, as a catalogue entry; a summary is shown then.",
)
def calibrate_command(  # noqa: PLR0917  # one parameter for each option
    measurements: Path,
    accelerator: str,
    source: str | None,
    where: str | None,
    dtype: str,
    protocol: Protocol | None,
    library: str | None,
    leave_out: float,
    output: Path | None,
) -> None:
    """Fit the latency model to measured times of one accelerator.

    MEASUREMENTS is a CSV file with the columns count, m, n, k and seconds, or n, d, seqlen,
    bs, series and latency; dtype, device, accelerator, flushed, group, stage, series, phase,
    protocol and library are optional.
    All rows must be of one protocol and one library: kernels isolated, or in a stream. A row
    that is faster than the accelerator's roof is refused.
    """
    card = _load_card(accelerator)
    if (source is None) != (where is None):
        raise InputError.at("--source", "expected --source and --where together")
    if source is not None and source not in sources():
        raise InputError.at("--source", unknown("source", source, sorted(sources())))
    published = None
    if source is not None:
        data = {"source": source, "where": where}
        published = validate(Reference, ParsedFile(origin="--source", data=data, root=None))
    every = agree(
        read_measurements(measurements, accelerator, dtype), measurements, protocol, library
    )
    scalar = None
    if every.protocol in measured_protocols(accelerator):
        scalar = load_calibration(accelerator, every.protocol).scalar_peak
    agreed, unflushed = _keep_flushed(every, str(measurements))
    possible, cached = _keep_possible(agreed, card, str(measurements), leave_out)
    with closing(StatusLine()) as line:
        try:
            outcome = calibrate(
                possible.rows,
                card,
                None if scalar is None else scalar.value,
                lambda done, total: line.show(f"refit {done} of {total}"),
            )
        except ValueError as error:
            raise InputError.at(str(measurements), str(error)) from error
    text = calibration_text(
        outcome,
        possible,
        accelerator,
        file=measurements.name,
        left_out=len(agreed.rows) - len(possible.rows),
        published=published,
        scalar_peak=scalar,
    )
    write(text, output)
    if output is not None:
        notes = {
            "left out, measured without a flush": unflushed,
            "left out, faster than the roof": len(agreed.rows) - len(possible.rows),
            "kept, faster than device memory, as what the cache holds can be": cached,
        }
        told = "".join(f"{what}: {number}\n" for what, number in notes.items() if number)
        write(calibration_summary(outcome) + told, None)


def _keep_flushed(every: Agreed, origin: str) -> tuple[Agreed, int]:
    """Leave out isolated kernels that found their operands in the cache, and count them."""
    if every.protocol == "stream":
        return every, 0
    flushed = every.rows.where(every.rows.flushed)
    if not len(flushed):
        raise InputError.at(origin, "expected rows measured after a flush of the cache")
    return replace(every, rows=flushed), len(every.rows) - len(flushed)


def _keep_possible(
    agreed: Agreed, card: Accelerator, origin: str, leave_out: float
) -> tuple[Agreed, int]:
    """Leave out the rows that are faster than the roof, if they are few enough.

    Returns:
        The others; and how many of them beat the bandwidth, with operands that the cache holds.

    Raises:
        InputError: They are a larger share than may be left out.
    """
    rows = agreed.rows
    judged = judge(rows, card, agreed.protocol)
    impossible = judged.impossible
    if not impossible.mean() <= leave_out:
        rule = (
            f"{impossible.sum()} of {len(rows)} rows are faster than the roof of {card.name}: were "
            "they synchronised, and are they in seconds? --leave-out goes on without such rows, "
            "up to a share of all"
        )
        raise InputError(origin, [Problem(place="", rule=rule), *judged.problems()])
    return replace(agreed, rows=rows.where(~impossible)), int(judged.cached.sum())


@click.command("predict")
@click.argument("products", type=click.Path(path_type=Path, allow_dash=True))
@_accelerator
@click.option(
    "--calibration",
    metavar="FILE",
    help="A calibration of one's own, as `roofline calibrate` writes it, or another's name.",
)
@click.option(
    "--conditions",
    type=click.Choice(PROTOCOLS),
    default="isolated",
    show_default=True,
    help="One kernel, synchronised, with its cache flushed; or one of many in a stream.",
)
@click.option(
    "--launch",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Cost of a launch in a stream that was not measured: from 0 to that of isolated kernels.",
)
@_dtype
@click.option("--format", "form", type=click.Choice(["csv"]), default="csv", show_default=True)
@output_option
def predict_command(  # noqa: PLR0917  # one parameter for each option
    products: Path,
    accelerator: str,
    calibration: str | None,
    conditions: Protocol,
    launch: float | None,
    dtype: str,
    form: str,  # noqa: ARG001  # there is one so far
    output: Path | None,
) -> None:
    """Predict the time of every matrix product of a file.

    PRODUCTS is a CSV file with the columns count, m, n and k, or - for standard input; dtype
    is optional, other columns are kept. Its rows come back with predicted_seconds,
    predicted_flops_per_s and predicted_bound behind them.
    """
    _load_card(accelerator)
    fitted = _read_calibration(accelerator, calibration, conditions)
    parameters = fitted.values
    if fitted.provenance.carried:
        click.echo(unseen_error(fitted), err=True)
    if fitted.protocol != conditions:
        parameters = _set_in_stream(parameters, launch or 0.0)
        click.echo(
            "No stream was measured: its kernels are derived from isolated ones, with nothing "
            f"flushed and a launch of {parameters.launch:g} s",
            err=True,
        )
    elif launch is not None:
        raise InputError.at(
            "--launch",
            "expected only for a stream that was not measured; this one was fitted"
            if conditions == "stream"
            else "expected only with --conditions stream",
        )
    with _open_products(products) as (file, origin, size):
        alone = None
        if calibration is None and fitted.protocol == "stream":
            known = is_calibrated(accelerator, "isolated")
            alone = load_calibration(accelerator) if known else None
        chunks = predict_file(file, origin, fitted, parameters, dtype, alone=alone)
        if output is None:
            _copy(chunks, sys.stdout.buffer, size)
            return
        try:
            with open_whole(output) as target:
                _copy(chunks, target, size)
        except OSError as error:
            raise InputError.failed(str(output), "cannot be written", error) from error


def _read_calibration(accelerator: str, given: str | None, conditions: Protocol) -> Calibration:
    """Choose the calibration: that given, else one of the wanted protocol, else an isolated one."""
    if given is None:
        return load_calibration(
            accelerator, conditions if is_calibrated(accelerator, conditions) else "isolated"
        )
    known = all_calibrations()
    calibration = known[given] if given in known else read_calibration(Path(given))
    if calibration.accelerator != accelerator:
        rule = f'is of "{calibration.accelerator}", expected "{accelerator}"'
        raise InputError.at(given, rule)
    if (calibration.protocol, conditions) == ("stream", "isolated"):
        rule = (
            "was fitted to kernels in a stream, which do not tell what isolated ones take; "
            "expected --conditions stream"
        )
        raise InputError.at(given, rule)
    return calibration


def _load_card(accelerator: str) -> Accelerator:
    try:
        return load_accelerator(accelerator)
    except LookupError as error:
        raise InputError.at("--accelerator", str(error.args[0])) from error


def _set_in_stream(parameters: Parameters, launch: float) -> Parameters:
    try:
        return in_stream(parameters, launch)
    except ValueError as error:
        raise InputError.at("--launch", str(error)) from error


@contextmanager
def _open_products(path: Path) -> Iterator[tuple[IO[bytes], str, int]]:
    """Open the input, and name it; its size is 0 where that is not known."""
    if str(path) == "-":
        yield sys.stdin.buffer, "standard input", 0
        return
    with open_bytes(path, str(path)) as file:
        yield file, str(path), path.stat().st_size


def _copy(chunks: Iterator[tuple[bytes, int]], target: IO[bytes], size: int) -> None:
    """Write what is predicted as it comes, and show how much of the input has been read."""
    with closing(StatusLine()) as line:
        for content, done in chunks:
            target.write(content)
            share = f" of {size / 1e6:,.0f} MB, {done / size:.0%}" if size else " MB"
            line.show(f"{done / 1e6:,.0f}{share}")
        target.flush()
