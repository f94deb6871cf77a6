"""What is written of each measurement."""

from typing import Annotated

from pydantic import Field

from roofline.catalog.entries import Entry
from roofline.measurements.bench.backend import Shape
from roofline.measurements.bench.plan import Task
from roofline.measurements.bench.timing import Sample
from roofline.model.operators import Phase

Size = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class MeasuredRow(Entry):
    """One row of a file of measurements; its fields are the columns, in their order."""

    count: Size
    """Independent products in one launch."""
    m: Size
    """Rows of A and of C."""
    n: Size
    """Columns of B and of C."""
    k: Size
    """Columns of A, rows of B."""
    dtype: str
    """Number format that was measured."""
    device: str
    """What it was measured on, as its driver calls it; on a CPU with the threads."""
    flushed: bool
    """Whether the cache was flushed before each repetition."""
    seconds: Seconds
    """Median time of one launch [s]."""
    seconds_low: Seconds
    """First quartile of the time [s]."""
    seconds_high: Seconds
    """Third quartile of the time [s]."""
    repetitions: Size
    """How often it was measured, without the warm-up."""
    series: str
    """Series that the product belongs to, by the reference chart's label."""
    phase: Phase
    """`init` (prefill) or `ar` (decode)."""
    batch: Size
    """Sequences, at the first setting of the study that has this product."""
    sequence_length: Size
    """Tokens of the prompt (prefill) or in the cache (decode), at that setting."""
    candidates: Size
    """Tokens per sequence and decode step, at that setting."""
    kernel: str
    """Name of the product in the operator table."""

    @property
    def shape(self) -> Shape:
        """Dimensions of the product."""
        return Shape(count=self.count, m=self.m, n=self.n, k=self.k)

    @classmethod
    def of(
        cls, task: Task, times: Sample, *, dtype: str, device: str, flushed: bool
    ) -> "MeasuredRow":
        """Make the row of a product from its times."""
        shape = task.shape
        return cls(
            count=shape.count,
            m=shape.m,
            n=shape.n,
            k=shape.k,
            dtype=dtype,
            device=device,
            flushed=flushed,
            seconds=times.seconds,
            seconds_low=times.seconds_low,
            seconds_high=times.seconds_high,
            repetitions=times.repetitions,
            series=task.series,
            phase=task.phase,
            batch=task.batch,
            sequence_length=task.sequence_length,
            candidates=task.candidates,
            kernel=task.kernel,
        )


class Ceiling(Entry):
    """One measured ceiling, with the times that it comes from."""

    size: Size
    """Dimension of the square product, or bytes of the buffer that was copied or read."""
    seconds: Seconds
    seconds_low: Seconds
    seconds_high: Seconds
    repetitions: Size

    @classmethod
    def of(cls, size: int, times: Sample) -> "Ceiling":
        """Make a ceiling from the times of one product, copy or read."""
        return cls(
            size=size,
            seconds=times.seconds,
            seconds_low=times.seconds_low,
            seconds_high=times.seconds_high,
            repetitions=times.repetitions,
        )


class Ceilings(Entry):
    """The two ceilings of a device."""

    product: Ceiling
    copied: Ceiling
    read: Ceiling

    @property
    def peak(self) -> float:
        """Rate of the square product [FLOP/s]."""
        size = self.product.size
        return 2.0 * size * size * size / self.product.seconds

    @property
    def bandwidth(self) -> float:
        """The faster of the copy, which writes half of its bytes, and the read [byte/s]."""
        copied = 2.0 * self.copied.size / self.copied.seconds
        return max(copied, self.read.size / self.read.seconds)

    def minimum_seconds(self, shape: Shape, item_bytes: int) -> float:
        """Time of a product under both ceilings [s]."""
        return max(shape.flops / self.peak, shape.elements * item_bytes / self.bandwidth)
