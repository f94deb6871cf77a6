"""Findings that are made up, for tests of how findings are cited and verified."""

from typing import Any

from roofline.citations.releases import Release, release_values
from roofline.citations.verify import Facts
from roofline.findings.finding import Finding, Number

SITE = "https://owner.github.io/name/"


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
