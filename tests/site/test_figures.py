"""Figures in a browser: their layouts, colours and files, and the points that they show."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, expect

from browser import set_scheme
from builds import ServedSite
from roofline.study.repository import EXAMPLES
from visits import OPERATOR, Visit, shown_chart, visiting

pytestmark = [pytest.mark.browser, pytest.mark.site]

MEASURED = "studies/tinyllama-cpu-2-threads/"
"""A study that names measurements."""


@pytest.mark.parametrize(("width", "layout"), [(1280, "wide"), (360, "narrow")])
def test_one_layout_of_a_chart_is_shown(visit: Visit, width: int, layout: str) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 800})
    visit.open()
    chart = shown_chart(page)
    assert f"rl-chart--{layout}" in (chart.get_attribute("class") or "")
    expect(chart).to_have_role("img")
    bounds = re.compile(r"^By the roof, decode is memory-bound; prefill")
    expect(chart).to_have_accessible_name(bounds)
    expect(chart).to_have_accessible_description(re.compile(r"ridge at 161\.2 FLOP/Byte"))
    # It would show as a tooltip.
    expect(page.locator("svg title")).to_have_count(0)
    # Text that can be selected and searched for, at a size that can be read.
    label = chart.locator("text", has_text="1,935 GB/s")
    expect(label).to_be_visible()
    assert label.evaluate("text => text.getBoundingClientRect().height") > 7


def test_colours_of_a_chart_follow_the_scheme(visit: Visit) -> None:
    page = visit.open()
    chart = shown_chart(page)
    colours = """
    chart => [...chart.querySelectorAll("use, path, text")].map(part => {
      const { stroke, fill } = getComputedStyle(part);
      return `${stroke} ${fill}`;
    })
    """
    set_scheme(page, "light")
    light = chart.evaluate(colours)
    set_scheme(page, "dark")
    dark = chart.evaluate(colours)
    assert len(light) > 50
    same = [pair for pair in zip(light, dark, strict=True) if pair[0] == pair[1]]
    # What is neither stroked nor filled itself, such as a clip, has nothing to change.
    assert len(same) < len(light) / 10, same[:5]


def test_files_of_a_chart_can_be_downloaded(visit: Visit) -> None:
    page = visit.open()
    links = page.locator(".rl-downloads").first.get_by_role("link")
    found = {}
    for link in links.all():
        assert link.get_attribute("download") is not None
        address = urljoin(page.url, link.get_attribute("href"))
        answer = page.request.get(address)
        assert answer.ok, address
        found[address.rpartition(".")[2]] = answer.body()
    assert found.keys() == {"svg", "png", "csv", "json"}
    assert ET.fromstring(found["svg"]).tag.endswith("svg")  # noqa: S314  # our own
    assert found["png"].startswith(b"\x89PNG\r\n")
    assert len(list(csv.DictReader(io.StringIO(found["csv"].decode())))) > 6
    assert json.loads(found["json"])


def test_points_of_a_chart_are_chosen_without_javascript(
    browser: Browser, served_site: ServedSite
) -> None:
    with visiting(browser, served_site.url(), java_script_enabled=False) as visit:
        page = visit.open(OPERATOR)
        chart = shown_chart(page)
        switch = page.get_by_role("radiogroup").first
        isolated, stream, alone = (
            switch.get_by_label(name)
            for name in ("Predicted run alone", "Predicted in a stream", "Attainable alone")
        )
        predicted, streamed, attainable = (
            chart.locator(f"[id$='{layer}-qk-pv-ar']")
            for layer in ("predicted", "streamed", "attainable")
        )
        expect(isolated).to_be_checked()
        expect(chart).to_have_accessible_name(re.compile("predicted at"))
        expect(predicted).to_be_visible()
        expect(streamed).to_be_hidden()
        expect(attainable.locator("path").last).to_have_css("stroke-opacity", "0.3")
        isolated.focus()
        page.keyboard.press("ArrowRight")
        expect(stream).to_be_checked()
        expect(streamed).to_be_visible()
        expect(predicted).to_be_hidden()
        note = page.locator(".rl-note").first
        expect(note.get_by_text("a kernel in a stream")).to_be_visible()
        page.keyboard.press("ArrowRight")
        expect(alone).to_be_checked()
        expect(streamed).to_be_hidden()
        expect(chart).to_have_accessible_name(re.compile("at most 0.992 FLOP/Byte, always below"))
        expect(note.get_by_text("Points are attainable rates")).to_be_visible()
        expect(note.get_by_text("a kernel timed alone")).to_be_hidden()
        expect(predicted).to_be_hidden()
        expect(attainable.locator("path").last).to_have_css(
            "stroke-opacity", re.compile("^(1|0.9)")
        )
        isolated.check()
        expect(predicted).to_be_visible()
        page.emulate_media(media="print")
        expect(switch).to_be_hidden()


def test_measured_points_have_a_switch_of_their_own(visit: Visit) -> None:
    """All layers, without the predicted ones, and the attainable ones alone."""
    page = visit.open(MEASURED)
    chart = shown_chart(page)
    switch = page.get_by_role("radiogroup").first
    circles, crosses = (
        chart.locator(f"[id$='{layer}-qk-pv-ar']") for layer in ("measured", "predicted")
    )
    words = (
        chart.get_by_text("predicted", exact=True),
        chart.get_by_text("attainable", exact=True),
    )
    for name, shown in (
        ("Measured, predicted and attainable", (True, True, True, True)),
        ("Measured and attainable", (True, False, False, True)),
        ("Attainable alone", (False, False, False, True)),
    ):
        switch.get_by_label(name, exact=True).check()
        for part, there in zip((circles, crosses, *words), shown, strict=True):
            expect(part).to_be_visible(visible=there)


def test_measurements_can_be_downloaded_as_they_are(visit: Visit) -> None:
    """Rows and conditions, to the byte."""
    page = visit.open(MEASURED)
    links = page.locator("main a[download][href*='measurements/']")
    names = []
    for link in links.all():
        answer = page.request.get(urljoin(page.url, link.get_attribute("href")))
        name = Path(answer.url).name
        assert answer.body() == (EXAMPLES / name).read_bytes()
        names.append(name)
    assert names == ["tinyllama-cpu-2-threads.csv", "tinyllama-cpu-2-threads.csv.json"]
