"""Pages and files of a study: nothing is worked out twice, and a new series needs no template."""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

import roofline.findings
from pages import parsed, to_html
from roofline.latency.prediction import predict_series
from roofline.latency.step import predict_step
from roofline.model import expression
from roofline.model.budget import budget
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.points import evaluate
from roofline.report.pages import render
from roofline.report.pages.study_pages import edit_path
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study
from studies import small_study, write_study
from undrawn import study_pages

COUNTED: tuple[Callable[..., Any], ...] = (evaluate, predict_series, predict_step, budget)


def meaning(argument: object) -> Hashable:
    """What an argument says: of a deployment all that an evaluation reads, of a grid its bytes."""
    if isinstance(argument, Deployment):
        made = argument.operators.defaults() | dict(argument.choices)
        return repr(
            (
                argument.transformer,
                argument.accelerator,
                argument.dtype,
                argument.element_bytes,
                made,
            )
        )
    if isinstance(argument, Grid):
        arrays = [values.astype(float) for values in argument.arrays]
        return tuple((values.shape, values.tobytes()) for values in arrays)
    return repr(argument)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter[Hashable]]:
    """How often the model's functions are called with equal arguments, by whom ever."""
    counts: dict[str, Counter[Hashable]] = {function.__name__: Counter() for function in COUNTED}

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            named = sorted(kwargs.items())
            key = (*map(meaning, args), *((name, meaning(value)) for name, value in named))
            counts[function.__name__][key] += 1
            return function(*args, **kwargs)

        return counted

    modules = [module for name, module in sys.modules.items() if name.startswith("roofline.")]
    for function in COUNTED:
        for module in modules:
            for name, value in list(vars(module).items()):
                if value is function:
                    monkeypatch.setattr(module, name, counting(function))
    counts["findings"] = Counter()

    def counting_maker(slug: str, make: Callable[..., Any]) -> Callable[..., Any]:
        def counted(study: Any) -> Any:
            counts["findings"][slug, study.identifier] += 1
            return make(study)

        return counted

    makers = {
        slug: maker._replace(make=counting_maker(slug, maker.make))
        for slug, maker in roofline.findings._MAKERS.items()  # noqa: SLF001  # what is counted
    }
    monkeypatch.setattr(roofline.findings, "_MAKERS", makers)
    return counts


def test_rendering_the_flagship_works_nothing_out_twice(
    calls: dict[str, Counter[Hashable]],
) -> None:
    """Study, operator and finding pages, points, and the plans of all charts."""
    expression._tree.cache_clear()  # noqa: SLF001  # counts how many texts are read
    pages = study_pages(load_study())
    assert sum(path.endswith(".md") for path in pages) == 1 + 6 + 2 + 17
    for name, counted in calls.items():
        assert counted.total() == len(counted), (name, counted.most_common(3))
    totals = {name: counted.total() for name, counted in calls.items()}
    # Beside the six series there are crossings, variants, and settings off the grid; each
    # series is predicted alone and in a stream.
    assert 12 <= totals["predict_series"] <= 40
    assert 6 <= totals["evaluate"] <= 150
    assert totals["findings"] == len(roofline.findings.all_slugs()) == 17
    assert totals["budget"] <= 40
    assert expression._tree.cache_info().misses <= 300  # noqa: SLF001  # as above


def test_pages_of_a_series_that_no_code_knows(recall: Path, tmp_path: Path) -> None:
    """Added to the operator table alone; Llama 3 8B has its 8 KV heads and a context of 8,192."""
    study = load_study(write_study(tmp_path / "small.yml"))
    pages = study_pages(study)
    page = BeautifulSoup(to_html(pages["studies/small/operators/recall-ar.md"]), "html.parser")
    text = " ".join(page.get_text().split())
    assert "recall ar: Recall products in decode" in text
    assert "Memory-bound at all 4 settings" in text
    # m is 4 query heads for each KV head of `lookup`, and the batch for `mix`.
    assert (
        "The product with the whole trained context stays below 4.00 FLOP/Byte at batch 1 and "
        "length 512: each element of its least reused operand (kv-cache) is used 4 times."
    ) in text
    assert (
        "The product of models with 8 key and value heads stays below 1.00 FLOP/Byte at batch 1 "
        "and length 512: each element of its least reused operand (weight) is used once."
    ) in text
    assert "Batch changes the intensity. With twice the batch it goes from" in text
    assert "Length does not change the intensity." in text
    # However large the batch, `lookup` moves a cache for each sequence: 134 MFLOP over 17.3 MB.
    assert (
        "The ridge: at length 512, no batch reaches it. At batch 1, no length reaches it."
    ) in text
    study_page = BeautifulSoup(to_html(pages["studies/small/index.md"]), "html.parser")
    (link,) = study_page.find_all("a", href="operators/recall-ar.md", string="recall ar")
    assert link is not None
    assert "recall: wide (how much is looked up)" in study_page.get_text()
    points = json.loads(pages["studies/small/points.json"])["points"]
    own = [point for point in points if point["series"] == "recall"]
    assert len(own) == 8
    assert own[-1]["flops"] == 2 * 64 * 4 * 8192 * 128 + 2 * 8 * 4096 * 8192


def test_a_template_of_a_series_own_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Then that of its family, in the phase of the page."""
    templates = tmp_path / "templates"
    shutil.copytree(render.TEMPLATES, templates)
    (templates / "meaning" / "qk-pv-ar.md.j2").write_text("What <%= series.label %> means.\n")
    monkeypatch.setattr(render, "TEMPLATES", templates)
    pages = study_pages(small_study())
    folder = "studies/small/operators"
    assert "What qk/pv ar means." in pages[f"{folder}/qk-pv-ar.md"]
    assert (
        "In each head, a new token multiplies one query row" not in pages[f"{folder}/qk-pv-ar.md"]
    )
    assert "A prefill multiplies all queries of a prompt" in pages[f"{folder}/qk-pv-init.md"]
    assert "A decode step multiplies one row per token" in pages[f"{folder}/qkv-mlp-ar.md"]


def items(page: BeautifulSoup, anchor: str) -> int:
    """How many items the lists of a section have, up to the next heading."""
    after = f"#{anchor} ~ :is(ol, ul)"
    later = f"#{anchor} ~ :is(h2, h3) ~ :is(ol, ul)"
    return len(page.select(f"{after} > li")) - len(page.select(f"{later} > li"))


@pytest.mark.parametrize("name", ["llama-33b-a100-80gb-pcie", "tinyllama-cpu-2-threads"])
def test_every_list_has_all_of_its_items(name: str) -> None:
    study = load_study(name)
    view = StudyView(study=study)
    folder = f"studies/{name}"
    pages = {
        path.removeprefix(f"{folder}/"): parsed(page.partition("\n---\n")[2])
        for path, page in study_pages(study).items()
        if path.endswith(".md")
    }
    everything = pages["findings/list.md"]
    assert len(everything.select("ol > li")) == len(view.findings) > 0
    assert items(pages["index.md"], "findings") == len(view.findings)
    choices = study.deployment.operators.choices
    assert items(pages["index.md"], "data") == len(choices) + len(view.series)
    if view.measured is not None:
        assert items(pages["index.md"], "measured") == len(view.measured.files)
    for series in view.series:
        about = view.findings_about(series)
        if about:
            page = pages[f"operators/{series.slug}.md"]
            assert items(page, "findings") == len(about)
    for one in view.findings:
        page, finding = pages[f"findings/{one.finding.slug}.md"], one.finding
        assert items(page, "proof") == len(finding.proof)
        assert items(page, "conditions") == len(finding.conditions)
        assert items(page, "changes") == len(finding.changes)
        if view.related(one):
            assert items(page, "related") == len(view.related(one))
        # Study, version, address, data and sources.
        assert items(page, "provenance") == 5


def test_only_studies_of_the_checkout_can_be_edited_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From docs/, wherever the file lies in the checkout and whatever its ending."""
    assert edit_path(load_study()) == "../roofline/study/examples/llama-33b-a100-80gb-pcie.yml"
    study = load_study(write_study(tmp_path / "small.yaml"))
    assert edit_path(study) is None
    monkeypatch.setattr("roofline.report.pages.study_pages.REPOSITORY", tmp_path.resolve())
    assert edit_path(study) == "../small.yaml"
