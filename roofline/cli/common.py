"""What commands share: arguments, options, and writing."""

import sys
from contextlib import suppress
from pathlib import Path

import click

from roofline.citations.site_address import checked_site_url
from roofline.errors import InputError
from roofline.files.text import write_file
from roofline.study.repository import FLAGSHIP

output_option = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, whole or not at all, instead of the terminal.",
)
study_argument = click.argument("study", default=FLAGSHIP, metavar="[STUDY]")


def _site(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else checked_site_url(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


site_option = click.option(
    "--site",
    metavar="ADDRESS",
    callback=_site,
    help="Address of the site with the findings; that of this repository by default.",
)


class StatusLine:
    """One line on standard error that says how far a command is, on a terminal only."""

    def __init__(self) -> None:
        self.text = ""

    def show(self, text: str) -> None:
        """Replace the line, if it says something else."""
        if sys.stderr.isatty() and text != self.text:
            with suppress(OSError):
                click.echo(f"\r{text.ljust(len(self.text))}\r{text}", err=True, nl=False)
            self.text = text

    def close(self) -> None:
        """Take the line away."""
        self.show("")


def write(text: str, output: Path | None) -> None:
    """Write text to the terminal, or to a file whole or not at all.

    Raises:
        InputError: It cannot be written.
    """
    if output is not None:
        write_file(output, text.encode(), str(output))
        return
    try:
        # As bytes, whatever the terminal's encoding: JSON and CSV are UTF-8.
        click.echo(text.encode(), nl=False)
    except BrokenPipeError:
        raise  # click ends quietly
    except (OSError, ValueError) as error:
        raise InputError.failed("standard output", "cannot be written", error) from error
