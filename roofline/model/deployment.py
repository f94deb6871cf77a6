"""A transformer on an accelerator: what every evaluation needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.reader import number_formats
from roofline.catalog.transformer import Transformer
from roofline.model.expression import Expression, Value
from roofline.model.grid import Grid
from roofline.model.operators import STORED, Operand, Operators, Phase, Row, load_operators
from roofline.model.roof import Roof


@dataclass(frozen=True, kw_only=True)
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

    def with_attention(self, option: str = "fused") -> "Deployment":
        """The deployment with attention fused, or not."""
        return replace(self, choices={**self.choices, "attention": option})

    def with_storage(self, kind: Operand, width: float) -> "Deployment":
        """The deployment with one kind of operand in so many bytes per element."""
        return replace(self, storage={**self.storage, kind: width})

    def with_kv_heads(self, kv_heads: int) -> "Deployment":
        """The deployment with another number of key and value heads."""
        heads = self.transformer.kv_heads.model_copy(update={"value": kv_heads})
        return replace(self, transformer=self.transformer.model_copy(update={"kv_heads": heads}))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All rows of the operator table, with the choices made."""
        choices = self.operators.defaults() | dict(self.choices)
        return tuple(row.chosen(choices) for row in self.operators.rows)

    def series_rows(self, series: str, phase: Phase) -> tuple[Row, ...]:
        """Rows of one series in one phase.

        Raises:
            KeyError: There is no such series.
        """
        if series not in self.operators.series:
            raise KeyError(series)
        return tuple(row for row in self.rows if row.series == series and phase in row.phases)

    def symbols(self, phase: Phase, grid: Grid) -> dict[str, Value]:
        """Values of all symbols at the settings of a grid.

        Args:
            phase: Chooses the definitions of derived symbols.
            grid: One setting, or arrays of them.
        """
        settings = (values.astype(np.float64, copy=False) for values in grid.arrays)
        values: dict[str, Value] = {
            **dict(zip("bsq", settings, strict=True)),
            **self.transformer.symbols,
        }
        for name, symbol in self.operators.derived.items():
            definition: Expression = getattr(symbol, phase)
            values[name] = definition.evaluate(values)
        return values

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
