"""The command that measures a study's matrix products."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import click

from roofline.cli.common import StatusLine, study_argument, write
from roofline.errors import InputError
from roofline.measurements.bench.backend import Backend
from roofline.measurements.bench.cpu import NumpyBackend
from roofline.measurements.bench.cuda import TorchBackend
from roofline.measurements.bench.journal import Journal
from roofline.measurements.bench.plan import plan
from roofline.measurements.bench.report import above_ceilings, report_json, rows_csv
from roofline.measurements.bench.rows import MeasuredRow
from roofline.measurements.bench.session import (
    Outcome,
    Progress,
    Terms,
    measure,
    refuse_if_nothing_fits,
)
from roofline.measurements.bench.timing import LEAST
from roofline.model.operators import load_operators, parse_label
from roofline.study.results import charted_series
from roofline.study.study import Study, load_study
from roofline.units import quantity
from roofline.version import __version__

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""
_FLUSHES = {"flush": (True,), "no-flush": (False,), "both": (True, False)}
_BACKENDS: dict[str, Callable[[Study], Backend]] = {
    "numpy": lambda _: NumpyBackend(),
    "torch": lambda study: TorchBackend(study.file.dtype),
}


@click.command("bench")
@study_argument
@click.option(
    "--backend",
    "chosen",
    type=click.Choice([*_BACKENDS]),
    default="numpy",
    show_default=True,
    help="numpy on the CPU in fp32, or PyTorch on a CUDA device in the study's fp16 or bf16.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Write the rows to this CSV file, and what they were measured on to FILE.json.",
    metavar="FILE",
)
@click.option(
    "--series",
    "labels",
    multiple=True,
    help='Only this series, such as "qk/pv ar"; those of the chart by default.',
)
@click.option(
    "--repetitions",
    type=click.IntRange(LEAST, 100_000),
    default=LEAST,
    show_default=True,
    help="Repeat each product at least so often.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="Begin nothing that would not end within this time; run again to go on.",
)
@click.option(
    "--flush",
    "flush",
    flag_value="flush",
    default=True,
    help="Flush the cache before each repetition; the default.",
)
@click.option("--no-flush", "flush", flag_value="no-flush", help="Leave the cache as it is.")
@click.option("--both", "flush", flag_value="both", help="Measure each product in both ways.")
@click.option(
    "--resume/--no-resume",
    default=True,
    show_default=True,
    help="Go on where an earlier run ended, or measure everything again.",
)
def bench_command(  # noqa: PLR0917  # one parameter for each option
    study: str,
    chosen: str,
    output: Path,
    labels: tuple[str, ...],
    repetitions: int,
    seconds: float | None,
    flush: str,
    resume: bool,  # noqa: FBT001  # click calls by keyword
) -> None:
    """Measure every matrix product of a study on this device, and the device's two ceilings.

    Each distinct product is measured once. Rows are kept in FILE.journal as soon as they are
    measured, so that nothing is lost with Ctrl-C.
    """
    path = output.with_name(f"{output.name}.journal")
    terms = Terms(repetitions=repetitions, flushes=_FLUSHES[flush], seconds=seconds)
    try:
        loaded = load_study(study)
        wanted = [parse_label(label, load_operators()) for label in labels]
        series = [*dict.fromkeys(wanted)] or charted_series(loaded.deployment)
        tasks = plan(loaded.deployment, loaded.file, series)
        if not resume:
            _remove(path)
        elif output.exists() and not path.exists():
            rule = "exists already; name another file, or measure again with --no-resume"
            raise InputError.at(str(output), rule)
        backend = _BACKENDS[chosen](loaded)
        refuse_if_nothing_fits(tasks, backend, loaded.identifier)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        with closing(Journal.resume(path, subject(loaded, backend), started)) as journal:
            with closing(StatusLine()) as line:
                outcome = measure(
                    tasks,
                    backend,
                    journal,
                    terms,
                    clock=monotonic,
                    show=lambda progress: line.show(progress_text(progress)),
                )
            if journal.rows:
                write(rows_csv(tasks, journal.rows), output)
            described = {
                "id": loaded.identifier,
                "title": loaded.file.title,
                "model": loaded.file.model,
            }
            report = report_json(described, backend, journal, terms, outcome, version=__version__)
            write(report, output.with_name(f"{output.name}.json"))
            if not outcome.out_of_time:
                journal.remove()
        write(_summary(loaded, backend, journal.rows, outcome, output), None)
    except KeyboardInterrupt as error:
        kept = f"; rows are kept in {path}, and the same command goes on" if path.exists() else ""
        click.echo(f"Interrupted{kept}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from error


def _summary(
    study: Study, backend: Backend, rows: Sequence[MeasuredRow], outcome: Outcome, output: Path
) -> str:
    above = above_ceilings(rows, outcome.ceilings, backend.item_bytes)
    peak = quantity(outcome.ceilings.peak, "FLOP/s")
    bandwidth = quantity(outcome.ceilings.bandwidth, "byte/s")
    lines = [
        f"{backend.device().label}, {backend.dtype}: measured {peak} and {bandwidth}",
        f"{len(rows)} rows in {output}" if rows else "no rows",
    ]
    if outcome.skipped:
        lines.append(f"{len(outcome.skipped)} products skipped, listed in {output}.json")
    if above:
        lines.append(f"{len(above)} rows above the measured ceilings, noted in {output}.json")
    card = study.deployment.accelerator
    if backend.device().label not in card.device_names:
        lines.append(f"not the study's {card.name}: a study on this device can name these rows")
    if outcome.out_of_time:
        lines.append("out of time; the same command goes on")
    return "\n".join(lines) + "\n"


def subject(study: Study, backend: Backend) -> dict[str, str]:
    """What rows of one file have in common, by name."""
    device = backend.device()
    return {
        "study": study.identifier,
        "model": study.file.model,
        "backend": backend.name,
        "dtype": backend.dtype,
        "device": device.label,
        "driver": device.driver or "",
        **backend.libraries(),
    }


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError.failed(str(path), "cannot be removed", error) from error


def progress_text(progress: Progress) -> str:
    """Progress and remaining time in one line."""
    text = f"{progress.done} of {progress.total} products"
    if progress.remaining is not None:
        text += f", about {duration(progress.remaining)} left"
    return text


def duration(seconds: float) -> str:
    """Write a duration for people, such as ``2 min 5 s``."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{whole} s"
