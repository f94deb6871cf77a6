"""Numbers as findings state them: how many digits each kind of quantity is worth."""

from collections.abc import Callable, Sequence

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.entries import Published
from roofline.catalog.reader import sources
from roofline.findings.finding import Number, NumberKind
from roofline.model.deployment import Deployment
from roofline.units import significant

_MOST_DIGITS = 12
"""More than any number here is known to."""


_DIGITS = 3


_SHARE_DIGITS = 2


def whole(
    key: str, label: str, value: float, unit: str = "1", kind: NumberKind = "computed"
) -> Number:
    """State a count, written in full."""
    digits = len(f"{value:.0f}")
    return Number(key=key, label=label, value=float(value), unit=unit, kind=kind, digits=digits)


def published(
    key: str, label: str, value: float, unit: str, kind: NumberKind = "published"
) -> Number:
    """State a value of a data sheet or of a model's configuration, with all of its digits.

    So is one that was measured for the catalogue.
    """
    return Number(
        key=key,
        label=label,
        value=float(value),
        unit=unit,
        kind=kind,
        digits=_written(value),
    )


def _written(value: float) -> int:
    """Digits of a value written in full."""
    mantissa = f"{value:.{_MOST_DIGITS - 1}e}".partition("e")[0]
    return len(mantissa.replace(".", "").rstrip("0"))


def intensity(
    key: str,
    label: str,
    value: float,
    *,
    apart: float | Sequence[float] = (),
    digits: int = _DIGITS,
) -> Number:
    """State an intensity; a whole one, such as a dimension, has no decimals.

    Args:
        key: Permanent within the finding.
        label: What it is.
        value: [FLOP/Byte].
        apart: Other values that this one must not be mistaken for when rounded.
        digits: Significant digits, at least.
    """
    near = float(f"{value:.{_MOST_DIGITS - 1}e}")
    digits = len(f"{near:.0f}") if near.is_integer() else min(digits, _written(value))
    others = (apart,) if isinstance(apart, float | int) else apart
    others = [other for other in others if other != value]

    def clash(many: int) -> bool:
        return significant(value, many) in {significant(other, many) for other in others}

    digits = _raised(digits, clash)
    return Number(
        key=key, label=label, value=value, unit="FLOP/Byte", kind="computed", digits=digits
    )


def ridge_number(ridge: float) -> Number:
    """State the ridge, with a digit more than intensities, which are compared with it."""
    return Number(
        key="ridge", label="ridge", value=ridge, unit="FLOP/Byte", kind="computed", digits=4
    )


def crossing_number(key: str, label: str, value: float, unit: str) -> Number:
    """State a setting at which a series reaches the ridge, as a real number."""
    return Number(key=key, label=label, value=value, unit=unit, kind="computed", digits=4)


def ratio(key: str, label: str, value: float, digits: int = _DIGITS) -> Number:
    """State how many times one attainable value is another."""
    return Number(key=key, label=label, value=value, unit="times", kind="attainable",
                  digits=digits)  # fmt: skip


def share(key: str, label: str, value: float, kind: NumberKind = "attainable") -> Number:
    """State a part of a whole as a percentage, never rounded up to the whole."""

    def full(many: int) -> bool:
        return value < 1 and significant(100 * value, many) == "100"

    return Number(
        key=key,
        label=label,
        value=value,
        unit="1",
        kind=kind,
        digits=_raised(_SHARE_DIGITS, full),
        percent=True,
    )


def amount(
    key: str,
    label: str,
    value: float,
    unit: str,
    kind: NumberKind,
    *,
    digits: int = _DIGITS,
    apart: float | None = None,
) -> Number:
    """State a quantity with a unit, with enough digits to be told from another value."""
    if apart is not None and apart != value:
        digits = _raised(
            digits, lambda many: float(f"{value:.{many - 1}e}") == float(f"{apart:.{many - 1}e}")
        )
    return Number(key=key, label=label, value=value, unit=unit, kind=kind, digits=digits)


def _raised(digits: int, clash: Callable[[int], bool]) -> int:
    """Add digits until a number no longer looks like another."""
    while clash(digits) and digits < _MOST_DIGITS:
        digits += 1
    return digits


def card_kind(quoted: Published[float]) -> NumberKind:
    """What a value of the accelerator is: published, or measured where it has no data sheet."""
    return "measured" if sources()[quoted.source].kind == "measurement" else "published"


def memory_number(accelerator: Accelerator) -> Number:
    """State the memory that things must fit into: as the driver reports it, else as sold."""
    kind = card_kind(accelerator.memory)
    if accelerator.reported is None:
        return published("memory", "device memory", accelerator.memory.value, "byte", kind)
    label = "device memory, as the driver reports it"
    return amount("memory", label, accelerator.memory.value, "byte", kind)


def ceilings_measured(deployment: Deployment) -> bool:
    """Whether a ceiling was measured, and is no data sheet's."""
    card = deployment.accelerator
    return "measured" in map(card_kind, (card.peaks[deployment.dtype], card.bandwidth))


def peak_number(deployment: Deployment) -> Number:
    """State the compute ceiling."""
    kind = card_kind(deployment.accelerator.peaks[deployment.dtype])
    label = f"{'measured' if kind == 'measured' else 'dense'} {deployment.dtype} peak"
    return published("peak", label, deployment.roof.peak, "FLOP/s", kind)


def bandwidth_number(deployment: Deployment) -> Number:
    """State the memory ceiling."""
    kind = card_kind(deployment.accelerator.bandwidth)
    return published("bandwidth", "memory bandwidth", deployment.roof.bandwidth, "byte/s", kind)
