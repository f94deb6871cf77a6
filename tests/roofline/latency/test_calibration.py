"""Calibrations of the catalogue: complete, of their cards, and good enough."""

from pathlib import Path

import numpy as np
import pytest

from made_products import CARD
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import FOLDER, identifiers
from roofline.errors import InputError
from roofline.latency.calibration import (
    all_calibrations,
    make_device,
    read_calibration,
)
from roofline.latency.carried_over import load_calibration

STAGES = {"all", "dense_ar", "dense_init", "qk_init", "qk_ar"}


def test_a_dtype_without_a_peak_is_refused() -> None:
    with pytest.raises(ValueError, match=r'has no unknown peak "nvfp4"; '):
        make_device(load_accelerator(CARD), "nvfp4")


def test_the_committed_errors_meet_the_bar() -> None:
    """Unseen heads: 4% and 15% over all, 5% and 20% in each stage; the plain roofline far off."""
    errors = load_calibration(CARD).errors.held_out
    assert set(errors) == STAGES
    for stage, figures in errors.items():
        median, p90 = (0.04, 0.15) if stage == "all" else (0.05, 0.20)
        assert figures.median <= median, stage
        assert figures.p90 <= p90, stage
        assert figures.roof_median > 5 * figures.median, stage


@pytest.mark.parametrize("name", identifiers("calibrations"))
def test_calibrations_belong_to_cards_and_publications(name: str) -> None:
    entry = all_calibrations()[name]
    assert name.startswith(f"{entry.accelerator}-{entry.protocol}")
    assert entry.accelerator in identifiers("accelerators")
    assert entry.library
    assert entry.provenance.published is not None
    assert len(entry.provenance.groups) > 1


def test_what_lies_outside_the_measurements_is_extrapolated() -> None:
    """The down projection's k; a context longer than any; the probability-value product."""
    entry = load_calibration(CARD)
    extrapolated = entry.extrapolated(
        count=[1, 1, 52, 52, 52],
        m=[64, 64, 1, 1, 1],
        n=[6656, 6656, 4096, 8192, 128],
        k=[6656, 17920, 128, 128, 4096],
    )
    assert extrapolated.tolist() == [False, True, False, True, True]


def test_the_ends_of_what_was_measured_are_inside() -> None:
    """Batches of 12 to 7,168 products, single ones apart; k of 64 to 128."""
    batched = load_calibration(CARD).measured["batched"]
    assert (batched["count"].low, batched["count"].high) == (12, 7168)
    extrapolated = load_calibration(CARD).extrapolated(
        count=[12, 7168, 11, 7169, 12, 12], m=1, n=10, k=[64, 128, 64, 64, 63, 129]
    )
    assert extrapolated.tolist() == [False, False, True, True, True, True]


def test_a_device_that_nothing_carries_over_to_is_refused() -> None:
    with pytest.raises(InputError) as error:
        load_calibration("amd-epyc-2-threads", "stream")
    assert str(error.value) == (
        '--accelerator: "amd-epyc-2-threads" has no calibration of kernels in a stream, only of '
        "kernels run alone, and none carries over to a device without multiprocessors; calibrated: "
        "a100-80gb-pcie, a100-80gb-sxm, a40 and h100-80gb-sxm"
    )
    with pytest.raises(InputError, match=r'unknown accelerator "a100"; did you mean'):
        load_calibration("a100")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("write:", "wrote:"), 'unknown parameter "wrote"; did you mean "write"?'),
        (("  value: 0.836002", "  value: 1.2"), "expected low <= value <= high"),
        (("accelerator: a100", "acelerator: a100"), "acelerator"),
    ],
)
def test_a_damaged_calibration_is_refused(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    text = (FOLDER / "calibrations" / f"{CARD}-isolated.yml").read_text(encoding="utf-8")
    assert change[0] in text
    path = tmp_path / "own.yml"
    path.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_calibration(path)
    assert message in str(error.value)


def test_a_calibration_knows_its_card() -> None:
    device = load_calibration(CARD).device(["fp16", "int8", "fp16"])
    assert np.asarray(device.peak).tolist() == [312e12, 624e12, 312e12]
    assert np.asarray(device.element_bytes).tolist() == [2, 1, 2]
    assert device.scalar_peak == 19.5e12
    assert device.l2_cache == 40 * 2**20
