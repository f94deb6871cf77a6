"""Published tables of measured products, read into rows of our own."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roofline.cli import main
from roofline.measurements.conditions import read_conditions
from roofline.measurements.reader import read_measurements
from roofline.study.study import load_study
from studies import write_study

PROFILE = (
    "time_stats.attn_pre_proj.median,time_stats.attn_post_proj.median,"
    "time_stats.mlp_up_proj.median,time_stats.mlp_down_proj.median,time_stats.add.median,"
    "n_head,n_kv_head,n_embd,n_expanded_embd,vocab_size,use_gated_mlp,num_tokens,"
    "num_tensor_parallel_workers"
)
TABLE = "framework,version,device,op_name,kernel_source,gemm_dtype,m,n,k,latency"
CARD = ["--accelerator", "a100-80gb-sxm"]
UNKNOWN = [*CARD, "--library", "not stated"]
DEVICE = "NVIDIA A100-SXM4-80GB"


def write_table(path: Path, header: str, rows: Sequence[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def run(path: Path, *options: str) -> Result:
    """Import a table, into ``own.csv`` beside it."""
    output = ["--output", str(path.with_name("own.csv"))]
    arguments = ["measurements", "import", str(path), *options, *output]
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def read(path: Path) -> list[tuple[object, ...]]:
    rows = read_measurements(path.with_name("own.csv"), "a100-80gb-sxm")
    columns = (rows.count, rows.m, rows.n, rows.k, rows.seconds)
    return [*zip(*(column.tolist() for column in columns), rows.stage, strict=True)]


def test_a_profile_has_four_products_for_each_number_of_tokens(tmp_path: Path) -> None:
    """Llama 3 8B on two cards: 32 heads of 128 and 8 KV heads, 14336 inside, gated.

    Queries, keys and values: (32 + 2 · 8) / 2 = 24 heads of 128, 3072 columns. Attention output:
    4096 / 2 rows. Gate and up: 2 · 14336 / 2 columns. Down: 14336 / 2 rows.
    """
    row = "0.02,0.01,0.08,0.04,0.005,32,8,4096,14336,128256,True,16,2"
    path = write_table(tmp_path / "mlp.csv", PROFILE, [row])
    result = run(path, *UNKNOWN)
    assert result.exit_code == 0, result.output
    assert "4 products of a profile" in result.output
    assert read(path) == [
        (1, 16, 3072, 4096, 2e-5, "attn_pre_proj"),
        (1, 16, 4096, 2048, 1e-5, "attn_post_proj"),
        (1, 16, 14336, 4096, 8e-5, "mlp_up_proj"),
        (1, 16, 4096, 7168, 4e-5, "mlp_down_proj"),
    ]
    rows = read_measurements(path.with_name("own.csv"), "a100-80gb-sxm")
    assert set(rows.protocol) == {"stream"}
    assert set(rows.library) == {"not stated"}
    assert not rows.flushed.any()
    conditions = read_conditions(path.with_name("own.csv.json"))
    assert conditions.protocol == "stream"
    assert conditions.device.label == DEVICE
    assert conditions.ceilings is None


def test_up_is_alone_where_nothing_gates_it(tmp_path: Path) -> None:
    row = ",,0.08,,,32,32,4096,16384,32000,False,16,1"
    path = write_table(tmp_path / "mlp.csv", PROFILE, [row])
    assert run(path, *UNKNOWN).exit_code == 0
    assert read(path) == [(1, 16, 16384, 4096, 8e-5, "mlp_up_proj")]


def test_missing_and_repeated_times_are_counted(tmp_path: Path) -> None:
    """Tokens 16 stand three times, once without a time: the median of 0.02 and 0.04."""
    rows = [
        f"{time},0,,,0.005,32,8,4096,14336,128256,True,16,2" for time in ("0.02", "0.04", "", "0")
    ]
    path = write_table(tmp_path / "mlp.csv", PROFILE, rows)
    result = run(path, *UNKNOWN)
    assert read(path) == [(1, 16, 3072, 4096, pytest.approx(3e-5), "attn_pre_proj")]
    assert "14 times left out, which are empty or 0" in result.output
    assert "1 repeated times" in result.output
    beside = json.loads(path.with_name("own.csv.json").read_text())
    assert beside["imported"] == {
        "file": "mlp.csv",
        "form": "profile",
        "times": 16,
        "empty": 14,
        "repeated": 1,
        "other_formats": {},
    }


def test_a_table_of_products_says_its_library(tmp_path: Path) -> None:
    rows = [
        f"VLLM,0.14.0,{DEVICE},gemm,torch,bfloat16,16,4096,4096,0.021",
        f"VLLM,0.14.0,{DEVICE},gemm,torch,fp8,16,4096,4096,0.011",
    ]
    path = write_table(tmp_path / "gemm_perf.txt", TABLE, rows)
    result = run(path, *CARD, "--dtype", "bf16")
    assert result.exit_code == 0, result.output
    assert "1 rows left out, in fp8" in result.output
    assert read(path) == [(1, 16, 4096, 4096, pytest.approx(2.1e-5), "")]
    measured = read_measurements(path.with_name("own.csv"), "a100-80gb-sxm")
    assert measured.dtypes == ("bf16",)
    assert measured.library == ("VLLM 0.14.0",)
    assert read_conditions(path.with_name("own.csv.json")).libraries == {"VLLM": "0.14.0"}


def test_one_of_several_libraries_is_chosen(tmp_path: Path) -> None:
    rows = [
        f"VLLM,{version},{DEVICE},gemm,torch,bfloat16,16,4096,4096,{time}"
        for version, time in (("0.14.0", 0.021), ("0.22.0", 0.02))
    ]
    path = write_table(tmp_path / "gemm.csv", TABLE, rows)
    mixed = run(path, *CARD, "--dtype", "bf16")
    assert mixed.exit_code == 1
    assert "VLLM 0.14.0 and VLLM 0.22.0; expected one, which --library can choose" in mixed.output
    assert not path.with_name("own.csv").exists()
    assert run(path, *CARD, "--dtype", "bf16", "--library", "VLLM 0.22.0").exit_code == 0
    assert [row[4] for row in read(path)] == [2e-5]
    wrong = run(path, *CARD, "--dtype", "bf16", "--library", "VLLM 0.2.0")
    assert "unknown library" in wrong.output
    assert 'did you mean "VLLM 0.22.0"' in wrong.output


GOOD = "0.02,0.01,0.08,0.04,0.005,32,8,4096,14336,128256,True,16,2"
PRODUCT = f"VLLM,0.14.0,{DEVICE},gemm,torch,bfloat16,16,4096,4096,0.021"


@pytest.mark.parametrize(
    ("header", "row", "options", "expected"),
    [
        (PROFILE, GOOD, CARD, 'which a profile does not say; or "not stated"'),
        (PROFILE, GOOD.replace(",16,2", ",16,3"), UNKNOWN, "n_head (line 2): expected a multiple"),
        (PROFILE, GOOD.replace("True", "maybe"), UNKNOWN, "expected true or false, got"),
        (PROFILE, GOOD.replace("0.02,", "soon,"), UNKNOWN, "expected milliseconds from"),
        (PROFILE, GOOD.replace("0.02,", "-1,"), UNKNOWN, "expected milliseconds from"),
        (PROFILE, ",,,,,32,8,4096,14336,1,True,16,2", UNKNOWN, "all of them are empty or 0"),
        (PROFILE.replace("n_embd,", "width,"), GOOD, UNKNOWN, "required column"),
        (PROFILE.replace("time_stats", "times"), GOOD, UNKNOWN, "expected a column of times"),
        (TABLE, PRODUCT, CARD, 'unknown gemm_dtype "fp16"'),
        (TABLE, PRODUCT.replace(DEVICE, "NVIDIA H100 80GB HBM3"), CARD, "measured on"),
        (TABLE, PRODUCT, ["--accelerator", "a100"], "unknown accelerator"),
        (TABLE, PRODUCT, [*CARD, "--dtype", "half"], "unknown dtype"),
        ("a,b", "1,2", CARD, "required columns"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(
    header: str, row: str, options: list[str], expected: str, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "table.csv", header, [row])
    result = run(path, *options)
    assert result.exit_code == 1
    assert expected in result.output
    assert sorted(tmp_path.iterdir()) == [path]


def test_parquet_is_told_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "gemm_perf.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    assert "is a Parquet file, expected CSV" in run(path, *CARD).output


def test_a_study_with_fused_projections_shows_what_was_measured_in_a_stream(
    tmp_path: Path,
) -> None:
    """Llama 3 8B on an A100: queries, keys and values are one product of 6144 columns."""
    rows = [f"0.05,0.03,,,0.005,32,8,4096,14336,128256,True,{batch},1" for batch in (1, 8)]
    path = write_table(tmp_path / "mlp.csv", PROFILE, rows)
    assert run(path, *UNKNOWN, "--dtype", "bf16").exit_code == 0
    fields = {"accelerator": "a100-80gb-sxm", "choices": {"projections": "fused"}}
    study = load_study(write_study(tmp_path / "own.yml", measurements=["own.csv"], **fields))
    result = study.results.of("qkv mlp", "ar")
    assert result.measured is not None
    assert result.streamed is not None
    assert result.measured.protocol == "stream"
    assert result.measured.known.all()
    assert (result.measured.seconds == 5e-5).all()
    # Beside what is predicted of a stream, not of kernels run alone.
    error = result.streamed.seconds / 5e-5 - 1
    assert result.measured.error == pytest.approx(error)
    assert study.results.of("up/gate/down", "ar").measured is not None
    separate = load_study(
        write_study(tmp_path / "apart.yml", measurements=["own.csv"], accelerator="a100-80gb-sxm")
    )
    apart = separate.results.of("qkv mlp", "ar").measured
    assert apart is not None
    assert not apart.known.any()


def test_a_study_shows_one_protocol(tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "mlp.csv", PROFILE, ["0.05,0.03,0.2,0.1,0.005,32,8,4096,14336,128256,True,8,1"]
    )
    assert run(path, *UNKNOWN, "--dtype", "bf16").exit_code == 0
    alone = "count,m,n,k,dtype,device,flushed,seconds\n1,8,4096,4096,bf16," + DEVICE
    (tmp_path / "alone.csv").write_text(alone + ",true,5e-05\n")
    study = write_study(
        tmp_path / "own.yml", measurements=["own.csv", "alone.csv"], accelerator="a100-80gb-sxm"
    )
    result = CliRunner().invoke(main, ["points", str(study)])
    assert result.exit_code == 1
    assert "alone.csv: has kernels run alone, but own.csv has kernels in a stream" in result.output
