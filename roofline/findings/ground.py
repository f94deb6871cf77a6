"""What several findings rest on: limits, crossings, variants, conditions and sources."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

from roofline.catalog import Quoted, sources
from roofline.crossing import MOST, crossing
from roofline.deployment import Deployment
from roofline.errors import join_choices
from roofline.findings.finding import Number, NumberKind
from roofline.findings.numbers import intensity, published
from roofline.operators import Phase, StoredOperand
from roofline.points import Product, evaluate, products
from roofline.study import Study

ATTENTION = "qk/pv"
PROJECTIONS = ("qkv mlp", "up/gate/down")
"""Weight products that the reference chart shows."""

MODEL = ("hidden", "intermediate", "layers", "kv_heads", "head_dimension", "vocabulary")
"""Fields of the model that the bytes of weights and cache rest on."""
PROJECTED = ("peak", "bandwidth", "hidden", "intermediate", "heads", "counts")
"""What the intensity of projections, and where it meets the ridge, rest on."""
NO_GAIN = 1.005
"""A gain below this is shown as 1.00: none."""
_SHOWN = 12
"""More values than these are not listed one by one."""


def in_words(deployment: Deployment, series: str) -> str:
    """A series in the middle of a sentence, such as ``feed-forward projections``."""
    title = deployment.operators.series[series].title
    return title[:1].lower() + title[1:]


def short(deployment: Deployment, series: str) -> str:
    """The same without its last word."""
    return in_words(deployment, series).removesuffix(" projections")


def slugs(deployment: Deployment, names: Sequence[str], phase: Phase) -> tuple[str, ...]:
    """Series as charts and addresses write them, such as ``qk-pv-ar``."""
    return tuple(f"{deployment.operators.series[name].slug}-{phase}" for name in names)


def tokens_each(study: Study) -> int:
    """Tokens per sequence and decode step: the fewest that the study has."""
    return min(study.file.candidates)


def with_candidates(study: Study) -> str:
    """Words for that number, where a sentence would be unclear without them."""
    fewest = tokens_each(study)
    if fewest > 1:
        return f" with {fewest:,} candidate tokens per step"
    return " without candidate tokens" if len(study.file.candidates) > 1 else ""


def work_products(
    deployment: Deployment, series: str, phase: Phase, setting: tuple[float, float, float]
) -> tuple[Product, ...]:
    """Products of a series that do arithmetic, at a batch, length and number of candidates."""
    found = products(deployment, deployment.series_rows(series, phase), phase, *setting)
    return tuple(one for one in found if not one.row.gather)


def limit(
    deployment: Deployment, series: str, phase: Phase, setting: tuple[float, float, float]
) -> float:
    """What the law lets the intensity of a series come up to [FLOP/Byte]."""
    found = work_products(deployment, series, phase, setting)
    return max(float(one.most_intensity) for one in found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Where the projections reach the ridge as the tokens of a step grow."""

    tokens: dict[str, float | None]
    """Tokens in one step by series; None where no number of them does."""

    @property
    def never(self) -> tuple[str, ...]:
        """Series that no number of tokens brings to the ridge."""
        return tuple(name for name, found in self.tokens.items() if found is None)

    @property
    def last(self) -> float | None:
        """Tokens with which all of them reach it."""
        found = [one for one in self.tokens.values() if one is not None]
        return None if self.never else max(found)

    @property
    def whole(self) -> int | None:
        """The same as a whole number of tokens."""
        return None if self.last is None else math.ceil(self.last)


def reach(deployment: Deployment) -> Reach:
    """Find where the charted projections reach the ridge.

    A decode step has a token for each sequence; batch times candidates, and the tokens of
    a prefill, count alike.
    """
    return Reach(
        tokens={
            name: crossing(deployment, name, "ar", vary="batch", other=1.0) for name in PROJECTIONS
        }
    )


def below_ridge(deployment: Deployment, never: Sequence[str]) -> tuple[str, Number]:
    """Which projections no number of tokens brings to the ridge, and their highest intensity."""
    highest = max(float(evaluate(deployment, name, "ar", MOST, 1.0).intensity) for name in never)
    names = "The projections"
    if len(never) < len(PROJECTIONS):
        names = f"The {in_words(deployment, never[0])}"
    number = intensity(
        "limit", "highest intensity, at any number of tokens", highest, apart=deployment.roof.ridge
    )
    return names, number


def fused(deployment: Deployment, option: str = "fused") -> Deployment:
    """The deployment with attention fused, or not."""
    return dataclasses.replace(deployment, choices={**deployment.choices, "attention": option})


def stored(deployment: Deployment, kind: StoredOperand, width: float) -> Deployment:
    """The deployment with one kind of operand in so many bytes per element."""
    return dataclasses.replace(deployment, storage={**deployment.storage, kind: width})


def regrouped(deployment: Deployment, kv_heads: int) -> Deployment:
    """The deployment with another number of key and value heads."""
    transformer = deployment.transformer
    heads = transformer.kv_heads.model_copy(update={"value": kv_heads})
    changed = transformer.model_copy(update={"kv_heads": heads})
    return dataclasses.replace(deployment, transformer=changed)


def choice(deployment: Deployment, name: str) -> str:
    """The option that the deployment makes."""
    return (deployment.operators.defaults() | dict(deployment.choices))[name]


def times_words(factor: float) -> str:
    """A factor before a noun: nothing for one."""
    return {1.0: "", 2.0: "twice ", 0.5: "half "}.get(factor, f"{factor:.3g} times ")


def width_words(width: float) -> str:
    """Bytes per element in words."""
    return f"{width:g} byte" if width <= 1 else f"{width:g} bytes"


def card_kind(quoted: Quoted[float]) -> NumberKind:
    """What a value of the accelerator is: published, or measured where it has no data sheet."""
    return "measured" if sources()[quoted.source].kind == "measurement" else "published"


def ceilings_measured(deployment: Deployment) -> bool:
    """Whether a ceiling was measured, and is no data sheet's."""
    card = deployment.accelerator
    return "measured" in map(card_kind, (card.peaks[deployment.dtype], card.bandwidth))


def peak_number(deployment: Deployment) -> Number:
    """The compute ceiling."""
    kind = card_kind(deployment.accelerator.peaks[deployment.dtype])
    label = f"{'measured' if kind == 'measured' else 'dense'} {deployment.dtype} peak"
    return published("peak", label, deployment.roof.peak, "FLOP/s", kind)


def bandwidth_number(deployment: Deployment) -> Number:
    """The memory ceiling."""
    kind = card_kind(deployment.accelerator.bandwidth)
    return published("bandwidth", "memory bandwidth", deployment.roof.bandwidth, "byte/s", kind)


def ceilings(deployment: Deployment) -> str:
    """Condition: which roof."""
    measured = ceilings_measured(deployment)
    origin = "were measured on one device" if measured else "are the data sheet's, for one card"
    return (
        f"The ceilings {origin}: the {peak_number(deployment).label}, "
        f"{peak_number(deployment).text}, and the bandwidth, {bandwidth_number(deployment).text}."
    )


def moved_once(deployment: Deployment) -> str:
    """Condition: how traffic is counted, and the bytes of every element."""
    return f"Each operand is read or written once; {element_words(deployment)}."


def element_words(deployment: Deployment) -> str:
    """The bytes of every element."""
    width = deployment.element_bytes
    kinds: dict[StoredOperand, str] = {
        "weight": "weights",
        "activation": "activations",
        "kv-cache": "the KV cache",
        "scores": "scores",
    }
    by_width: dict[float, list[str]] = {}
    for kind, name in kinds.items():
        by_width.setdefault(width[kind], []).append(name)
    if len(by_width) == 1:
        return f"every element takes {width_words(width['weight'])}"
    return "; ".join(
        f"{join_choices(names, 'and')}: {width_words(one)} an element"
        for one, names in by_width.items()
    )


def values_words(values: Sequence[int]) -> str:
    """Settings of a grid in words."""
    if len(values) == 1:
        return f"{values[0]:,}"
    return f"{values[0]:,} to {values[-1]:,}"


def grid(study: Study) -> str:
    """Condition: which settings."""
    file = study.file
    settings = len(file.batches) * len(file.lengths)
    return (
        f"The grid is batch {values_words(file.batches)} and length {values_words(file.lengths)}, "
        f"{settings:,} {'setting' if settings == 1 else 'settings'}."
    )


def attention_choice(deployment: Deployment) -> str:
    """Condition: whether attention is fused."""
    if choice(deployment, "attention") == "fused":
        return "Attention is fused: the scores stay on-chip."
    return "Attention is unfused: the scores are written to device memory and read back."


def projection_choice(deployment: Deployment) -> str:
    """Condition: whether projections share a launch."""
    if choice(deployment, "projections") == "fused":
        return "Query, key and value share a kernel and its input, as do up and gate."
    return "Every projection is a kernel of its own."


def no_overlap() -> str:
    """Condition: how times add up."""
    return "Kernels run one after the other at their roof, without launch overhead."


def some(values: Sequence[int]) -> tuple[int, ...]:
    """All values, or a few of them with both ends where there are many."""
    if len(values) <= _SHOWN:
        return tuple(values)
    places = [round(index * (len(values) - 1) / (_SHOWN - 1)) for index in range(_SHOWN)]
    return tuple(values[place] for place in places)


def cited(deployment: Deployment, *names: str) -> tuple[str, ...]:
    """Keys of the sources that some published numbers come from.

    Args:
        deployment: Whose numbers.
        names: Fields of the accelerator (``peak`` for the dtype's) and of the transformer;
            ``counts`` for the sources of work and traffic.
    """
    accelerator, transformer = deployment.accelerator, deployment.transformer
    found: list[str] = []
    for name in names:
        if name == "counts":
            found += [one.source for one in deployment.operators.sources]
        elif name == "peak":
            found.append(accelerator.peaks[deployment.dtype].source)
        elif name in type(accelerator).model_fields:
            found.append(getattr(accelerator, name).source)
        else:
            found.append(getattr(transformer, name).source)
    return tuple(dict.fromkeys(found))
