"""Visits to the built site, at its local address or as if it were published.

Instant navigation engages only on the host of `site_url`: a visit to the published address
is answered from the local server, and every other host stays unreachable.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect

from builds import ServedSite

STUDY = "studies/llama-33b-a100-80gb-pcie/"
OPERATOR = f"{STUDY}operators/qk-pv-ar/"

PATIENCE = 60_000
"""How long to wait for what a page does at once, on a busy machine [ms]."""


@dataclass
class Visit:
    """One tab with an empty cache, and what went wrong in it."""

    page: Page
    home: str
    """Address of the home page."""
    errors: list[str] = field(default_factory=list)
    """Errors of the console and of scripts."""
    foreign: list[str] = field(default_factory=list)
    """Requests to other hosts."""

    def open(self, path: str = "") -> Page:
        """Load a page of the site, by its path below the home page."""
        self.page.goto(self.home + path, wait_until="load")
        return self.page

    def follow(self, path: str) -> None:
        """Load a page that leads on to another one, without waiting for it to be complete."""
        self.page.goto(self.home + path, wait_until="commit")

    def arrive(self, path: str | re.Pattern[str]) -> None:
        """Wait until the open page is another one, however it was reached."""
        # Not `wait_for_url`, which gives up when a page leads on while it waits.
        expect(self.page).to_have_url(self.home + path if isinstance(path, str) else path)
        self.page.wait_for_load_state()

    def path(self) -> str:
        """Path of the open page below the home page, with its fragment."""
        return self.page.url.removeprefix(self.home)


@contextmanager
def visiting(browser: Browser, home: str, **options: Any) -> Iterator[Visit]:
    """A new visit to the site whose home page has this address.

    Args:
        browser: The browser.
        home: Address of the home page.
        options: Of the browser's context, such as ``java_script_enabled``.
    """
    context = browser.new_context(**({"reduced_motion": "reduce"} | options))
    visit = Visit(page=context.new_page(), home=home)
    page = visit.page
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)

    def note_request(url: str) -> None:
        if not url.startswith((home, "data:", "blob:")):
            visit.foreign.append(url)

    page.on("request", lambda request: note_request(request.url))
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on(
        "console",
        lambda line: visit.errors.append(line.text) if line.type == "error" else None,
    )
    try:
        yield visit
    finally:
        context.close()


@contextmanager
def visiting_published(
    browser: Browser, site: ServedSite, site_url: str, **options: Any
) -> Iterator[Visit]:
    """A new visit to the published address, answered by the local server."""
    with visiting(browser, site_url, **options) as visit:

        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(site_url)
            route.fulfill(response=route.fetch(url=site.url(path)))

        context = visit.page.context
        context.route(f"{site_url}**", answer)
        yield visit
        # What is still under way is given up, not sent to the real host.
        visit.page.close()
        context.unroute_all(behavior="ignoreErrors")


def shown_chart(page: Page) -> Locator:
    """The layout of the first chart that is shown at the width of the window."""
    charts = page.locator("figure.rl-figure").first.locator("svg.rl-chart:visible")
    expect(charts).to_have_count(1)
    return charts
