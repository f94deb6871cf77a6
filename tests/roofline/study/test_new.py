"""A study file to begin with: valid, commented, and with nothing hidden."""

import itertools

import pytest

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers
from roofline.catalog.transformer import load_transformer
from roofline.errors import InputError
from roofline.files.yaml import parse_yaml
from roofline.model.operators import load_operators
from roofline.study.new import new_study
from roofline.study.study import StudyFile


def read(text: str) -> StudyFile:
    return StudyFile.model_validate(parse_yaml(text, "new").data)


@pytest.mark.parametrize(
    ("model", "accelerator"),
    [*itertools.product(identifiers("transformers"), identifiers("accelerators"))],
)
def test_every_model_begins_a_study_on_every_accelerator(model: str, accelerator: str) -> None:
    """With all choices at their defaults, and lengths within the model's context."""
    file = read(new_study(model, accelerator))
    assert (file.model, file.accelerator) == (model, accelerator)
    assert file.choices == load_operators().defaults()
    assert max(file.lengths) <= load_transformer(model).context.value
    peaks = load_accelerator(accelerator).peaks
    assert file.dtype == next(name for name in ("bf16", "fp16", "fp32") if name in peaks)


def test_each_key_says_what_else_it_can_be() -> None:
    text = new_study("llama-33b", "a100-80gb-pcie", dtype="fp16", batches=[1, 2], lengths=[128])
    assert "# One of llama-13b, llama-2-70b, " in text
    for name, choice in load_operators().choices.items():
        assert f"{choice.meaning}.\n  {name}: {choice.options[0]}" in text
    file = read(text)
    assert (file.batches, file.lengths, file.dtype) == ((1, 2), (128,), "fp16")
    assert file.title == "Llama 33B on NVIDIA A100 80GB PCIe"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as told:
        new_study("llama-3", "a100", dtype="fp61", batches=[0], lengths=[8, 8])
    text = str(told.value)
    for start in ("model: unknown model", "accelerator: unknown accelerator", "dtype: unknown",
                  "batches[0]", "lengths: expected every setting once"):  # fmt: skip
        assert start in text
