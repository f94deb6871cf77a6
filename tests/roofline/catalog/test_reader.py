"""Catalogue files that break a rule, in a copy of the catalogue."""

from collections.abc import Callable
from pathlib import Path

import pytest

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats, sources
from roofline.catalog.transformer import load_transformer
from roofline.errors import InputError
from roofline.study.study import load_study

CARD = """\
name: "A card"
peaks:
  fp16: {value: 1e12, source: roofline, where: "page 1"}
bandwidth: {value: 1e11, source: roofline, where: "page 1"}
capacity: {value: 1e9, source: roofline, where: "page 1"}
"""
DTYPES = "bf16, fp16, fp32, fp8, int4, int8 and tf32"
CARD_KEYS = (
    "allocatable, bandwidth, capacity, clock, devices, l2_cache, multiprocessors, name, peaks and "
    "reported"
)


def message(path: str, load: Callable[[], object]) -> str:
    """The refusal of a catalogue file, after its name."""
    with pytest.raises(InputError) as error:
        load()
    text = str(error.value)
    assert "Traceback" not in text
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


def card_message(catalogue: Path, content: str) -> str:
    """The refusal of an accelerator of some content."""
    (catalogue / "accelerators" / "card.yml").write_text(content)
    return message("roofline/catalog/accelerators/card.yml", lambda: load_accelerator("card"))


def test_adding_an_accelerator_is_adding_a_file(catalogue: Path) -> None:
    """No code changes."""
    (catalogue / "accelerators" / "card.yml").write_text(CARD)
    assert load_accelerator("card").peaks["fp16"].value == 1e12


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (CARD, "", "expected a mapping of keys and values, got an empty file"),
        (CARD, "- a\n", "expected a mapping of keys and values, got a list"),
        ('name: "A card"', "name: 5", "name (line 1): expected text, got 5"),
        ("1e11", "0", "bandwidth.value (line 4): expected a number of at least 1, got 0"),
        ("1e11", "-1", "bandwidth.value (line 4): expected a number of at least 1, got -1"),
        ("1e11", ".nan", "bandwidth.value (line 4): expected a finite number, got not a number"),
        ("1e11", ".inf", "bandwidth.value (line 4): expected a finite number, got infinity"),
        ("1e11", "1e31", "bandwidth.value (line 4): expected a number of at most 1e+24, got 1e+31"),
        ("1e11", "'1'", 'bandwidth.value (line 4): expected a number, got "1"'),
        ("1e11", "true", "bandwidth.value (line 4): expected a number, got true"),
        (
            'bandwidth: {value: 1e11, source: roofline, where: "page 1"}',
            "bandwidth: 1e11",
            "bandwidth (line 4): expected a mapping of keys and values, got 100000000000",
        ),
        (
            "1e11, source: roofline,",
            "1e11,",
            "bandwidth.source (line 4): required, but missing",
        ),
        (
            "1e11, source: roofline",
            "1e11, source: rooflines",
            (
                'bandwidth.source (line 4): unknown source "rooflines"; did you mean "roofline"? '
                "Known:"
            ),
        ),
        (
            "1e11, source: roofline",
            "1e11, sauce: x, source: roofline",
            (
                'bandwidth.sauce (line 4): unknown key "sauce"; did you mean "source"? '
                "Known: source, value and where"
            ),
        ),
        (
            "fp16: {value: 1e12, source: roofline",
            "fp16: {valeu: 1, value: 1e12, source: roofline",
            (
                'peaks.fp16.valeu (line 3): unknown key "valeu"; did you mean "value"? '
                "Known: source, value and where"
            ),
        ),
        (
            "capacity:",
            "bandwith: 5\ncapacity:",
            (
                'bandwith (line 5): unknown key "bandwith"; did you mean "bandwidth"? '
                f"Known: {CARD_KEYS}"
            ),
        ),
        (
            "fp16:",
            "fp61:",
            f'peaks.fp61 (line 3): unknown dtype "fp61"; did you mean "fp16"? Known: {DTYPES}',
        ),
        (
            'peaks:\n  fp16: {value: 1e12, source: roofline, where: "page 1"}',
            "peaks: {}",
            (
                "peaks (line 2): expected the peak of at least one of bf16, fp16, fp32, fp8, int4, "
                "int8 or tf32, got none"
            ),
        ),
    ],
)
def test_a_mistake_in_an_accelerator_is_named(
    catalogue: Path, old: str, new: str, expected: str
) -> None:
    """As in a study: place, line, rule, value found, nearest match."""
    assert old in CARD
    refusal = card_message(catalogue, CARD.replace(old, new))
    assert refusal.startswith(expected) if expected.endswith("Known:") else refusal == expected


def test_all_mistakes_of_an_accelerator_are_named_at_once(catalogue: Path) -> None:
    """A dtype, a number and a source."""
    content = CARD.replace("fp16", "fp61").replace("1e11", "0").replace("1e9, source", "1e9, sorc")
    lines = card_message(catalogue, content).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "4 problems",
        "  peaks.fp61 (line 3)",
        "  bandwidth.value (line 4)",
        "  capacity.source (line 5)",
        "  capacity.sorc (line 5)",
    ]


def test_head_counts_must_divide(catalogue: Path) -> None:
    """Every group of query heads is as large as the others."""
    path = catalogue / "transformers" / "llama-33b.yml"
    text = path.read_text().replace("kv_heads:\n  value: 52", "kv_heads:\n  value: 5")
    path.write_text(text)
    line = text.splitlines().index("kv_heads:") + 1
    expected = f"kv_heads (line {line}): expected a divisor of heads (52), got 5"
    name = "roofline/catalog/transformers/llama-33b.yml"
    assert message(name, lambda: load_transformer("llama-33b")) == expected


def test_a_study_names_the_broken_entry_that_it_uses(catalogue: Path) -> None:
    """The study's message holds the catalogue's."""
    path = catalogue / "accelerators" / "a100-80gb-pcie.yml"
    path.write_text(path.read_text().replace("1.935e12", "0"))
    study = "roofline/study/examples/llama-33b-a100-80gb-pcie.yml"
    refusal = message(study, load_study)
    assert refusal.startswith(
        "accelerator (line 3): roofline/catalog/accelerators/a100-80gb-pcie.yml: "
        "bandwidth.value (line "
    )
    assert refusal.endswith("): expected a number of at least 1, got 0")


def test_a_mistake_in_a_source_is_named(catalogue: Path) -> None:
    """The key of the source stands first in the place."""
    path = catalogue / "sources.yml"
    path.write_text(path.read_text() + "x:\n  titel: a\n  kind: rumour\n  year: 2020\n")
    lines = message("roofline/catalog/sources.yml", sources).splitlines()
    end = len(path.read_text().splitlines())
    kinds = "data sheet, paper, model configuration, blog post, software, standard, measurement "
    kinds += "and discussion"
    assert lines == [
        "4 problems",
        f"  x.title (line {end - 3}): required, but missing",
        f"  x.authors (line {end - 3}): required, but missing",
        (
            f'  x.titel (line {end - 2}): unknown key "titel"; did you mean "title"? '
            "Known: authors, identifier, kind, title, url and year"
        ),
        f'  x.kind (line {end - 1}): unknown name "rumour"; known: {kinds}',
    ]


def test_a_mistake_in_a_number_format_is_named(catalogue: Path) -> None:
    """A format needs a positive width."""
    (catalogue / "dtypes.yml").write_text(
        "fp16:\n  meaning: half\n  bytes: {value: 0, source: ptx, where: here}\n"
    )
    assert message("roofline/catalog/dtypes.yml", number_formats) == (
        "fp16.bytes.value (line 3): expected a number of at least 0.0625, got 0"
    )
