"""What fits on the card: weights, and the KV cache of every sequence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roofline.memo import memoised
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.points import products


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Device memory of a deployment and what it must hold.

    Activations and the runtime's own memory are left out, so less fits than this
    says; only of a card whose reported memory is unknown may more fit.
    """

    deployment: Deployment
    device: float
    """Device memory of all cards, as the driver reports it, else as it is sold [byte]."""
    weights: float
    """All parameter matrices; norm vectors are left out [byte]."""
    kv_per_token: float
    """Keys and values of one token in all layers [byte]."""

    def on_cards(self, cards: int) -> "Capacity":
        """The same model held once by several cards, which share weights and cache evenly."""
        return replace(self, device=cards * self.device)

    @property
    def tokens(self) -> int:
        """Tokens of KV cache that fit beside the weights; 0 if the weights do not fit."""
        return max(0, int((self.device - self.weights) // self.kv_per_token))

    def kv_cache(self, batch: ArrayLike, length: ArrayLike) -> NDArray[np.float64]:
        """KV cache of a batch of sequences of one length, broadcast [byte]."""
        return np.asarray(np.asarray(batch) * np.asarray(length) * self.kv_per_token)

    def held(self, batch: ArrayLike, length: ArrayLike) -> NDArray[np.float64]:
        """What counts as held, weights and KV cache, broadcast over settings [byte]."""
        return np.asarray(self.weights + self.kv_cache(batch, length))

    def fits(self, batch: ArrayLike, length: ArrayLike) -> NDArray[np.bool_]:
        """Whether what is held fits, broadcast over settings."""
        return np.asarray(self.held(batch, length) <= self.device)

    def fitting(self, batches: Sequence[int], lengths: Sequence[int]) -> int:
        """How many settings of a grid fit, weights and KV cache counted."""
        return int(np.count_nonzero(self.fits(*_grid(batches, lengths))))

    def largest_batch(self, length: int) -> int:
        """Largest batch of sequences of one length that fits; 0 if none does."""
        return self.tokens // length

    def scores(self, batch: ArrayLike, length: ArrayLike) -> NDArray[np.float64]:
        """Score matrices of one layer in prefill, if they are stored, broadcast [byte]."""
        grid = Grid(batch, length)
        rows = [row for row in self.deployment.rows if "init" in row.phases]
        written = (
            product.count * product.m * product.n * product.widths[2]
            for product in products(self.deployment, rows, "init", grid)
            if product.row.operands[2] == "scores"
        )
        return np.asarray(sum(written, start=np.zeros(grid.shape)))

    def fits_with_scores(self, batch: ArrayLike, length: ArrayLike) -> NDArray[np.bool_]:
        """Whether one layer's prefill scores fit too, broadcast over settings."""
        held = self.held(batch, length) + self.scores(batch, length)
        return np.asarray(held <= self.device)

    def fitting_with_scores(self, batches: Sequence[int], lengths: Sequence[int]) -> int:
        """How many settings of a grid fit with one layer's prefill scores."""
        return int(np.count_nonzero(self.fits_with_scores(*_grid(batches, lengths))))


def _grid(batches: Sequence[int], lengths: Sequence[int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Batches and lengths that broadcast to every setting."""
    return np.asarray(batches)[:, np.newaxis], np.asarray(lengths)


@memoised
def capacity(deployment: Deployment) -> Capacity:
    """Find what a deployment must hold, from the rows of the operator table."""
    width = deployment.element_bytes
    return Capacity(
        deployment=deployment,
        device=deployment.accelerator.memory.value,
        weights=deployment.weights() * width["weight"],
        kv_per_token=deployment.kv_elements_per_token() * width["kv-cache"],
    )
