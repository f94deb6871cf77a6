"""Numbers on charts are written as readers know them; ticks and limits follow the data."""

import pytest

from roofline.report.charts import labels


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01, "0.01"),
        (1, "1"),
        (1e2, "100"),
        (1e4, "10k"),
        (1e10, "10G"),
        (1e12, "1T"),
        (1e15, "1000T"),
        (1e16, "10P"),
        (1e21, "1000E"),
    ],
)
def test_ticks_are_written_as_in_the_reference_chart(value: float, text: str) -> None:
    assert labels.tick(value) == text


@pytest.mark.parametrize("value", [0.011, 0.6, 0.99, 1.0, 3.1, 9.9, 42.7, 1e6])
def test_rounded_limits_hold_their_value(value: float) -> None:
    assert 0.2 * value < labels.round_down(value) < value < labels.round_up(value) < 4 * value


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (1, 64, 8, (1, 2, 4, 8, 16, 32, 64)),
        (1, 112, 8, (1, 2, 4, 8, 16, 32, 64)),
        (128, 8192, 4, (128, 512, 2048, 8192)),
        (3, 3, 4, ()),
        (1, 2**20, 4, (1, 64, 4096, 262144)),
    ],
)
def test_batches_and_lengths_have_ticks_at_powers_of_two(
    low: float, high: float, most: int, ticks: tuple[float, ...]
) -> None:
    assert labels.power_ticks(low, high, most) == ticks


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (8192, "8,192"), (999_999, "999,999"), (2.5e6, "2.5M")]
)
def test_long_settings_have_a_prefix(value: float, text: str) -> None:
    assert labels.size(value) == text


@pytest.mark.parametrize(
    ("bandwidth", "text"),
    [(1.935e12, "1,935 GB/s"), (2.04e10, "20.4 GB/s"), (3e9, "3 GB/s"), (5e8, "500 MB/s")],
)
def test_bandwidths_are_in_gigabytes(bandwidth: float, text: str) -> None:
    assert labels.bandwidth_text(bandwidth) == text


def test_words_are_joined_as_a_sentence_has_them() -> None:
    assert labels.join_words(["a"]) == "a"
    assert labels.join_words(["a", "b"]) == "a and b"
    assert labels.join_words(["a", "b", "c"]) == "a, b and c"
    assert labels.peak_text(312e12) == "312 TFLOP/s"
    assert labels.ridge_text(312 / 1.935) == "161.2"
