"""The operator table."""

import pytest

from roofline.model.operators import PHASES, load_operators


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
    """Unfused attention, separate projections, the logits of the last position."""
    assert load_operators().defaults() == {
        "attention": "unfused",
        "projections": "separate",
        "logits": "last",
    }


def test_a_choice_changes_only_its_rows() -> None:
    """Fused attention keeps the scores on-chip, and touches nothing else."""
    table = load_operators()
    fused = table.defaults() | {"attention": "fused"}
    for row in table.rows:
        before, after = row.chosen(table.defaults()), row.chosen(fused)
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
    values = {name: one.evaluate(symbols) for name, one in held.items() if one is not None}
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
