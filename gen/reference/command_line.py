"""The command line as the pages show it: help taken from click, examples really run."""

import dataclasses
import shlex
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import click
from click.testing import CliRunner
from markupsafe import Markup

from roofline.citations.site_address import load_identity, site_version
from roofline.citations.stamp import cite
from roofline.cli import main
from roofline.findings import findings
from roofline.study.study import load_study

PROGRAM = "roofline"
WIDTH = 80
"""Characters in a line of help, whatever the terminal."""

STUDY = """\
title: Llama 3 8B on an H100, fp8 weights
model: llama-3-8b
accelerator: h100-80gb-sxm
dtype: bf16
batches: [1, 4, 16, 64, 256]
lengths: [512, 2048, 8192]
choices: {attention: fused}
storage: {weight: fp8}
"""
"""A study that differs from the defaults in everything that is worth showing."""
MISTAKEN = """\
title: A study with mistakes
model: llama-33
accelerator: a100-80gb-pcie
dtype: fp8
batches: [0, 8]
lengths: [1024]
choices: {atention: fused}
notebook: none
"""
"""A study that breaks a rule in five places."""
PRODUCTS = """\
operator,count,m,n,k
up,1,8,17920,6656
qk,416,1,1024,128
pv,416,1,128,1024
"""
"""Products of the flagship's decode step at batch 8 and length 1024."""
EXAMPLES: dict[str, tuple[tuple[str, int | None], ...]] = {
    "accelerator": (),  # it needs a measured device
    "bench": (),  # its output depends on the machine
    "calibrate": (),  # it needs measurements
    "carry": (),  # likewise
    "check": (("roofline check llama-33b-a100-80gb-pcie tinyllama-cpu-2-threads", None),),
    "explain": (
        ('roofline explain --series "qkv mlp ar" --batch 64 --length 1024', None),
        ('roofline explain --series "qk/pv ar" --batch 16 --length 512 --format csv', None),
    ),
    "findings": (("roofline findings", 12),),
    "import": (),  # it needs a model's configuration
    "measurements import": (),  # it needs a published table
    "new": (("roofline new --model llama-3-8b --accelerator h100-80gb-sxm", None),),
    "points": (
        ('roofline points --series "qk/pv init"', 9),
        ('roofline points --series "qk/pv init" --format csv', 3),
    ),
    "predict": (("roofline predict products.csv --accelerator a100-80gb-pcie", None),),
    "verify": (("roofline verify review.md", None),),
}
"""Runs that the page shows for a command, and how many lines of each."""


_QUOTED_TOO_HIGH = 1.05


def write_review() -> str:
    """Write a document that cites two findings, the second with a number that does not hold."""
    study = load_study()
    made = {finding.slug: finding for finding in findings(study)}
    right, wrong = made["decode-attention"], made["attention-traffic"]
    high = dataclasses.replace(wrong.headline, value=_QUOTED_TOO_HIGH * wrong.headline.value)
    wrong = dataclasses.replace(wrong, numbers=(high, *wrong.numbers[1:]))
    site_url = load_identity().site_url
    lines = [
        cite(finding, study.identifier, site_version(), site_url).markdown
        for finding in (right, wrong)
    ]
    return "# A review\n\n" + "\n\n".join(lines) + "\n"


def names() -> tuple[str, ...]:
    """Names of all commands, in the order of the help."""
    return tuple(
        f"{name} {inner}".rstrip()
        for name in main.list_commands(_context(main, PROGRAM))
        for inner in sorted(getattr(main.commands[name], "commands", ("",)))
    )


def summary(name: str) -> str:
    """First sentence of a command's help, without its full stop."""
    return find_command(name)[0].get_short_help_str(limit=10 * WIDTH).removesuffix(".")


def help_text(name: str | None = None) -> Markup:
    """Help of one command, or of the program, as a code block.

    Args:
        name: The command; the program itself by default.
    """
    if name is None:
        line, text = f"{PROGRAM} --help", main.get_help(_context(main, PROGRAM))
    else:
        command, above = find_command(name)
        context = _context(command, name.rpartition(" ")[2], above)
        line, text = f"{PROGRAM} {name} --help", command.get_help(context)
    return block(line, text)


def find_command(name: str) -> tuple[click.Command, click.Context]:
    """Find a command by its name, such as ``measurements import``, and the context above it."""
    command: click.Command = main
    context = above = _context(main, PROGRAM)
    for part in name.split():
        above = context
        command = command.commands[part]  # type: ignore[attr-defined]  # all but the last are groups
        context = _context(command, part, above)
    return command, above


def _context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    return click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        color=False,
        help_option_names=["-h", "--help"],
    )


def run(line: str, files: Mapping[str, str] | None = None) -> str:
    """Run a command of the program and give its output.

    Args:
        line: As typed in a shell, the program's name first.
        files: Text of the files that the line names; `write_review` is known as ``review.md`` and
            `PRODUCTS` as ``products.csv``.

    Returns:
        Standard output, followed by what went to standard error.

    Raises:
        ValueError: The line is not one of this program's.
    """
    return _output(line, tuple((files or {}).items()))


@cache  # a preview shows the same again after each edit
def _output(line: str, given: tuple[tuple[str, str], ...]) -> str:
    program, *arguments = shlex.split(line)
    if program != PROGRAM:
        raise ValueError(f"expected a command of {PROGRAM}, got {line}")
    files = dict(given)
    if "review.md" in line:
        files = {"review.md": write_review(), **files}
    if "products.csv" in line:
        files = {"products.csv": PRODUCTS, **files}
    with tempfile.TemporaryDirectory() as folder:
        real = {name: str(Path(folder) / name) for name in files}
        for name, text in files.items():
            Path(real[name]).write_text(text, encoding="utf-8")
        called = [real.get(argument, argument) for argument in arguments]
        result = CliRunner().invoke(main, called, prog_name=PROGRAM, terminal_width=WIDTH)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        output = result.output
        for name, path in real.items():
            output = output.replace(path, name)
    return output


def example(line: str, *, lines: int | None = None, **files: str) -> Markup:
    """Show a command with its output.

    Args:
        line: As typed in a shell, the program's name first.
        lines: How many lines of the output to show; all by default.
        files: Text of the files that the line names, without their ending ``.yml``
            and with underscores for hyphens.
    """
    named = {f"{name.replace('_', '-')}.yml": text for name, text in files.items()}
    output = run(line, named).rstrip("\n").split("\n")
    if lines is not None and len(output) > lines:
        output = [*output[:lines], f"… {len(output) - lines:,} more lines"]
    return block(line, "\n".join(output))


def block(line: str, output: str) -> Markup:
    """Write a command and its output as a block of code."""
    text = f"```console\n$ {line}\n{output.rstrip()}\n```"
    return Markup(text)  # noqa: S704  # Markdown escapes what stands in a block of code
