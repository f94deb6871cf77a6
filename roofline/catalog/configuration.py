"""A model's own ``config.json``, as Hugging Face's Transformers saves it, read as a transformer.

What is read are numbers; no code that a configuration names is ever run. What a family has that a
transformer of the catalogue cannot say is left out in words.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from roofline.catalog.reader import context
from roofline.catalog.transformer import Transformer
from roofline.errors import InputError, Problem, as_written, join_choices, unknown
from roofline.files.text import UNPRINTABLE, read_text, unprintable
from roofline.files.validation import write_checked

MOST_BYTES: Final = 10_000_000
"""Largest configuration that is read [byte]."""
SOURCE: Final = "own-configuration"
"""Key in the catalogue of what a model's own configuration says."""
_MOST: Final = {"num_hidden_layers": 10**4, "num_attention_heads": 10**4,
                "num_key_value_heads": 10**4}  # fmt: skip
_LARGEST: Final = 10**9
_NESTED: Final = ("text_config", "llm_config", "language_config")
_HEAD: Final = """\
Written by `roofline import`; every number is that of the model's own configuration.
"""
_SIZES: Final = {
    "hidden": "hidden_size",
    "intermediate": "intermediate_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "vocabulary": "vocab_size",
    "context": "max_position_embeddings",
}
"""Fields of a transformer that are numbers of the configuration as they stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A family of models: what its configurations may leave unsaid, and what it has beyond."""

    kv_heads: int | None = None
    """Key and value heads where the configuration lacks them; None: as many as query heads."""
    head_dimension: int | None = None
    """d where the configuration lacks it; None: the hidden size over the heads."""
    tied: bool = False
    """Whether the embeddings are tied where the configuration does not say."""
    beyond: tuple[str, ...] = ()
    """What the catalogue's transformer leaves out."""


_BIASES: Final = "biases of queries, keys and values"
_NORMS: Final = "norms of queries and keys"
FAMILIES: Final[Mapping[str, Family]] = {
    "llama": Family(),
    "mistral": Family(kv_heads=8),
    "qwen2": Family(kv_heads=32, beyond=(_BIASES,)),
    "qwen3": Family(kv_heads=32, head_dimension=128, beyond=(_NORMS,)),
    "gemma": Family(kv_heads=16, head_dimension=256, tied=True),
    "gemma2": Family(kv_heads=4, head_dimension=256, tied=True),
    "gemma3_text": Family(kv_heads=4, head_dimension=256, tied=True, beyond=(_NORMS,)),
    "phi3": Family(),
    "glm": Family(kv_heads=2, head_dimension=128, beyond=(_BIASES,)),
    "glm4": Family(kv_heads=2, head_dimension=128, beyond=(_BIASES,)),
}
"""Families whose matrix products the operator table has, by ``model_type``."""
_UNGATED: Final = "a feed-forward network without a gate"
_EXPERTS: Final = "experts"
_LATENT: Final = "experts and latent attention"
MISSING: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("gpt2", "gpt_neox", "opt", "bloom", "falcon", "phi", "starcoder2"), _UNGATED
    ),
    **dict.fromkeys(
        ("mixtral", "qwen2_moe", "qwen3_moe", "qwen3_next", "llama4", "llama4_text", "gpt_oss",
         "phimoe", "glm4_moe", "minimax"), _EXPERTS
    ),
    **dict.fromkeys(("deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2"), _LATENT),
}  # fmt: skip
"""What other families have that the operator table has no row for, by ``model_type``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedTransformer:
    """A transformer as its configuration says it."""

    transformer: Transformer
    text: str
    """The entry, as YAML."""
    notes: tuple[str, ...]
    """What was assumed, and what is left out, a sentence each."""


@dataclass(kw_only=True, slots=True)
class _Reading:
    """What is read of a configuration so far, and what is wrong with it."""

    data: Mapping[str, Any]
    place: str
    """Place of the data in the file, with a dot behind it where they are nested."""
    problems: list[Problem] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def refuse(self, key: str, rule: str) -> None:
        self.problems.append(Problem(place=f"{self.place}{key}", rule=rule))

    def where(self, key: str, default: object = "") -> str:
        """Place of a value, or what stands for it."""
        if self.data.get(key) is not None:
            return f"{self.place}{key}"
        if default is None:
            return f"{self.place}hidden_size over num_attention_heads"
        return f"default of {self.place}{key}"

    def number(self, key: str, default: int | None = None) -> int | None:
        """Read a size; None where there is none, or where it is wrong."""
        value = self.data.get(key)
        most = _MOST.get(key, _LARGEST)
        if value is None:
            if default is None:
                self.refuse(key, "required, but missing")
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            got = as_written(value)
            self.refuse(key, f"expected a whole number from 1 to {most:,}, got {got}")
            return None
        return value

    def flag(self, key: str, default: bool) -> bool:  # noqa: FBT001  # a value, not a switch
        value = self.data.get(key)
        if value is None:
            self.assumed.append(f"{key} is not said; {str(default).lower()} is its default.")
            return default
        if not isinstance(value, bool):
            self.refuse(key, f"expected true or false, got {as_written(value)}")
            return default
        return value


def import_configuration(path: Path, name: str | None = None) -> ImportedTransformer:
    """Read a ``config.json`` as a transformer of the catalogue.

    Args:
        path: The configuration.
        name: Name for people; the configuration's own by default.

    Raises:
        InputError: It cannot be read, is of a family that the operator table cannot express, or
            lacks or contradicts a size. With every problem.
    """
    origin = str(path)
    data, place = _read(path, origin)
    family = _family(data, origin, place)
    reading = _Reading(data=data, place=place)
    sizes = {quantity: reading.number(key) for quantity, key in _SIZES.items()}
    hidden, heads = sizes["hidden"], sizes["heads"]
    kv_heads = _kv_heads(reading, family, heads)
    head_dimension = _head_dimension(reading, family, hidden, heads)
    tied = reading.flag("tie_word_embeddings", family.tied)
    called = name or _name(data)
    if character := UNPRINTABLE.search(called):
        reading.refuse("_name_or_path", unprintable(character[0]))
    if reading.problems:
        raise InputError(origin, reading.problems)
    values: dict[str, tuple[Any, str]] = {
        **{name: (size, reading.where(_SIZES[name])) for name, size in sizes.items()},
        "kv_heads": (kv_heads, reading.where("num_key_value_heads")),
        "head_dimension": (head_dimension, reading.where("head_dim", family.head_dimension)),
        "tied_embeddings": (tied, reading.where("tie_word_embeddings")),
    }
    notes = (*reading.assumed, *_left_out(data, family))
    entry: dict[str, Any] = {"name": called} | {
        quantity: {"value": value, "source": SOURCE, "where": f"{path.name}, {key}"}
        for quantity, (value, key) in values.items()
    }
    text = write_checked(
        Transformer,
        {quantity: entry[quantity] for quantity in Transformer.model_fields},
        origin,
        head=_HEAD + "".join(f"{note}\n" for note in notes),
        comments={},
        context=context(),
    )
    transformer = Transformer.model_validate(entry, context=context())
    return ImportedTransformer(transformer=transformer, text=text, notes=notes)


def _read(path: Path, origin: str) -> tuple[Mapping[str, Any], str]:
    """Read the file, and find the part of it that says the language model's sizes."""
    text = read_text(path, origin, MOST_BYTES)
    try:
        data = json.loads(text, parse_constant=lambda name: name)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise InputError.at(origin, "not JSON that can be read", line) from error
    if not isinstance(data, dict):
        raise InputError.at(origin, f"expected an object, got {as_written(data)}")
    for key in _NESTED:
        if isinstance(inner := data.get(key), dict):
            # What the outer part says of the whole holds for the inner one too.
            outer = {name: data[name] for name in _SHARED if name in data}
            return {**outer, **inner}, f"{key}."
    return data, ""


_SHARED: Final = ("tie_word_embeddings", "quantization_config", "_name_or_path", "auto_map")


def _family(data: Mapping[str, Any], origin: str, place: str) -> Family:
    kind = data.get("model_type")
    key = f"{place}model_type"
    if not isinstance(kind, str):
        choices = join_choices(sorted(FAMILIES))
        raise InputError(
            origin,
            [Problem(place=key, rule=f"expected one of {choices}, got {as_written(kind)}")],
        )
    if kind in FAMILIES:
        return FAMILIES[kind]
    if kind in MISSING:
        rule = f'"{kind}" has {MISSING[kind]}, for which the operator table has no rows'
    else:
        rule = unknown("model_type", kind, sorted(FAMILIES))
    raise InputError(origin, [Problem(place=key, rule=rule)])


def _kv_heads(reading: _Reading, family: Family, heads: int | None) -> int | None:
    key = "num_key_value_heads"
    default = family.kv_heads if key not in reading.data else None
    default = heads if default is None else default
    if reading.data.get(key) is None and default is not None:
        reading.assumed.append(f"{key} is not said; {default} is its default.")
        kv_heads: int | None = default
    elif reading.data.get(key) is None:
        return None  # the heads are missing too, which is said
    else:
        kv_heads = reading.number(key)
    if heads and kv_heads and heads % kv_heads:
        rule = f"expected a divisor of num_attention_heads ({heads}), got {kv_heads}"
        reading.refuse(key, rule)
    return kv_heads


def _head_dimension(
    reading: _Reading, family: Family, hidden: int | None, heads: int | None
) -> int | None:
    key = "head_dim"
    if reading.data.get(key) is not None:
        return reading.number(key)
    if family.head_dimension is not None:
        reading.assumed.append(f"{key} is not said; {family.head_dimension} is its default.")
        return family.head_dimension
    if hidden is None or heads is None:
        return None
    if hidden % heads:
        rule = f"expected a multiple of num_attention_heads ({heads}), got {hidden}"
        reading.refuse("hidden_size", rule)
        return None
    reading.assumed.append(f"{key} is not said; hidden_size over num_attention_heads is.")
    return hidden // heads


def _left_out(data: Mapping[str, Any], family: Family) -> Sequence[str]:
    """Say what the entry leaves out, a sentence each."""
    notes = [f"Left out: {what}." for what in family.beyond]
    window = data.get("sliding_window")
    if window is not None and data.get("use_sliding_window") is not False:
        notes.append(
            f"Left out: the sliding window of {as_written(window)} tokens; attention and cache are "
            "those of the whole length."
        )
    biased = [key for key in ("attention_bias", "mlp_bias") if data.get(key) is True]
    if biased:
        notes.append(f"Left out: biases ({join_choices(biased, 'and')}).")
    quantized = data.get("quantization_config")
    if isinstance(quantized, dict):
        method = as_written(quantized.get("quant_method"))
        notes.append(
            f"Left out: the quantization ({method}); the field storage of a study says the width "
            "of its weights."
        )
    if "auto_map" in data:
        notes.append("Left out: the code that auto_map names, which is never run.")
    return notes


def _name(data: Mapping[str, Any]) -> str:
    """Name a model for people, as its configuration calls it."""
    path = data.get("_name_or_path")
    if isinstance(path, str) and (last := path.rstrip("/").rpartition("/")[2]):
        return last
    layers, hidden = data.get("num_hidden_layers"), data.get("hidden_size")
    return f"{data['model_type']}, {layers} layers of {hidden}"
