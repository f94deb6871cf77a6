"""The browser checks find what they look for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from browser import BROWSER_VARIABLE, find_browser, run_axe_in_both_schemes

PALE_IN_THE_DARK = """
<!doctype html><html lang="en"><head><title>Page</title><style>
  body { color: #000; background: #fff; transition: color 60s }
  @media (prefers-color-scheme: dark) { body { color: #333; background: #222 } }
</style></head><body><main><h1>Heading</h1></main></body></html>
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """One empty tab."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_axe_judges_both_schemes(page: Page) -> None:
    page.set_content(PALE_IN_THE_DARK)
    found = run_axe_in_both_schemes(page)
    assert [line.split(": ")[:2] for line in found] == [["dark", "color-contrast"]]


@pytest.mark.browser
def test_no_other_host_can_be_reached(page: Page) -> None:
    page.set_content("<title>Page</title>")
    fetched = "fetch('https://example.com/').then(() => 'reached', () => 'refused')"
    assert page.evaluate(fetched) == "refused"


def test_a_named_browser_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER_VARIABLE, "/no/such/browser")
    with pytest.raises(FileNotFoundError, match="ROOFLINE_BROWSER is '/no/such/browser'"):
        find_browser()
