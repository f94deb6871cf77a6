"""The operator table as the pages show it."""

from gen.reference import operator_table
from roofline.model.expression import Expression
from roofline.model.operators import load_operators
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study

VIEW = StudyView(study=load_study())


def test_code_uses_the_signs_of_formulas() -> None:
    assert operator_table.code(Expression.parse("a * d / b ** 2")) == "<code>a·d/b^2</code>"


def test_every_row_is_shown_with_its_sizes() -> None:
    rows = operator_table.rows()
    assert [row["name"] for row in rows] == [row.name for row in load_operators().rows]
    (qk,) = (row for row in rows if row["name"] == "qk")
    assert (qk["count"], qk["m"], qk["n"], qk["k"]) == (
        "<code>b·a_kv</code>",
        "<code>u·g</code>",
        "<code>c</code>",
        "<code>d</code>",
    )
    assert (qk["A"], qk["B"], qk["C"]) == ("activation", "kv-cache", "scores")
    assert qk["phases"] == "prefill and decode"


def test_work_drops_factors_of_one_and_a_gather_does_none() -> None:
    work = {row["name"]: row["work"] for row in operator_table.rows()}
    assert work["down"] == "2 <code>t</code> · <code>h</code> · <code>i</code>"
    assert work["embedding"] == "none"


def test_symbols_have_the_values_of_the_study() -> None:
    shown = {row["symbol"]: row["value"] for row in operator_table.symbols(VIEW)}
    assert len(shown) == len(load_operators().symbols)
    assert shown["<code>h</code>"] == "6,656"
    assert shown["<code>b</code>"] == "1 to 64"
    assert shown["<code>q</code>"] == "1"


def test_derived_symbols_have_a_definition_in_each_phase() -> None:
    (u,) = (row for row in operator_table.derived() if row["symbol"] == "<code>u</code>")
    assert (u["init"], u["ar"]) == ("<code>s</code>", "<code>q</code>")


def test_operands_have_the_bytes_of_the_study() -> None:
    shown = {row["kind"]: row["bytes"] for row in operator_table.operands(VIEW)}
    assert shown == dict.fromkeys(load_operators().kinds, 2.0) | {"on-chip": 0.0}


def test_changes_name_what_is_different() -> None:
    shown = {(row["choice"], row["name"]): row["change"] for row in operator_table.changes()}
    fused = "runs in the kernel <code>qk+pv</code>"
    assert shown["attention: fused", "qk"] == f"{fused}; C is on-chip"
    assert shown["attention: fused", "pv"] == f"{fused}; A is on-chip"
    assert shown["logits: all", "lm_head"] == "m is <code>t</code>"
    assert all(shown.values())


def test_choices_show_their_default() -> None:
    shown = {row["name"]: row["default"] for row in operator_table.choices()}
    assert shown == load_operators().defaults()
