"""What is kept of each measurement."""

from typing import Any

from roofline.measurements.bench.rows import Ceiling, Ceilings


def test_the_bandwidth_is_the_faster_of_copy_and_read() -> None:
    """A copy of 100 byte in 1 s moves 200 byte/s; a read of 100 in 0.4 s reads 250 byte/s."""
    given: dict[str, Any] = {"seconds_low": 1.0, "seconds_high": 1.0, "repetitions": 3}
    product = Ceiling(size=10, seconds=1.0, **given)
    copied = Ceiling(size=100, seconds=1.0, **given)
    for seconds, expected in ((0.4, 250.0), (0.6, 200.0)):
        read = Ceiling(size=100, seconds=seconds, **given)
        assert Ceilings(product=product, copied=copied, read=read).bandwidth == expected
