"""Pages are rendered strictly, with links that hold and foreign text that does nothing."""

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url
from mkdocs.utils.yaml import yaml_load

from pages import parsed
from roofline.errors import InputError
from roofline.report.pages.fragments import Fragments
from roofline.report.pages.render import Renderer
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study
from undrawn import undrawn

EVIL = "<script>alert(1)</script> <%= 1 %> *x* [y](javascript:z) \"q\" 'r' \\ : # -"


def render(source: str, path: str = "page.md", **values: object) -> str:
    """Render a page of its own."""
    return Renderer(fragments=Fragments(), values=values).page(path, source, f"docs/{path}")


def refusal(source: str, **values: object) -> str:
    """Why a page is not rendered."""
    with pytest.raises(InputError) as error:
        Renderer(fragments=Fragments(), values=values).page("page.md", source, "docs/page.md")
    assert "Traceback" not in str(error.value)
    return str(error.value)


PATHS = st.builds(
    lambda folders, name, ending: "/".join([*folders, f"{name}{ending}"]),
    st.lists(st.sampled_from(["a", "b-c", "index"]), max_size=3),
    st.sampled_from(["index", "a", "page", "v1.2"]),
    st.sampled_from([".md", ".json", ".csv.json"]),
)
"""Paths under docs/, some of pages, some of index pages."""


@given(
    page=PATHS.filter(lambda path: path.endswith(".md")), target=PATHS, directory_urls=st.booleans()
)
def test_links_are_those_of_mkdocs(page: str, target: str, *, directory_urls: bool) -> None:
    """Whatever its settings say about the addresses of pages."""
    renderer = Renderer(fragments=Fragments(), values={}, directory_urls=directory_urls)
    link = renderer.page(page, f"<%= link('{target}#x') | verbatim %>", page).removesuffix("#x")
    addresses = [
        File(path, src_dir=None, dest_dir="", use_directory_urls=directory_urls).url
        for path in (target, page)
    ]
    home = "https://example.org/site/"
    expected = urljoin(home + addresses[1], get_relative_url(*addresses))
    assert urljoin(home + addresses[1], link) == expected


def test_values_and_statements_are_filled_in() -> None:
    source = "<% for one in many %>\n- <%= one %>\n<% endfor %>\n<%# a comment %>\nEnd\n"
    assert render(source, many=[1, 2]) == "- 1\n- 2\nEnd\n"


@pytest.mark.parametrize(
    "text",
    [
        "# Title { #anchor }",
        r"\frac{{a}}{b}",
        "${{ github.ref }}",
        "{% raw %} {# x #}",
        "100 % of <b>it</b> %",
        "| a | b |",
    ],
)
def test_braces_of_other_languages_are_left_alone(text: str) -> None:
    assert render(text) == text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("# A\n\n<%= nothing %>\n", "line 3: 'nothing' is undefined"),
        (
            "<%= study.nothing %>",
            (
                "line 1: 'roofline.report.pages.study_view.StudyView object' has no attribute "
                "'nothing'"
            ),
        ),
        ("\n<% if nothing %>x<% endif %>", "line 2: 'nothing' is undefined"),
        ("\n<% for x in nothing %><% endfor %>", "line 2: 'nothing' is undefined"),
        ("\n\n<%= 1 | nothing %>", "line 3: No filter named 'nothing'"),
        ("a\n<% if x %>\n", "line 2: "),
        ("a\n<%= 1 +", "line 2: "),
        ("a\n\n<%= math('{') %>", "line 3: cannot typeset '{'"),
        ("<%= study.one('qk/pv') %>", 'unknown series "qk/pv"; did you mean "qk/pv init"?'),
        ("a\n<%= 'x' | number %>", "line 2: could not convert string to float"),
        ("a\n<%= study.charts['nothing'].title %>", "line 2: "),
        ("a\n<%= 1 / 0 %>", "line 2: division by zero"),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line(source: str, words: str) -> None:
    with undrawn():
        told = refusal(source, study=StudyView(study=load_study()))
    assert told.startswith("docs/page.md: ")
    assert words in told


def test_a_template_is_named_as_the_file_to_mend() -> None:
    renderer = Renderer(fragments=Fragments(), values={})
    with pytest.raises(
        InputError, match=r"roofline/report/templates/study\.md\.j2: line 2: 'study' is"
    ):
        renderer.template("study.md.j2", "studies/x/index.md")


def test_foreign_values_are_shown_and_never_run() -> None:
    page = parsed(render("Before <%= evil %> after", evil=EVIL))
    assert [tag.name for tag in page.find_all()] == ["p"]
    assert page.get_text() == f"Before {EVIL} after"


def test_foreign_values_are_shown_as_code() -> None:
    page = parsed(render("Before <%= evil | code %> after", evil=EVIL))
    assert [tag.name for tag in page.find_all()] == ["p", "code"]
    assert page.get_text() == f"Before {EVIL} after"


@pytest.mark.parametrize("value", [EVIL, "yes", "12", "a: b", "---", "line\n---\nline", "\\", "#"])
def test_front_matter_holds_one_string(value: str) -> None:
    source = "---\ntitle: <%= value | front_matter %>\n---\n"
    lines = render(source, value=value).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("---", "---", 3)
    title = yaml_load(lines[1])["title"]
    assert isinstance(title, str)
    assert parsed("<p>" + title + "</p>").get_text() == " ".join(value.split())
    assert not set("<>\"'") & set(title)


def test_tables_and_formulas_are_kept_out_of_markdown() -> None:
    renderer = Renderer(fragments=Fragments(), values={})
    source = (
        "A <%= math('m') %> b\n"
        "<%= table([Column(key='x', title='X')], [{'x': '*y*'}], label='x') %>\n"
        "A <%= bound('memory') %> point\n"
    )
    page = renderer.page("page.md", source, "docs/page.md")
    assert "katex" not in page
    assert "<table" not in page
    html = renderer.fragments.insert(page)
    assert ">*y*</a></td>" in html
    assert '<span class="rl-bound rl-bound--memory">memory-bound</span>' in html


@pytest.mark.parametrize(
    "page",
    [
        "index.md",
        "explore.md",
        "learn/index.md",
        "learn/ridge.md",
        "studies/one/index.md",
        "studies/one/operators/qk-pv-ar.md",
    ],
)
@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("index.md", ""),
        ("explore.md", "explore/"),
        ("learn/index.md", "learn/"),
        ("learn/ridge.md", "learn/ridge/"),
        ("learn/ridge.md#the-ridge", "learn/ridge/#the-ridge"),
        ("learn/index.md#top", "learn/#top"),
        ("studies/one/operators/qk-pv-ar.md", "studies/one/operators/qk-pv-ar/"),
        ("studies/one/points.json", "studies/one/points.json"),
        ("assets/my-index.svg", "assets/my-index.svg"),
    ],
)
def test_links_are_relative_from_every_depth(page: str, target: str, address: str) -> None:
    root = "https://example.org/name/1.2/"
    stem = page.removesuffix(".md")
    place = stem.removesuffix("index") if stem.endswith("index") else f"{stem}/"
    link = render(f"<%= link('{target}') | safe %>", page)
    assert urljoin(root + place, link) == root + address
    assert not link.startswith(("/", "http"))
