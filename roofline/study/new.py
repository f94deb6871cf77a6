"""A study file to begin with, commented, from a model and an accelerator of the catalogue."""

from collections.abc import Sequence
from typing import Any, Final

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import context, identifiers
from roofline.catalog.transformer import load_transformer
from roofline.errors import join_choices
from roofline.files.validation import write_checked
from roofline.files.yaml import Location
from roofline.model.operators import load_operators
from roofline.study.study import StudyFile

BATCHES: Final = (1, 8, 64)
LENGTHS: Final = (512, 2048, 8192)
_PREFERRED: Final = ("bf16", "fp16", "fp32")
_HEAD: Final = "A study, begun by `roofline new`; `roofline check` says what is wrong with it."


def new_study(
    model: str,
    accelerator: str,
    *,
    dtype: str | None = None,
    title: str | None = None,
    batches: Sequence[int] = BATCHES,
    lengths: Sequence[int] = (),
) -> str:
    """Write a study file with every choice at its default, and what else could be chosen.

    Args:
        model: Transformer of the catalogue.
        accelerator: Accelerator of the catalogue.
        dtype: Number format; by default the first 16-bit one that the accelerator has a peak for.
        title: Heading; model and accelerator by default.
        batches: Sequences served together.
        lengths: Sequence lengths; by default some up to the model's context [token].

    Raises:
        InputError: A name or a number is none that a study takes. With every problem.
    """
    data: dict[str, Any] = {
        "title": title or f"{model} on {accelerator}",
        "model": model,
        "accelerator": accelerator,
        "dtype": dtype or _PREFERRED[0],
        "batches": list(batches),
        "lengths": list(lengths or LENGTHS),
        "choices": load_operators().defaults(),
    }
    if accelerator in identifiers("accelerators"):
        card = load_accelerator(accelerator)
        usual = [name for name in (*_PREFERRED, *sorted(card.peaks)) if name in card.peaks]
        data["dtype"] = dtype or usual[0]
        data["title"] = title or f"{model} on {card.name}"
    if model in identifiers("transformers"):
        transformer = load_transformer(model)
        most = transformer.context.value
        data["lengths"] = list(lengths or [one for one in LENGTHS if one <= most] or [most])
        data["title"] = title or data["title"].replace(model, transformer.name, 1)
    return write_checked(
        StudyFile, data, "the new study", head=_HEAD, comments=_comments(data), context=context()
    )


def _comments(data: dict[str, Any]) -> dict[Location, str]:
    """Say above each key what else it can be."""
    peaks: Sequence[str] = ()
    if data["accelerator"] in identifiers("accelerators"):
        peaks = sorted(load_accelerator(data["accelerator"]).peaks)
    comments: dict[Location, str] = {
        ("model",): f"One of {join_choices(identifiers('transformers'))}.",
        ("accelerator",): f"One of {join_choices(identifiers('accelerators'))}.",
        ("dtype",): f"Number format of the peak and of all operands: {join_choices(peaks)}.",
        ("batches",): "Sequences served together.",
        ("lengths",): "Tokens of a prompt in prefill, tokens in the cache in decode.",
        ("choices",): "How the operators are implemented; these are the defaults.",
    }
    for name, choice in load_operators().choices.items():
        comments["choices", name] = f"{join_choices(choice.options)}: {choice.meaning}."
    return comments
