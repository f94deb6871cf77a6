"""A transformer on an accelerator: what every evaluation needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.reader import number_formats
from roofline.catalog.transformer import Transformer
from roofline.memo import memoised
from roofline.model.expression import Expression, Value
from roofline.model.grid import Grid
from roofline.model.operators import (
    PHASES,
    SETTINGS,
    STORED,
    Operand,
    Operators,
    Phase,
    Row,
    load_operators,
)
from roofline.model.roof import Roof


@dataclass(frozen=True, kw_only=True, eq=False)
class Deployment:
    """A transformer on an accelerator, with the choices of its implementation."""

    transformer: Transformer
    accelerator: Accelerator
    dtype: str
    """Chooses the peak, and the bytes of every operand without its own storage."""
    storage: Mapping[Operand, float] = field(default_factory=dict)
    """Bytes per element by kind of operand, where they differ from the dtype's."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Options that differ from the operator table's defaults."""
    operators: Operators = field(default_factory=load_operators)

    @cached_property
    def roof(self) -> Roof:
        """The two ceilings for the deployment's dtype."""
        return Roof(
            peak=self.accelerator.peaks[self.dtype].value,
            bandwidth=self.accelerator.bandwidth.value,
        )

    @cached_property
    def element_bytes(self) -> dict[Operand, float]:
        """Bytes per element of each kind of operand [byte]."""
        width = number_formats()[self.dtype].bytes.value
        return {kind: float(self.storage.get(kind, width)) for kind in STORED} | {"on-chip": 0.0}

    def choice(self, name: str) -> str:
        """The option that is in force for a choice, made or by default."""
        return (self.operators.defaults() | dict(self.choices))[name]

    def with_choices(self, **choices: str) -> "Deployment":
        """The deployment with some options; itself where they are in force.

        Options that the new ones rule out fall back to their defaults.

        Raises:
            KeyError: There is no such choice.
        """
        changed = {name: option for name, option in choices.items() if self.choice(name) != option}
        return self._with_other_choices(**changed) if changed else self

    @memoised
    def _with_other_choices(self, **choices: str) -> "Deployment":
        return replace(self, choices=self.operators.possible({**self.choices, **choices}))

    def with_attention(self, option: str = "fused") -> "Deployment":
        """The deployment with attention fused, or not."""
        return self.with_choices(attention=option)

    @memoised
    def with_storage(self, kind: Operand, width: float) -> "Deployment":
        """The deployment with one kind of operand in so many bytes per element."""
        if self.element_bytes[kind] == width:
            return self
        return replace(self, storage={**self.storage, kind: width})

    @memoised
    def with_kv_heads(self, kv_heads: int) -> "Deployment":
        """The deployment with another number of key and value heads."""
        if self.transformer.kv_heads.value == kv_heads:
            return self
        heads = self.transformer.kv_heads.model_copy(update={"value": kv_heads})
        return replace(self, transformer=self.transformer.model_copy(update={"kv_heads": heads}))

    @memoised
    def family(self, name: str) -> tuple[str, ...]:
        """Charted series of a family that take part in both phases, in the legend's order."""
        return tuple(
            series
            for series in self.operators.family(name)
            if all(self.series_rows(series, phase) for phase in PHASES)
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the operator table that apply, with the choices made."""
        facts = self.transformer.fields | self.operators.defaults() | dict(self.choices)
        rows = (row.under(facts) for row in self.operators.rows)
        return tuple(row for row in rows if row is not None)

    def series_rows(self, series: str, phase: Phase) -> tuple[Row, ...]:
        """Rows of one series in one phase.

        Raises:
            KeyError: There is no such series.
        """
        if series not in self.operators.series:
            raise KeyError(series)
        return tuple(row for row in self.rows if row.series == series and phase in row.phases)

    def kernels(self, series: str, phase: Phase) -> dict[str, tuple[Row, ...]]:
        """Rows of one series by the kernel that they share.

        Raises:
            KeyError: There is no such series.
        """
        grouped: dict[str, tuple[Row, ...]] = {}
        for row in self.series_rows(series, phase):
            grouped[row.launch] = (*grouped.get(row.launch, ()), row)
        return grouped

    def symbols(self, phase: Phase, grid: Grid) -> dict[str, Value]:
        """Values of all symbols at the settings of a grid.

        Args:
            phase: Chooses the definitions of derived symbols.
            grid: One setting, or arrays of them.
        """
        # As floats, since integers would overflow in products of several.
        settings = {name: np.asarray(getattr(grid, name), dtype=np.float64) for name in SETTINGS}
        values = self.operators.base_values(self.transformer, settings)
        for name, symbol in self.operators.derived.items():
            definition: Expression = getattr(symbol, phase)
            values[name] = definition.evaluate(values)
        return values

    @memoised
    def weights(self) -> float:
        """Parameters of all matrices; a tied embedding is counted once."""
        symbols = self.symbols("ar", Grid(1, 1))
        tied = self.transformer.tied_embeddings.value
        total = 0.0
        for row in self.rows:
            held = row.held()
            if held is not None and not (tied and row.gather):
                total += float(held.evaluate(symbols) * row.launches.evaluate(symbols))
        return total

    def kv_elements_per_token(self) -> float:
        """Keys and values that one token adds to the cache of all layers."""
        symbols = self.symbols("ar", Grid(1, 1))
        return sum(
            float(row.n.evaluate(symbols) * row.launches.evaluate(symbols))
            for row in self.rows
            if row.operands[2] == "kv-cache"
        )
