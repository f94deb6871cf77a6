"""An accelerator: the published ceilings of one device."""

from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, PrivateAttr, field_validator

from roofline.catalog.entries import Ceiling, Entry, ListOf, PositiveInt, Published, Text
from roofline.catalog.reader import number_formats, read_entry
from roofline.errors import join_choices, unknown


def known_dtype(name: str) -> str:
    """Check that a number format is in the catalogue."""
    known = sorted(number_formats())
    if name not in known:
        raise ValueError(unknown("dtype", name, known))
    return name


Dtype = Annotated[str, AfterValidator(known_dtype)]


class Accelerator(Entry):
    """Data-sheet ceilings of one card, without efficiency factors.

    Cards of one name with different ceilings (PCIe and SXM) are different
    entries.
    """

    name: Text
    """Name shown on the pages."""
    devices: ListOf[Text] = ()
    """What drivers call it, where they do not use the name; measurements name a device."""
    peaks: dict[Dtype, Published[Ceiling]]
    """Dense matrix ceiling of each dtype, no sparsity [FLOP/s]."""
    bandwidth: Published[Ceiling]
    """Device-memory ceiling, reads plus writes, decimal [byte/s]."""
    capacity: Published[Ceiling]
    """Device memory as it is sold: what the data sheet gives, decimal [byte]."""
    reported: Published[Ceiling] | None = None
    """Device memory as the driver reports it; None where no source says [byte]."""
    allocatable: Published[Ceiling] | None = None
    """Device memory that a framework can allocate; None where no source says [byte]."""
    l2_cache: Published[Ceiling] | None = None
    """Size of the last-level cache [byte]."""
    multiprocessors: Published[PositiveInt] | None = None
    """Streaming multiprocessors, each of which computes a tile at a time; None for a CPU."""
    clock: Published[Ceiling] | None = None
    """Highest clock of the multiprocessors; None where no source says [Hz]."""

    @field_validator("peaks")
    @classmethod
    def _some_peak(cls, peaks: dict[str, Published[Ceiling]]) -> dict[str, Published[Ceiling]]:
        if not peaks:
            known = join_choices(sorted(number_formats()))
            message = f"expected the peak of at least one of {known}, got none"
            raise ValueError(message)
        return peaks

    _identifier: str = PrivateAttr("")

    def model_post_init(self, context: Any, /) -> None:
        """Remember the name of the entry, where it comes from the catalogue."""
        self._identifier = (context or {}).get("identifier", "")

    @property
    def identifier(self) -> str:
        """Name of the entry in the catalogue; empty for one that was made elsewhere."""
        return self._identifier

    @property
    def memory(self) -> Published[float]:
        """Device memory that things must fit into: as reported, else as sold [byte]."""
        return self.reported or self.capacity

    @property
    def device_names(self) -> tuple[str, ...]:
        """Names by which measurements of it are known."""
        return tuple(dict.fromkeys((self.name, *self.devices)))


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
