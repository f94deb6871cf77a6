"""What a study shows: one claim each, with its numbers, proof and conditions.

A claim, its numbers and its truth are evaluated together, for any study. Where the
condition of a finding does not hold, it says the opposite, or is not made.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from roofline.findings.attention import decode_attention, fused_attention, prefill_attention
from roofline.findings.candidates import candidates
from roofline.findings.decode_ceiling import attention_traffic, decode_ceiling
from roofline.findings.device_memory import fitting
from roofline.findings.finding import Finding, Number, Step
from roofline.findings.grouped_heads import grouped_heads
from roofline.findings.launch_overhead import launch_overhead
from roofline.findings.narrow_weights import narrow_weights
from roofline.findings.prefill import chunked_prefill, prefill_projections
from roofline.findings.projections import decode_projections, projection_crossings
from roofline.findings.ridge import law, ridge
from roofline.findings.trained_context import trained_context
from roofline.memo import memoised
from roofline.study.study import Study

__all__ = ["Finding", "Number", "Step", "all_slugs", "findings", "group_of"]


class _Maker(NamedTuple):
    """How a finding is made, and where pages list it."""

    group: str
    make: Callable[[Study], Finding | None]
    families: tuple[str, ...] = ()
    """Families of series that must be charted."""


_DECODE, _PREFILL, _MEMORY, _HELP, _LIMITS = (
    "Decode",
    "Prefill",
    "Memory",
    "What helps",
    "The limits themselves",
)
_MAKERS: Mapping[str, _Maker] = MappingProxyType(
    {
        "decode-attention": _Maker(_DECODE, decode_attention, ("attention",)),
        "decode-projections": _Maker(_DECODE, decode_projections, ("projections",)),
        "projection-crossings": _Maker(_DECODE, projection_crossings, ("projections",)),
        "decode-ceiling": _Maker(_DECODE, decode_ceiling),
        "prefill-projections": _Maker(_PREFILL, prefill_projections, ("projections",)),
        "prefill-attention": _Maker(_PREFILL, prefill_attention, ("attention",)),
        "capacity": _Maker(_MEMORY, fitting),
        "attention-traffic": _Maker(_MEMORY, attention_traffic, ("attention",)),
        "fused-attention": _Maker(_HELP, fused_attention, ("attention",)),
        "narrow-weights": _Maker(_HELP, narrow_weights, ("projections",)),
        "grouped-heads": _Maker(_HELP, grouped_heads, ("attention",)),
        "candidates": _Maker(_HELP, candidates, ("attention", "projections")),
        "chunked-prefill": _Maker(_HELP, chunked_prefill, ("projections",)),
        "ridge": _Maker(_LIMITS, ridge),
        "law": _Maker(_LIMITS, law, ("attention", "projections")),
        "overhead": _Maker(_LIMITS, launch_overhead),
        "trained-context": _Maker(_LIMITS, trained_context),
    }
)
"""By slug, in the order in which they are shown; those of a group stand together. A slug is
never reused."""


@memoised
def findings(study: Study) -> tuple[Finding, ...]:
    """Make all findings that hold for a study, once for each study.

    Args:
        study: The study.

    Returns:
        The findings, always in the same order.
    """
    family = study.deployment.family
    makers = (maker for maker in _MAKERS.values() if all(map(family, maker.families)))
    made = (maker.make(study) for maker in makers)
    return tuple(finding for finding in made if finding is not None)


def group_of(slug: str) -> str:
    """What a finding is about, such as ``Decode``: the heading under which pages list it.

    Raises:
        KeyError: No finding has this slug.
    """
    return _MAKERS[slug].group


def all_slugs() -> tuple[str, ...]:
    """Every slug that a finding of some study can have, in the order of the findings."""
    return tuple(_MAKERS)
