"""What is measured: the distinct products of a study."""

from devices import tiny
from roofline.measurements.bench.plan import Task, plan
from roofline.model.operators import Phase
from roofline.study.results import charted_series
from roofline.study.study import load_study


def tasks(series: str, phase: Phase) -> tuple[Task, ...]:
    """Products of one series of the tiny study."""
    study = tiny()
    return plan(study.deployment, study.file, [(series, phase)])


def sizes(series: str, phase: Phase) -> list[tuple[int, int, int, int]]:
    """Their dimensions."""
    shapes = [task.shape for task in tasks(series, phase)]
    return [(shape.count, shape.m, shape.n, shape.k) for shape in shapes]


def test_each_product_is_planned_once() -> None:
    """Prefill of 1 or 2 by 4 or 8 tokens has m = 4, 8, 8, 16; q has n = 32, k and v n = 16."""
    assert sizes("qkv mlp", "init") == [(1, m, n, 32) for m in (4, 8, 16) for n in (32, 16)]
    assert sizes("qkv mlp", "ar") == [(1, m, n, 32) for m in (1, 2) for n in (32, 16)]


def test_grouped_heads_make_taller_products() -> None:
    """2 KV heads for 4 heads: count = 2 b, m = 2; at s = 8 = d both products are one."""
    assert sizes("qk/pv", "ar") == [
        (2, 2, 4, 8),
        (2, 2, 8, 4),
        (2, 2, 8, 8),
        (4, 2, 4, 8),
        (4, 2, 8, 4),
        (4, 2, 8, 8),
    ]


def test_a_product_carries_its_first_setting() -> None:
    """Decode projections do not depend on the length."""
    first, *_ = tasks("qkv mlp", "ar")
    assert (first.series, first.phase, first.kernel) == ("qkv mlp", "ar", "q")
    assert (first.batch, first.sequence_length, first.candidates) == (1, 4, 1)


def test_gathers_are_no_products() -> None:
    assert not tasks("embedding", "ar")


def test_the_flagships_products() -> None:
    """Attention: 49 settings, two products, two phases, less pv = qk at s = d, 7 of each phase.

    Projections: q = k = v, up = gate and down are 3 shapes for 13 prefill token counts,
    2⁷ to 2¹⁹, and 7 decode batches: 196 − 14 + 60.
    """
    study = load_study()
    series = charted_series(study.deployment)
    assert len(plan(study.deployment, study.file, series)) == 242
