"""The numbers of releases, kept for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from citations import finding, number, share
from roofline.citations.releases import load_releases, release_values, write_release
from roofline.errors import InputError


def test_a_release_is_kept_sorted_and_at_full_precision(tmp_path: Path) -> None:
    """With the text as it was quoted."""
    path = write_release("1.0", {"two": [finding("b"), finding("a")], "one": []}, tmp_path / "new")
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (kept["schema"], kept["version"]) == ("roofline.values/1", "1.0")
    assert [*kept["studies"]] == ["one", "two"]
    assert [*kept["studies"]["two"]] == ["a", "b"]
    assert kept["studies"]["two"]["a"] == {
        "intensity": {
            "value": 0.99174,
            "unit": "FLOP/Byte",
            "digits": 3,
            "text": "0.992 FLOP/Byte",
        },
        "share": {"value": 0.0061504, "unit": "1", "digits": 2, "text": "0.62%"},
    }


def test_releases_are_read_back_the_oldest_first(tmp_path: Path) -> None:
    """1.9 is older than 1.10; other files are left alone."""
    for version in ("1.10", "0.1", "1.9"):
        write_release(version, {"one": [finding()]}, tmp_path)
    (tmp_path / "README.md").touch()
    (tmp_path / "draft.json").write_text("{}")
    read = load_releases(tmp_path)
    assert [release.version for release in read] == ["0.1", "1.9", "1.10"]
    assert (
        read[0].finding("one", "decode-attention")
        == release_values([finding()])["decode-attention"]
    )
    assert read[0].finding("one", "no-such") is None
    assert read[0].finding("no-such", "decode-attention") is None
    assert load_releases(tmp_path / "nowhere") == ()


def test_a_release_never_changes(tmp_path: Path) -> None:
    """The same once more is no change, nor is what another machine rounds otherwise."""
    path = write_release("1.0", {"one": [finding()]}, tmp_path)
    before = path.read_bytes()
    write_release("1.0", {"one": [finding()]}, tmp_path)
    rounded = finding("decode-attention", number(value=0.99174 * (1 + 1e-15)), share())
    write_release("1.0", {"one": [rounded]}, tmp_path)
    for other in ([finding("other")], [finding("decode-attention", number(value=0.98), share())]):
        with pytest.raises(InputError, match="a release never changes") as caught:
            write_release("1.0", {"one": other}, tmp_path)
        assert "one/decode-attention intensity" in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", ["dev", "latest", "1", "1.2.3", "01.2", "1.2\n", "../1.2", ""])
def test_only_a_release_is_kept(tmp_path: Path, version: str) -> None:
    """Not what still moves, nor a path."""
    with pytest.raises(InputError, match=r"expected a release such as 1\.2"):
        write_release(version, {}, tmp_path)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ({"version": "1.1"}, 'version: expected "1.0", as the file\'s name, got "1.1"'),
        ({"schema": "roofline.values/2"}, "schema: Input should be 'roofline.values/1'"),
        ({"studies": {"one": {"two": {"a": {"value": "1"}}}}}, "studies.one.two.a.value"),
        ({"more": 1}, "more: Extra inputs are not permitted"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, content: Any, words: str) -> None:
    """With its name and the place in it."""
    whole = {"schema": "roofline.values/1", "version": "1.0", "studies": {}}
    text = content if isinstance(content, str) else json.dumps(whole | content)
    (tmp_path / "1.0.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_releases(tmp_path)
    assert str(tmp_path / "1.0.json") in str(caught.value)
    assert words in str(caught.value)
