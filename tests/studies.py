"""Studies for tests, written as files where a command reads them."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from roofline.study.study import Study, StudyFile

SMALL: dict[str, Any] = {
    "title": "A small study",
    "model": "llama-3-8b",
    "accelerator": "h200-141gb-sxm",
    "dtype": "bf16",
    "batches": [1, 8],
    "lengths": [512, 2048],
}
"""2 batches by 2 lengths of a model with grouped heads."""


def small_study(**changes: Any) -> Study:
    """The small study with some of its fields changed."""
    return Study(identifier="small", folder=Path(), file=StudyFile.model_validate(SMALL | changes))


def write_study(path: Path, **changes: Any) -> str:
    """Write the small study, with some fields changed, and give its path as text."""
    YAML(typ="safe", pure=True).dump(SMALL | changes, path)
    return str(path)
