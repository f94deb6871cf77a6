"""Words that findings share."""

import pytest

from roofline.findings.phrases import times_words


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (0.5, "half "),
        (1.0, ""),
        (2.0, "twice "),
        # 2 FLOP by 0.53125 byte.
        (3.7647058823529411, "3.76 times "),
        (4.0, "4 times "),
        (10.0, "10 times "),
        # 2 · 1,999 candidates by 4 byte: never in exponent form.
        (999.5, "1,000 times "),
        (5e8, "500,000,000 times "),
    ],
)
def test_factors_in_words(factor: float, words: str) -> None:
    """A factor stands before its noun, as a word or a number without idle zeros."""
    assert times_words(factor) == words
