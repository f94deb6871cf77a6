"""What one launch computes, and which calibration predicts it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats
from roofline.latency.calibration import Calibration
from roofline.latency.carried_over import is_calibrated, load_calibration
from roofline.latency.law import (
    KernelProduct,
    Parameters,
    Prediction,
    bounded,
    predict_kernel,
)
from roofline.measurements.products import Protocol
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase, Row
from roofline.model.points import Product, products


def calibration_for(deployment: Deployment, protocol: Protocol = "isolated") -> Calibration | None:
    """Calibration of a deployment's card; None where there is none, or where it says nothing.

    It says nothing of operands in other formats than the dtype's, and of a card whose ceilings
    were changed.
    """
    name = deployment.accelerator.identifier
    width = number_formats()[deployment.dtype].bytes.value
    unlike = (
        not name
        or not is_calibrated(name, protocol)
        or deployment.accelerator != load_accelerator(name)
        or any(stored != width for stored in deployment.storage.values())
    )
    return None if unlike else load_calibration(name, protocol)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Kernel:
    """What one launch computes."""

    row: Row
    """Its first row."""
    products: tuple[KernelProduct, ...]

    def predict(
        self,
        calibration: Calibration,
        parameters: Parameters,
        alone: Calibration | None,
        dtype: str,
    ) -> Prediction:
        """Predict it with parameters of a calibration, if need be bounded by running alone."""
        predicted = predict_kernel(parameters, calibration.device(dtype), self.products)
        if alone is None or calibration.protocol == "isolated":
            return predicted
        isolated = predict_kernel(alone.values, alone.device(dtype), self.products)
        return bounded(predicted, isolated, self.extrapolated(calibration))

    @property
    def one_whole_product(self) -> bool:
        """Whether it is what is measured: one product, computed whole, with all operands moved."""
        first, *others = self.products
        return not others and all(first.moved) and bool(np.all(np.asarray(first.fill) == 1.0))

    def extrapolated(self, calibration: Calibration) -> NDArray[np.bool_]:
        """Whether a dimension lies outside what was measured; always of several products."""
        outside: NDArray[np.bool_] = np.array(len(self.products) > 1)
        for product in self.products:
            outside = outside | calibration.extrapolated(
                product.count, product.m, product.n, product.k
            )
        return outside


def kernels(
    deployment: Deployment, rows: Sequence[Row], phase: Phase, grid: Grid
) -> Iterator[Kernel]:
    """Gather the rows that share a launch.

    Products that share their input are one product, as wide as all of them: queries, keys and
    values, for instance. Others follow each other on the chip, as in fused attention.
    """
    by_launch: dict[str, list[Product]] = {}
    for product in products(deployment, rows, phase, grid):
        by_launch.setdefault(product.row.launch, []).append(product)
    for together in by_launch.values():
        first, *others = together
        if all(other.shares_input(first) for other in others):
            width = sum(np.asarray(product.n) for product in together)
            parts: tuple[KernelProduct, ...] = (
                KernelProduct(count=first.count, m=first.m, n=width, k=first.k, fill=first.fill),
            )
        else:
            parts = tuple(
                KernelProduct(
                    count=product.count,
                    m=product.m,
                    n=product.n,
                    k=product.k,
                    moved=(product.widths[0] > 0, product.widths[1] > 0, product.widths[2] > 0),
                    fill=product.fill,
                )
                for product in together
            )
        yield Kernel(row=first.row, products=parts)
