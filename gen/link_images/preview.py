"""Link previews: the images that chats and documents show for a pasted address."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image

from gen.link_images import card as card_module
from gen.link_images.card import HEIGHT, WIDTH, Card, draw_card
from roofline.errors import join_choices
from roofline.findings.finding import Finding, FindingBound
from roofline.report.charts.drawing.sheet import style
from roofline.report.charts.labels import bandwidth_text, peak_text
from roofline.report.charts.output.cache import STORE, entry_key
from roofline.report.charts.plans.capacity import memory_map
from roofline.report.charts.plans.roofline import roofline_spec
from roofline.report.charts.plans.series import read_study
from roofline.study.study import Study
from roofline.units import significant

__all__ = ["HEIGHT", "WIDTH", "finding_preview", "site_preview", "study_preview"]

SITE: Final = "Roofline"
"""Name of the site."""

_ROLES: Final[dict[FindingBound, str]] = {
    "memory": "memory",
    "compute": "compute",
    "overhead": "ink",
    "capacity": "ink",
    "both": "ink",
    "none": "ink",
}
_COLOURS: Final = 256
_FILE: Final = "preview.png"


def finding_preview(study: Study, finding: Finding) -> bytes:
    """Draw the link preview of a finding: its claim, its headline and where it lies.

    Args:
        study: The study.
        finding: A finding about it.

    Returns:
        A PNG file, from the cache where it is there.

    Raises:
        KeyError: The study charts no such series.
    """
    return _draw(_finding_card(study, finding))


def study_preview(study: Study) -> bytes:
    """Draw the link preview of a study: its title and its ridge.

    Args:
        study: The study.

    Returns:
        A PNG file, from the cache where it is there.
    """
    return _draw(_study_card(study))


def site_preview(study: Study, claim: str) -> bytes:
    """Draw the link preview of pages that have none of their own.

    Args:
        study: Whose chart and ridge it shows.
        claim: What the site is for, in a line.

    Returns:
        A PNG file, from the cache where it is there.
    """
    label = "Intensity at the ridge"
    return _draw(_ridge_card(study, claim=claim, above=study.file.title, label=label))


def missing_previews(study: Study, findings: Sequence[Finding]) -> list[Callable[[], bytes]]:
    """List what is still to be drawn for a study and its findings, for other processes.

    Args:
        study: The study.
        findings: Those that have a page.

    Returns:
        One job for each preview that the cache lacks.

    Raises:
        KeyError: The study charts no such series.
    """
    cards = [_study_card(study), *(_finding_card(study, finding) for finding in findings)]
    return [partial(_draw, card) for card in cards if not STORE.holds(_key(card))]


def _finding_card(study: Study, finding: Finding) -> Card:
    data = read_study(study)
    number, _, unit = finding.headline.text.partition(" ")
    label = finding.headline.label
    forward = tuple(sorted(finding.highlight))
    return Card(
        claim=finding.claim,
        number=number,
        unit=unit,
        label=label[:1].upper() + label[1:],
        above=study.file.title,
        site=SITE,
        role=_ROLES[finding.bound],
        chart=memory_map(data) if finding.slug == "capacity" else roofline_spec(data, forward),
    )


def _study_card(study: Study) -> Card:
    roof = study.deployment.roof
    return _ridge_card(
        study,
        claim=study.file.title,
        above=f"{peak_text(roof.peak)} and {bandwidth_text(roof.bandwidth)}",
        label="Intensity at the ridge, where memory and compute limit alike",
    )


def _ridge_card(study: Study, *, claim: str, above: str, label: str) -> Card:
    chart = roofline_spec(read_study(study))
    kinds = [*dict.fromkeys(series.front[0] for series in chart.series)]
    return Card(
        claim=claim,
        number=significant(chart.ridge, 4),
        unit="FLOP/Byte",
        label=label,
        above=f"{above} · {join_choices(kinds, 'and')} rates",
        site=SITE,
        role="ink",
        chart=chart,
        reached=True,
    )


def _key(card: Card) -> str:
    return entry_key(card, (Path(__file__), Path(card_module.__file__)))


def _draw(card: Card) -> bytes:
    """Take a preview from the cache, or draw it and keep it there."""
    key = _key(card)
    image = STORE.load(key, lambda files: files[_FILE])
    if image is None:
        image = _png(card)
        STORE.save(key, {_FILE: image})
    return image


def _png(card: Card) -> bytes:
    """Draw a card as a PNG file with a palette, a third as large as one without."""
    drawn = io.BytesIO()
    with style():
        draw_card(card).savefig(drawn, format="raw", dpi=72)
    image = Image.frombytes("RGBA", (WIDTH, HEIGHT), drawn.getvalue()).convert("RGB")
    buffer = io.BytesIO()
    # Keeps a colour that few pixels have.
    cover = Image.Quantize.MAXCOVERAGE
    image.quantize(_COLOURS, cover, dither=Image.Dither.NONE).save(buffer, "png")
    return buffer.getvalue()
