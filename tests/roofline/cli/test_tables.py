"""Tables for a terminal: one printer, aligned, rounded for people."""

from hypothesis import given
from hypothesis import strategies as st

from roofline.cli.tables import align, findings_table

CELLS = st.text(st.sampled_from("ab1 .%–é大"), max_size=6).map(str.strip)
ROWS = [["name", "size"], ["a", "1"], ["long name", "1,000"], ["", "–"]]


def test_texts_stand_on_the_left_and_numbers_on_the_right() -> None:
    """No column is wider than what is in it, and no line ends in space."""
    assert align(ROWS, [False, True]) == (
        "name        size\n---------  -----\na              1\nlong name  1,000\n               –\n"
    )
    assert align([["a", "b"], ["cc", ""]], [False, False], ruled=False) == "a   b\ncc\n"


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=6), right=st.booleans())
def test_every_cell_stands_as_it_is_in_its_column(
    rows: list[tuple[str, str, str]], *, right: bool
) -> None:
    """Numbers among them are no numbers to the printer."""
    lines = align(rows, [right] * 3, ruled=False).splitlines()
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        cells = [cell.rjust(width) if right else cell.ljust(width)
                 for cell, width in zip(row, widths, strict=True)]  # fmt: skip
        assert line == "  ".join(cells).rstrip()


def test_no_findings_are_said_so() -> None:
    assert findings_table([]) == "no findings\n"
