"""What holds for the findings of any study."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from ruamel.yaml import YAML

from choices import CHOICES
from made_up import FLAGSHIP, card, model, study
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import LEAST_WIDTH, MOST_WIDTH
from roofline.catalog.reader import identifiers, sources
from roofline.findings import Finding, all_slugs, findings
from roofline.model.capacity import capacity
from roofline.model.expression import Expression
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import evaluate
from roofline.study.study import Study, StudyFile

SIZES = st.lists(
    st.integers(1, 4096) | st.sampled_from([1, 10**6, 10**9]), min_size=1, max_size=4, unique=True
)
PROJECTIONS = ("qkv mlp", "up/gate/down")


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of a study file, of the catalogue's models and accelerators."""
    accelerator = draw(st.sampled_from(identifiers("accelerators")))
    dtypes = sorted(load_accelerator(accelerator).peaks)
    widths = st.sampled_from(["int4", "fp8", "fp32", 0.53125, LEAST_WIDTH, MOST_WIDTH])
    kinds = st.sampled_from(["weight", "activation", "kv-cache", "scores"])
    return {
        "model": draw(st.sampled_from(identifiers("transformers"))),
        "accelerator": accelerator,
        "dtype": draw(st.sampled_from(dtypes)),
        "batches": draw(SIZES),
        "lengths": draw(SIZES),
        "candidates": draw(st.just([1]) | SIZES),
        "choices": draw(CHOICES),
        "storage": draw(st.dictionaries(kinds, widths, max_size=2)),
    }


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """Any study, some of them of cards and models that nobody makes."""
    fields = FLAGSHIP | draw(files())
    made = Study(identifier="random", folder=Path(), file=StudyFile.model_validate(fields))
    if draw(st.booleans()):
        made = card(
            made,
            bandwidth=draw(st.floats(1, 1e24)),
            capacity=draw(st.floats(1, 1e24)),
        )
    if draw(st.booleans()):
        kv_heads = draw(st.integers(1, 8))
        largest = st.just(10**9)
        made = model(
            made,
            hidden=draw(st.integers(1, 8192) | largest),
            intermediate=draw(st.integers(1, 30_000) | largest),
            layers=draw(st.sampled_from([1, 100, 10**4])),
            kv_heads=kv_heads,
            heads=kv_heads * draw(st.integers(1, 16)),
            head_dimension=draw(st.integers(1, 512) | largest),
        )
    return made


def check_form(finding: Finding) -> None:
    """Text and numbers are what a page can show."""
    assert finding.claim == finding.claim.strip()
    assert not finding.claim.endswith(".")
    texts = [text for number in finding.numbers for text in (number.text, number.figure)]
    assert any(text in finding.claim for text in texts), finding.claim
    words = " ".join((finding.claim, finding.verdict, *finding.conditions, *finding.changes))
    words = words.replace("None of the", "")
    for broken in ("nan", "inf ", "None", "e+", "batch 0 ", "{", "  "):
        assert broken not in words, (broken, words)
    assert set(finding.related) <= set(all_slugs())
    assert set(finding.sources) <= set(sources())
    assert all(math.isfinite(number.value) and number.value >= 0 for number in finding.numbers)
    assert all((finding.proof, finding.conditions, finding.changes, finding.sources))


def check_proof(finding: Finding) -> None:
    """The formulas with their values come to the results that are stated."""
    for step in finding.proof:
        if step.formula is not None and step.result is not None:
            value = Expression(step.formula.values_text).evaluate({})
            assert_allclose(value, step.result.value, rtol=1e-9, err_msg=step.text)


def check_truth(made: Study, by_slug: dict[str, Finding]) -> None:
    """The thresholds that are stated are where the model's points change sides."""
    longest, each = made.file.lengths[-1], min(made.file.candidates)
    attention = by_slug["decode-attention"]
    if "stays below" in attention.claim:
        points = evaluate(made.deployment, "qk/pv", "ar", Grid(7, [1, longest, 10**9], each))
        assert (points.intensity < attention.number("limit").value * (1 + 1e-12)).all()
        assert not points.bound_by("compute").any()
    cases: list[tuple[str, tuple[str, ...], Phase]] = [
        ("prefill-attention", ("qk/pv",), "init"),
        ("prefill-projections", PROJECTIONS, "init"),
        ("chunked-prefill", PROJECTIONS, "ar"),
    ]
    for slug, series, phase in cases:
        for number in by_slug[slug].numbers if slug in by_slug else ():
            if number.key in {"length", "tokens"}:
                check_threshold(made, series, phase, number.value)
    held = capacity(made.deployment)
    grid = [(b, s) for b in made.file.batches for s in made.file.lengths]
    fits = sum(bool(held.fits(*setting)) for setting in grid)
    assert by_slug["capacity"].number("fitting").value == fits
    assert ("All" in by_slug["capacity"].claim) == (fits == len(grid) > 1)


def check_threshold(made: Study, series: tuple[str, ...], phase: Phase, value: float) -> None:
    """All series are compute-bound at a length, or in decode a batch, and not all one below."""
    values = [value, max(1.0, value - 1)]
    grid = Grid(values, 1) if phase == "ar" else Grid(1, values)
    above = [
        evaluate(made.deployment, name, phase, grid).bound_by("compute").tolist() for name in series
    ]
    at, below = (all(side) for side in zip(*above, strict=True))
    assert at
    assert not below or value == 1


@settings(max_examples=60)
@given(studies())
def test_findings_of_any_study(made: Study) -> None:
    """Every finding is made whole, in order, with a proof that adds up."""
    order = [all_slugs().index(finding.slug) for finding in findings(made)]
    assert order == sorted(set(order))
    for finding in findings(made):
        check_form(finding)
        check_proof(finding)
    check_truth(made, {finding.slug: finding for finding in findings(made)})


ATTENTION = {
    "law",
    "decode-attention",
    "prefill-attention",
    "fused-attention",
    "attention-traffic",
    "grouped-heads",
    "candidates",
}
WEIGHTS = {
    "law",
    "decode-projections",
    "projection-crossings",
    "prefill-projections",
    "narrow-weights",
    "candidates",
    "chunked-prefill",
}


@pytest.mark.parametrize(
    ("charted", "missing", "series"),
    [
        ({"qk/pv": False}, ATTENTION, PROJECTIONS),
        ({"qkv mlp": False, "up/gate/down": False}, WEIGHTS, ()),
        ({"qkv mlp": False}, set(), ("up/gate/down",)),
        ({"attention output": True}, set(), (*PROJECTIONS, "attention output")),
    ],
)
def test_findings_speak_of_the_families_that_are_charted(
    catalogue: Path,
    charted: dict[str, bool],
    missing: set[str],
    series: tuple[str, ...],
) -> None:
    """However many projections there are; what needs a family that is not charted is not made."""
    yaml = YAML()
    table = yaml.load(catalogue / "operators.yml")
    for name, value in charted.items():
        table["series"][name]["charted"] = value
    yaml.dump(table, catalogue / "operators.yml")
    for bandwidth in (1.935e12, 1e10, 1e15):
        made = card(study(), bandwidth=bandwidth)
        by_slug = {finding.slug: finding for finding in findings(made)}
        assert not missing & by_slug.keys()
        for finding in by_slug.values():
            check_form(finding)
            check_proof(finding)
        if "decode-projections" in by_slug:
            assert by_slug["decode-projections"].series == series
            assert len(by_slug["decode-projections"].numbers) == 2 * len(series) + 2
        if not missing:
            assert by_slug.keys() - {"overhead"} == {*all_slugs()} - {"overhead"}
