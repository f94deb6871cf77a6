"""What a finding is: one claim about a study, with its numbers, proof and conditions."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from roofline.model.formula import Formula
from roofline.units import scaled, significant

NumberKind = Literal["published", "computed", "attainable", "predicted", "measured"]
"""Where a number comes from: a data sheet, computed by this model from those and the study,
the roof, the calibrated model, or a benchmark."""

FindingBound = Literal["memory", "compute", "overhead", "capacity", "both", "none"]
"""What limits the operators that a finding is about; ``overhead`` is launching a kernel that
runs alone, ``both`` where memory and compute do, ``none`` where it is no property of the card."""

COUNTED = {
    "token": "tokens",
    "token/s": "tokens/s",
    "sequence": "sequences",
    "setting": "settings",
    "point": "points",
    "times": "times",
}
"""Units that are words, with their plurals; ``times`` says how many times one value is another."""
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One number of a finding, under a key that never changes its meaning."""

    key: str
    """Permanent within the finding, such as ``ridge``; citations name it."""
    label: str
    """What it is, in words."""
    value: float
    """In the base unit, at full precision."""
    unit: str
    """Base unit, such as ``FLOP/s``; ``1`` for counts and ratios, which ``percent`` shows as %."""
    kind: NumberKind
    digits: int = 3
    """Significant digits that are shown, and quoted in citations."""
    percent: bool = False
    """Whether a ratio is shown as a percentage."""

    @property
    def text(self) -> str:
        """As shown and quoted: rounded, with the prefixed unit."""
        figure = self.figure
        if self.percent or self.unit == "1":
            return figure
        if self.unit in COUNTED:
            return f"{figure} {self.unit if figure == '1' else COUNTED[self.unit]}"
        return " ".join(self._split)

    @property
    def figure(self) -> str:
        """The number of the text, without its unit."""
        if self.percent:
            return f"{significant(100 * self.value, self.digits)}%"
        return self._split[0]

    @property
    def _split(self) -> tuple[str, str]:
        """The rounded number and its unit."""
        if self.unit == "byte/s":  # as data sheets write bandwidth
            return significant(self.value / 1e9, self.digits), "GB/s"
        small = self.unit == "byte" and self.value < 1  # nobody speaks of millibytes
        if small or self.unit in {"1", "FLOP/Byte", *COUNTED}:
            return significant(self.value, self.digits), self.unit
        return scaled(self.value, self.unit, self.digits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a proof: a sentence, and a formula where there is one."""

    text: str
    formula: Formula | None = None
    result: Number | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One claim about one study; made only where it is true."""

    slug: str
    """Permanent within the study, such as ``decode-attention``; never reused."""
    title: str
    """The claim in a few words, for lists and over its chart, without a full stop."""
    claim: str
    """A full sentence with the number, without its full stop."""
    verdict: str
    """The consequence in one line."""
    bound: FindingBound
    phases: tuple[Literal["init", "ar"], ...]
    series: tuple[str, ...]
    """Labels that the finding is about, such as ``qk/pv``."""
    numbers: tuple[Number, ...]
    """The first is the headline."""
    proof: tuple[Step, ...]
    conditions: tuple[str, ...]
    """What must hold, in sentences."""
    changes: tuple[str, ...]
    """What would change it, in sentences."""
    related: tuple[str, ...]
    """Slugs of findings to read next; those that are not made are left out on the page."""
    highlight: tuple[str, ...] = ()
    """Series to bring forward in its picture, such as ``qk-pv-ar``."""
    sources: tuple[str, ...] = ()
    """Keys of the catalogue's sources that the numbers rest on."""

    def __post_init__(self) -> None:
        """Refuse what no page could show.

        Raises:
            ValueError: The slug is no address, there is no number, a number is not finite, a
                key repeats, or the title or the claim has a full stop.
        """
        keys = [number.key for number in self.numbers]
        if not _SLUG.fullmatch(self.slug):
            raise ValueError(f"expected lower-case words joined by hyphens, got {self.slug!r}")
        if not keys or len(keys) != len(set(keys)):
            raise ValueError(f"{self.slug}: expected numbers with distinct keys, got {keys}")
        broken = [number.key for number in self.numbers if not math.isfinite(number.value)]
        if broken:
            raise ValueError(f"{self.slug}: expected finite numbers, got others in {broken}")
        if self.title.endswith(".") or self.claim.endswith("."):
            raise ValueError(f"{self.slug}: expected a title and a claim without a full stop")

    @property
    def headline(self) -> Number:
        """The number that the claim turns on."""
        return self.numbers[0]

    def number(self, key: str) -> Number:
        """One number by its key.

        Raises:
            KeyError: The finding has no such number.
        """
        for number in self.numbers:
            if number.key == key:
                return number
        raise KeyError(key)
