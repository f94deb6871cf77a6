"""The commands calibrate and predict."""

import csv
import io
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import roofline.cli.latency as command
from builds import REPOSITORY
from roofline.cli import main
from roofline.latency.calibration import read_calibration
from roofline.latency.carried_over import load_calibration
from roofline.latency.cross_validation import calibrate
from roofline.latency.law import predict_products
from roofline.study.repository import EXAMPLES

CARD = ["--accelerator", "a100-80gb-pcie"]
EXAMPLE = EXAMPLES / "tinyllama-cpu-2-threads.csv"
EXAMPLE_CARD = ["--accelerator", "amd-epyc-2-threads"]
PRODUCTS = "name,count,m,n,k\nup,1,8,17920,6656\nqk,416,1,1024,128\n"


def run(*arguments: str | Path, text: str | None = None) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def output(*arguments: str | Path, text: str | None = None) -> str:
    result = run(*arguments, text=text)
    assert result.exit_code == 0, result.stderr
    assert not result.stderr  # no progress where there is no terminal
    return result.stdout


def refusal(*arguments: str | Path, text: str | None = None) -> str:
    result = run(*arguments, text=text)
    assert result.exit_code in {1, 2}
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def products(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(PRODUCTS)
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calibrates with few refits."""
    monkeypatch.setattr(command, "calibrate", partial(calibrate, resamples=3))


@pytest.fixture
def measurements(tmp_path: Path) -> Path:
    """Exact times of the committed calibration, on shapes of its kind."""
    calibration = load_calibration("a100-80gb-pcie")
    random = np.random.default_rng(0)
    path = tmp_path / "measurements.csv"
    lines = ["count,m,n,k,seconds,protocol,library"]
    for _ in range(400):
        many = random.random() < 0.5
        count = int(random.choice([64, 1024])) if many else 1
        m = int(random.choice([1, 512] if many else [1, 64, 4096]))
        n = int(random.choice([50, 500, 2048, 8192]))
        k = 128 if many else int(random.choice([1024, 4096]))
        exact = predict_products(
            calibration.values, calibration.device("fp16"), count=count, m=m, n=n, k=k
        )
        lines.append(f"{count},{m},{n},{k},{float(exact.seconds)!r},isolated,cuBLAS 12")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_products_are_predicted(products: Path, tmp_path: Path) -> None:
    """From a file or standard input, to a file or standard output, all the same."""
    shown = output("predict", products, *CARD)
    lines = shown.splitlines()
    assert lines[0] == "name,count,m,n,k,predicted_seconds,predicted_flops_per_s,predicted_bound"
    # 2 · 6656 · 17920 byte at 0.818 of 1.935 TB/s are 151 µs; 46 µs more for the rest.
    assert lines[1].startswith("up,1,8,17920,6656,0.00019")
    assert lines[1].endswith(",memory")
    assert output("predict", "-", *CARD, text=PRODUCTS) == shown
    target = tmp_path / "out" / "predicted.csv"
    assert not output("predict", products, *CARD, "--output", target, "--format", "csv")
    assert target.read_text() == shown


def test_a_file_may_be_replaced_by_its_own_predictions(products: Path) -> None:
    shown = output("predict", products, *CARD)
    output("predict", products, *CARD, "--output", products)
    assert products.read_text() == shown


def test_a_stream_that_was_measured_is_predicted_by_its_own_calibration(products: Path) -> None:
    """Not by that to isolated kernels, which are launched and flushed each."""
    fitted = load_calibration("a100-80gb-pcie", "stream")
    text = output("predict", products, *CARD, "--conditions", "stream")
    rows = [*csv.DictReader(io.StringIO(text))]
    expected = predict_products(
        fitted.values,
        fitted.device("fp16"),
        count=[1, 416],
        m=[8, 1],
        n=[17920, 1024],
        k=[6656, 128],
    )
    assert [float(row["predicted_seconds"]) for row in rows] == expected.seconds.tolist()
    alone = [*csv.DictReader(io.StringIO(output("predict", products, *CARD)))]
    for isolated, row in zip(alone, rows, strict=True):
        assert float(row["predicted_seconds"]) < float(isolated["predicted_seconds"])
    launch = refusal("predict", products, *CARD, "--conditions", "stream", "--launch", "1e-6")
    assert "expected only for a stream that was not measured" in launch
    other = output("predict", products, *CARD, "--calibration", "a100-80gb-pcie-isolated")
    assert other == output("predict", products, *CARD)
    wrong = refusal("predict", products, *CARD, "--calibration", "a100-80gb-pcie-stream")
    assert "kernels in a stream, which do not tell what isolated ones take" in wrong


def test_outside_of_a_measured_stream_no_product_takes_longer_than_alone(tmp_path: Path) -> None:
    """Scores of prefill attention: of the streams, none had products in a batch."""
    path = tmp_path / "scores.csv"
    path.write_text("count,m,n,k\n52,8192,8192,128\n")
    alone, stream = (
        output("predict", path, *CARD, "--conditions", name) for name in ("isolated", "stream")
    )
    assert stream == alone
    fitted = load_calibration("a100-80gb-pcie", "stream")
    own = predict_products(fitted.values, fitted.device("fp16"), count=52, m=8192, n=8192, k=128)
    (row,) = csv.DictReader(io.StringIO(alone))
    assert own.seconds > float(row["predicted_seconds"])


def test_in_a_derived_stream_a_launch_costs_from_nothing_to_that_of_isolated_kernels(
    products: Path,
) -> None:
    """No stream was measured on the processor of the example, and the command says so."""

    def seconds(*options: str) -> list[float]:
        result = run("predict", products, *EXAMPLE_CARD, "--dtype", "fp32", *options)
        assert ("derived from isolated ones" in result.stderr) == bool(options)
        rows = csv.DictReader(io.StringIO(result.stdout))
        return [float(row["predicted_seconds"]) for row in rows]

    alone, free = seconds(), seconds("--conditions", "stream")
    some = seconds("--conditions", "stream", "--launch", "3e-6")
    for before, least, more in zip(alone, free, some, strict=True):
        assert least < more < before + 3e-6
        assert more == pytest.approx(least + 3e-6, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--accelerator", "a30"], 'unknown accelerator "a30"; did you mean "a40"?'),
        ([*CARD, "--launch", "1e-6"], "--launch: expected only with --conditions stream"),
        (
            [*EXAMPLE_CARD, "--dtype", "fp32", "--conditions", "stream", "--launch", "1"],
            "expected a launch cost from 0 to",
        ),
        ([*CARD, "--dtype", "fp8"], '--dtype: unknown dtype "fp8"'),
        ([*CARD, "--calibration", "nowhere.yml"], "nowhere.yml: cannot be read"),
        ([], "Missing option '--accelerator'"),
    ],
)
def test_wrong_questions_are_refused(options: list[str], message: str, products: Path) -> None:
    assert message in refusal("predict", products, *options)


def test_bad_products_leave_no_output(tmp_path: Path) -> None:
    """An old file stays as it was."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(PRODUCTS + "bad,1,2,3\n")
    target.write_text("old")
    message = refusal("predict", source, *CARD, "--output", target)
    assert message == f"Error: {source}: line 4: expected 5 fields, got 4\n"
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    assert "cannot be read: No such file" in refusal("predict", tmp_path / "none.csv", *CARD)
    assert "cannot be read" in refusal("predict", tmp_path, *CARD)


def test_a_calibration_of_ones_own_predicts(
    measurements: Path, products: Path, tmp_path: Path, quick: None
) -> None:
    """Calibrated on exact times of the committed parameters, it predicts as they do."""
    entry = tmp_path / "own.yml"
    summary = output("calibrate", measurements, *CARD, "--output", entry)
    assert "compute_share" in summary
    assert "held out in turn: k = " in summary
    own = read_calibration(entry).values
    committed = load_calibration("a100-80gb-pcie").values
    assert own.compute_share == pytest.approx(committed.compute_share, rel=1e-3)
    assert own.launch == pytest.approx(committed.launch, rel=1e-3)
    rows = [
        csv.DictReader(io.StringIO(output("predict", products, *CARD, *options)))
        for options in ([], ["--calibration", str(entry)])
    ]
    for usual, fitted in zip(*rows, strict=True):
        seconds = float(usual["predicted_seconds"])
        assert float(fitted["predicted_seconds"]) == pytest.approx(seconds, rel=1e-3)
    entry.write_text(entry.read_text().replace("accelerator: a100-80gb-pcie", "accelerator: a40"))
    message = refusal("predict", products, *CARD, "--calibration", entry)
    assert 'is of "a40", expected "a100-80gb-pcie"' in message


def test_wrong_calibrations_are_refused(measurements: Path, tmp_path: Path) -> None:
    refused = refusal("calibrate", measurements, "--accelerator", "a100")
    assert '--accelerator: unknown accelerator "a100"; did you mean' in refused
    few = tmp_path / "few.csv"
    few.write_text("\n".join(measurements.read_text().splitlines()[:5]) + "\n")
    assert "expected at least 44 measurements, got 4" in refusal("calibrate", few, *CARD)
    source = refusal("calibrate", measurements, *CARD, "--source", "x", "--where", "y")
    assert '--source: unknown source "x"' in source
    both = refusal("calibrate", measurements, *CARD, "--where", "y")
    assert "expected --source and --where together" in both
    empty = ["--source", "own-measurement", "--where", ""]
    nowhere = refusal("calibrate", measurements, *CARD, *empty)
    assert nowhere == "Error: --source: where: expected text that is not empty\n"


def test_rows_that_are_faster_than_the_roof_are_refused_or_left_out(
    measurements: Path, tmp_path: Path, quick: None
) -> None:
    """Two of 400 are too fast; what the cache holds may beat the memory.

    2 · 4096³ = 1.3744e11 FLOP take 0.4405 ms at 312 TFLOP/s. One row by 4096 · 4096 is 33.6 MB,
    17.3 µs at 1.935 TB/s.
    """
    lines, said = measurements.read_text().splitlines(), ",isolated,cuBLAS 12"
    lines[7], lines[9] = f"1,4096,4096,4096,{4e-5 / 3}{said}", f"1,4096,4096,4096,4.4e-4{said}"
    lines[11] = f"1,1,4096,4096,1e-5{said}"
    measurements.write_text("\n".join(lines) + "\n")
    target = tmp_path / "own.yml"
    for share in ("0", "0.004"):
        message = refusal(
            "calibrate", measurements, *CARD, "--leave-out", share, "--output", target
        )
        assert message.splitlines() == [
            f"Error: {measurements}: 3 problems",
            (
                "  2 of 400 rows are faster than the roof of NVIDIA A100 80GB PCIe: were they "
                "synchronised, and are they in seconds? --leave-out goes on without such rows, up "
                "to a share of all"
            ),
            (
                "  line 8: faster than its roof: the time implies 10.31 PFLOP/s, expected at most "
                "312.0 TFLOP/s"
            ),
            (
                "  line 10: faster than its roof: the time implies 312.4 TFLOP/s, expected at "
                "most 312.0 TFLOP/s"
            ),
        ]
        assert not target.exists()
    told = output("calibrate", measurements, *CARD, "--leave-out", "0.005", "--output", target)
    assert told.endswith(
        "left out, faster than the roof: 2\n"
        "kept, faster than device memory, as what the cache holds can be: 1\n"
    )
    provenance = read_calibration(target).provenance
    assert (provenance.rows, provenance.left_out) == (398, 2)
    assert "expected" in refusal("calibrate", measurements, *CARD, "--leave-out", "nan")


def test_no_message_shows_what_would_change_a_terminal(tmp_path: Path) -> None:
    """Neither from the name of a file nor from what it holds."""
    path = tmp_path / "own\u202e\x1b[2J.csv"
    path.write_text("count,m,n,k,seconds,stage\n1,1,1,1,1e-5,\u202e\n1,1,1,1,x\u2066,a\n")
    message = refusal("calibrate", path, *CARD)
    assert message.rstrip("\n").isprintable()
    assert r"own\u202e\x1b[2J.csv: seconds (line 3)" in message
    assert r'got "x\u2066"' in message
    unexpected = refusal("calibrate", path, *CARD, "\u202e\x1b[2J")
    assert unexpected.endswith("(\\u202e\\x1b[2J)\n")


def test_a_fit_leaves_rows_without_a_flush_out(tmp_path: Path, quick: None) -> None:
    """The model is of flushed kernels; the command says how many it left out."""
    source = EXAMPLE.read_text(encoding="utf-8")
    shown = output("calibrate", EXAMPLE, *EXAMPLE_CARD, "--output", tmp_path / "fitted.yml")
    warm = source.count(",false,")
    assert warm > 100
    assert shown.endswith(f"left out, measured without a flush: {warm}\n")
    path = tmp_path / "warm.csv"
    path.write_text(source.replace(",true,", ",false,"), encoding="utf-8")
    said = ["--protocol", "isolated", "--library", "numpy 2.4.6"]
    message = refusal("calibrate", path, *EXAMPLE_CARD, *said)
    assert "expected rows measured after a flush of the cache" in message


def test_without_an_output_the_entry_is_shown(tmp_path: Path, quick: None) -> None:
    """As it would be written."""
    path = tmp_path / "fitted.yml"
    output("calibrate", EXAMPLE, *EXAMPLE_CARD, "--output", path)
    assert output("calibrate", EXAMPLE, *EXAMPLE_CARD) == path.read_text(encoding="utf-8")


def test_calibrating_without_scipy_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    message = refusal("calibrate", EXAMPLE, *EXAMPLE_CARD)
    assert message == (
        "Error: roofline calibrate: scipy is not installed; install the extra: "
        'pip install "llm-roofline[calibrate]"\n'
    )


def test_predicting_needs_no_scipy(products: Path) -> None:
    """Nor does anything else but calibrating import it."""
    line = (
        "import sys; from roofline.cli import main; "
        f"main(['predict', {str(products)!r}, *{CARD!r}], standalone_mode=False); "
        "sys.exit('scipy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, check=False, cwd=REPOSITORY
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"name,count,m,n,k,predicted_seconds")
