"""A model's configuration, read as a transformer of the catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from roofline.catalog.configuration import FAMILIES, MISSING, import_configuration
from roofline.cli import main
from roofline.files.yaml import parse_yaml

LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
    "_name_or_path": "meta-llama/Llama-3.1-8B",
}


def save(folder: Path, *, remove: tuple[str, ...] = (), **changes: Any) -> Path:
    """Write the configuration with changes."""
    path = folder / "config.json"
    kept = {key: value for key, value in (LLAMA | changes).items() if key not in remove}
    path.write_text(json.dumps(kept), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["import", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def parameters(path: Path) -> int:
    """Matrix parameters, as the command prints them."""
    text = CliRunner().invoke(main, ["import", str(path), "--format", "json"]).stdout
    count: int = json.loads(text)["parameters"]
    return count


def test_the_parameters_are_those_of_the_model(tmp_path: Path) -> None:
    """Llama 3.1 8B has 8,030,261,248 parameters, of which 65 norms of 4,096 are no matrices.

    32 · (2 · 4096² + 2 · 4096 · 1024 + 3 · 4096 · 14336) + 2 · 128256 · 4096.
    """
    assert parameters(save(tmp_path)) == 8_030_261_248 - 65 * 4096


def test_the_entry_can_be_read_and_names_each_place(tmp_path: Path) -> None:
    imported = import_configuration(save(tmp_path))
    assert imported.transformer.name == "Llama-3.1-8B"
    assert imported.transformer.fields == {
        "hidden": 4096,
        "intermediate": 14336,
        "layers": 32,
        "heads": 32,
        "kv_heads": 8,
        "head_dimension": 128,
        "vocabulary": 128256,
        "context": 131072,
        "tied_embeddings": False,
    }
    entry = parse_yaml(imported.text, "entry").data
    assert entry["hidden"]["where"] == "config.json, hidden_size"
    assert entry["head_dimension"]["where"] == ("config.json, hidden_size over num_attention_heads")
    assert imported.notes == ("head_dim is not said; hidden_size over num_attention_heads is.",)


@pytest.mark.parametrize(
    ("changes", "remove", "expected", "note"),
    [
        ({"num_key_value_heads": None}, (), {"kv_heads": 32}, "num_key_value_heads is not said"),
        ({}, ("num_key_value_heads",), {"kv_heads": 32}, "32 is its default"),
        ({"model_type": "mistral"}, ("num_key_value_heads",), {"kv_heads": 8}, "8 is its default"),
        ({"head_dim": 256}, (), {"head_dimension": 256}, ""),
        ({"model_type": "gemma"}, (), {"head_dimension": 256}, "256 is its default"),
        ({"model_type": "gemma"}, ("tie_word_embeddings",), {"tied_embeddings": True}, "true is"),
        ({}, ("tie_word_embeddings",), {"tied_embeddings": False}, "false is its default"),
        ({"model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": False}, (), {},
         "Left out: biases of queries, keys and values."),
        ({"model_type": "mistral", "sliding_window": 4096}, (), {}, "window of 4096 tokens"),
        ({"attention_bias": True, "mlp_bias": True}, (), {}, "(attention_bias and mlp_bias)"),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, (), {}, 'quantization ("awq'),
        ({"auto_map": {"AutoModel": "evil.run"}}, (), {}, "auto_map names, which is never run"),
    ],
)  # fmt: skip
def test_what_a_configuration_leaves_unsaid_is_assumed_and_told(
    changes: dict[str, Any],
    remove: tuple[str, ...],
    expected: dict[str, Any],
    note: str,
    tmp_path: Path,
) -> None:
    imported = import_configuration(save(tmp_path, remove=remove, **changes))
    assert expected.items() <= imported.transformer.fields.items()
    assert note in " ".join(imported.notes)
    assert " ".join(note.split()[:3]) in imported.text


def test_a_window_that_is_not_used_is_not_left_out(tmp_path: Path) -> None:
    changes = {"model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": False}
    notes = import_configuration(save(tmp_path, **changes)).notes  # type: ignore[arg-type]
    assert "window" not in " ".join(notes)


def test_the_language_model_of_a_larger_one_is_read(tmp_path: Path) -> None:
    inner = {key: value for key, value in LLAMA.items() if key != "tie_word_embeddings"}
    path = tmp_path / "config.json"
    whole = {"model_type": "gemma3", "tie_word_embeddings": True}
    path.write_text(json.dumps(whole | {"text_config": inner | {"model_type": "gemma3_text"}}))
    imported = import_configuration(path, name="Mine")
    assert imported.transformer.name == "Mine"
    assert imported.transformer.tied_embeddings.value is True
    assert imported.transformer.hidden.where == "config.json, text_config.hidden_size"


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_is_read(family: str, tmp_path: Path) -> None:
    imported = import_configuration(save(tmp_path, model_type=family, head_dim=64))
    assert imported.transformer.head_dimension.value == 64


@pytest.mark.parametrize("family", sorted(MISSING))
def test_a_family_that_the_table_cannot_express_is_refused_with_the_reason(
    family: str, tmp_path: Path
) -> None:
    result = run(save(tmp_path, model_type=family), "--output", tmp_path / "own.yml")
    assert result.exit_code == 1
    assert f'model_type: "{family}" has {MISSING[family]}' in result.output
    assert not (tmp_path / "own.yml").exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model_type": "lama"}, 'did you mean "llama"'),
        ({"model_type": None}, "model_type: expected one of gemma, "),
        ({"model_type": ["llama"]}, "model_type: expected one of gemma, "),
        ({"num_key_value_heads": 5}, "expected a divisor of num_attention_heads (32), got 5"),
        ({"hidden_size": 4095}, "expected a multiple of num_attention_heads (32), got 4095"),
        ({"num_hidden_layers": 10**12}, "num_hidden_layers: expected a whole number from 1 to"),
        ({"vocab_size": -1}, "vocab_size: expected a whole number from 1 to 1,000,000,000, got -1"),
        ({"vocab_size": True}, "vocab_size: expected a whole number"),
        ({"vocab_size": 1.5}, "vocab_size: expected a whole number"),
        ({"vocab_size": float("nan")}, "vocab_size: expected a whole number"),
        ({"hidden_size": "4096"}, "hidden_size: expected a whole number"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings: expected true or false"),
        ({"_name_or_path": "a/\u0007"}, "_name_or_path: expected text, got the character U+0007"),
        ({"_name_or_path": "x" * 600}, "name: expected"),
    ],
)
def test_contradictions_are_told_and_nothing_is_written(
    changes: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    result = run(save(tmp_path, **changes), "--output", tmp_path / "own.yml")
    assert result.exit_code == 1
    assert expected in result.output
    assert not (tmp_path / "own.yml").exists()


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = save(tmp_path, hidden_size=0, vocab_size="many", num_key_value_heads=5,
                remove=("num_hidden_layers",))  # fmt: skip
    output = run(path).output
    for key in ("hidden_size", "vocab_size", "num_key_value_heads", "num_hidden_layers"):
        assert f"{key}: " in output


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "line 1: not JSON that can be read"),
        ("[1]", "expected an object, got a list"),
        ("[" * 100_000, "not JSON that can be read"),
        ("", "not JSON that can be read"),
        (" " * 11_000_000, "10,000,000 bytes"),
    ],
)
def test_what_is_no_configuration_is_refused(content: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    result = run(path)
    assert result.exit_code == 1
    assert expected in result.output


SIZES = st.integers(1, 10**5)


@given(groups=st.integers(1, 64), kv=st.integers(1, 64), sizes=st.tuples(*[SIZES] * 4))
def test_parameters_of_any_configuration(
    groups: int, kv: int, sizes: tuple[int, int, int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Queries, keys, values and output; up, gate and down; both embeddings."""
    d, i, layers, vocabulary = sizes[0] % 256 + 1, sizes[1], sizes[2] % 100 + 1, sizes[3]
    heads = groups * kv
    h = heads * d
    path = save(
        tmp_path_factory.mktemp("any"), hidden_size=h, intermediate_size=i,
        num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=kv,
        vocab_size=vocabulary,
    )  # fmt: skip
    one = 2 * h * h + 2 * h * kv * d + 3 * h * i
    assert parameters(path) == layers * one + 2 * vocabulary * h
