"""Formulas: how each case reads, and that what is read is what is computed."""

import ast
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from choices import CHOICES
from deployments import deploy
from roofline.catalog.entries import LEAST_WIDTH, MOST_WIDTH
from roofline.catalog.reader import identifiers
from roofline.model.deployment import Deployment
from roofline.model.formula import Formula, kernel_formula, notation, number_text, one_law
from roofline.model.operators import PHASES, SETTINGS, Phase, load_operators
from roofline.study.explain import explain
from studies import small_study

OPERATORS = load_operators()
SIZES = st.integers(1, 10**9)
STORAGE = st.dictionaries(
    st.sampled_from(["weight", "activation", "kv-cache", "scores"]),
    st.sampled_from([0.5, 0.53125, 1, 2, 4, 1 / 3]) | st.floats(LEAST_WIDTH, MOST_WIDTH),
)


def formula(
    deployment: Deployment,
    series: str,
    phase: Phase,
    setting: tuple[int, int, int] = (4, 512, 1),
    candidates: Sequence[int] = (1,),
) -> Formula:
    """Formula of the first kernel of a series."""
    written = notation(deployment, phase, setting, candidates)
    rows = next(iter(deployment.kernels(series, phase).values()))
    return kernel_formula(deployment, rows, written)


@pytest.mark.parametrize(
    ("series", "phase", "text", "values"),
    [
        (
            "qkv mlp",
            "init",
            "1 / (1/(b * s) + 1/(a * d) + 1/h)",
            "1 / (1/(4 * 512) + 1/(52 * 128) + 1/6656)",
        ),
        ("qkv mlp", "ar", "1 / (1/b + 1/(a * d) + 1/h)", "1 / (1/4 + 1/(52 * 128) + 1/6656)"),
        (
            "up/gate/down",
            "init",
            "1 / (1/(b * s) + 1/i + 1/h)",
            "1 / (1/(4 * 512) + 1/17920 + 1/6656)",
        ),
        ("up/gate/down", "ar", "1 / (1/b + 1/i + 1/h)", "1 / (1/4 + 1/17920 + 1/6656)"),
        ("qk/pv", "init", "1 / (1/s + 1/s + 1/d)", "1 / (1/512 + 1/512 + 1/128)"),
        ("qk/pv", "ar", "1 / (1 + 1/s + 1/d)", "1 / (1 + 1/512 + 1/128)"),
        ("lm_head", "ar", "1 / (1/b + 1/V + 1/h)", "1 / (1/4 + 1/32000 + 1/6656)"),
    ],
)
def test_the_flagship_reads_as_the_law(series: str, phase: Phase, text: str, values: str) -> None:
    """One term for each dimension, without symbols that are one or equal here."""
    written_out = formula(deploy(), series, phase)
    assert written_out.text == text
    assert written_out.values_text == values


def test_a_formula_is_typeset_as_nested_fractions() -> None:
    """A dimension of one is written 1, not 1/1."""
    written_out = formula(deploy(), "qk/pv", "ar")
    assert written_out.tex == r"\frac{1}{1 + \frac{1}{s} + \frac{1}{d}}"
    assert written_out.values_tex == r"\frac{1}{1 + \frac{1}{512} + \frac{1}{128}}"


def test_candidates_are_written_only_where_a_study_has_them() -> None:
    """With candidates, m is q in decode attention and b q in decode projections."""
    with_them = formula(deploy(), "qk/pv", "ar", (4, 512, 8), (1, 8))
    assert with_them.text == "1 / (1/q + 1/s + 1/d)"
    assert with_them.values_text == "1 / (1/8 + 1/512 + 1/128)"
    assert formula(deploy(), "qkv mlp", "ar", candidates=(2,)).text.startswith("1 / (1/(b * q)")
    assert "q" not in formula(deploy(), "qkv mlp", "init", candidates=(1, 8)).text


def test_one_candidate_of_several_is_still_one() -> None:
    """At q = 1 the value of 1/q is 1."""
    written_out = formula(deploy(), "qk/pv", "ar", (4, 512, 1), (1, 8))
    assert written_out.values_text == "1 / (1 + 1/512 + 1/128)"


def test_grouped_heads_multiply_the_rows() -> None:
    """M is a / a_kv, so 1/m is a_kv / a: 8 / 64 for Llama 2 70B."""
    written_out = formula(deploy("llama-2-70b"), "qk/pv", "ar")
    assert written_out.text == "1 / (a_kv/a + 1/s + 1/d)"
    assert written_out.values_text == "1 / (8/64 + 1/512 + 1/128)"
    assert written_out.tex == r"\frac{1}{\frac{a_{kv}}{a} + \frac{1}{s} + \frac{1}{d}}"
    prefill = formula(deploy("llama-2-70b"), "qk/pv", "init")
    assert prefill.text == "1 / (a_kv/(s * a) + 1/s + 1/d)"


@pytest.mark.parametrize(
    ("model", "phase", "text"),
    [
        # 4 b a s² d FLOP over 8 b a s d byte
        ("llama-33b", "init", "s / 2"),
        # 4 b a s d FLOP over 4 b a d + 4 b a s d byte
        ("llama-33b", "ar", "s / (1 + s)"),
        # Keys and values of a_kv heads, queries and outputs of a heads.
        ("llama-2-70b", "init", "s * a / (a + a_kv)"),
        ("llama-2-70b", "ar", "a * s / (a + a_kv * s)"),
    ],
)
def test_fused_attention_is_work_over_traffic_in_lowest_terms(
    model: str, phase: Phase, text: str
) -> None:
    """Equal terms are added up, and common factors left out."""
    assert formula(deploy(model, choices={"attention": "fused"}), "qk/pv", phase).text == text


def test_fused_projections_read_their_input_once() -> None:
    """2 · 2 b h i FLOP over 2 (b h + 2 h i + 2 b i) byte."""
    written_out = formula(deploy(choices={"projections": "fused"}), "up/gate/down", "ar")
    assert written_out.text == "2 * b * i * h / (b * h + 2 * h * i + 2 * b * i)"


def test_narrow_weights_divide_the_batch() -> None:
    """2 / (e_b/m + e_a/n + e_c/k); with 2 byte throughout, the twos cancel."""
    narrow = deploy(storage={"weight": 0.53125})
    assert formula(narrow, "qkv mlp", "ar").text == "2 / (0.53125/b + 2/(a * d) + 2/h)"
    assert formula(narrow, "qk/pv", "ar").text == "1 / (1 + 1/s + 1/d)"


def test_bytes_per_element_are_written_in_full() -> None:
    """Nothing is rounded on the way to the page."""
    narrow = deploy(storage={"weight": 0.123456789})
    assert "0.123456789/b" in formula(narrow, "qkv mlp", "ar").text


def test_a_gather_has_traffic_and_no_work() -> None:
    """A row of h elements of 2 byte read and written for each token."""
    written_out = formula(deploy(), "embedding", "ar")
    assert written_out.text == "0 / (4 * b * h)"
    assert written_out.values_text == "0 / (4 * 4 * 6656)"
    assert written_out.tex == r"\frac{0}{4 \times b\,h}"


def test_a_computed_share_stays_in_the_formula() -> None:
    """Half of the products: 2 · fill · m n k over 2 (m k + k n + m n)."""
    row = deploy().series_rows("attention output", "ar")[0]
    half = row.model_copy(update={"fill": row.k.parse("(s + 1) / (2 * s)")})
    written = notation(deploy(), "ar", (4, 512, 1), (1,))
    written_out = kernel_formula(deploy(), [half], written)
    # m = b = 4, n = h = 6656, k = a d = 52 · 128 = 6656
    expected = 513 / 1024 / (1 / 4 + 2 / 6656)
    assert_allclose(eval(written_out.values_text), expected, rtol=1e-12)  # noqa: S307  # our own text
    assert not one_law(deploy(), [[half], [row]], written)


def test_kernels_of_one_law_share_their_formula() -> None:
    """Up and down swap n and k; q, k and v differ only with grouping."""
    for model, same in (("llama-33b", True), ("llama-2-70b", False)):
        deployment = deploy(model)
        written = notation(deployment, "ar", (1, 128, 1), (1,))
        assert one_law(deployment, [*deployment.kernels("qkv mlp", "ar").values()], written) == same
        assert one_law(deployment, [*deployment.kernels("up/gate/down", "ar").values()], written)


@pytest.mark.parametrize(
    ("number", "text"), [(2.0, "2"), (0.5, "0.5"), (1e20, "100000000000000000000")]
)
def test_whole_numbers_have_no_decimals(number: float, text: str) -> None:
    """And no exponent."""
    assert number_text(number) == text


def balanced(tex: str) -> bool:
    """Whether every brace is closed, none before it was opened."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", tex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


@given(
    st.sampled_from(identifiers("transformers")),
    st.sampled_from([*OPERATORS.series]),
    st.sampled_from(PHASES),
    CHOICES,
    STORAGE,
    st.tuples(SIZES, SIZES, st.integers(1, 256)),
)
def test_the_text_evaluates_to_the_intensity(  # noqa: PLR0917  # one for each thing drawn
    model: str,
    series: str,
    phase: Phase,
    choices: dict[str, str],
    storage: dict[str, float],
    setting: tuple[int, int, int],
) -> None:
    """In symbols and with values, for each kernel and for the sum, in Python's own words."""
    study = small_study(model=model, choices=choices, storage=storage)
    if phase == "init":
        setting = (*setting[:2], 1)
    explanation = explain(study, series, phase, *setting)
    deployment = study.deployment
    settings = dict(zip(SETTINGS, setting, strict=True))
    symbols = deployment.operators.base_values(deployment.transformer, settings)
    for share in (*explanation.kernels, explanation.total):
        texts = [share.formula.values_text]
        if "W_" not in share.formula.text:
            texts.append(share.formula.text)
        for text in texts:
            value = eval(text, {"__builtins__": {}}, dict(symbols))  # noqa: S307  # our own text
            assert_allclose(value, share.intensity, rtol=1e-9, err_msg=text)
        assert not {node.id for node in ast.walk(ast.parse(texts[0])) if isinstance(node, ast.Name)}
        assert balanced(share.formula.tex)
        assert balanced(share.formula.values_tex)
