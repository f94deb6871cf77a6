"""The ledger of published addresses, and what forwards from old ones."""

from pathlib import Path

import pytest

from gen.addresses import ledger as ledgers
from gen.addresses.forward import add_forwarding, forwarding_page, relative_link, settle
from gen.addresses.ledger import (
    Ledger,
    Redirect,
    complaint,
    ledger_text,
    load_ledger,
    nearest,
    read_site,
    unrecorded,
)
from roofline.errors import InputError

CANONICAL = "https://example.org/site/latest/"

PAGE = """<!doctype html>
<html lang="en"><head>
<title>{title}</title>
<meta property="og:title" content="{title}">
</head><body>
<input id="__search">
<article class="md-content__inner md-typeset">
{content}
</article>
<div id="below-the-page"></div>
</body></html>
"""

CONTENT = """
<h1 id="the-title">The title</h1>
<h2 id="rule">The rule <a href="#rule">link</a></h2>
<figure class="chart" id="chart-roofline"><svg id="drawing"><g id="axes"></g></svg></figure>
<table class="a" id="points-table"><tr id="row"><td>1</td></tr></table>
<span id="source-a&amp;b"></span><p id=""></p><P ID="capital"></P><svg><g id="inside"/></svg>
<p title='<p id="quoted">'></p><!-- <p id="comment"> --><noscript><p id="script"></p></noscript>
<form id="filter"><input id="batch"></form>
<a id="__codelineno-0-1"></a><li id="fn:1">A note</li>
"""


def make_site(folder: Path, pages: dict[str, str], files: dict[str, bytes] | None = None) -> Path:
    """Write a small site: contents of pages by address, bytes of files by path."""
    for address, content in pages.items():
        path = folder / address.strip("/") / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = PAGE.format(title=f"Page {address}", content=content)
        path.write_text(text, encoding="utf-8")
    for name, data in (files or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def moved(pairs: dict[str, str], *others: str) -> Ledger:
    """A ledger in which these addresses have moved."""
    return Ledger(
        addresses=frozenset({*pairs, *others}),
        redirects={old: Redirect(to=new, since="1.1") for old, new in pairs.items()},
    )


def test_addresses_are_pages_places_and_data(tmp_path: Path) -> None:
    files = {
        "404.html": b"",
        "sitemap.xml": b"",
        "assets/app.1234.js": b"",
        "search/search_index.json": b"{}",
        "mine/points.json": b"{}",
    }
    site = make_site(tmp_path, {"/": "<h2 id='single'></h2>", "/mine/": CONTENT}, files)
    assert sorted(read_site(site)) == [
        "/",
        "/#single",
        "/mine/",
        "/mine/#capital",
        "/mine/#chart-roofline",
        "/mine/#points-table",
        "/mine/#rule",
        "/mine/#script",
        "/mine/#source-a&b",
        "/mine/points.json",
    ]


def test_a_page_that_only_forwards_has_no_address(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"/": ""})
    (site / "old").mkdir()
    page = forwarding_page("../", title="Home", canonical=CANONICAL)
    (site / "old" / "index.html").write_text(page, encoding="utf-8")
    assert read_site(site) == {"/"}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    addresses = {"/b/", "/", "/a/#x", "/a/"}
    (tmp_path / "addresses.txt").write_text(ledger_text(addresses), encoding="utf-8")
    assert load_ledger(tmp_path).addresses == addresses
    assert ledger_text(addresses).splitlines()[-4:] == ["/", "/a/", "/a/#x", "/b/"]


def test_a_folder_without_a_ledger_promises_nothing(tmp_path: Path) -> None:
    empty = load_ledger(tmp_path)
    assert empty == Ledger(addresses=frozenset(), redirects={})
    assert complaint(empty, frozenset({"/"}), "1.0") == ""
    assert unrecorded(empty, {"/b/", "/"}) == ["/", "/b/"]


def test_a_bad_file_of_redirects_is_told(tmp_path: Path) -> None:
    text = "redirects:\n  /a/:\n    to: b/\n    sinc: '1.1'\n"
    (tmp_path / "redirects.yml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_ledger(tmp_path)
    message = str(caught.value)
    assert message.startswith("ledger/redirects.yml: 3 problems")
    assert 'did you mean "since"?' in message
    assert 'got "b/"' in message


def test_every_missing_address_is_named_with_its_nearest() -> None:
    known = Ledger(
        addresses=frozenset(
            {"/", "/learn/rigde/", "/learn/rigde/#a", "/learn/#rule", "/x/points.csv", "/q/"}
        ),
        redirects={},
    )
    built = frozenset({"/", "/learn/ridge/", "/learn/", "/learn/#rules", "/x/y/points.csv"})
    assert complaint(known, built, "1.2").splitlines() == [
        "ledger/addresses.txt: 5 published addresses are missing from this build",
        "  /learn/#rule: the page has no such place; nearest is /learn/#rules",
        "  /learn/rigde/: nearest is /learn/ridge/",
        "  /learn/rigde/#a: its page is missing",
        "  /q/: nothing is near",
        "  /x/points.csv: nearest is /x/y/points.csv",
        "A published address never dies: bring it back, or say where it leads now, in",
        "ledger/redirects.yml, under `redirects:`, such as",
        "  /learn/#rule:",
        "    to: /learn/#rules",
        '    since: "1.2"',
    ]


def test_the_nearest_is_of_the_same_kind() -> None:
    built = frozenset({"/a/", "/a/points.json", "/a/points.csv", "/b/", "/b/#law", "/a/#rule"})
    assert nearest("/a/point.json", built) == "/a/points.json"
    assert nearest("/a/#law", built) == "/b/#law", "a place may have gone to another page"
    assert nearest("/a/#rules", built) == "/a/#rule"
    assert nearest("/zzzzzzzz/", built) is None


def test_a_redirect_covers_the_page_and_the_places_that_go_along() -> None:
    known = moved({"/old/": "/new/"}, "/old/#kept", "/old/#gone")
    built = frozenset({"/new/", "/new/#kept"})
    assert complaint(known, built, "1.2").splitlines()[:2] == [
        "ledger/addresses.txt: 1 published address is missing from this build",
        "  /old/#gone: its page leads to /new/ now, which has no #gone",
    ]
    known = moved({"/old/": "/new/", "/old/#gone": "/new/#kept"}, "/old/#kept")
    assert complaint(known, built, "1.2") == ""


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ({"/here/": "/new/"}, "/here/: an address of this build again"),
        ({"/old/": "/nwe/"}, "/old/: leads to /nwe/, which is not there; did you mean /new/?"),
        ({"/old/": "/older/", "/older/": "/new/"}, "which has moved too; write /new/"),
        ({"/old/": "/new/points.json"}, "a page leads to a page, a file to a file"),
        ({"/a.csv": "/new/points.json"}, "a file to a file of its format"),
    ],
)
def test_a_redirect_that_cannot_be_kept_is_refused(pairs: dict[str, str], problem: str) -> None:
    built = frozenset({"/here/", "/new/", "/new/points.json"})
    told = complaint(moved(pairs), built, "1.2")
    assert told.startswith("ledger/redirects.yml:\n  ")
    assert problem in told


def test_a_redirect_of_what_never_was_is_refused() -> None:
    known = Ledger(
        addresses=frozenset({"/older/"}),
        redirects={"/oldr/": Redirect(to="/", since="1.1")},
    )
    told = complaint(known, frozenset({"/", "/older/"}), "1.2")
    assert "/oldr/: was never published; did you mean /older/?" in told


@pytest.mark.parametrize(
    ("old", "new", "link"),
    [
        ("/a/b/", "/a/c/", "../c/"),
        ("/a/", "/", "../"),
        ("/a/", "/a/b/c/", "b/c/"),
        ("/a/#x", "/a/#y", "#y"),
        ("/a/#x", "/b/#y", "../b/#y"),
        ("/a/#x", "/a/", "./"),
    ],
)
def test_links_between_addresses(old: str, new: str, link: str) -> None:
    assert relative_link(old, new) == link


def test_a_moved_page_says_where_and_keeps_its_preview(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"/": "", "/new/name/": ""})
    known = moved({"/old/": "/new/name/", "/old/#x": "/#y"})
    add_forwarding(known.redirects, site, CANONICAL)
    page = (site / "old" / "index.html").read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="0; url=../new/name/">' in page
    assert f'<link rel="canonical" href="{CANONICAL}new/name/">' in page
    assert '<a href="../new/name/">Page /new/name/</a>, since version 1.1' in page
    assert '<meta property="og:title" content="Page /new/name/">' in page
    assert 'new Map([["x", "../#y"]])' in page


def test_a_moved_place_has_a_note_in_its_page(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"/": "", "/page/": '<h2 id="new"></h2>'})
    known = moved({"/page/#old": "/page/#new", "/page/#away": "/"})
    add_forwarding(known.redirects, site, CANONICAL)
    page = (site / "page" / "index.html").read_text(encoding="utf-8")
    assert '<p class="rl-moved" id="old">This part has moved: <a href="#new">#new</a>.</p>' in page
    assert 'id="away">This part has moved: <a href="../">Page /</a>.</p>' in page
    assert page.count("<script>") == 1


def test_a_moved_file_keeps_giving_bytes(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"/": ""}, {"new/points.json": b"{}"})
    add_forwarding(moved({"/old/points.json": "/new/points.json"}).redirects, site, CANONICAL)
    assert (site / "old" / "points.json").read_bytes() == b"{}"


def test_foreign_text_cannot_end_the_script() -> None:
    page = forwarding_page(
        "../a/", title="A", canonical=CANONICAL, moved={"</script><b>": '"</script>'}
    )
    assert page.count("</script>") == 1


def test_settling_checks_before_it_forwards(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    folder.mkdir()
    site = make_site(tmp_path / "site", {"/": "", "/new/": ""})
    about = {"canonical_url": CANONICAL, "since": "1.1"}
    (folder / "addresses.txt").write_text("/\n/old/\n", encoding="utf-8")
    told = settle(folder, site, version="", **about)
    assert "  /old/: " in told
    assert not (site / "old").exists()

    text = 'redirects:\n  /old/:\n    to: /new/\n    since: "1.1"\n'
    (folder / "redirects.yml").write_text(text, encoding="utf-8")
    told = settle(folder, site, version="1.1", **about)
    assert told.startswith("1 of this release's addresses not in the ledger, such as /new/: run")
    assert settle(folder, site, version="dev", **about) == ""
    assert (site / "old" / "index.html").exists()


def test_the_command_adds_and_never_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(tmp_path / "site", {"/": '<h2 id="a"></h2>'})
    monkeypatch.setattr(ledgers, "FOLDER", tmp_path)
    file = tmp_path / "addresses.txt"
    file.write_text("/gone/\n", encoding="utf-8")
    said: list[object] = []
    assert ledgers.main([str(site)], said.append) == 0
    assert load_ledger(tmp_path).addresses == {"/", "/#a", "/gone/"}
    assert said == ["ledger/addresses.txt: 2 added, 3 in all"]
    assert ledgers.main([], said.append) == 2


def test_a_ledger_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(tmp_path / "site", {"/": ""})
    (tmp_path / "addresses.txt").mkdir()
    monkeypatch.setattr(
        ledgers, "load_ledger", lambda _: Ledger(addresses=frozenset(), redirects={})
    )
    monkeypatch.setattr(ledgers, "FOLDER", tmp_path)
    said: list[str] = []
    assert ledgers.main([str(site)], said.append) == 1
    assert said[0].startswith("error: ledger/addresses.txt: cannot be written: ")


@pytest.mark.site
def test_every_address_of_the_site_is_in_the_ledger(built_site: Path) -> None:
    new = unrecorded(load_ledger(), read_site(built_site))
    few = "\n".join(new[:20])
    assert not new, f"run `make ledger`: {len(new)} addresses are not recorded, such as\n{few}"
