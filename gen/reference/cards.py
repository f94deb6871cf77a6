"""A page for each accelerator of the catalogue: what predicts kernels on it, and how well."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from gen.reference.calibration import (
    error_bars,
    kernel_title,
    noise_line,
    parameters,
    section_title,
)
from roofline.catalog.accelerator import Accelerator, load_accelerator
from roofline.catalog.reader import identifiers
from roofline.latency.calibration import Calibration, all_calibrations
from roofline.latency.carried_over import is_calibrated, load_calibration
from roofline.measurements.products import PROTOCOLS
from roofline.report.charts.drawing.bars import bars
from roofline.report.pages.study_view import StudyView
from roofline.report.pages.tables import TableColumn
from roofline.report.pages.text import percent

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """What predicts one kind of kernel on a card."""

    id: str
    """Of its heading."""
    title: str
    calibration: Calibration
    chart: str
    """Slug of the chart of predicted over measured times."""
    study: StudyView | None
    """A study whose points it predicts and that measured them, if any."""

    @property
    def carried(self) -> bool:
        """Whether it comes from other cards."""
        return bool(self.calibration.provenance.carried)

    @property
    def error(self) -> str:
        """How far off it is on what it has not seen, median and ninth decile."""
        held = self.calibration.errors.held_out
        figures = [held[name] for name in self.calibration.provenance.carried] or [held["all"]]
        median, ninth = (
            _write_range([getattr(one, name) for one in figures]) for name in ("median", "p90")
        )
        return f"{median} / {ninth}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CardPage:
    """An accelerator of the catalogue, with what predicts kernels on it."""

    identifier: str
    accelerator: Accelerator
    sections: tuple[Section, ...]
    """Kernels run alone first; none where nothing was measured, nor carries over."""

    @property
    def page(self) -> str:
        """Path of its page under docs/."""
        return card_page(self.identifier)

    @property
    def claim(self) -> str:
        """How far predictions on it are off, in a sentence for each kind of kernel."""
        told = []
        for section in self.sections:
            kernels = section.title[:1].lower() + section.title[1:]
            if section.carried:
                held = section.calibration.errors.held_out
                medians = [held[name].median for name in section.calibration.provenance.carried]
                told.append(
                    f"Nothing was measured of {kernels}; what is carried over from other cards "
                    f"had a median error of {_write_range(medians)} where it was tried."
                )
            else:
                median = section.calibration.errors.held_out["all"].median
                told.append(
                    f"Predicted times of {kernels} have a median error of {percent(median)} on "
                    "shapes that were not seen."
                )
        return " ".join(told)


def card_page(identifier: str) -> str:
    """Path of an accelerator's page under docs/."""
    return f"method/calibration/{identifier}.md"


def _write_range(shares: Sequence[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def cards(studies: Sequence[StudyView]) -> tuple[CardPage, ...]:
    """Every accelerator of the catalogue, by its identifier.

    Args:
        studies: All of the site, the flagship first.
    """
    return tuple(
        CardPage(
            identifier=name,
            accelerator=load_accelerator(name),
            sections=tuple(_sections(name, studies)),
        )
        for name in identifiers("accelerators")
    )


def _sections(card: str, studies: Sequence[StudyView]) -> Iterator[Section]:
    for protocol in PROTOCOLS:
        own = {
            name: calibration
            for name, calibration in all_calibrations().items()
            if (calibration.accelerator, calibration.protocol) == (card, protocol)
        }
        for name, calibration in own.items():
            measured = (
                view
                for view in studies
                if view.calibration == calibration and "agreement" in view.charts
            )
            yield Section(
                id=name.removeprefix(f"{card}-"),
                title=section_title(calibration),
                calibration=calibration,
                chart="spread" if calibration == studies[0].calibration else f"spread-{name}",
                study=next(measured, None),
            )
        if not own and is_calibrated(card, protocol):
            yield Section(
                id=protocol,
                title=kernel_title(protocol),
                calibration=load_calibration(card, protocol),
                chart=f"spread-carried-{protocol}",
                study=None,
            )


def card_rows(studies: Sequence[StudyView], link: Callable[[str], str]) -> list[Row]:
    """One row for each accelerator: its errors on what was not seen, by protocol."""
    rows = []
    for card in cards(studies):
        cells: Row = {
            protocol: ", ".join(
                f"carried over: {section.error}" if section.carried else section.error
                for section in card.sections
                if section.calibration.protocol == protocol
            )
            or "none"
            for protocol in PROTOCOLS
        }
        name = Markup('<a href="{}">{}</a>').format(link(card.page), card.accelerator.name)
        rows.append(cells | {"name": name})
    return rows


def parameter_columns(card: CardPage) -> list[TableColumn]:
    """Columns for `side_by_side`."""
    columns = [TableColumn(key="symbol", title="Symbol", kind="html")]
    for section in card.sections:
        columns += [
            TableColumn(key=f"{section.id}_value", title=section.title),
            TableColumn(key=f"{section.id}_interval", title="Interval"),
        ]
    return columns


def side_by_side(card: CardPage) -> list[Row]:
    """One row for each parameter, with its value and interval in every section of a card."""
    rows: list[Row] = []
    for section in card.sections:
        for place, row in enumerate(parameters(section.calibration)):
            if len(rows) == place:
                rows.append({"symbol": row["symbol"]})
            rows[place] |= {
                f"{section.id}_value": row["value"],
                f"{section.id}_interval": row["interval"],
            }
    return rows


def card_chart(card: CardPage) -> Markup:
    """Median error on what was not seen, by kind of kernel: the model's and the roofline's."""
    groups = [
        error_bars(f"{section.title}{', carried over' * section.carried}", figures)
        for section in card.sections
        for figures in (section.calibration.errors.held_out["all"],)
    ]
    return bars("errors", "Median error on what was not seen", groups, line=noise_line())
