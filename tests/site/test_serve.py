"""An edit of anything that the site is made of is served without a restart."""

import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving import Preview, preview

pytestmark = [pytest.mark.site, pytest.mark.slow]

STUDY = "studies/llama-33b-a100-80gb-pcie/"
OPERATOR = f"{STUDY}operators/qk-pv-ar/"
EXAMPLE = "roofline/study/examples/llama-33b-a100-80gb-pcie.yml"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """One server for all edits, in the order of the tests: restarts are what is avoided."""
    folder: Path = tmp_path_factory.mktemp("serve")
    with preview(folder) as running:
        yield running


EDITS: dict[str, tuple[str, Callable[[str], str], str, str]] = {
    # what: (file, its edit, the page to look at, what it must contain then)
    "page": (
        "docs/learn/ridge.md",
        lambda text: text + "\n\nA sentence added to a page.\n",
        "learn/ridge/",
        "A sentence added to a page.",
    ),
    "template": (
        "roofline/report/templates/operator.md.j2",
        lambda text: text.replace("## Kernels", "## The kernels, edited"),
        OPERATOR,
        "The kernels, edited",
    ),
    "page generator": (
        "roofline/report/pages/rows.py",
        lambda text: text.replace('"series": "sum"', '"series": "the edited sum"'),
        STUDY,
        "the edited sum",
    ),
    "model": (
        "roofline/study/explain.py",
        lambda text: text.replace('"is below"', '"stays below"'),
        OPERATOR,
        "stays below the ridge",
    ),
    # 1,935 GB/s becomes half of it, so the ridge doubles: 312e12 / 967.5e9 = 322.5.
    "catalogue": (
        "roofline/catalog/accelerators/a100-80gb-pcie.yml",
        lambda text: text.replace("1.935e12", "0.9675e12"),
        STUDY,
        "The ridge is at 322 FLOP/Byte",
    ),
    "study": (
        EXAMPLE,
        lambda text: text.replace("[1, 2, 4, 8, 16, 32, 64]", "[1, 2, 3]"),
        OPERATOR,
        "Memory-bound at all 21 settings",
    ),
}


def test_the_preview_has_the_path_of_the_published_site(server: Preview) -> None:
    """The one that the guide names; the terminal says it too."""
    root, base = server.address.removesuffix("/roofline/"), "/roofline/"
    assert server.address == root + base
    assert f"Serving on {server.address}" in server.terminal()
    assert f'<link rel="canonical" href="{server.address}{OPERATOR}">' in server.fetch(OPERATOR)
    guide = (server.repository / "docs/guide/preview.md").read_text(encoding="utf-8")
    assert "`http://127.0.0.1:8000/roofline/`" in guide
    with urllib.request.urlopen(root) as answer:  # noqa: S310  # our own address
        assert answer.url == server.address


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_served(server: Preview, what: str) -> None:
    file, change, page, expected = EDITS[what]
    assert expected not in server.fetch(page)
    server.edit(file, change)
    server.wait_for(lambda: expected in server.fetch(page), f"the edit of the {what}")


def test_a_new_study_is_served(server: Preview) -> None:
    source = (server.repository / EXAMPLE).read_text(encoding="utf-8")
    text = source.replace("model: llama-33b", "model: llama-7b").replace("33B", "7B")
    path = server.repository / "docs" / "studies" / "a-new-study.yml"
    path.write_text(text, encoding="utf-8")
    page = "studies/a-new-study/operators/qk-pv-ar/"
    server.wait_for(lambda: "Llama 7B" in server.fetch(page), "the new study")


@pytest.mark.parametrize(
    ("file", "broken", "message"),
    [
        ("docs/learn/ridge.md", "\n<%= no_such_value %>\n", "'no_such_value' is undefined"),
        (EXAMPLE, "\nbatchs: [1]\n", 'did you mean "batches"?'),
        ("roofline/report/pages/rows.py", "\nthis is no Python\n", "SyntaxError"),
    ],
)
def test_a_broken_edit_is_told_and_the_next_good_one_recovers(
    server: Preview, file: str, broken: str, message: str
) -> None:
    path = server.repository / file
    good = path.read_text(encoding="utf-8")
    told = server.terminal().count(message)
    server.edit(file, lambda text: text + broken)
    server.wait_for(lambda: server.terminal().count(message) > told, "the error")
    page = server.repository / "docs" / "learn" / "ridge.md"
    path.write_text(good, encoding="utf-8")
    sentence = f"Recovered from {message}"
    marked = page.read_text(encoding="utf-8") + f"\n\n`{sentence}`\n"
    page.write_text(marked, encoding="utf-8")
    shown = sentence.replace("'", "&#x27;").replace('"', "&quot;")
    server.wait_for(
        lambda: any(text in server.fetch("learn/ridge/") for text in (sentence, shown)),
        "the recovery",
    )
