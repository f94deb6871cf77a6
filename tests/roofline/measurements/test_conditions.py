"""Side files: how measurements were taken."""

from pathlib import Path

import pytest

from measurements import DEVICE, side
from roofline.catalog.accelerator import load_accelerator
from roofline.errors import InputError
from roofline.measurements.conditions import check_side, read_conditions, side_path


def test_a_side_file_lies_beside_its_rows() -> None:
    assert side_path(Path("a/own.csv")) == Path("a/own.csv.json")


def test_a_long_report_is_read(tmp_path: Path) -> None:
    """A bench that runs out of time lists every product that it skipped."""
    path = tmp_path / "own.csv.json"
    path.write_text(side(skipped=[{"reason": "x" * 1_000}] * 1_000))
    assert read_conditions(path).device.label == DEVICE


def test_a_side_file_is_of_the_studys_device_and_format(tmp_path: Path) -> None:
    """Every difference at once."""
    path = tmp_path / "own.csv.json"
    path.write_text(side())
    conditions, card = read_conditions(path), load_accelerator("h200-141gb-sxm")
    check_side(path, conditions, card, "bf16")
    with pytest.raises(InputError) as error:
        check_side(path, conditions, load_accelerator("a40"), "fp16")
    assert str(error.value).splitlines() == [
        f"{path}: 2 problems",
        f'  device.label: measured on "{DEVICE}", expected "NVIDIA A40"',
        '  dtype: measured in "bf16", but the study computes in "fp16"',
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: not JSON that can be read"),
        ('{"a":\n}', "line 2: not JSON that can be read"),
        ("[" * 100_000, "not JSON that can be read"),
        ("[]", "expected an object, got an empty list"),
        ("null", "expected an object, got nothing"),
        ("{}", "3 problems"),
    ],
)
def test_what_is_no_side_file_is_refused(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv.json"
    path.write_text(content)
    with pytest.raises(InputError) as error:
        read_conditions(path)
    assert message in str(error.value)
