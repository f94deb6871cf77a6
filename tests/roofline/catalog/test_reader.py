"""Catalogue files that break a rule, in a copy of the catalogue."""

from collections.abc import Callable
from pathlib import Path

import pytest

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats, sources
from roofline.catalog.transformer import load_transformer
from roofline.errors import InputError
from roofline.model.operators import load_operators
from roofline.study.study import load_study

CARD = """\
name: "A card"
peaks:
  fp16: {value: 1e12, source: roofline, where: "page 1"}
bandwidth: {value: 1e11, source: roofline, where: "page 1"}
capacity: {value: 1e9, source: roofline, where: "page 1"}
"""
DTYPES = "bf16, fp16, fp32, fp8, int4, int8 and tf32"
CARD_KEYS = "bandwidth, capacity, devices, l2_cache, name and peaks"


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
        ("1e11", "0", "bandwidth.value (line 4): expected a number above 0, got 0"),
        ("1e11", "-1", "bandwidth.value (line 4): expected a number above 0, got -1"),
        ("1e11", ".nan", "bandwidth.value (line 4): expected a finite number, got not a number"),
        ("1e11", ".inf", "bandwidth.value (line 4): expected a finite number, got infinity"),
        ("1e11", "1e31", "bandwidth.value (line 4): expected a number below 1e+30, got 1e+31"),
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
    found = card_message(catalogue, CARD.replace(old, new))
    assert found.startswith(expected) if expected.endswith("Known:") else found == expected


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
    found = message("docs/studies/llama-33b-a100-80gb-pcie.yml", load_study)
    assert found.startswith(
        "accelerator (line 3): roofline/catalog/accelerators/a100-80gb-pcie.yml: "
        "bandwidth.value (line "
    )
    assert found.endswith("): expected a number above 0, got 0")


def test_a_mistake_in_a_source_is_named(catalogue: Path) -> None:
    """The key of the source stands first in the place."""
    path = catalogue / "sources.yml"
    path.write_text(path.read_text() + "x:\n  titel: a\n  kind: rumour\n  year: 2020\n")
    lines = message("roofline/catalog/sources.yml", sources).splitlines()
    end = len(path.read_text().splitlines())
    kinds = "data sheet, paper, model configuration, blog post, software, standard and measurement"
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
        "fp16.bytes.value (line 3): expected a number above 0, got 0"
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "count: 1, m: t, n: i, k: h",
            "count: 1, m: tt, n: i, k: h",
            'rows[3].m: unknown symbol "tt"; did you mean "t"? Known: b, s, q, h, i,',
        ),
        (
            "init: a / a_kv",
            "init: a / g",
            'derived.g.init: unknown symbol "g"; known: b, s, q, h, i, a, a_kv, d, L and V',
        ),
        ("{series: qk/pv, name: qk,", "{series: qk, name: qk,", "rows[6].series: unknown series"),
        (
            "when: {attention: fused}, kernel: qk+pv, operands: [activation, kv",
            "when: {attention: flash}, kernel: qk+pv, operands: [activation, kv",
            'rows[6].variants: unknown option of attention "flash"; known: unfused and fused',
        ),
        (
            "when: {attention: fused}, kernel: qk+pv, operands: [activation, kv",
            "when: {atention: fused}, kernel: qk+pv, operands: [activation, kv",
            'rows[6].variants: unknown choice "atention"; did you mean "attention"?',
        ),
        (
            "name: down, meaning: down projection, phases: [init, ar], launches: L",
            "name: down, meaning: down projection, phases: [init, ar], launches: 1",
            "series.up/gate/down: expected rows of equal launches, got 1 and L",
        ),
        ("m: b * o,", "m: b % o,", "rows[9].m (line "),
        ("operands: [weight, on-chip, activation]", "operands: [weight, on-chip]",
         "rows[10].operands[2] (line "),
        ("operands: [weight, on-chip, activation]", "operands: [weight, chip, activation]",
         "rows[10].operands[1] (line "),
    ],
)  # fmt: skip
def test_a_mistake_in_the_operator_table_is_named(
    catalogue: Path, old: str, new: str, expected: str
) -> None:
    """Every name in a row exists, every expression is of the language."""
    path = catalogue / "operators.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert message("roofline/catalog/operators.yml", load_operators).startswith(expected)
