"""A calibration as its catalogue entry: what is written is read again."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from made_products import CARD, TRUE, made_products
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Reference
from roofline.catalog.reader import FOLDER, context, identifiers
from roofline.cli.tables import calibration_summary
from roofline.errors import InputError
from roofline.files.validation import validate
from roofline.files.yaml import parse_yaml, read_yaml
from roofline.latency.calibration import (
    Calibration,
    ErrorFigures,
    Spread,
    all_calibrations,
    read_calibration,
)
from roofline.latency.calibration_entry import calibration_text
from roofline.latency.carried_over import load_calibration
from roofline.latency.cross_validation import METHOD, WORST, Calibrated, calibrate
from roofline.latency.law import NAMES, PARAMETERS, Parameters
from roofline.measurements.agreement import Agreed, agree
from roofline.measurements.reader import read_measurements

ROWS = Agreed(rows=made_products(noise=0.02, size=200), protocol="isolated", library="cuBLAS 12")
FIGURES = ErrorFigures(rows=200, median=0.012345, p90=0.1, roof_median=0.5, roof_p90=0.98765)
NAME = st.text(st.sampled_from("a1 .:-#{[,&*!|\"'\\~\n\t\x85\u2028é大😀"), min_size=1, max_size=12)


def outcome(stage: str = "a", group: str = "b") -> Calibrated:
    """What a calibration gives, with names of choice."""
    spread = {"low": 1e-5, "high": 1.23456e-4, "rows": 10, "p10": 0.9, "median": 1.0, "p90": 1.1}
    return Calibrated(
        parameters=TRUE,
        intervals={name: (getattr(TRUE, name), PARAMETERS[name].high) for name in NAMES},
        fitted={"all": FIGURES, stage: FIGURES},
        held_out={"all": FIGURES, stage: FIGURES},
        spread=(Spread(stage=stage, **spread),),  # type: ignore[arg-type]  # numbers
        refits={group: TRUE, "another": TRUE},
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stage=NAME, group=NAME, file=NAME)
def test_whatever_is_written_is_read_again(
    tmp_path: Path, stage: str, group: str, file: str
) -> None:
    """Names as rows of one's own may have them; blank ones are none."""
    path = tmp_path / "own.yml"
    if not (stage.strip() and group.strip() and file.strip()):
        return
    text = calibration_text(outcome(stage.strip(), group), ROWS, CARD, file=file)
    path.write_text(text, encoding="utf-8")
    entry = read_calibration(path)
    assert set(entry.errors.held_out) == {"all", stage.strip()}
    assert entry.errors.spread[0].stage == stage.strip()
    assert set(entry.provenance.groups) == {group.strip(), "another"}
    assert entry.provenance.file == file.strip()
    assert entry.values == TRUE


NUMBERS = st.fixed_dictionaries(
    {
        name: st.lists(
            st.floats(limits.low, limits.high) | st.sampled_from([limits.low, limits.high]),
            min_size=3,
            max_size=3,
        ).map(sorted)
        for name, limits in PARAMETERS.items()
    }
)
ERROR = st.floats(0, WORST)


@settings(max_examples=50)
@given(NUMBERS, ERROR, st.integers(1, 10**6), st.integers(0, 10**6))
def test_whatever_is_fitted_is_read_again(
    numbers: dict[str, list[float]], error: float, rows: int, left_out: int
) -> None:
    """From one end of what the law allows to the other, to six digits of parameters."""
    figures = ErrorFigures(rows=rows, median=error, p90=error, roof_median=error, roof_p90=error)
    made = replace(
        outcome(),
        parameters=Parameters(**{name: middle for name, (_, middle, _) in numbers.items()}),
        intervals={name: (low, high) for name, (low, _, high) in numbers.items()},
        fitted={"all": figures},
    )
    text = calibration_text(made, ROWS, CARD, file="own.csv", left_out=left_out)
    entry = validate(Calibration, parse_yaml(text, "own"), context())
    for name, ends in numbers.items():
        fitted = entry.parameters[name]
        assert_allclose([fitted.low, fitted.value, fitted.high], ends, rtol=1e-5, atol=1e-300)
    assert_allclose(entry.errors.fitted["all"].p90, error, rtol=1e-2, atol=1e-300)
    assert (entry.errors.fitted["all"].rows, entry.provenance.left_out) == (rows, left_out)


def test_numbers_are_rounded_and_everything_is_there(tmp_path: Path) -> None:
    """Six digits of parameters, three of errors, and where the measurements come from."""
    path = tmp_path / "own.yml"
    published = Reference(source="batching-effects", where="here")
    scalar = load_calibration(CARD).scalar_peak
    made = replace(outcome(), parameters=replace(TRUE, compute_share=0.123456789))
    made.intervals["compute_share"] = (0.1, 0.123456789)
    text = calibration_text(
        made, ROWS, CARD, file="own.csv", published=published, scalar_peak=scalar
    )
    path.write_text(text, encoding="utf-8")
    entry = read_calibration(path)
    assert entry.values.compute_share == 0.123457
    assert entry.errors.fitted["a"].median == 0.0123
    assert entry.errors.spread[0].high == 0.000123
    assert entry.scalar_peak == scalar
    assert entry.provenance.published == published
    assert entry.provenance.method == METHOD
    assert entry.provenance.dtypes == ("fp16",)
    assert entry.measured["batched"]["count"].high == 4096
    assert (entry.measured["single"]["k"].low, entry.measured["single"]["k"].high) == (512, 8192)
    assert "  # η_c: sustained share of the peak\n  compute_share:\n" in text
    assert (
        "  # t0: launch of one kernel, with its synchronisation where it is isolated [s]\n" in text
    )


@pytest.mark.parametrize("name", identifiers("calibrations"))
def test_the_shipped_entries_have_the_keys_that_are_written(name: str) -> None:
    """In the same order, at every level where keys are not names of the measurements."""
    shipped = read_yaml(FOLDER / "calibrations" / f"{name}.yml").data
    published = Reference(source="batching-effects", where="here")
    scalar = all_calibrations()[name].scalar_peak
    text = calibration_text(
        outcome(), ROWS, name, file="own.csv", published=published, scalar_peak=scalar
    )
    data = parse_yaml(text, "own").data
    assert [*data] == [*shipped]
    assert {*shipped["measured"]} <= {*data["measured"]}  # a stream has no batches of products
    for key in ("parameters", "errors", "provenance"):
        assert [*data[key]] == [*shipped[key]]
    for key in ("fitted", "held_out"):
        assert [*data["errors"][key]["all"]] == [*shipped["errors"][key]["all"]]
    assert [*data["errors"]["spread"][0]] == [*shipped["errors"]["spread"][0]]
    assert data["measured"]["single"].keys() == shipped["measured"]["single"].keys()


def test_a_name_that_the_catalogue_does_not_take_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"own\.csv: provenance\.groups\[0\]: expected at most 500"
    ):
        calibration_text(outcome(group="x" * 501), ROWS, CARD, file="own.csv")
    with pytest.raises(InputError, match=r"the character U\+0007 is not allowed"):
        calibration_text(outcome(group="bell \x07"), ROWS, CARD, file="own.csv")


def test_what_is_not_known_is_not_written_as_if_it_were(tmp_path: Path) -> None:
    """The key's comment says what its value is worth, and the summary shows none."""
    made = outcome()
    made.intervals["misaligned"] = (1.0, 1000.0)
    text = calibration_text(made, ROWS, CARD, file="own.csv", left_out=3)
    above = text.split("  misaligned:\n", maxsplit=1)[0].splitlines()[-1]
    assert above.endswith("boundaries; not determined: any value fits these rows as well")
    line = next(line for line in calibration_summary(made).splitlines() if "misaligned" in line)
    cells = ["misaligned", *["–"] * 3, "1", "not determined: any value fits these rows as well"]
    assert [cell for cell in re.split(r"\s{2,}", line) if cell] == cells
    path = tmp_path / "own.yml"
    path.write_text(text, encoding="utf-8")
    assert read_calibration(path).provenance.left_out == 3


def test_a_file_that_would_be_too_large_to_read_is_not_written() -> None:
    """500 groups with names of 500 characters are 250,000 bytes."""
    names = {f"{number:0500}": TRUE for number in range(500)}
    with pytest.raises(
        InputError, match=r"own\.csv: its names and numbers make a file of more than"
    ):
        calibration_text(replace(outcome(), refits=names), ROWS, CARD, file="own.csv")


def test_odd_names_survive_the_whole_way(tmp_path: Path) -> None:
    """From a file of measurements to a calibration that is read."""
    names = ['k: "a", #b', "null", "{x}", "  spaced  ", "two\nlines", "1e3", "é大😀"]
    source = made_products(noise=0.01, size=140)
    csv = tmp_path / 'odd, "names".csv'
    lines = ["count,m,n,k,seconds,group,stage"]
    for row in range(len(source)):
        name = names[row % len(names)].replace('"', '""')
        sizes = (source.count[row], source.m[row], source.n[row], source.k[row])
        numbers = ",".join(f"{size:g}" for size in sizes)
        lines.append(f'{numbers},{float(source.seconds[row])!r},"{name}","{name}"')
    csv.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = agree(read_measurements(csv, CARD), csv, "isolated", "cuBLAS 12")
    made = calibrate(rows.rows, load_accelerator(CARD), resamples=0)
    path = tmp_path / "own.yml"
    path.write_text(calibration_text(made, rows, CARD, file=csv.name), encoding="utf-8")
    entry = read_calibration(path)
    stripped = [name.strip() for name in names]
    assert [*entry.provenance.groups] == stripped
    assert [*entry.errors.held_out] == ["all", *stripped]
    for name in NAMES:
        assert_allclose(getattr(entry.values, name), getattr(made.parameters, name), rtol=1e-5)
    assert "held out in turn: k: " in calibration_summary(made)
