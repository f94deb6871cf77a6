"""Points and explanations as JSON, CSV and tables."""

import csv
import io
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from roofline.cli.tables import to_table
from roofline.files.table import to_csv, to_json
from roofline.model.grid import Grid
from roofline.model.operators import PHASES
from roofline.model.points import evaluate
from roofline.study.columns import COLUMNS
from roofline.study.explain import explain
from roofline.study.records import (
    explanation_record,
    explanation_rows,
    point_records,
    points_json,
    series_records,
)
from roofline.study.study import load_study
from studies import small_study

KEYS = [
    "series",
    "phase",
    "batch",
    "sequence_length",
    "candidates",
    "flops",
    "bytes",
    "intensity",
    "attainable",
    "bound",
    "fits",
    "predicted_seconds",
    "predicted_flops_per_s",
    "predicted_bound",
    "extrapolated",
    "streamed_seconds",
    "streamed_flops_per_s",
    "streamed_extrapolated",
    "measured_seconds",
    "measured_flops_per_s",
    "fraction_of_attainable",
    "prediction_error",
    "unflushed_seconds",
]
LEGEND = ["qkv mlp", "up/gate/down", "qk/pv"]


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """The flagship's points, read back from JSON."""
    study = load_study()
    document: dict[str, Any] = json.loads(points_json(study, point_records(study), "1.2.3"))
    return document


def test_the_points_have_the_keys_that_are_promised(published: dict[str, Any]) -> None:
    """In this order, and no others."""
    assert [*published] == ["schema", "version", "study", "units", "points"]
    assert published["schema"] == "roofline.points/1"
    assert published["version"] == "1.2.3"
    assert all([*point] == KEYS for point in published["points"])


def test_there_are_49_points_for_each_of_six_series(published: dict[str, Any]) -> None:
    """6 · 49 = 294, in the order of the chart's legend, each setting once."""
    points = published["points"]
    assert len(points) == 294
    settings = {(p["batch"], p["sequence_length"]) for p in points}
    assert len(settings) == 49
    order = dict.fromkeys((p["series"], p["phase"]) for p in points)
    assert [*order] == [(name, phase) for name in LEGEND for phase in ("init", "ar")]
    for series, phase in order:
        own = [p for p in points if (p["series"], p["phase"]) == (series, phase)]
        assert {(p["batch"], p["sequence_length"]) for p in own} == settings
        assert len(own) == 49


def test_numbers_are_numbers(published: dict[str, Any]) -> None:
    """Never text, never rounded to it; settings are integers."""
    for point in published["points"]:
        for name in ("batch", "sequence_length", "candidates"):
            assert type(point[name]) is int
        for name in ("flops", "bytes", "intensity", "attainable"):
            assert type(point[name]) is float
            assert math.isfinite(point[name])
        assert type(point["fits"]) is bool
        assert point["bound"] in {"memory", "compute"}
        assert point["predicted_bound"] in {"memory", "compute", "overhead"}
        assert type(point["extrapolated"]) is bool
        assert 0 < point["predicted_flops_per_s"] < point["attainable"]
        assert type(point["streamed_extrapolated"]) is bool
        assert point["streamed_flops_per_s"] > 0
        assert point["streamed_seconds"] * point["streamed_flops_per_s"] == pytest.approx(
            point["flops"]
        )
        assert point["predicted_seconds"] * point["predicted_flops_per_s"] == pytest.approx(
            point["flops"]
        )


def test_the_numbers_are_the_models_own(published: dict[str, Any]) -> None:
    """Every digit: read back, they equal the model's floats."""
    deployment = load_study().deployment
    for point in published["points"]:
        grid = Grid(point["batch"], point["sequence_length"])
        own = evaluate(deployment, point["series"], point["phase"], grid).point()
        for name in ("flops", "bytes", "intensity", "attainable", "bound"):
            assert point[name] == getattr(own, name)


def test_every_numeric_column_has_a_unit(published: dict[str, Any]) -> None:
    """Base units: no prefix."""
    units = published["units"]
    numeric = {key for key, value in published["points"][0].items() if type(value) in {int, float}}
    assert numeric <= units.keys()
    assert {"peak", "bandwidth", "ridge"} <= units.keys()
    assert set(units.values()) == {"1", "token", "FLOP", "byte", "FLOP/Byte", "FLOP/s", "byte/s",
                                   "s"}  # fmt: skip


def test_the_study_is_told_with_its_choices(published: dict[str, Any]) -> None:
    """What a reader needs to compute the points again."""
    study = published["study"]
    assert study["id"] == "llama-33b-a100-80gb-pcie"
    assert (study["model"], study["accelerator"]) == ("llama-33b", "a100-80gb-pcie")
    assert study["choices"] == {
        "attention": "unfused",
        "projections": "separate",
        "mask": "full",
        "logits": "last",
    }
    assert (study["peak"], study["bandwidth"]) == (312e12, 1935e9)
    assert study["ridge"] == 312e12 / 1935e9
    assert study["bytes_per_element"]["on-chip"] == 0


def test_choices_of_a_study_replace_the_defaults() -> None:
    """All choices are told, made or not."""
    study = small_study(choices={"attention": "fused"}, storage={"kv-cache": "fp8"})
    head = json.loads(points_json(study, [], "1"))["study"]
    assert head["choices"]["attention"] == "fused"
    assert head["choices"]["logits"] == "last"
    assert head["bytes_per_element"]["kv-cache"] == 1


def read_back(text: str) -> list[dict[str, Any]]:
    """Records of a CSV file, its numbers and booleans as such."""
    kinds: dict[str, Callable[[str], Any]] = {
        "batch": int,
        "sequence_length": int,
        "candidates": int,
        "fits": json.loads,
        "predicted_bound": lambda text: text or None,
    }
    kinds |= dict.fromkeys(["flops", "bytes", "intensity", "attainable"], float)
    kinds |= dict.fromkeys(
        ["extrapolated", "streamed_extrapolated"], lambda text: json.loads(text) if text else None
    )
    timed = [
        column.name
        for column in COLUMNS
        if column.kind in {"predicted", "measured"} and column.type == "number"
    ]
    kinds |= dict.fromkeys(timed, lambda text: float(text) if text else None)
    return [
        {key: kinds.get(key, str)(value) for key, value in record.items()}
        for record in csv.DictReader(io.StringIO(text))
    ]


def test_csv_has_the_columns_and_numbers_of_json(published: dict[str, Any]) -> None:
    """Bit for bit."""
    text = to_csv(point_records(load_study()))
    assert text.splitlines()[0] == ",".join(KEYS)
    assert "\r" not in text
    assert read_back(text) == published["points"]


def test_prefill_has_no_candidates() -> None:
    """3 settings of 2 × 2 × 3 remain 4 in prefill, and are 12 in decode."""
    study = small_study(candidates=[1, 4, 16])
    prefill, decode = (series_records(study.results.of("qk/pv", phase)) for phase in PHASES)
    assert [record["candidates"] for record in prefill] == [1] * 4
    assert [record["candidates"] for record in decode[:4]] == [1, 4, 16, 1]
    assert len(decode) == 12
    own = evaluate(study.deployment, "qk/pv", "ar", Grid(1, 512, 4))
    assert decode[1]["intensity"] == float(own.intensity)


def test_a_series_without_work_is_exported_as_any() -> None:
    """Zeros are numbers too."""
    records = series_records(load_study().results.of("embedding", "ar"))
    assert {record["flops"] for record in records} == {0.0}
    assert {record["bound"] for record in records} == {"memory"}
    assert json.loads(points_json(load_study(), records, "1"))["points"] == records
    assert read_back(to_csv(records)) == records


def test_json_refuses_what_is_no_number() -> None:
    """NaN and infinity are not JSON."""
    with pytest.raises(ValueError, match="Out of range float"):
        to_json({"intensity": math.nan})


def test_json_keeps_letters_readable() -> None:
    """UTF-8, ending in a line feed."""
    text = to_json({"title": "Größe"})
    assert "Größe" in text
    assert text.endswith("}\n")


def test_an_explanation_has_its_kernels_formulas_and_verdict() -> None:
    """The total at the top, each kernel below."""
    explanation = explain(small_study(), "qkv mlp", "ar", 8, 512)
    record = json.loads(to_json(explanation_record(explanation, "1.2.3")))
    assert record["schema"] == "roofline.explain/1"
    assert record["version"] == "1.2.3"
    assert [kernel["kernel"] for kernel in record["kernels"]] == ["q", "k", "v"]
    assert record["flops"] == explanation.total.flops == sum(k["flops"] for k in record["kernels"])
    assert record["formula"] == "(W_q + W_k + W_v) / (Q_q + Q_k + Q_v)"
    assert record["kernels"][1]["formula_with_values"] == "1 / (1/8 + 1/(8 * 128) + 1/4096)"
    assert record["verdict"] == explanation.verdict
    numbers = ("flops", "bytes", "intensity", "attainable")
    assert all(type(record[name]) is float for name in numbers)


def test_an_explanation_as_rows_ends_in_the_sum() -> None:
    """One row for each kernel, with equal keys."""
    rows = explanation_rows(explain(small_study(), "qkv mlp", "ar", 8, 512))
    assert [row["kernel"] for row in rows] == ["q", "k", "v", "sum"]
    assert rows[-1]["bytes"] == sum(row["bytes"] for row in rows[:-1])
    assert len({tuple(row) for row in rows}) == 1
    assert read_back(to_csv(rows))[0]["kernel"] == "q"


def test_tables_are_aligned_and_rounded_for_people() -> None:
    """Numbers to the right, words to the left, units in the header, no trailing space."""
    table = to_table(series_records(load_study().results.of("qk/pv", "ar"))).splitlines()
    assert len(table) == 2 + 49
    assert table[0].split("  ")[0] == "series"
    assert "attainable [TFLOP/s]" in table[0]
    assert all(line == line.rstrip() for line in table)
    edges = [index for index, mark in enumerate(table[1]) if mark == " "]
    for line in table[2:]:
        assert all(line.ljust(len(table[1]))[index] == " " for index in edges)
    # Batch 1, length 128: 2 · 2 · 52 · 128 · 128 = 3.408 MFLOP over
    # 2 · 52 · 2 (128 + 128 · 128 + 128) = 3.461 MB, 0.9846 FLOP/Byte, 1.905 TFLOP/s
    assert table[2].split()[:11] == (
        ["qk/pv", "ar", "1", "128", "1", "0.003408", "3.461", "0.9846", "1.905", "memory", "yes"]
    )
    assert table[2].split()[13:15] == ["overhead", "no"]
    assert "predicted [TFLOP/s]" in table[0]


def test_the_order_is_that_of_the_grid() -> None:
    """Length runs first, then batch."""
    records = series_records(small_study().results.of("qk/pv", "ar"))
    settings = [(record["batch"], record["sequence_length"]) for record in records]
    assert settings == [(1, 512), (1, 2048), (8, 512), (8, 2048)]
    assert not any(isinstance(value, np.generic) for value in records[0].values())
