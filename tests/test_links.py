"""The link check finds each kind of broken link, and nothing else."""

from pathlib import Path

import pytest

from links import SiteFiles, read_page


@pytest.fixture
def site(tmp_path: Path) -> SiteFiles:
    """Two pages, a style sheet and a picture."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text('<h1 id="top-most">x</h1>', encoding="utf-8")
    (tmp_path / "sub" / "index.html").write_text('<h2 id="é">x</h2>', encoding="utf-8")
    (tmp_path / "a.css").write_text("a{background:url('a.svg')}", encoding="utf-8")
    (tmp_path / "a.svg").write_text("<svg/>", encoding="utf-8")
    return SiteFiles(root=tmp_path, site_url="https://example.com/here/")


@pytest.mark.parametrize(
    "link",
    [
        "sub/",
        "sub/#%C3%A9",
        "sub/?batch=4",
        "#top-most",
        "#top",
        "#b=1&s=128",
        "a.svg",
        "/here/",
        "https://example.com/here/sub/",
        "https://example.com/here/1.0/sub/",
        "https://example.com/here/dev/sub/#%C3%A9",
        "https://example.com/another-site/",
        "https://elsewhere.example/missing",
        "mailto:someone@example.com",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
    ],
)
def test_accepts_what_works(site: SiteFiles, link: str) -> None:
    assert site.problem(link, base=site.site_url) is None


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("sub", "no such file"),
        ("missing/", "no such file"),
        ("b.svg", "no such file"),
        ("https://example.com/here/missing/", "no such file"),
        ("https://example.com/here/1.0/missing/", "no such file"),
        ("https://example.com/here/1.x/sub/", "no such file"),
        ("1.0/sub/", "no such file"),
        ("#missing", "no such anchor"),
        ("sub/#e", "no such anchor"),
        ("/sub/", "leads out of the site"),
        ("../sub/", "leads out of the site"),
    ],
)
def test_names_what_is_broken(site: SiteFiles, link: str, problem: str) -> None:
    assert site.problem(link, base=site.site_url) == problem


def test_broken_links_name_file_link_and_problem(site: SiteFiles) -> None:
    (site.root / "sub" / "index.html").write_text('<a href="../no/">x</a>', encoding="utf-8")
    (site.root / "a.css").write_text("a{background:url(no.svg)}", encoding="utf-8")
    assert site.broken_links() == [
        "a.css: no.svg: no such file",
        "sub/index.html: ../no/: no such file",
    ]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="x">',
        '<img src="x">',
        '<img srcset="x 2x">',
        '<svg><use xlink:href="x"></svg>',
        '<svg><a href="x"></a></svg>',
        '<object data="x">',
        '<p style="background: url(x)">',
        '<meta property="og:image" content="x">',
        '<meta http-equiv="refresh" content="0; url=x">',
    ],
)
def test_reads_every_way_to_link(html: str) -> None:
    assert read_page(html).links == ["x"]


def test_a_forwarding_page_is_known_as_one() -> None:
    assert read_page('<meta http-equiv="refresh" content="0; url=../new/">').redirect == "../new/"


def test_counts_repeated_ids() -> None:
    assert read_page('<p id="a"><p id="a"><p id="b">').ids == {"a": 2, "b": 1}
