"""Predictions for files: right, in bounded memory, and refused with lines."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from roofline.errors import InputError
from roofline.files import table
from roofline.latency.carried_over import load_calibration
from roofline.latency.law import predict_products
from roofline.latency.product_files import ADDED, predict_file
from roofline.model.roof import BOUNDS

CALIBRATION = load_calibration("a100-80gb-pcie")
HEADER = "count,m,n,k\n"


def predicted(text: str) -> str:
    file = io.BytesIO(text.encode("utf-8", "surrogateescape"))
    parts = predict_file(file, "products.csv", CALIBRATION)
    return b"".join(content for content, _ in parts).decode()


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(predicted(text))))


def refusal(text: str) -> str:
    with pytest.raises(InputError) as error:
        predicted(text)
    return str(error.value)


def test_rows_come_back_with_predictions_at_full_precision() -> None:
    """Other columns are kept as they were."""
    text = "layer,k,n,m,count\nup,6656,17920,8,1\nqk,128,1024,1,416\n"
    made = records(text)
    assert [row["layer"] for row in made] == ["up", "qk"]
    expected = predict_products(
        CALIBRATION.values,
        CALIBRATION.device("fp16"),
        count=[1, 416],
        m=[8, 1],
        n=[17920, 1024],
        k=[6656, 128],
    )
    assert [float(row["predicted_seconds"]) for row in made] == expected.seconds.tolist()
    rates = [float(row["predicted_flops_per_s"]) for row in made]
    assert rates == expected.flops_per_s.tolist()
    names = [BOUNDS[code] for code in expected.bound]
    assert [row["predicted_bound"] for row in made] == names
    lines = predicted(text).splitlines()
    assert lines[0] == "layer,k,n,m,count," + ",".join(ADDED)
    assert lines[1].startswith("up,6656,17920,8,1,")


def test_what_a_spreadsheet_writes_comes_back_with_commas() -> None:
    """Semicolons, CR line breaks and capitals are read; a comma inside a field is quoted then."""
    plain = predicted('layer,COUNT,M,N,K\n"a,b",1,8,4096,4096\n')
    for end in ("\n", "\r", "\r\n"):
        lines = ("layer;COUNT;M;N;K", '"a,b";1;8;4096;4096')
        assert predicted(end.join(lines)) == plain
    assert plain.splitlines()[0] == "layer,COUNT,M,N,K," + ",".join(ADDED)


def test_each_row_has_its_dtype() -> None:
    """One that is not named is fp16."""
    text = "count,m,n,k,dtype\n" + "".join(
        f"1,4096,4096,4096,{dtype}\n" for dtype in ("fp16", "", "bf16", "int8", "tf32")
    )
    seconds = [float(row["predicted_seconds"]) for row in records(text)]
    assert seconds[0] == seconds[1] == seconds[2]
    assert seconds[3] < seconds[0] < seconds[4]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffcount,m,n,k\n2,8,16,32\n",
        "count,m,n,k\r\n2,8,16,32\r\n",
        "count,m,n,k\n2,8,16,32",
        "\n\ncount,m,n,k\n\n2,8,16,32\n\n",
        '"count",m,n,k\n"2",8,16,32\n',
        "count, m, n, k\n2.0, 8.0, 1.6e1, 32\n",
        "count,m,n,k\n0002,8,16,32\n",
    ],
)
def test_spellings_of_one_product(text: str) -> None:
    (row,) = records(text)
    expected = predict_products(
        CALIBRATION.values, CALIBRATION.device("fp16"), count=2, m=8, n=16, k=32
    ).seconds
    assert float(row["predicted_seconds"]) == float(expected)


def test_quoted_fields_may_hold_commas_and_line_breaks() -> None:
    """As spreadsheets write them; the other columns come back as they were."""
    text = 'note,count,m,n,k\n"a, ""b""\nc — d",2,8,16,32\ne,2,8,16,32\n'
    first, second = records(text)
    assert first["note"] == 'a, "b"\nc — d'
    assert first["predicted_seconds"] == second["predicted_seconds"]
    assert refusal(text + "f,2,0,16,32\n").startswith("products.csv: m (line 5): ")


def test_fractions_are_products_too() -> None:
    """Experts touched on average are no integer."""
    (row,) = records(HEADER + "1.5,8,16,32\n")
    assert float(row["predicted_seconds"]) > 0


def test_a_header_alone_is_no_mistake() -> None:
    assert predicted(HEADER) == "count,m,n,k," + ",".join(ADDED) + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a header with count, m, n, k, got nothing"),
        ("count,m,n\n", "k (line 1): required column, but missing"),
        ("count,m,n,k,k\n", "k (line 1): the column stands twice"),
        ("count,m,n,k,predicted_bound\n", "predicted_bound (line 1): the column is there already"),
        (HEADER + "1,2,3\n", "line 2: expected 4 fields, got 3"),
        (HEADER + "1,2,3,4,5\n", "line 2: expected 4 fields, got 5"),
        (HEADER + "1,2,3,x\n", 'k (line 2): expected a number from 1 to 1e+15, got "x"'),
        (HEADER + "1,2,3,\n", 'k (line 2): expected a number from 1 to 1e+15, got ""'),
        (HEADER + "1,2,0,4\n", 'n (line 2): expected a number from 1 to 1e+15, got "0"'),
        (HEADER + "1,-2,3,4\n", 'got "-2"'),
        (HEADER + "1,nan,3,4\n", 'got "nan"'),
        (HEADER + "1,inf,3,4\n", 'got "inf"'),
        (HEADER + "1,1_0,3,4\n", 'got "1_0"'),
        (HEADER + "1,é,3,4\n", 'got "é"'),
        (HEADER + "1,1e99,3,4\n", 'got "1e99"'),
        ("count,m,n,k,dtype\n1,2,3,4,fp61\n", 'dtype (line 2): unknown dtype "fp61"; did you mean'),
        (HEADER + "1,2,3,4\n1,2,\udcff,4\n", "line 3: expected UTF-8 text, got the byte 0xff"),
        (HEADER + '1,2,"3,4\n', "a quote is never closed"),
    ],
)
def test_damage_is_named_with_its_line(text: str, message: str) -> None:
    assert message in refusal(text)


def test_all_problems_are_told_in_the_order_of_the_file() -> None:
    lines = refusal(HEADER + "1,2,3,4\n" + "0,2,3,x\n1,2\n" * 10).splitlines()
    assert lines[0] == "products.csv: 30 problems"
    assert [line.split(":")[0].strip() for line in lines[1:4]] == [
        "count (line 3)",
        "k (line 3)",
        "line 4",
    ]
    assert lines[-1] == "  and 10 more"


def test_reading_stops_after_many_problems() -> None:
    message = refusal(HEADER + "0,2,3,4\n" * 5000)
    assert message.startswith("products.csv: 1001 problems")


def rows(number: int) -> Iterator[bytes]:
    """A large file, never whole in memory."""
    random = np.random.default_rng(0)
    yield HEADER.encode()
    for _ in range(number // 1000):
        sizes = random.integers(1, 10_000, (1000, 4)).tolist()
        yield "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in sizes).encode()


def peak_memory(path: Path) -> tuple[int, int]:
    """Most bytes held while a file is predicted, and the rows that came out."""
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            lines = sum(
                content.count(b"\n") for content, _ in predict_file(file, "large", CALIBRATION)
            )
        return tracemalloc.get_traced_memory()[1], lines
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20,000 rows, 400 kB, take no more than 10,000 in chunks of 20 kB, and under 1 MB."""
    monkeypatch.setattr(table, "CHUNK", 20_000)
    peaks = []
    for number in (10_000, 20_000):
        path = tmp_path / f"{number}.csv"
        with path.open("wb") as file:
            file.writelines(rows(number))
        peak, lines = peak_memory(path)
        assert lines == number + 1
        peaks.append(peak)
    assert peaks[1] < 1.1 * peaks[0]
    assert peaks[1] < 1.5e6


def test_every_block_is_predicted_like_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is lost, doubled or cut where one block ends and the next begins."""
    text = b"".join(rows(3000)).decode()
    whole = predicted(text)
    monkeypatch.setattr(table, "CHUNK", 1000)
    assert predicted(text) == whole
    lines = whole.splitlines()
    assert [line.rsplit(",", 3)[0] for line in lines] == text.splitlines()


def test_how_much_was_read_is_told() -> None:
    text = b"".join(rows(1000))
    parts = [*predict_file(io.BytesIO(text), "products.csv", CALIBRATION)]
    assert parts[-1][1] == len(text)


def test_a_column_of_dtypes_is_read_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CHUNK", 100)
    text = "count,m,n,k,dtype\n" + "1,4096,4096,4096,fp16\n1,4096,4096,4096,int8\n" * 50
    seconds = [float(row["predicted_seconds"]) for row in records(text)]
    assert len(seconds) == 100
    assert len(set(seconds)) == 2
    assert seconds[0] > seconds[1]
    assert "dtype (line 102): unknown dtype" in refusal(text + "1,2,3,4,fp61\n")
