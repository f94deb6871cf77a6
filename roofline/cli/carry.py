"""The command that tries how far calibrations of measured cards hold on others."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from roofline.catalog.accelerator import load_accelerator
from roofline.cli.common import StatusLine, output_option, write
from roofline.errors import InputError, join_errors, unknown
from roofline.latency.calibration import Calibration, all_calibrations
from roofline.latency.calibration_entry import carried_over_text
from roofline.latency.carried_over import FILE, Trial, try_carrying
from roofline.measurements.agreement import agree
from roofline.measurements.plausibility import judge
from roofline.measurements.products import KERNELS, PROTOCOLS
from roofline.measurements.reader import read_measurements


@click.command("carry")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_option
def carry_command(files: tuple[Path, ...], output: Path | None) -> None:
    """Try the calibrations of measured cards on each other.

    FILES are the measurements behind calibrations of the catalogue, which name them. Each card
    is predicted with the medians of the other cards' parameters; the errors are those that a
    card without measurements can expect. They are the catalogue's carried-over.yml.
    """
    trials = _read_trials(files)
    entries = {}
    for protocol in PROTOCOLS:
        tried = [trial for trial in trials if trial.calibration.protocol == protocol]
        if tried:
            try:
                entries[protocol] = try_carrying(tried)
            except ValueError as error:
                raise InputError.at(f"files of {KERNELS[protocol]}", str(error)) from error
    write(carried_over_text(entries, FILE), output)


def _read_trials(files: Sequence[Path]) -> list[Trial]:
    """Read every file with the calibration that was fitted to it.

    Raises:
        InputError: With the problems of all files.
    """
    known = {
        calibration.provenance.file: name
        for name, calibration in all_calibrations().items()
        if load_accelerator(calibration.accelerator).multiprocessors is not None
    }
    trials: dict[str, Trial] = {}
    errors: list[InputError] = []
    with closing(StatusLine()) as line:
        for number, path in enumerate(files, start=1):
            line.show(f"file {number} of {len(files)}")
            try:
                if path.name not in known:
                    rule = unknown("file of a GPU's calibration", path.name, sorted(known))
                    raise InputError.at(str(path), rule)
                name = known[path.name]
                if name in trials:
                    raise InputError.at(str(path), f"{path.name} is given twice")
                trials[name] = _read_trial(path, name, all_calibrations()[name])
            except InputError as error:
                errors.append(error)
    if errors:
        raise join_errors("measurements", errors)
    return [trials[name] for name in known.values() if name in trials]


def _read_trial(path: Path, name: str, calibration: Calibration) -> Trial:
    protocol, fitted = calibration.protocol, calibration.provenance
    rows = read_measurements(path, calibration.accelerator, fitted.dtypes[0])
    agreed = agree(rows, path, protocol, calibration.library).rows
    if protocol == "isolated":
        agreed = agreed.where(agreed.flushed)
    card = load_accelerator(calibration.accelerator)
    agreed = agreed.where(~judge(agreed, card, protocol).impossible)
    if len(agreed) != fitted.rows:
        rule = f"{len(agreed):,} usable rows, but {name} was fitted to {fitted.rows:,}"
        raise InputError.at(str(path), rule)
    return Trial(name=name, calibration=calibration, rows=agreed)
