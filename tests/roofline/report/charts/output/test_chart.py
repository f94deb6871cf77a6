"""A chart is words, data and a drawing; the drawing is made once for all that look alike."""

import csv
import gzip
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from drawings import ORIGIN
from roofline.report.charts.drawing.sheet import Layout
from roofline.report.charts.output import chart as module
from roofline.report.charts.output.cache import STORE
from roofline.report.charts.output.chart import (
    Drawing,
    Picture,
    draw,
    drawing_jobs,
    make_chart,
    see,
)
from roofline.report.charts.plans.intensity import batch_plan
from roofline.report.charts.plans.roofline import operator_plan, roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Plan, Roofline, Spec, StageSpread


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Picture]:
    """Pictures as they are drawn, in a cache of their own."""
    pictures: list[Picture] = []

    def note(picture: Picture) -> Drawing:
        pictures.append(picture)
        return Drawing(wide=_svg(picture.wide), narrow=_svg(picture.narrow), png=b"\x89PNG")

    monkeypatch.setattr(STORE, "folder", tmp_path)
    monkeypatch.setattr(module, "draw", note)
    return pictures


def _svg(layout: Layout) -> bytes:
    size = f'viewBox="0 0 {layout.width} {layout.height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}/>'.encode()


@pytest.fixture
def plan(flagship: StudyData) -> Plan:
    return operator_plan(flagship, "qk-pv-ar")


def test_drawing_twice_gives_the_same_bytes(flagship: StudyData) -> None:
    for plan in (roofline_plan(flagship), batch_plan(flagship)):
        assert draw(see(plan, ORIGIN)) == draw(see(plan, ORIGIN))


def test_another_process_draws_the_same_bytes(flagship: StudyData, tmp_path: Path) -> None:
    """Whatever it was told of order: hashes of text differ between processes."""
    code = (
        "import sys, pickle, hashlib\n"
        "from roofline.report.charts.output.chart import draw\n"
        "drawing = draw(pickle.load(open(sys.argv[1], 'rb')))\n"
        "print(*(hashlib.sha256(part).hexdigest() for part in vars(drawing).values()))\n"
    )
    path = tmp_path / "picture"
    path.write_bytes(pickle.dumps(see(roofline_plan(flagship), ORIGIN)))
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(path)],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_chart_carries_the_plans_words_and_data(plan: Plan) -> None:
    chart = make_chart(plan, ORIGIN)
    for name in ("slug", "title", "description", "caption", "spec", "views"):
        assert getattr(chart, name) == getattr(plan, name)
    rows = list(csv.DictReader(io.StringIO(chart.csv.decode())))
    document = json.loads(chart.json)
    assert len(rows) == len(document["rows"]) == 49
    assert (document["study"], document["version"]) == ("odd-study", "1.2.3")
    assert document["title"] == chart.title
    assert chart.png.startswith(b"\x89PNG")
    root = ET.fromstring(chart.svg)  # noqa: S314  # our own drawing
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert "An odd study. Roofline 1.2.3" in texts
    assert "https://example.org/1.2/studies/odd-study/operators/qk-pv-ar/" in texts
    assert isinstance(chart.spec, Roofline)
    assert len(chart.spec.list_points()["series"]) == 6


def test_both_layers_are_in_the_files_and_the_page_can_tell_them_apart(
    flagship: StudyData,
) -> None:
    chart = make_chart(roofline_plan(flagship), ORIGIN)
    for text in (chart.svg.decode(), f"<body>{chart.inline}</body>"):
        classes = [element.get("class") for element in ET.fromstring(text).iter()]  # noqa: S314  # our own drawing
        assert classes.count("rl-predicted") > 6
        assert classes.count("rl-attainable") > 6
    assert "--rl-lift" in chart.inline
    assert b"--rl-lift" not in chart.svg


def test_the_reference_chart_is_small(flagship: StudyData) -> None:
    chart = make_chart(roofline_plan(flagship), ORIGIN)
    assert len(chart.inline) < 75_000
    assert len(gzip.compress(chart.inline.encode(), 6)) < 7_500


def test_an_inlined_drawing_goes_without_header_and_footer(plan: Plan) -> None:
    """The page has them; what is left is as high as the chart's own room."""
    chart = make_chart(plan, ORIGIN)
    wide, narrow = ET.fromstring(f"<body>{chart.inline}</body>")  # noqa: S314  # our own drawing
    picture = see(plan, ORIGIN)
    for drawing, layout in ((wide, picture.wide), (narrow, picture.narrow)):
        size = [float(part) for part in str(drawing.get("viewBox")).split()]
        assert size[2:] == pytest.approx([layout.width, layout.height], abs=0.02)
        assert f"rl-chart--{layout.kind}" in str(drawing.get("class"))
        texts = "".join(element.text or "" for element in drawing.iter())
        assert "Roofline 1.2.3" not in texts


def test_charts_come_from_the_cache(plan: Plan, drawn: list[Picture]) -> None:
    first = make_chart(plan, ORIGIN)
    assert make_chart(plan, ORIGIN) == first
    assert drawn == [see(plan, ORIGIN)]


@pytest.mark.parametrize(
    "changes",
    [{"title": "Another title"}, {"spec": StageSpread(ranges=(), noise=0.1)}],
    ids=["title", "spec"],
)
def test_what_looks_otherwise_is_drawn(
    plan: Plan, drawn: list[Picture], changes: dict[str, str | Spec]
) -> None:
    make_chart(plan, ORIGIN)
    make_chart(replace(plan, **changes), ORIGIN)  # type: ignore[arg-type]  # fields of a plan
    assert len(drawn) == 2


@pytest.mark.parametrize(
    "changes",
    [{"title": "Another study"}, {"version": "1.2.4"}, {"address": "https://example.org/"}],
)
def test_what_stands_below_is_drawn_too(
    plan: Plan, drawn: list[Picture], changes: dict[str, str]
) -> None:
    make_chart(plan, ORIGIN)
    make_chart(plan, replace(ORIGIN, **changes))
    assert len(drawn) == 2


def test_charts_that_look_alike_share_a_drawing(plan: Plan, drawn: list[Picture]) -> None:
    """Their words and their data are their own, and the names of their parts."""
    first = make_chart(plan, ORIGIN)
    other = replace(
        plan,
        slug="finding",
        caption="Otherwise.",
        description="Words.",
        table=plan.table.of({}),
    )
    second = make_chart(other, replace(ORIGIN, study="elsewhere"))
    assert len(drawn) == 1
    assert (first.svg, first.png) == (second.svg, second.png)
    assert (second.slug, second.caption, second.csv) == ("finding", "Otherwise.", b"\n")
    assert second.mark.startswith("finding-")
    for chart in (first, second):
        assert f'aria-labelledby="{chart.mark}-title"' in chart.inline
        assert f'aria-describedby="{chart.mark}-description"' in chart.inline


@pytest.mark.parametrize("cut", [1, 100])
def test_a_damaged_drawing_is_made_anew(plan: Plan, drawn: list[Picture], cut: int) -> None:
    first = make_chart(plan, ORIGIN)
    assert STORE.folder is not None
    (path,) = STORE.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-cut])
    assert make_chart(plan, ORIGIN) == first
    assert make_chart(plan, ORIGIN) == first
    assert len(drawn) == 2


DRAWINGS: dict[str, dict[str, bytes]] = {
    "nothing": {},
    "a part too few": {"wide": b"<svg/>", "narrow": b"<svg/>"},
    "a part too many": {"wide": b"", "narrow": b"", "png": b"", "more": b""},
    "no XML": {"wide": b"\xff\x00", "narrow": b"", "png": b""},
    "no size": {"wide": b"<svg/>", "narrow": b"<svg/>", "png": b""},
    "too deep": {
        "wide": b"<svg viewBox='0 0 1 1'>" + b"<g>" * 100_000 + b"</g>" * 100_000 + b"</svg>",
        "narrow": b"<svg viewBox='0 0 1 1'/>",
        "png": b"",
    },
}


@pytest.mark.parametrize("files", DRAWINGS.values(), ids=DRAWINGS)
def test_an_entry_that_is_no_drawing_is_made_anew(
    plan: Plan, drawn: list[Picture], files: dict[str, bytes]
) -> None:
    """A sound archive under this very key."""
    first = make_chart(plan, ORIGIN)
    assert STORE.folder is not None
    (path,) = STORE.folder.iterdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (files | {"key": path.stem.encode()}).items():
            archive.writestr(name, content)
    assert make_chart(plan, ORIGIN) == first
    assert len(drawn) == 2


def test_an_entry_of_another_chart_is_made_anew(
    flagship: StudyData, plan: Plan, drawn: list[Picture]
) -> None:
    first = make_chart(plan, ORIGIN)
    assert STORE.folder is not None
    (path,) = STORE.folder.iterdir()
    make_chart(batch_plan(flagship), ORIGIN)
    (other,) = set(STORE.folder.iterdir()) - {path}
    path.write_bytes(other.read_bytes())
    assert make_chart(plan, ORIGIN) == first
    assert len(drawn) == 3


def test_a_chart_is_drawn_where_nothing_can_be_kept(
    plan: Plan, drawn: list[Picture], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", None):
        monkeypatch.setattr(STORE, "folder", folder)
        assert make_chart(plan, ORIGIN).slug == plan.slug
    assert len(drawn) == 2


def test_what_is_missing_is_drawn_by_jobs(
    flagship: StudyData, plan: Plan, drawn: list[Picture]
) -> None:
    """One for each picture, however many charts show it; afterwards no page draws."""
    plans = [plan, replace(plan, slug="again"), batch_plan(flagship)]
    pictures = [see(one, ORIGIN) for one in plans]
    jobs = drawing_jobs(pictures)
    assert len(jobs) == 2
    make_chart(plan, ORIGIN)
    assert len(drawing_jobs(pictures)) == 1
    for job in jobs:
        job()
    assert not drawing_jobs(pictures)
    before = len(drawn)
    for one in plans:
        make_chart(one, ORIGIN)
    assert len(drawn) == before


def test_every_kind_of_spec_has_a_drawing() -> None:
    """One kind is drawn in one way, and in one size."""
    assert set(module._LOOKS) == set(Spec.__args__)  # noqa: SLF001  # the table is the promise
    draws = [look.draw for look in module._LOOKS.values()]  # noqa: SLF001  # as above
    assert len(set(draws)) == len(draws)
