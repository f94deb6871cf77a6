"""What commands share: arguments, options, and writing."""

from pathlib import Path

import click

from roofline.errors import InputError, Problem
from roofline.files import write_whole
from roofline.identity import checked_site_url
from roofline.study import FLAGSHIP

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


def write(text: str, output: Path | None) -> None:
    """Write text to the terminal, or to a file whole or not at all.

    Raises:
        InputError: It cannot be written.
    """
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
