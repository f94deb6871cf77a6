"""The journal: what it keeps, drops and refuses."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices import STARTED, SUBJECT, TASKS, FakeBackend, go
from roofline.errors import InputError
from roofline.measurements.bench.journal import Journal
from roofline.measurements.bench.report import rows_csv
from roofline.measurements.bench.rows import MeasuredRow


def test_a_journal_cut_anywhere_goes_on_to_the_same_rows(path: Path) -> None:
    _, rows = go(path, FakeBackend())
    whole, expected = path.read_bytes(), rows_csv(TASKS, rows)
    for end in range(0, len(whole), 13):
        path.write_bytes(whole[:end])
        _, rows = go(path, FakeBackend())
        assert rows_csv(TASKS, rows) == expected
        assert path.read_bytes() == whole


@pytest.mark.parametrize("tail", [b"{", b"\0" * 80, b'{"measured": {}}\n', b"\xff\xfe\n", b"[]"])
def test_a_damaged_last_line_is_dropped(path: Path, tail: bytes) -> None:
    go(path, FakeBackend())
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    backend = FakeBackend()
    _, rows = go(path, backend)
    assert len(rows) == 3
    assert not backend.runs
    assert path.read_bytes() == whole


def test_damage_elsewhere_is_refused_with_its_line(path: Path) -> None:
    go(path, FakeBackend())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"damage\n", *lines[3:]]))
    with pytest.raises(InputError, match=r"line 3: damaged; --no-resume measures everything"):
        go(path, FakeBackend())


def test_another_device_or_study_is_refused_and_both_are_named(path: Path) -> None:
    Journal.resume(path, SUBJECT, STARTED).close()
    before = path.read_bytes()
    with pytest.raises(InputError) as error:
        Journal.resume(path, SUBJECT | {"device": "Made-up 2", "study": "other"}, STARTED)
    message = str(error.value)
    assert 'study: the rows kept so far are of "made-up", this run is of "other"' in message
    assert 'device: the rows kept so far are of "Made-up 1", this run is of "Made-up 2"' in message
    assert "different study and device: name another --output" in message
    assert path.read_bytes() == before


def test_a_journal_of_another_schema_is_refused(path: Path) -> None:
    path.write_text('{"header": {"schema": "x/2", "started": "", "subject": {}}}\n{}\n')
    with pytest.raises(InputError, match=r'schema "roofline.bench-journal/1", got "x/2"'):
        Journal.resume(path, SUBJECT, STARTED)


def test_a_journal_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        Journal.resume(tmp_path / "file" / "journal", SUBJECT, STARTED)
    with pytest.raises(InputError, match="cannot be read"):
        Journal.resume(tmp_path, SUBJECT, STARTED)


NAMES = st.text(st.characters(exclude_categories=["Cs"]))
TIMES = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
SIZES = st.integers(1, 10**30)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, NAMES), NAMES, st.lists(st.tuples(SIZES, TIMES, NAMES), max_size=4))
def test_whatever_is_kept_is_read_again(
    path: Path, subject: dict[str, str], started: str, kept: list[tuple[int, float, str]]
) -> None:
    """Any names of a study, a device and its libraries, and every number to its last digit."""
    path.unlink(missing_ok=True)
    rows = [
        MeasuredRow(
            count=size,
            m=1,
            n=1,
            k=size,
            dtype="fp16",
            device=name,
            flushed=True,
            seconds=time,
            seconds_low=time,
            seconds_high=time,
            repetitions=7,
            series=name,
            phase="ar",
            batch=1,
            sequence_length=1,
            candidates=1,
            kernel=name,
        )
        for size, time, name in kept
    ]
    with closing(Journal.resume(path, subject, started)) as journal:
        for row in rows:
            journal.keep(row)
    with closing(Journal.resume(path, subject, "later")) as again:
        assert again.rows == rows
        assert (again.subject, again.started) == (subject, started)


def test_the_journal_says_when_and_what(path: Path) -> None:
    """A later run does not change when the first began."""
    go(path, FakeBackend())
    with closing(Journal.resume(path, SUBJECT, "later")) as journal:
        assert journal.started == STARTED
        assert journal.subject == SUBJECT
    header = json.loads(path.read_text().splitlines()[0])["header"]
    assert header["schema"] == "roofline.bench-journal/1"
