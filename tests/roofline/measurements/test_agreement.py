"""One fit takes one protocol and one library; whatever is not said must be."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from made_products import made_products
from roofline.errors import InputError
from roofline.measurements.agreement import agree
from roofline.measurements.products import Measurements, Protocol
from roofline.measurements.reader import read_measurements
from roofline.study.repository import EXAMPLES

FILE = Path("rows.csv")
EXAMPLE = "tinyllama-cpu-2-threads.csv"


def rows(protocol: tuple[str, ...], library: tuple[str, ...]) -> Measurements:
    """As many made-up rows as there are names."""
    return replace(made_products(size=len(protocol)), protocol=protocol, library=library)


def test_what_rows_say_is_what_they_are() -> None:
    agreed = agree(rows(("stream",) * 3, ("cuBLAS 12",) * 3), FILE)
    assert (agreed.protocol, agreed.library, len(agreed.rows)) == ("stream", "cuBLAS 12", 3)
    assert not agreed.rows.flushed.any()  # nothing flushes a stream


def test_what_rows_do_not_say_an_option_does() -> None:
    agreed = agree(rows(("", ""), ("", "")), FILE, "isolated", "cuBLAS 12")
    assert (agreed.protocol, agreed.library, len(agreed.rows)) == ("isolated", "cuBLAS 12", 2)
    assert agreed.rows.flushed.all()


def test_what_neither_says_is_missing() -> None:
    with pytest.raises(InputError) as error:
        agree(rows(("isolated", "", ""), ("", "cuBLAS 12", "")), FILE)
    assert str(error.value).splitlines() == [
        "rows.csv: 2 problems",
        (
            '  protocol: expected a column "protocol", a file rows.csv.json that says it, or '
            "--protocol with the protocol, isolated or stream; 2 of 3 rows name none"
        ),
        (
            '  library: expected a column "library", a file rows.csv.json that says it, or '
            "--library with the library and its version; 2 of 3 rows name none"
        ),
    ]


def test_a_mixture_is_refused_and_an_option_chooses() -> None:
    mixed = rows(("isolated", "stream", "stream", "stream"), ("a 1", "a 1", "a 1", "a 2"))
    with pytest.raises(InputError) as error:
        agree(mixed, FILE)
    assert str(error.value).splitlines()[1:] == [
        (
            '  protocol: one fit takes one protocol, but the rows are "isolated" (1) and '
            '"stream" (3); --protocol chooses among them'
        ),
        (
            '  library: one fit takes one library, but the rows are "a 1" (3) and "a 2" (1); '
            "--library chooses among them"
        ),
    ]
    agreed = agree(mixed, FILE, "stream", "a 1")
    assert agreed.rows.line.tolist() == [3, 4]


@pytest.mark.parametrize(("protocol", "library"), [("stream", None), (None, "numpy 1")])
def test_an_option_does_not_overrule_what_rows_say(
    protocol: Protocol | None, library: str | None
) -> None:
    with pytest.raises(InputError, match=r'but the rows are "(isolated|cuBLAS 12)"'):
        agree(rows(("isolated",), ("cuBLAS 12",)), FILE, protocol, library)


def test_no_row_may_be_left() -> None:
    """Each of both is there, but not together."""
    with pytest.raises(InputError, match='no row is of "stream" and "a 1"'):
        agree(rows(("isolated", "stream"), ("a 1", "a 2")), FILE, "stream", "a 1")


def test_the_file_of_conditions_says_what_rows_do_not(tmp_path: Path) -> None:
    """As `roofline bench` writes both."""
    for name in (EXAMPLE, f"{EXAMPLE}.json"):
        shutil.copy(EXAMPLES / name, tmp_path)
    path = tmp_path / EXAMPLE
    measured = read_measurements(path, "amd-epyc-2-threads")
    agreed = agree(measured, path)
    assert agreed.protocol == "isolated"
    assert agreed.library == "numpy 2.4.6, scipy-openblas 0.3.31.188.0"
    assert agreed.rows.flushed.sum() == np.sum(measured.flushed) > 0
    side = tmp_path / f"{EXAMPLE}.json"
    conditions = json.loads(side.read_text(encoding="utf-8"))
    side.write_text(json.dumps(conditions | {"protocol": "warm"}), encoding="utf-8")
    with pytest.raises(InputError, match="protocol: "):
        agree(measured, path)
