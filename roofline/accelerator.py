"""An accelerator: the published ceilings of one device."""

from functools import cache
from typing import Self

from pydantic import model_validator

from roofline.catalog import (
    Entry,
    PositiveFloat,
    Quoted,
    Text,
    number_formats,
    read_entry,
)
from roofline.errors import unknown


class Accelerator(Entry):
    """Data-sheet ceilings of one card, without efficiency factors.

    Cards of one name with different ceilings (PCIe and SXM) are different
    entries.
    """

    name: Text
    peaks: dict[str, Quoted[PositiveFloat]]
    """Dense matrix ceiling of each dtype, no sparsity [FLOP/s]."""
    bandwidth: Quoted[PositiveFloat]
    """Device-memory ceiling, reads plus writes, decimal [byte/s]."""
    capacity: Quoted[PositiveFloat]
    """Device memory as the data sheet gives it, decimal [byte]."""
    l2_cache: Quoted[PositiveFloat] | None = None
    """Size of the last-level cache [byte]."""

    @model_validator(mode="after")
    def _known_dtypes(self) -> Self:
        known = sorted(number_formats())
        rules = [unknown("dtype", dtype, known) for dtype in self.peaks if dtype not in known]
        if not self.peaks:
            rules.append(f"peaks: expected at least one of {', '.join(known)}, got none")
        if rules:
            raise ValueError("; ".join(rules))
        return self


@cache
def load_accelerator(identifier: str) -> Accelerator:
    """Load one accelerator of the catalogue.

    Args:
        identifier: Name of its file, such as ``a100-80gb-pcie``.

    Returns:
        The accelerator.

    Raises:
        LookupError: There is no such accelerator; the message names the nearest.
        InputError: The entry breaks a rule.
    """
    return read_entry("accelerators", identifier, Accelerator)
