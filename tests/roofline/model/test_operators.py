"""The operator table: what it says, what can be added to it, and what it refuses."""

from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from catalogues import RECALL, extend_operators
from deployments import deploy
from roofline.errors import InputError
from roofline.model.formula import kernel_formula, notation
from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Phase, load_operators, parse_label
from roofline.model.points import evaluate, products
from roofline.study.results import charted_series

KNOWN = (
    "qkv mlp init, qkv mlp ar, up/gate/down init, up/gate/down ar, qk/pv init, qk/pv ar, "
    "attention output init, attention output ar, lm_head init, lm_head ar, embedding init "
    "and embedding ar"
)


def refusal() -> str:
    """Why the operator table is refused, after its name."""
    with pytest.raises(InputError) as error:
        load_operators()
    text = str(error.value)
    assert text.startswith("roofline/catalog/operators.yml: ")
    return text.removeprefix("roofline/catalog/operators.yml: ")


def test_the_reference_chart_has_three_series() -> None:
    """In the order of its legend, each with rows in both phases."""
    table = load_operators()
    charted = [label for label, series in table.series.items() if series.charted]
    assert charted == ["qkv mlp", "up/gate/down", "qk/pv"]
    for label in table.series:
        for phase in PHASES:
            assert any(row.series == label and phase in row.phases for row in table.rows)


def test_slugs_are_distinct() -> None:
    """They become addresses."""
    slugs = [series.slug for series in load_operators().series.values()]
    assert len(set(slugs)) == len(slugs)


def test_the_defaults_are_those_of_the_reference_chart() -> None:
    """Unfused attention, separate projections, every score, the logits of the last position."""
    assert load_operators().defaults() == {
        "attention": "unfused",
        "projections": "separate",
        "mask": "full",
        "logits": "last",
    }


def test_choices_that_others_rule_out_fall_back_to_their_defaults() -> None:
    """Unfused attention computes every score, so a causal mask goes with it."""
    causal = deploy(choices={"attention": "fused", "mask": "causal"})
    assert causal.with_attention("unfused").choice("mask") == "full"
    assert causal.with_choices(logits="all").choice("mask") == "causal"
    assert load_operators().possible({"mask": "causal"}) == {}
    assert causal.with_choices(mask="causal") is causal


def test_a_choice_changes_only_its_rows() -> None:
    """Fused attention keeps the scores on-chip, and touches nothing else."""
    table = load_operators()
    fused = table.defaults() | {"attention": "fused"}
    for row in table.rows:
        before, after = row.under(table.defaults()), row.under(fused)
        assert before is not None
        assert after is not None
        if row.series != "qk/pv":
            assert before == after
        else:
            assert after.operands == tuple(
                "on-chip" if kind == "scores" else kind for kind in before.operands
            )
            assert (before.launch, after.launch) == (row.name, "qk+pv")


def test_weights_are_held_by_their_rows() -> None:
    """Parameters are k times n where B is a weight; the embedding holds the whole table."""
    held = {row.name: row.held() for row in load_operators().rows}
    symbols = {"h": 6656, "i": 17920, "a": 52, "a_kv": 52, "d": 128, "V": 32000}
    values = {name: size.evaluate(symbols) for name, size in held.items() if size is not None}
    assert values == {
        **dict.fromkeys(["q", "k", "v", "o"], 6656**2),
        **dict.fromkeys(["up", "gate", "down"], 6656 * 17920),
        **dict.fromkeys(["lm_head", "embedding"], 32000 * 6656),
    }


@pytest.mark.parametrize("phase", PHASES)
def test_definitions_use_base_symbols_alone(phase: str) -> None:
    """A derived symbol can be written out to the end."""
    table = load_operators()
    for definition in table.definitions(phase).values():  # type: ignore[arg-type]  # one of the two
        assert definition.names <= set(table.symbols)


def test_rows_that_run_in_every_layer_are_known() -> None:
    """All but the output head and the embedding."""
    once = {row.name for row in load_operators().rows if not row.per_layer}
    assert once == {"lm_head", "embedding"}


def test_a_family_has_its_charted_series() -> None:
    table = load_operators()
    assert table.family("projections") == ("qkv mlp", "up/gate/down")
    assert table.family("attention") == ("qk/pv",)
    assert table.family("gathers") == ()


def test_base_symbols_read_settings_and_fields() -> None:
    """A symbol of a setting that is not given is left out."""
    transformer = deploy("llama-3-8b").transformer
    table = load_operators()
    values = table.base_values(transformer, {"batch": 3.0})
    assert values == {
        "b": 3, "h": 4096, "i": 14336, "a": 32, "a_kv": 8, "d": 128, "L": 32, "V": 128256
    }  # fmt: skip
    assert {"s", "q"} <= table.base_values(transformer, {"length": 1, "candidates": 1}).keys()


def test_a_series_a_row_a_symbol_and_a_choice_are_added_by_yaml_alone(recall: Path) -> None:
    """Llama 3 8B has 8 KV heads, groups of 4, d 128 and a trained context of 8,192.

    At batch 2 and length 512 `lookup` is 16 products of 4 x 8192 x 128 in decode, `mix` is
    2 x 4096 x 8192; both of 2 bytes.
    """
    deployment = deploy("llama-3-8b", "h100-80gb-sxm", "bf16")
    assert ("recall", "ar") in charted_series(deployment)
    point = evaluate(deployment, "recall", "ar", Grid(2, 512)).point()
    work = 2 * 16 * 4 * 8192 * 128 + 2 * 2 * 4096 * 8192
    lookup = 16 * (4 * 128 + 128 * 8192 + 4 * 8192)
    mix = 2 * 8192 + 8192 * 4096 + 2 * 4096
    assert_allclose(point.flops, work, rtol=0)
    assert_allclose(point.bytes, 2 * (lookup + mix), rtol=0)
    assert_allclose(point.intensity, work / (2 * (lookup + mix)), rtol=1e-15)
    # In prefill 512 new tokens a sequence: 2048 rows for each product, 1024 in all.
    prefill = products(deployment, deployment.series_rows("recall", "init"), "init", Grid(2, 512))
    assert [(product.count, product.m) for product in prefill] == [(16, 2048), (1, 1024)]


def test_formulas_know_the_added_symbol(recall: Path) -> None:
    """In symbols, and with its value."""
    deployment = deploy("llama-3-8b", "h100-80gb-sxm", "bf16")
    rows = deployment.series_rows("recall", "ar")[:1]
    law = kernel_formula(deployment, rows, notation(deployment, "ar", (2, 512, 1), {1}))
    assert law.text == "1 / (a_kv/a + 1/x + 1/d)"
    assert law.values_text == "1 / (8/32 + 1/8192 + 1/128)"
    assert r"\frac{1}{x}" in law.tex


def test_a_row_can_ask_the_architecture_whether_it_is_there(recall: Path) -> None:
    """Llama 33B has 52 KV heads, so nothing is mixed; its weights are as before."""
    assert [row.name for row in deploy("llama-3-8b").series_rows("recall", "ar")] == [
        "lookup",
        "mix",
    ]
    assert [row.name for row in deploy().series_rows("recall", "ar")] == ["lookup"]
    assert deploy().weights() == 32_528_138_240
    assert (
        deploy("llama-3-8b").weights() - 32 * 8192 * 4096
        == 32 * (2 * 4096**2 + 2 * 4096 * 1024 + 3 * 4096 * 14336) + 2 * 128256 * 4096
    )


def test_a_variant_holds_where_choice_and_architecture_agree(recall: Path) -> None:
    """Half the context is looked up with the choice and 8 KV heads, not with one of them."""
    narrow = {"recall": "narrow"}
    sizes = {
        name: products(
            deployment, deployment.series_rows("recall", "ar")[:1], "ar", Grid(1.0, 512.0)
        )[0].n
        for name, deployment in (
            ("both", deploy("llama-3-8b", choices=narrow)),
            ("architecture", deploy("llama-3-8b")),
            ("choice", deploy(choices=narrow)),
        )
    }
    assert sizes == {"both": 4096, "architecture": 8192, "choice": 2048}


def test_a_series_without_rows_in_a_model_is_not_charted_for_it(catalogue: Path) -> None:
    """Where its only row asks for 8 KV heads; nor is it of a family there."""
    rows = [RECALL["rows"][1]]
    series = {"recall": RECALL["series"]["recall"] | {"family": "projections"}}
    extend_operators(catalogue, RECALL | {"series": series, "rows": rows})
    with_it, without = deploy("llama-3-8b"), deploy()
    assert with_it.family("projections") == ("qkv mlp", "up/gate/down", "recall")
    assert without.family("projections") == ("qkv mlp", "up/gate/down")
    assert ("recall", "init") in charted_series(with_it)
    assert ("recall", "init") not in charted_series(without)


def test_a_row_can_ask_whether_embeddings_are_tied(catalogue: Path) -> None:
    """A field of yes and no; the flagship's are not."""
    for tied, count in ((False, 1), (True, 0)):
        row = RECALL["rows"][1] | {"name": f"mix {tied}", "when": {"tied_embeddings": tied}}
        extend_operators(catalogue, RECALL | {"rows": [row]})
        load_operators.cache_clear()
        names = [row.name for row in deploy().series_rows("recall", "ar")]
        assert names.count(f"mix {tied}") == count


def test_all_wrong_names_are_told_at_once(catalogue: Path) -> None:
    """What a symbol reads, what rows and variants ask, and what expressions use."""
    lookup, mix = RECALL["rows"]
    broken = {
        "symbols": {"x": RECALL["symbols"]["x"] | {"reads": "contxt"}},
        "rows": [
            lookup | {"variants": [{"when": {"recall": "narow", "heads_kv": 8}, "n": "x / 2"}]},
            mix | {"when": {"kv_head": 8}, "k": "xx"},
        ],
    }
    extend_operators(catalogue, RECALL | broken)
    text = refusal()
    for words in (
        'symbols.x.reads: unknown setting or field "contxt"; did you mean "context"?',
        'rows[11].variants[0].when: unknown option of recall "narow"; did you mean "narrow"?',
        'rows[11].variants[0].when: unknown choice or field "heads_kv"',
        'rows[12].when: unknown choice or field "kv_head"; did you mean "kv_heads"?',
        'rows[12].k: unknown symbol "xx"',
    ):
        assert words in text


def test_a_symbol_that_reads_nothing_known_is_told_what_there_is(catalogue: Path) -> None:
    extend_operators(
        catalogue, {"symbols": {"x": {"tex": "x", "reads": "depth", "meaning": "depth"}}}
    )
    assert refusal() == (
        'symbols.x.reads: unknown setting or field "depth"; did you mean "length"? Known: batch, '
        "length, candidates, hidden, intermediate, layers, heads, kv_heads, head_dimension, "
        "vocabulary, context and tied_embeddings"
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "count: 1, m: t, n: i, k: h",
            "count: 1, m: tt, n: i, k: h",
            'rows[3].m: unknown symbol "tt"; did you mean "t"? Known: b, s, q, h, i,',
        ),
        (
            "init: a / a_kv",
            "init: a / g",
            'derived.g.init: unknown symbol "g"; known: b, s, q, h, i, a, a_kv, d, L and V',
        ),
        ("{series: qk/pv, name: qk,", "{series: qk, name: qk,", "rows[6].series: unknown series"),
        (
            "needs: {causal: {attention: fused}}",
            "needs: {casual: {attention: fused}}",
            'choices.mask.needs: unknown option "casual"; did you mean "causal"?',
        ),
        (
            "needs: {causal: {attention: fused}}",
            "needs: {causal: {attention: flash}}",
            'choices.mask.needs.causal: unknown option of attention "flash"; known: unfused',
        ),
        (
            "when: {attention: fused}, kernel: qk+pv, operands: [activation, kv",
            "when: {attention: flash}, kernel: qk+pv, operands: [activation, kv",
            (
                'rows[6].variants[0].when: unknown option of attention "flash"; known: unfused and '
                "fused"
            ),
        ),
        (
            "when: {attention: fused}, kernel: qk+pv, operands: [activation, kv",
            "when: {atention: fused}, kernel: qk+pv, operands: [activation, kv",
            (
                'rows[6].variants[0].when: unknown choice or field "atention"; did you mean '
                '"attention"?'
            ),
        ),
        (
            "name: down, meaning: down projection, phases: [init, ar], launches: L",
            "name: down, meaning: down projection, phases: [init, ar], launches: 1",
            "series.up/gate/down: expected rows of equal launches, got 1 and L",
        ),
        (
            "slug: embedding\n    title: Input embedding\n    charted: false",
            "slug: embedding\n    title: Input embedding\n    charted: true",
            "series.embedding: expected no gather, since charts have no intensity 0",
        ),
        ("m: b * o,", "m: b % o,", "rows[9].m (line "),
        ("operands: [weight, on-chip, activation]", "operands: [weight, on-chip]",
         "rows[10].operands[2] (line "),
        ("operands: [weight, on-chip, activation]", "operands: [weight, chip, activation]",
         "rows[10].operands[1] (line "),
    ],
)  # fmt: skip
def test_a_mistake_in_the_operator_table_is_named(
    catalogue: Path, old: str, new: str, expected: str
) -> None:
    """Every name in a row exists, every expression is of the language."""
    path = catalogue / "operators.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert refusal().startswith(expected)


@pytest.mark.parametrize(
    "label",
    ["qk/pv ar", "qk/pv decode", "qk-pv-ar", "qk-pv-decode", "  QK/PV   Decode ", "Qk-Pv-Ar"],
)
def test_a_series_is_known_by_its_label_and_by_its_address(label: str) -> None:
    """With the chart's word for the phase or the usual one, in any case and spacing."""
    assert parse_label(label, load_operators()) == ("qk/pv", "ar")


@pytest.mark.parametrize("phase", PHASES)
def test_every_series_is_known_by_its_own_names(phase: Phase) -> None:
    """Labels and slugs of the operator table, charted or not."""
    for name, series in load_operators().series.items():
        assert parse_label(f"{name} {phase}", load_operators()) == (name, phase)
        assert parse_label(f"{series.slug}-{phase}", load_operators()) == (name, phase)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("qk/pv", 'unknown series "qk/pv"; did you mean "qk/pv init"? Known: '),
        ("qkpv ar", 'unknown series "qkpv ar"; did you mean "qk/pv ar"? Known: '),
        ("up-gate-down ar", 'unknown series "up-gate-down ar"; did you mean "up/gate/down ar"?'),
        ("softmax", 'unknown series "softmax"; known: '),
        ("", 'unknown series ""; known: '),
    ],
)
def test_an_unknown_series_is_refused_with_the_nearest(label: str, words: str) -> None:
    """And with all that there are."""
    with pytest.raises(InputError) as error:
        parse_label(label, load_operators())
    assert str(error.value).startswith(f"--series: {words}")
    assert str(error.value).endswith(KNOWN)


def test_rows_run_after_those_that_they_read() -> None:
    """A layer: projections, scores, values, output, then the feed-forward network."""
    steps = load_operators().steps()
    per_layer = {row.name: steps[row.name] for row in load_operators().rows if row.per_layer}
    assert per_layer == {
        "q": 0, "k": 0, "v": 0, "qk": 1, "pv": 2, "o": 3, "up": 4, "gate": 4, "down": 5,
    }  # fmt: skip


def test_rows_of_a_broken_flow_are_refused(catalogue: Path) -> None:
    """An unknown name with its nearest, and a circle: qk reads what reads it."""
    path = catalogue / "operators.yml"
    text = path.read_text(encoding="utf-8")
    assert text.count("after: [q, k]") == 1
    path.write_text(text.replace("after: [q, k]", "after: [pv, gat]"), encoding="utf-8")
    message = refusal()
    assert 'rows[6].after: unknown row "gat"; did you mean "gate"?' in message
    assert "rows: expected rows that do not run after each other, got pv and qk" in message
