"""What a device must be able to do to be measured."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

Run = Callable[[bool], float]
"""Runs something once, after a flush of the cache or not, and gives its time [s]."""


class DoesNotFitError(Exception):
    """The device's memory does not hold the operands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Dimensions of ``count`` products ``[m × k] · [k × n]``."""

    count: int
    m: int
    n: int
    k: int

    @property
    def flops(self) -> int:
        """Work; a multiply-add counts as two [FLOP]."""
        return 2 * self.count * self.m * self.n * self.k

    @property
    def elements(self) -> int:
        """Elements of all operands; each is read or written once."""
        return self.count * (self.m * self.k + self.k * self.n + self.m * self.n)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceDescription:
    """What is measured, as far as it can be read."""

    name: str
    memory: int | None = None
    """Its memory [byte]."""
    cache: int | None = None
    """Its last-level cache [byte]."""
    driver: str | None = None
    threads: int | None = None
    """Threads that the product runs in, on a CPU."""
    clocks: dict[str, float] = field(default_factory=dict)
    """By name, when the measurement ended [Hz]."""

    @property
    def label(self) -> str:
        """What tells it from others in a file: its name, on a CPU with the threads."""
        if self.threads is None:
            return self.name
        return f"{self.name}, {self.threads} thread{'s' * (self.threads != 1)}"


class Backend(Protocol):
    """Runs matrix products and copies on one device."""

    @property
    def name(self) -> str:
        """Name in files and on the command line."""
        ...

    @property
    def dtype(self) -> str:
        """Number format that all products are measured in."""
        ...

    @property
    def item_bytes(self) -> int:
        """Bytes of one element [byte]."""
        ...

    @property
    def square(self) -> int:
        """Dimension of the square product that shows the peak."""
        ...

    @property
    def copy_bytes(self) -> int:
        """Size of the buffers that show the bandwidth [byte]."""
        ...

    @property
    def flush_bytes(self) -> int:
        """Size of the buffer that is written to flush the cache [byte]."""
        ...

    def device(self) -> DeviceDescription:
        """Describe the device."""
        ...

    def libraries(self) -> dict[str, str]:
        """Versions of the libraries that do the work."""
        ...

    def room(self) -> float:
        """Memory that operands may take now [byte]."""
        ...

    def product(self, shape: Shape) -> AbstractContextManager[Run]:
        """Hold random operands, and give what multiplies them.

        Raises:
            DoesNotFitError: The memory ran out, at the start or later.
        """
        ...

    def copy(self, size: int) -> AbstractContextManager[Run]:
        """Hold two buffers of a size, and give what copies one to the other.

        Raises:
            DoesNotFitError: The memory ran out, at the start or later.
        """
        ...

    def read(self, size: int) -> AbstractContextManager[Run]:
        """Hold a buffer of a size, and give what reads all of it and writes next to nothing.

        Raises:
            DoesNotFitError: The memory ran out, at the start or later.
        """
        ...
