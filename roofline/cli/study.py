"""The commands that begin a study file and check one."""

from pathlib import Path

import click

from roofline.cli.common import output_option, write
from roofline.errors import InputError, join_errors
from roofline.study.new import BATCHES, new_study
from roofline.study.study import load_study


def _numbers(_: click.Context, parameter: click.Parameter, text: str) -> tuple[int, ...]:
    """Read whole numbers between commas."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        message = f"expected whole numbers such as 1,8,64, got {text!r}"
        raise click.BadParameter(message, param=parameter) from error


def _asked(_: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """Ask for what is not given, beside the output and not in it."""
    if value is not None:
        return value
    answer: str = click.prompt((parameter.name or "").capitalize(), err=True)
    return answer


@click.command("new")
@click.option("--model", callback=_asked, metavar="NAME", help="A transformer of the catalogue.")
@click.option(
    "--accelerator", callback=_asked, metavar="NAME", help="An accelerator of the catalogue."
)
@click.option("--dtype", help="Number format; by default the accelerator's first of 16 bits.")
@click.option("--title", metavar="TEXT", help="Heading; model and accelerator by default.")
@click.option(
    "--batches",
    default=",".join(map(str, BATCHES)),
    show_default=True,
    callback=_numbers,
    metavar="N,N",
    help="Sequences served together.",
)
@click.option(
    "--lengths",
    default="",
    callback=_numbers,
    metavar="N,N",
    help="Sequence lengths; by default some up to the model's context.",
)
@output_option
def new_command(  # noqa: PLR0917  # one parameter for each option
    model: str,
    accelerator: str,
    dtype: str | None,
    title: str | None,
    batches: tuple[int, ...],
    lengths: tuple[int, ...],
    output: Path | None,
) -> None:
    """Begin a study: a commented file with every choice at its default.

    What is not given as an option is asked for. In docs/studies/ the file's name becomes the
    study's address; elsewhere the other commands take its path.
    """
    if output is not None and output.exists():
        raise InputError.at(str(output), "exists already; name another file")
    text = new_study(model, accelerator, dtype=dtype, title=title, batches=batches, lengths=lengths)
    write(text, output)


@click.command("check")
@click.argument("studies", nargs=-1, required=True, metavar="STUDY...")
def check_command(studies: tuple[str, ...]) -> None:
    """Check study files, and the measurements that they name.

    One line for each that is right; every problem of all others, each with its place.
    """
    errors = []
    for name in studies:
        try:
            study = load_study(name)
            files = () if study.measured is None else study.measured.files
        except InputError as error:
            errors.append(error)
            continue
        file = study.file
        settings = len(file.batches) * len(file.lengths) * len(file.candidates)
        card = study.deployment.accelerator.name
        rows = sum(len(measured.rows) for measured in files)
        told = f", {rows:,} measured products" if rows else ""
        write(f"{name}: {file.title}: {settings:,} settings on {card}{told}\n", None)
    if errors:
        raise join_errors("studies", errors)
