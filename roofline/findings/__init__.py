"""What a study shows: one claim each, with its numbers, proof and conditions.

A claim, its numbers and its truth are evaluated together, for any study. Where the
condition of a finding does not hold, it says the opposite, or is not made.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

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

__all__ = ["Finding", "Number", "Step", "all_slugs", "findings"]

_MAKERS: Mapping[str, tuple[Callable[[Study], Finding | None], tuple[str, ...]]] = MappingProxyType(
    {
        "ridge": (ridge, ()),
        "law": (law, ("attention", "projections")),
        "decode-attention": (decode_attention, ("attention",)),
        "decode-projections": (decode_projections, ("projections",)),
        "projection-crossings": (projection_crossings, ("projections",)),
        "prefill-projections": (prefill_projections, ("projections",)),
        "prefill-attention": (prefill_attention, ("attention",)),
        "fused-attention": (fused_attention, ("attention",)),
        "capacity": (fitting, ()),
        "decode-ceiling": (decode_ceiling, ()),
        "attention-traffic": (attention_traffic, ("attention",)),
        "narrow-weights": (narrow_weights, ("projections",)),
        "grouped-heads": (grouped_heads, ("attention",)),
        "candidates": (candidates, ("attention", "projections")),
        "trained-context": (trained_context, ()),
        "chunked-prefill": (chunked_prefill, ("projections",)),
        "overhead": (launch_overhead, ()),
    }
)
"""By slug, in the order in which they are shown, with the families of series that must be
charted. A slug is never reused."""


@memoised
def findings(study: Study) -> tuple[Finding, ...]:
    """Make all findings that hold for a study, once for each study.

    Args:
        study: The study.

    Returns:
        The findings, always in the same order.
    """
    family = study.deployment.family
    made = (make(study) for make, families in _MAKERS.values() if all(map(family, families)))
    return tuple(finding for finding in made if finding is not None)


def all_slugs() -> tuple[str, ...]:
    """Every slug that a finding of some study can have, in the order of the findings."""
    return tuple(_MAKERS)
