"""Findings that are made up, for tests of how findings are cited and verified."""

from typing import Any

from hypothesis import strategies as st

from roofline.citations.releases import Release, release_values
from roofline.citations.stamp import Citation
from roofline.citations.verify import Facts
from roofline.findings.finding import Finding, Number

SITE = "https://owner.github.io/name/"

_NAMES = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True)
_TEXTS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3})?( [A-Za-zµ][A-Za-z/µ]{0,8}|%|)", fullmatch=True)
CITATIONS = st.builds(
    Citation,
    study=_NAMES,
    slug=_NAMES,
    version=st.from_regex(r"dev|[0-9]{1,2}\.[0-9]{1,2}", fullmatch=True),
    numbers=st.lists(
        st.tuples(st.from_regex(r"[a-z0-9][a-z0-9-]{0,19}", fullmatch=True), _TEXTS),
        min_size=1,
        max_size=8,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
)
"""Citations with numbers, as findings of any study could have them."""


def number(key: str = "intensity", value: float = 0.99174, **changes: Any) -> Number:
    """An intensity, with some of its fields changed."""
    fields: dict[str, Any] = {"label": "a number", "unit": "FLOP/Byte", "kind": "computed"}
    return Number(key=key, value=value, **(fields | changes))


def share(key: str = "share", value: float = 0.0061504) -> Number:
    """A share of the peak, quoted to two digits: 0.62%."""
    return number(key, value, unit="1", kind="attainable", percent=True, digits=2)


def finding(slug: str = "decode-attention", *numbers: Number, **changes: Any) -> Finding:
    """A finding about decode attention, with some of its fields changed."""
    fields: dict[str, Any] = {
        "title": "Decode attention stays below 1 FLOP/Byte",
        "claim": "Decode attention reaches 0.992 FLOP/Byte and 0.62% of peak",
        "verdict": "Memory-bound at every batch and length.",
        "bound": "memory",
        "phases": ("ar",),
        "series": ("qk/pv",),
        "proof": (),
        "conditions": ("Every operand is read once.",),
        "changes": ("Candidate tokens.",),
        "related": (),
    }
    return Finding(slug=slug, numbers=numbers or (number(), share()), **(fields | changes))


def release(version: str, **studies: list[Finding]) -> Release:
    """The values of a release, by study; underscores stand for hyphens."""
    return Release(
        schema="roofline.values/1",
        version=version,
        studies={
            name.replace("_", "-"): release_values(findings) for name, findings in studies.items()
        },
    )


def facts(*findings: Finding, **changes: Any) -> Facts:
    """What is known of one study called ``one`` on a build of ``dev``."""
    present = {"one": {made.slug: made for made in findings or (finding(),)}}
    fields: dict[str, Any] = {
        "site_url": SITE,
        "version": "dev",
        "studies": tuple(present),
        "findings": present.__getitem__,
    }
    return Facts(**(fields | changes))
