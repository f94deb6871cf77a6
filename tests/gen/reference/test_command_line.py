"""The command line on the pages: complete, of one width, and really run."""

import pytest

from gen.reference.command_line import (
    EXAMPLES,
    MISTAKEN,
    WIDTH,
    example,
    find_command,
    help_text,
    names,
    run,
    summary,
)
from roofline.cli import main


def test_every_command_is_shown() -> None:
    assert {name.split()[0] for name in names()} == set(main.commands)
    assert "measurements import" in names()
    assert set(EXAMPLES) == set(names())
    assert all(summary(name) for name in names())


@pytest.mark.parametrize("name", [None, *names()])
def test_help_has_one_width_whatever_the_terminal(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    wide = help_text(name)
    monkeypatch.setenv("COLUMNS", "40")
    assert help_text(name) == wide
    assert max(len(line) for line in wide.splitlines()) <= WIDTH


@pytest.mark.parametrize("name", names())
def test_help_is_what_the_command_prints(name: str) -> None:
    assert run(f"roofline {name} --help").rstrip() in help_text(name)


@pytest.mark.parametrize("name", names())
def test_help_names_every_option(name: str) -> None:
    text = help_text(name)
    for parameter in find_command(name)[0].params:
        for option in parameter.opts:
            if option.startswith("-"):
                assert option in text


@pytest.mark.parametrize(("line", "lines"), [pair for pairs in EXAMPLES.values() for pair in pairs])
def test_examples_succeed(line: str, lines: int | None) -> None:
    assert "Error" not in run(line)
    assert len(example(line, lines=lines).splitlines()) > 4


def test_a_long_output_says_how_much_is_left() -> None:
    """A header and 49 points in CSV are 50 lines; 3 are shown."""
    shown = example('roofline points --series "qk/pv ar" --format csv', lines=3).splitlines()
    assert shown[0] == "```console"
    assert shown[-2:] == ["… 47 more lines", "```"]
    assert len(shown) == 7


def test_a_file_is_named_as_on_the_line() -> None:
    """Neither the output nor an error shows where the file really lay."""
    output = run("roofline points mistaken.yml", {"mistaken.yml": MISTAKEN})
    assert output.startswith("Error: mistaken.yml: 5 problems\n")
    assert "/tmp" not in output  # noqa: S108  # it must not be there


def test_only_this_program_is_run() -> None:
    with pytest.raises(ValueError, match="expected a command of roofline"):
        run("echo roofline")
