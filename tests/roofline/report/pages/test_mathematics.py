"""Formulas are typeset while the site is built, or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choices import CHOICES
from pages import to_html
from roofline.catalog.entries import LEAST_WIDTH, MOST_WIDTH
from roofline.catalog.reader import identifiers
from roofline.model.operators import PHASES, Phase, load_operators
from roofline.report.pages.mathematics import render
from roofline.study.explain import explain
from studies import small_study

OPERATORS = load_operators()


def test_a_formula_is_one_line_of_html_and_mathml() -> None:
    html = render(r"\frac{1}{\frac{1}{b} + \frac{1}{a_{kv}\,d}}", display=True)
    assert "\n" not in html
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in html
    assert 'class="katex-html" aria-hidden="true"' in html
    assert html.count("data-search-exclude") == 1
    assert 'role="group"' in html


def test_a_formula_in_a_sentence_has_no_role_of_its_own() -> None:
    html = render("m", display=False)
    assert "rl-math--display" not in html
    assert "tabindex" not in html


@pytest.mark.parametrize("tex", [r"\frak{", r"\nonsense", "{", "a_b_c", "é"])
def test_what_katex_does_not_accept_is_refused(tex: str) -> None:
    with pytest.raises(ValueError, match="cannot typeset"):
        render(tex, display=False)


@pytest.mark.parametrize("tex", ["a * b * c", "a_1 b_2", r"[m \times k] \cdot [k \times n]", "x^*"])
def test_markdown_leaves_a_formula_alone(tex: str) -> None:
    html = render(tex, display=False)
    assert to_html(f"Text {html} text.") == f"<p>Text {html} text.</p>"


@settings(max_examples=60)
@given(
    st.sampled_from(identifiers("transformers")),
    st.sampled_from([*OPERATORS.series]),
    st.sampled_from(PHASES),
    CHOICES,
    st.dictionaries(
        st.sampled_from(["weight", "activation", "kv-cache", "scores"]),
        st.floats(LEAST_WIDTH, MOST_WIDTH),
    ),
    st.tuples(st.integers(1, 10**9), st.integers(1, 10**9)),
)
def test_katex_accepts_the_formula_of_every_kernel(  # noqa: PLR0917  # one for each thing drawn
    model: str,
    series: str,
    phase: Phase,
    choices: dict[str, str],
    storage: dict[str, float],
    setting: tuple[int, int],
) -> None:
    study = small_study(model=model, choices=choices, storage=storage, candidates=[1, 4])
    explanation = explain(study, series, phase, *setting)
    for share in (*explanation.kernels, explanation.total):
        for tex in (share.formula.tex, share.formula.values_tex):
            assert "katex-error" not in render(f"I = {tex}", display=True)
