"""Deployments for tests, by the names of the catalogue."""

import dataclasses
from typing import Any

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.transformer import load_transformer
from roofline.model.deployment import Deployment

BATCHES = [1, 2, 4, 8, 16, 32, 64]
LENGTHS = [128, 256, 512, 1024, 2048, 4096, 8192]


def deploy(
    model: str = "llama-33b",
    accelerator: str = "a100-80gb-pcie",
    dtype: str = "fp16",
    **settings: Any,
) -> Deployment:
    """Put a model of the catalogue on an accelerator; the flagship's by default."""
    return Deployment(
        transformer=load_transformer(model),
        accelerator=load_accelerator(accelerator),
        dtype=dtype,
        **settings,
    )


def with_ceilings(deployment: Deployment, *, peak: float, bandwidth: float) -> Deployment:
    """The same deployment on a card with other ceilings."""
    card = deployment.accelerator
    peaks = card.peaks | {
        deployment.dtype: card.peaks[deployment.dtype].model_copy(update={"value": peak})
    }
    changed = card.model_copy(
        update={
            "peaks": peaks,
            "bandwidth": card.bandwidth.model_copy(update={"value": bandwidth}),
        }
    )
    return dataclasses.replace(deployment, accelerator=changed)
