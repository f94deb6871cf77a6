"""The fit: known parameters come back, also from the ends of their ranges."""

import dataclasses
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from made_products import CARD, TRUE, made_products
from roofline.catalog.accelerator import load_accelerator
from roofline.errors import InputError
from roofline.latency.calibration import make_device
from roofline.latency.fit import START, fit
from roofline.latency.law import NAMES, Device, Parameters
from roofline.measurements.products import Measurements


def device(rows: Measurements) -> Device:
    """The card that the rows are of."""
    return make_device(load_accelerator(CARD), rows.dtypes)


def assert_close(parameters: Parameters, expected: Parameters, rtol: float) -> None:
    """Compare all parameters."""
    for name in NAMES:
        value, other = getattr(parameters, name), getattr(expected, name)
        assert_allclose(value, other, rtol=rtol, err_msg=name)


def test_known_parameters_come_back_exactly_without_noise() -> None:
    rows = made_products()
    assert_close(fit(rows, device(rows)), TRUE, 1e-6)


def test_known_parameters_come_back_from_noise_and_outliers() -> None:
    """2% noise, and one row in twenty three times too slow."""
    rows = made_products(noise=0.02, outliers=0.05)
    parameters = fit(rows, device(rows))
    # The two that few rows tell of, one in a power and one of split products, are less sure.
    unsure = {"overlap": 0.15, "split": 0.15}
    sure = dataclasses.replace(parameters, **{name: getattr(TRUE, name) for name in unsure})
    assert_close(sure, TRUE, 0.05)
    for name, rtol in unsure.items():
        assert_allclose(getattr(parameters, name), getattr(TRUE, name), rtol=rtol, err_msg=name)


@pytest.mark.parametrize(
    ("name", "end"),
    [("depth", 0.0), ("compute_share", 1.0), ("cold", 0.0), ("write", 1.0), ("overlap", 1.0)],
)
def test_the_ends_of_ranges_are_reached_and_left(name: str, end: float) -> None:
    """Parameters at an end come back exactly; begun there, others leave it."""
    there = dataclasses.replace(TRUE, **{name: end})
    rows = made_products(parameters=there)
    assert_allclose(getattr(fit(rows, device(rows)), name), end, atol=1e-9)
    rows = made_products()
    begin = dataclasses.replace(START, **{name: end})
    assert_close(fit(rows, device(rows), begin), TRUE, 1e-5)


def test_what_rows_say_nothing_of_stays_as_it_began() -> None:
    """All rows are aligned: α could be anything."""
    rows = made_products()
    rows = rows.where((rows.n % 8 == 0) & (rows.k % 8 == 0))
    begin = dataclasses.replace(START, misaligned=17.0)
    assert fit(rows, device(rows), begin).misaligned == pytest.approx(17.0, rel=1e-12)


def test_a_row_counts_as_often_as_its_weight_says() -> None:
    """A weight of 0 leaves a row out, one of 2 repeats it."""
    rows = made_products(noise=0.05, size=300)
    weights = np.random.default_rng(0).integers(0, 3, len(rows)).astype(float)
    order = np.repeat(np.arange(len(rows)), weights.astype(int))
    repeated = dataclasses.replace(
        rows,
        count=rows.count[order],
        m=rows.m[order],
        n=rows.n[order],
        k=rows.k[order],
        seconds=rows.seconds[order],
        dtypes=("fp16",) * len(order),
    )
    weighted = fit(rows, device(rows), START, weights)
    assert_close(weighted, fit(repeated, device(repeated)), 1e-4)


def test_without_scipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    rows = made_products(size=50)
    with pytest.raises(InputError) as error:
        fit(rows, device(rows))
    assert str(error.value) == (
        "roofline calibrate: scipy is not installed; install the extra: "
        'pip install "llm-roofline[calibrate]"'
    )
