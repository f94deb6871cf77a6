"""Words that several findings share: series, settings, conditions."""

from collections.abc import Iterable, Sequence

from roofline.catalog.accelerator import Accelerator, load_accelerator
from roofline.errors import join_choices
from roofline.findings.numbers import (
    bandwidth_number,
    card_kind,
    ceilings_measured,
    memory_number,
    peak_number,
    published,
)
from roofline.latency.calibration import Calibration, all_calibrations
from roofline.latency.step import StepPrediction
from roofline.model.deployment import Deployment
from roofline.model.operators import Phase, StoredOperand
from roofline.study.study import Study
from roofline.units import quantity, significant, trimmed

_SHOWN = 12
"""More values than these are not listed one by one."""


def series_phrase(deployment: Deployment, series: str) -> str:
    """A series in the middle of a sentence, such as ``feed-forward projections``."""
    title = deployment.operators.series[series].title
    return title[:1].lower() + title[1:]


def short_name(deployment: Deployment, series: str) -> str:
    """A series without the word ``projections``, such as ``feed-forward``."""
    return series_phrase(deployment, series).removesuffix(" projections")


def slugs(deployment: Deployment, names: Sequence[str], phase: Phase) -> tuple[str, ...]:
    """Series as charts and addresses write them, such as ``qk-pv-ar``."""
    return tuple(f"{deployment.operators.series[name].slug}-{phase}" for name in names)


def tokens_per_sequence(study: Study) -> int:
    """Tokens per sequence and decode step: the fewest that the study has."""
    return min(study.file.candidates)


def with_candidates(study: Study) -> str:
    """How many candidates a step has, in words; nothing where the study has none."""
    fewest = tokens_per_sequence(study)
    if fewest > 1:
        return f" with {fewest:,} candidate tokens per step"
    return " without candidate tokens" if len(study.file.candidates) > 1 else ""


def all_words(names: Iterable[str]) -> str:
    """``both`` for two series, ``all`` for any other number."""
    _, *others = names
    return "both" if len(others) == 1 else "all"


def times_words(factor: float) -> str:
    """A factor before a noun, such as ``twice``; nothing for one."""
    words = {1.0: "", 2.0: "twice ", 0.5: "half "}
    return words.get(factor, f"{trimmed(significant(factor))} times ")


def step_range(step: StepPrediction) -> str:
    """What the range of a predicted step is, in a sentence or two."""
    if step.error is not None:
        apart, nine_in_ten = "", _percent(step.error)
        if step.extrapolated:
            apart = (
                f" Shapes as of {join_choices(step.extrapolated, 'and')} were not measured in a "
                "stream, so these products are extrapolated."
            )
        if step.carried:
            return (
                "No kernels in a stream were measured on this card, so the prediction is carried "
                f"over from {_card_names(step.carried)}. The range is as wide as the error that "
                "nine in ten products stayed within on every one of them, predicted from the "
                f"others: {nine_in_ten}.{apart}"
            )
        return (
            "Kernels in a stream were measured on this card, so the launches are in the "
            "prediction, as fitted. The range is as wide as the error that nine in ten products "
            f"held out of the fit stay within, {nine_in_ten}.{apart}"
        )
    return (
        "No kernels in a stream were measured on this card, so the prediction is a range: from "
        "every launch hidden behind the kernel before it to every launch charged in full, as if "
        "each kernel ran alone."
    )


def unseen_error(calibration: Calibration) -> str:
    """How far predictions are off on what the calibration has not seen, in a sentence or two."""
    held, carried = calibration.errors.held_out, calibration.provenance.carried
    if not carried:
        return (
            "On shapes held out of the fit, the median error of a prediction is "
            f"{_percent(held['all'].median)}; one prediction in ten is off by more than "
            f"{_percent(held['all'].p90)}."
        )
    worst = max(carried, key=lambda name: held[name].p90)
    return (
        f"This card was not measured: its calibration is carried over from "
        f"{_card_names(calibration.provenance.groups)}. Tried on each of them, predicted from the "
        f"others, the median error was {_range([held[name].median for name in carried])}; one "
        f"prediction in ten was off by more than {_range([held[name].p90 for name in carried])}, "
        f"the most on {load_accelerator(all_calibrations()[worst].accelerator).name}."
    )


def _card_names(identifiers: Sequence[str]) -> str:
    return join_choices([load_accelerator(name).name for name in identifiers], "and")


def _range(shares: Sequence[float]) -> str:
    low, high = _percent(min(shares)), _percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _percent(share: float) -> str:
    return f"{significant(100 * share, 2)}%"


def width_words(width: float) -> str:
    """Bytes per element in words."""
    return f"{width:g} byte" if width <= 1 else f"{width:g} bytes"


def ceilings(deployment: Deployment) -> str:
    """Condition: where the ceilings come from, and how high they are."""
    measured = ceilings_measured(deployment)
    origin = "were measured on one device" if measured else "come from the data sheet of one card"
    return (
        f"The ceilings {origin}: the {peak_number(deployment).label}, "
        f"{peak_number(deployment).text}, and the bandwidth, {bandwidth_number(deployment).text}."
    )


def memory_origin(accelerator: Accelerator) -> str:
    """Say what memory is counted: what the driver reports, beside what is sold and what is left."""
    counted, sold = memory_number(accelerator), accelerator.capacity
    if card_kind(sold) == "measured":
        return f"The machine that was measured has {counted.text} of memory."
    sale = f"The card is sold with {published('sold', '', sold.value, 'byte').text}"
    if accelerator.reported is None:
        return f"{sale}, the value used here: no source says how much its driver reports."
    left = accelerator.allocatable
    rest = f" A framework can allocate {quantity(left.value, 'byte', 3)}." if left else ""
    return f"{sale}. Its driver reports {counted.text}, the value used here.{rest}"


def moved_once(deployment: Deployment) -> str:
    """Condition: how traffic is counted, and the bytes of every element."""
    return f"Each operand is read or written once; {element_words(deployment)}."


def element_words(deployment: Deployment) -> str:
    """The bytes of an element, for all kinds of operand together or each."""
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
        f"{join_choices(names, 'and')}: {width_words(each)} an element"
        for each, names in by_width.items()
    )


def values_words(values: Sequence[int]) -> str:
    """Settings of a grid in words."""
    if len(values) == 1:
        return f"{values[0]:,}"
    return f"{values[0]:,} to {values[-1]:,}"


def grid(study: Study) -> str:
    """Condition: the grid of settings."""
    file = study.file
    settings = len(file.batches) * len(file.lengths)
    return (
        f"The grid is batch {values_words(file.batches)} and length {values_words(file.lengths)}, "
        f"{settings:,} {'setting' if settings == 1 else 'settings'}."
    )


def attention_choice(deployment: Deployment) -> str:
    """Condition: whether attention is fused."""
    if deployment.choice("attention") == "fused":
        return "Attention is fused: the scores stay on-chip."
    return "Attention is unfused: the scores are written to device memory and read back."


def projection_choice(deployment: Deployment) -> str:
    """Condition: whether projections share a launch."""
    if deployment.choice("projections") == "fused":
        return "Query, key and value share a kernel and its input, as do up and gate."
    return "Every projection is a kernel of its own."


def no_overlap() -> str:
    """Condition: kernels neither overlap nor wait for each other."""
    return "Kernels run one after the other at their roof, without launch overhead."


def sampled_values(values: Sequence[int]) -> tuple[int, ...]:
    """All values, or a few of them with both ends where there are many."""
    if len(values) <= _SHOWN:
        return tuple(values)
    places = [round(index * (len(values) - 1) / (_SHOWN - 1)) for index in range(_SHOWN)]
    return tuple(values[place] for place in places)
