"""What holds for the findings of any study."""

import math
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from made_up import FLAGSHIP, card, model
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers, sources
from roofline.findings import Finding, all_slugs, findings
from roofline.model.capacity import capacity
from roofline.model.expression import Expression
from roofline.model.grid import Grid
from roofline.model.operators import Phase, load_operators
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
    choices = {
        name: st.sampled_from(choice.options) for name, choice in load_operators().choices.items()
    }
    widths = st.sampled_from(["int4", "fp8", "fp32", 0.53125])
    kinds = st.sampled_from(["weight", "activation", "kv-cache", "scores"])
    return {
        "model": draw(st.sampled_from(identifiers("transformers"))),
        "accelerator": accelerator,
        "dtype": draw(st.sampled_from(dtypes)),
        "batches": draw(SIZES),
        "lengths": draw(SIZES),
        "candidates": draw(st.just([1]) | SIZES),
        "choices": draw(st.fixed_dictionaries({}, optional=choices)),
        "storage": draw(st.dictionaries(kinds, widths, max_size=2)),
    }


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """Any study, some of them of cards and models that nobody makes."""
    fields = FLAGSHIP | draw(files())
    made = Study(identifier="random", file=StudyFile.model_validate(fields))
    if draw(st.booleans()):
        made = card(
            made,
            bandwidth=draw(st.floats(1e8, 1e17)),
            capacity=draw(st.floats(1e6, 1e15)),
        )
    if draw(st.booleans()):
        kv_heads = draw(st.integers(1, 8))
        made = model(
            made,
            hidden=draw(st.integers(1, 8192)),
            intermediate=draw(st.integers(1, 30_000)),
            layers=draw(st.integers(1, 100)),
            kv_heads=kv_heads,
            heads=kv_heads * draw(st.integers(1, 16)),
            head_dimension=draw(st.integers(1, 512)),
        )
    return made


def above(made: Study, series: str, phase: Phase, *setting: float) -> bool:
    """Whether a series is compute-bound at one setting."""
    return bool(evaluate(made.deployment, series, phase, Grid(*setting)).compute_bound)


def check_form(finding: Finding) -> None:
    """Text and numbers are what a page can show."""
    assert finding.claim == finding.claim.strip()
    assert not finding.claim.endswith(".")
    texts = [text for one in finding.numbers for text in (one.text, one.figure)]
    assert any(text in finding.claim for text in texts), finding.claim
    words = " ".join((finding.claim, finding.verdict, *finding.conditions, *finding.changes))
    words = words.replace("None of the", "")
    for broken in ("nan", "inf ", "None", "e+", "batch 0 ", "{", "  "):
        assert broken not in words, (broken, words)
    assert set(finding.related) <= set(all_slugs())
    assert set(finding.sources) <= set(sources())
    assert all(math.isfinite(one.value) and one.value >= 0 for one in finding.numbers)
    assert all((finding.proof, finding.conditions, finding.changes, finding.sources))


def check_proof(finding: Finding) -> None:
    """The formulas with their values come to the results that are stated."""
    for step in finding.proof:
        if step.formula is not None and step.result is not None:
            value = Expression(step.formula.values_text).evaluate({})
            assert_allclose(value, step.result.value, rtol=1e-9, err_msg=step.text)


def check_truth(made: Study, found: dict[str, Finding]) -> None:
    """The thresholds that are stated are where the model's points change sides."""
    longest, each = made.file.lengths[-1], min(made.file.candidates)
    attention = found["decode-attention"]
    if "stays below" in attention.claim:
        for length in (1, longest, 10**9):
            points = evaluate(made.deployment, "qk/pv", "ar", Grid(7, length, each))
            assert float(points.intensity) < attention.number("limit").value * (1 + 1e-12)
            assert not points.compute_bound
    for slug, series, phase in (
        ("prefill-attention", ("qk/pv",), "init"),
        ("prefill-projections", PROJECTIONS, "init"),
        ("chunked-prefill", PROJECTIONS, "ar"),
    ):
        for one in (one for one in found.get(slug, attention).numbers if slug in found):
            if one.key not in {"length", "tokens"}:
                continue
            settings_ = [(1.0, one.value), (1.0, one.value - 1)]
            if phase == "ar":
                settings_ = [(tokens, 1.0) for _, tokens in settings_]
            assert all(above(made, name, phase, *settings_[0]) for name in series)  # type: ignore[arg-type]  # a phase
            if one.value > 1:
                assert not all(above(made, name, phase, *settings_[1]) for name in series)  # type: ignore[arg-type]  # as above
    held = capacity(made.deployment)
    grid = [(b, s) for b in made.file.batches for s in made.file.lengths]
    fits = sum(bool(held.fits(*one)) for one in grid)
    assert found["capacity"].number("fitting").value == fits
    assert ("All" in found["capacity"].claim) == (fits == len(grid) > 1)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(studies())
def test_findings_of_any_study(made: Study) -> None:
    """Every finding is made whole, in order, with a proof that adds up."""
    found = findings(made)
    order = [all_slugs().index(one.slug) for one in found]
    assert order == sorted(set(order))
    for finding in found:
        check_form(finding)
        check_proof(finding)
    check_truth(made, {one.slug: one for one in found})
