"""Link previews: the images that chats and documents show for a pasted address."""

import io
from dataclasses import asdict
from typing import Final

import PIL
from PIL import Image

from gen.link_images.card import HEIGHT, WIDTH, Card, draw_card
from roofline.errors import join_choices
from roofline.findings.finding import Finding, FindingBound
from roofline.report.charts.labels import bandwidth_text, peak_text
from roofline.report.charts.output import cache, svg
from roofline.report.charts.plans.finding import highlighted
from roofline.report.charts.plans.series import StudyData
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
    data = StudyData(study=study)
    number, _, unit = finding.headline.text.partition(" ")
    label = finding.headline.label
    card = Card(
        claim=finding.claim,
        number=number,
        unit=unit,
        label=label[:1].upper() + label[1:],
        above=study.file.title,
        site=SITE,
        role=_ROLES[finding.bound],
        forward=tuple(sorted(highlighted(data, finding))),
        fits=finding.chart == "capacity",
    )
    return _cached(card, data)


def study_preview(study: Study) -> bytes:
    """Draw the link preview of a study: its title and its ridge.

    Args:
        study: The study.

    Returns:
        A PNG file, from the cache where it is there.
    """
    roof = study.deployment.roof
    return _ridge_card(
        study,
        claim=study.file.title,
        above=f"{peak_text(roof)} and {bandwidth_text(roof)}",
        label="Intensity at the ridge, where memory and compute limit alike",
    )


def site_preview(study: Study, claim: str) -> bytes:
    """Draw the link preview of pages that have none of their own.

    Args:
        study: Whose chart and ridge it shows.
        claim: What the site is for, in a line.

    Returns:
        A PNG file, from the cache where it is there.
    """
    return _ridge_card(study, claim=claim, above=study.file.title, label="Intensity at the ridge")


def _ridge_card(study: Study, *, claim: str, above: str, label: str) -> bytes:
    data = StudyData(study=study)
    card = Card(
        claim=claim,
        number=significant(study.deployment.roof.ridge, 4),
        unit="FLOP/Byte",
        label=label,
        above=f"{above} · {join_choices(data.kinds, 'and')} rates",
        site=SITE,
        role="ink",
        forward=(),
        fits=False,
        reached=True,
    )
    return _cached(card, data)


def _cached(card: Card, data: StudyData) -> bytes:
    study = data.study
    # The card says all that this module decides, but for the colours.
    inputs = {
        "what": "preview",
        "card": asdict(card),
        "colours": f"{_COLOURS} by coverage",
        "pillow": PIL.__version__,
        "study": study.file.model_dump(mode="json"),
    }
    key = cache.key(inputs)
    files = cache.load(key)
    if files is None or _FILE not in files:
        files = {_FILE: _png(card, data)}
        cache.store(key, files)
    return files[_FILE]


def _png(card: Card, data: StudyData) -> bytes:
    """Draw a card as a PNG file with a palette, a third as large as one without."""
    drawn = io.BytesIO()
    with svg.style():
        draw_card(card, data).savefig(drawn, format="raw", dpi=72)
    image = Image.frombytes("RGBA", (WIDTH, HEIGHT), drawn.getvalue()).convert("RGB")
    buffer = io.BytesIO()
    # Keeps a colour that few pixels have.
    cover = Image.Quantize.MAXCOVERAGE
    image.quantize(_COLOURS, cover, dither=Image.Dither.NONE).save(buffer, "png")
    return buffer.getvalue()
