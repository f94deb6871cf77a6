"""The command that makes a catalogue entry of a measured device."""

from pathlib import Path

import click

from roofline.cli.common import output_option, write
from roofline.measurements.accelerator_entry import accelerator_text
from roofline.measurements.conditions import read_conditions


@click.command("accelerator")
@click.argument("report", type=click.Path(path_type=Path), metavar="FILE.csv.json")
@click.option(
    "--name", metavar="TEXT", help="Name for people; what its driver calls it by default."
)
@output_option
def accelerator_command(report: Path, name: str | None, output: Path | None) -> None:
    """Write a device as a catalogue entry, with the ceilings that were measured.

    FILE.csv.json is what `roofline bench` writes beside its rows. In
    roofline/catalog/accelerators/ the entry's file name becomes the accelerator's name in
    studies.
    """
    write(accelerator_text(read_conditions(report), report.name, name), output)
