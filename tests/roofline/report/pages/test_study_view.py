"""What templates see of a study: variants of it, its series and its findings."""

import pytest

from roofline.catalog.reader import identifiers
from roofline.model.crossing import crossing
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study
from studies import small_study

EXAMPLE = "tinyllama-cpu-2-threads"


@pytest.fixture(scope="module")
def flagship() -> StudyView:
    """The flagship."""
    return StudyView(study=load_study())


def test_a_variant_is_made_once(flagship: StudyView) -> None:
    """Whatever asks for it; its series and its results are then there."""
    fused = flagship.variant(attention="fused")
    assert fused is flagship.variant(attention="fused")
    assert fused.one("qk/pv ar") is fused.series[5] is fused.one("qk-pv-ar")
    assert fused.choices["attention"] == "fused"
    assert fused.study.results is flagship.variant(attention="fused").study.results
    narrow = flagship.variant(storage={"weight": 0.5, "kv-cache": 1}, projections="fused")
    assert narrow.deployment.element_bytes["weight"] == 0.5
    assert narrow.deployment.element_bytes["kv-cache"] == 1
    assert narrow.choices["projections"] == "fused"
    assert flagship.deployment.element_bytes["weight"] == 2


def test_a_finding_and_a_page_share_the_variant_that_they_look_at(flagship: StudyView) -> None:
    fused = flagship.study.on(flagship.deployment.with_attention())
    assert flagship.variant(attention="fused").study is fused


def test_a_variant_that_changes_nothing_is_the_study_itself(flagship: StudyView) -> None:
    assert flagship.variant() is flagship
    assert flagship.variant(attention="unfused", storage={"weight": 2}) is flagship
    assert flagship.on() is flagship.on(accelerator="a100-80gb-pcie", dtype="fp16") is flagship
    with pytest.raises(KeyError, match="colour"):
        flagship.variant(colour="blue")


def test_on_another_card_nothing_was_measured() -> None:
    """The study's own measurements are those of its card."""
    view = StudyView(study=load_study(EXAMPLE))
    assert view.measured_points
    other = view.on(accelerator="a100-80gb-pcie", dtype="fp16")
    assert other is view.on(dtype="fp16", accelerator="a100-80gb-pcie")
    assert (other.measured, other.measured_points) == (None, 0)
    assert other.roof.ridge == 312e12 / 1.935e12


def test_cards_are_compared_by_one_series(flagship: StudyView) -> None:
    """A ridge for each dtype that a card has a peak for, and the batch in the study's own."""
    cards = flagship.cards("up/gate/down ar")
    assert len(cards) == len(identifiers("accelerators"))
    by_name = {card["name"]: card for card in cards}
    own = by_name["NVIDIA A100 80GB PCIe"]
    assert own["bf16" if "bf16" in own else "fp16"] == 312e12 / 1.935e12
    assert own["batch"] == crossing(flagship.deployment, "up/gate/down", "ar", vary="batch")
    qkv = flagship.cards("qkv mlp ar")
    assert [card["batch"] for card in qkv] != [card["batch"] for card in cards]


def test_findings_are_known_by_their_slugs_and_their_series(flagship: StudyView) -> None:
    view = flagship.finding("decode-attention")
    assert view.id == "llama-33b-a100-80gb-pcie/decode-attention"
    assert view.page == "studies/llama-33b-a100-80gb-pcie/findings/decode-attention.md"
    assert view in flagship.findings_about(flagship.one("qk/pv ar"))
    assert view not in flagship.findings_about(flagship.one("qk/pv init"))
    assert view not in flagship.findings_about(flagship.one("qkv mlp ar"))
    related = [other.finding.slug for other in flagship.related(view)]
    assert related == [*view.finding.related]
    with pytest.raises(LookupError, match='unknown finding "decode"; did you mean "decode-'):
        flagship.finding("decode")


def test_findings_that_are_not_made_are_not_related() -> None:
    """Without a calibration there is none about overhead, which attention's would follow."""
    view = StudyView(study=small_study())
    everything = {slug for finding in view.findings for slug in finding.finding.related}
    shown = {other.finding.slug for finding in view.findings for other in view.related(finding)}
    assert shown == everything & {finding.finding.slug for finding in view.findings}


def test_a_series_says_what_caps_and_moves_it(flagship: StudyView) -> None:
    """Decode projections at batch 8: m = 8 caps each, and twice the batch is twice that."""
    series = flagship.one("qkv mlp ar")
    caps = series.caps(8, 1024)
    assert [cap["product"] for cap in caps] == [
        "query projection",
        "key projection",
        "value projection",
    ]
    assert {(cap["operand"], cap["uses"], cap["most"]) for cap in caps} == {("weight", 8, 8)}
    doubled = series.doubled(8, 1024)
    assert doubled["batch"] == pytest.approx(1 / (1 / 16 + 2 / 6656))
    assert doubled["length"] == series.intensity(8, 1024)
    assert series.limit() == pytest.approx(3328, rel=1e-5)
