"""Carrying calibrations over: medians worked by hand, trials, and the committed figures."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose

from builds import REPOSITORY
from made_products import CARD, made_products
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import FOLDER, identifiers
from roofline.cli import main
from roofline.latency.calibration import all_calibrations, make_device
from roofline.latency.carried_over import (
    FILE,
    Trial,
    carried_over,
    is_calibrated,
    load_calibration,
    median_parameters,
    try_carrying,
)
from roofline.latency.law import predict_products
from roofline.measurements.products import PROTOCOLS, Protocol

DATA = REPOSITORY.parent / "shared" / "data"
STREAMS = ("a100-80gb-pcie", "a100-80gb-sxm", "a40", "h100-80gb-sxm")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_gpu_of_the_catalogue_is_predicted_with_an_error(protocol: Protocol) -> None:
    for name in identifiers("accelerators"):
        if load_accelerator(name).multiprocessors is None:
            continue
        assert is_calibrated(name, protocol)
        calibration = load_calibration(name, protocol)
        assert (calibration.accelerator, calibration.protocol) == (name, protocol)
        assert 0 < calibration.errors.held_out["all"].median < calibration.worst_p90
        # A card's own measurements come first.
        assert bool(calibration.provenance.carried) == (
            f"{name}-{protocol}" not in all_calibrations()
        )


def test_what_is_carried_over_says_from_where() -> None:
    """Rows, formats and sources are those of the five streams; groups are the cards."""
    carried = load_calibration("h200-141gb-sxm", "stream")
    donors = [all_calibrations()[name] for name in carried.provenance.carried]
    assert carried.provenance.groups == STREAMS
    assert carried.provenance.rows == 3 * 8288 + 9240 + 12_950
    assert carried.provenance.dtypes == ("fp16", "bf16")
    assert carried.sources == ("vidur", "aiconfigurator")
    assert carried.scalar_peak is None
    low = min(donor.measured["single"]["k"].low for donor in donors)
    assert carried.measured["single"]["k"].low == low
    assert carried.extrapolated(count=1, m=1, n=4096, k=4096).tolist() is False


def test_a_median_is_of_the_cards_that_determine_it() -> None:
    """Of launches in five streams the middle one, and the range without each card.

    1.26, 1.85, 2.37, 2.92 and 4.99 µs: 2.37 is of the H100 by graph. Without the H100, whose
    second stream goes too, 1.85; without the A40, (2.37 + 2.92) / 2 = 2.64.
    """
    donors = [all_calibrations()[name] for name in carried_over()["stream"].calibrations]
    launches = sorted(donor.parameters["launch"].value for donor in donors)
    launch = median_parameters(donors)["launch"]
    assert launch.value == launches[2] == pytest.approx(2.37266e-6)
    assert launch.low == launches[1] == pytest.approx(1.85333e-6)
    assert launch.high == pytest.approx((2.37266e-6 + 2.91793e-6) / 2)
    for name, parameter in median_parameters(donors).items():
        assert parameter.low <= parameter.value <= parameter.high, name


def test_a_parameter_that_some_cards_leave_open_is_of_the_others() -> None:
    """The streams' rows are all aligned but for one publication's, so α is of few."""
    donor = all_calibrations()[f"{CARD}-isolated"]
    unknown = donor.parameters["write"].model_copy(update={"value": 9.0, "low": 1.0, "high": 1e3})
    opened = donor.parameters | {"write": unknown}
    other = donor.model_copy(update={"accelerator": "a40", "parameters": opened})
    write = median_parameters([donor, other])["write"]
    assert write.value == donor.parameters["write"].value
    assert write.high == 9.0  # without the first card, nothing else is known


def test_what_no_card_determines_is_said_to_be_unknown() -> None:
    """Rows of all five streams are aligned."""
    donors = [all_calibrations()[name] for name in carried_over()["stream"].calibrations]
    misaligned = median_parameters(donors)["misaligned"]
    assert (misaligned.low, misaligned.high) == (1.0, 1000.0)


def test_trials_leave_out_every_calibration_of_the_card() -> None:
    """Rows of exactly one calibration's times: the other predicts them, whatever is its own.

    A card whose times are those of the other card's parameters is held out without an error.
    """
    first = all_calibrations()[f"{CARD}-isolated"]
    second = first.model_copy(update={"accelerator": "h100-80gb-sxm"})
    trials = []
    for calibration in (first, second):
        rows = made_products(size=100)
        device = make_device(load_accelerator(calibration.accelerator), rows.dtypes)
        seconds = predict_products(
            first.values, device, count=rows.count, m=rows.m, n=rows.n, k=rows.k
        ).seconds
        rows = replace(rows, seconds=seconds)
        trials.append(Trial(name=calibration.accelerator, calibration=calibration, rows=rows))
    late = first.parameters["launch"].model_copy(update={"value": 1e-3, "high": 1e-3})
    slow = first.parameters | {"launch": late}
    trials[1] = replace(trials[1], calibration=second.model_copy(update={"parameters": slow}))
    entry = try_carrying(trials)
    assert entry.calibrations == (CARD, "h100-80gb-sxm")
    assert entry.held_out["h100-80gb-sxm"].median == pytest.approx(0, abs=1e-12)
    assert entry.held_out[CARD].median > 1
    assert 0 < entry.fitted["h100-80gb-sxm"].median < entry.held_out[CARD].median
    assert entry.held_out["all"].rows == 200
    with pytest.raises(ValueError, match=r"at least 2 cards, got a100-80gb-pcie"):
        try_carrying(trials[:1])


def test_the_committed_figures_are_those_of_the_files(tmp_path: Path) -> None:
    files = sorted(DATA.glob("*.csv"))
    if not files:
        pytest.skip(f"no measurements in {DATA}")
    target = tmp_path / FILE
    result = CliRunner().invoke(main, ["carry", *map(str, files), "--output", str(target)])
    assert result.exit_code == 0, result.stderr
    numbers = re.compile(r"\d+\.?\d*(?:e-?\d+)?")
    written = target.read_text(encoding="utf-8")
    committed = (FOLDER / FILE).read_text(encoding="utf-8")
    assert numbers.sub("#", written) == numbers.sub("#", committed)
    # Figures have three digits, so that another processor's last bits move them by one at most.
    fresh, known = (
        np.array([float(number) for number in numbers.findall(text)])
        for text in (written, committed)
    )
    assert_allclose(fresh, known, rtol=6e-3)


def test_wrong_files_are_refused_at_once(tmp_path: Path) -> None:
    """A name that no calibration has, and a file with other rows than were fitted."""
    header = "count,m,n,k,seconds,group\n"
    for name in ("a40-stram.csv", "a40-stream.csv"):
        (tmp_path / name).write_text(f"{header}1,128,128,128,1e-4,a\n")
    files = [str(tmp_path / name) for name in ("a40-stram.csv", "a40-stream.csv")]
    target = tmp_path / "out.yml"
    result = CliRunner().invoke(main, ["carry", *files, "--output", str(target)])
    assert result.exit_code == 1
    assert 'calibration "a40-stram.csv"; did you mean "a40-stream.csv"?' in result.stderr
    assert "1 usable rows, but a40-stream was fitted to 8,288" in result.stderr
    assert not target.exists()
