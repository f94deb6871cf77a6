"""A system Chrome or Chromium, found and driven; axe run on its pages.

Playwright brings a browser of its own; these tests use the one that is installed, as a reader
would, and as an offline machine must.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

from playwright.sync_api import Browser, Page, sync_playwright

Scheme: TypeAlias = Literal["light", "dark"]

BROWSER_VARIABLE = "ROOFLINE_BROWSER"
"""Names the executable, where it is not found by itself."""
REQUIRE_VARIABLE = "ROOFLINE_REQUIRE_BROWSER"
"""Set where a missing browser is a failure, not a reason to skip."""

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "~/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "${PROGRAMFILES}/Google/Chrome/Application/chrome.exe",
    "${PROGRAMFILES(X86)}/Google/Chrome/Application/chrome.exe",
    "${LOCALAPPDATA}/Google/Chrome/Application/chrome.exe",
    "${PROGRAMFILES(X86)}/Microsoft/Edge/Application/msedge.exe",
)
HELP = (
    "no Chrome or Chromium found. Install one (Debian: apt-get install chromium; "
    "macOS: brew install --cask chromium; Windows: winget install Google.Chrome), "
    f"or name its executable in {BROWSER_VARIABLE}."
)

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    # A page that asks for another host gets no answer, whatever the network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-first-run",
)

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
"""axe-core; version and licence stand beside it."""

_RUN_AXE = """
async only => {
  const options = { resultTypes: ["violations"] };
  if (only) options.runOnly = only;
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.map(({ target, failureSummary }) =>
      `${target.join(" ")}: ${failureSummary.split("\\n").slice(1).map(s => s.trim()).join("; ")}`),
  }));
}
"""

_OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules that a scheme can break."""

_SET_SCHEME = """
wanted => {
  const shown = () => document.body.dataset.mdColorScheme;
  if (shown() && shown() !== wanted)
    document.querySelector(`input[data-md-color-scheme="${wanted}"]`)?.click();
  return shown() ?? null;
}
"""

_STILL = "*, *::before, *::after { transition: none !important; animation: none !important }"

PALETTES: dict[Scheme, str] = {"light": "default", "dark": "slate"}
"""What Material calls the two schemes."""


def find_browser() -> str | None:
    """Path of the browser to drive; None when there is none.

    Raises:
        FileNotFoundError: The environment names an executable that does not exist.
    """
    if named := os.environ.get(BROWSER_VARIABLE):
        if found := shutil.which(named):
            return found
        raise FileNotFoundError(f"{BROWSER_VARIABLE} is {named!r}, which is not an executable")
    for command in COMMANDS:
        if found := shutil.which(command):
            return found
    for path in PATHS:
        if found := shutil.which(os.path.expandvars(Path(path).expanduser())):
            return found
    return None


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """A running headless browser, closed at the end."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    # The sandbox of Chromium refuses to start for root, as in containers.
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if as_root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def hold_still(page: Page) -> None:
    """End all transitions, so that no colour is judged half-way."""
    page.add_style_tag(content=_STILL)


def set_scheme(page: Page, scheme: Scheme) -> None:
    """Show a page in light or dark, as its reader would choose it.

    Raises:
        AssertionError: The page has Material's palette but not this scheme.
    """
    page.emulate_media(color_scheme=scheme)
    wanted = PALETTES[scheme]
    shown = page.evaluate(_SET_SCHEME, wanted)
    if shown not in {None, wanted}:
        raise AssertionError(f"{page.url} shows the scheme {shown!r}, not {wanted!r}")


def run_axe(page: Page, *, tags: Sequence[str] = (), rules: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong with a page, one line each.

    Args:
        page: The page, as it stands.
        tags: Only rules with one of these tags, also those that axe leaves out by default.
        rules: Only these rules; all that axe runs by default when both are empty.
    """
    kind, only = ("rule", rules) if rules else ("tag", tags)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    violations: list[dict[str, Any]] = page.evaluate(
        _RUN_AXE, {"type": kind, "values": list(only)} if only else None
    )
    return [f"{found['id']}: {node}" for found in violations for node in found["nodes"]]


def run_axe_in_both_schemes(page: Page) -> list[str]:
    """What axe finds wrong with a page in light and in dark, one line each.

    Only colours differ between the two, so all rules are run once.
    """
    hold_still(page)
    found = []
    for scheme, rules in zip(PALETTES, ((), _OF_COLOUR), strict=True):
        set_scheme(page, scheme)
        found += [f"{scheme}: {line}" for line in run_axe(page, rules=rules)]
    return found
