"""Made-up studies for tests: the flagship's with other fields, cards and models."""

import dataclasses
from pathlib import Path
from typing import Any

from deployments import BATCHES, LENGTHS
from roofline.study.study import Study, StudyFile

FLAGSHIP: dict[str, Any] = {
    "title": "A made-up study",
    "model": "llama-33b",
    "accelerator": "a100-80gb-pcie",
    "dtype": "fp16",
    "batches": BATCHES,
    "lengths": LENGTHS,
}


def study(**changes: Any) -> Study:
    """The flagship with some of its fields changed."""
    return Study(
        identifier="made-up", folder=Path(), file=StudyFile.model_validate(FLAGSHIP | changes)
    )


def card(made: Study, **values: float) -> Study:
    """A study on a card with another bandwidth or capacity, which its driver does not report."""
    accelerator = made.deployment.accelerator
    quoted = {
        name: getattr(accelerator, name).model_copy(update={"value": value})
        for name, value in values.items()
    }
    reported = None if "capacity" in values else accelerator.reported
    changed = accelerator.model_copy(update=quoted | {"reported": reported})
    return made.on(dataclasses.replace(made.deployment, accelerator=changed))


def model(made: Study, **values: int) -> Study:
    """A study of a model with other dimensions."""
    transformer = made.deployment.transformer
    quoted = {
        name: getattr(transformer, name).model_copy(update={"value": value})
        for name, value in values.items()
    }
    changed = transformer.model_copy(update=quoted)
    return made.on(dataclasses.replace(made.deployment, transformer=changed))
