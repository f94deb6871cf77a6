"""Study files: what loads, and what is refused in which words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deployments import BATCHES, LENGTHS
from roofline.errors import InputError
from roofline.study.repository import FLAGSHIP, study_identifiers
from roofline.study.study import load_study

STUDY = """\
title: A study
model: llama-33b
accelerator: a100-80gb-pcie
dtype: fp16
batches: [1, 2]
lengths: [128]
"""
Refusal = Callable[[str | bytes], str]
MODELS = "llama-13b, llama-2-70b, llama-3-8b, llama-33b, llama-65b, llama-7b and tinyllama-1.1b"
CARDS = (
    "a100-80gb-pcie, a100-80gb-sxm, a40, amd-epyc-2-threads, h100-80gb-sxm, h200-141gb-sxm and "
    "rtx-a6000"
)
DTYPES = "bf16, fp16, fp32, fp8, int4, int8 and tf32"
KEYS = (
    "accelerator, batches, candidates, choices, dtype, lengths, measurements, model, notes, "
    "storage and title"
)
STORAGE = "expected a number format, or from 0.0625 to 64 bytes per element, got"


def changed(old: str, new: str) -> str:
    """The study with one part of its text replaced."""
    assert old in STUDY
    return STUDY.replace(old, new)


def test_the_flagship_loads_with_its_grid() -> None:
    """49 settings, batch 1 to 64 and length 128 to 8192, in powers of two."""
    study = load_study()
    assert study.identifier == FLAGSHIP == study_identifiers()[0]
    assert list(study.file.batches) == BATCHES
    assert list(study.file.lengths) == LENGTHS
    assert study.file.candidates == (1,)
    assert study.settings == 49


@pytest.mark.parametrize("name", study_identifiers())
def test_every_study_of_the_repository_loads(name: str) -> None:
    """Each has a model and a peak."""
    assert load_study(name).deployment.roof.ridge > 0


def test_a_study_file_anywhere_loads(tmp_path: Path) -> None:
    """Settings are sorted; storage takes number formats and bytes, choices their options."""
    path = tmp_path / "my-study.yml"
    path.write_text(
        changed("[1, 2]", "[4, 1]")
        + "storage: {weight: int4, kv-cache: 0.53125}\nchoices: {attention: fused}\n"
    )
    study = load_study(str(path))
    assert study.identifier == "my-study"
    assert study.file.batches == (1, 4)
    assert study.deployment.element_bytes["weight"] == 0.5
    assert study.deployment.element_bytes["kv-cache"] == 0.53125
    assert study.deployment.element_bytes["activation"] == 2
    assert study.deployment.choices == {"attention": "fused"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # Names
        (
            "model: llama-33b",
            "model: llama-33",
            f'model (line 2): unknown model "llama-33"; did you mean "llama-33b"? Known: {MODELS}',
        ),
        (
            "llama-33b",
            "../llama-33b",
            (
                "model (line 2): expected the name of a catalogue entry, got a path "
                f'"../llama-33b"; known: {MODELS}'
            ),
        ),
        (
            "a100-80gb-pcie",
            "a100-80gb-pci",
            (
                'accelerator (line 3): unknown accelerator "a100-80gb-pci"; did you mean '
                f'"a100-80gb-pcie"? Known: {CARDS}'
            ),
        ),
        (
            "fp16",
            "fp17",
            f'dtype (line 4): unknown dtype "fp17"; did you mean "fp16"? Known: {DTYPES}',
        ),
        (
            "fp16",
            "fp8",
            'dtype (line 4): no "fp8" peak on "a100-80gb-pcie"; it has bf16, fp16, int8 and tf32',
        ),
        # Types
        ("A study", "5", "title (line 1): expected text, got 5"),
        ("A study", "2024-01-02", "title (line 1): expected text, got the date 2024-01-02"),
        ("A study", "''", "title (line 1): expected text that is not empty"),
        ("A study", "x" * 130, "title (line 1): expected at most 120 characters, got 130"),
        ("llama-33b", "[llama-33b]", "model (line 2): expected text, got a list"),
        ("[128]", "128", "lengths (line 6): expected a list, got 128"),
        ("[128]", "{a: 1}", "lengths (line 6): expected a list, got a mapping"),
        ("[128]", "", "lengths (line 6): expected a list, got nothing"),
        ("[128]", "['128']", 'lengths[0] (line 6): expected an integer, got "128"'),
        ("[128]", "[true]", "lengths[0] (line 6): expected an integer, got true"),
        ("[128]", "[1.5]", "lengths[0] (line 6): expected an integer, got 1.5"),
        ("[128]", "[.nan]", "lengths[0] (line 6): expected an integer, got not a number"),
        ("[128]", "[.inf]", "lengths[0] (line 6): expected an integer, got infinity"),
        ("[128]", "[[128]]", "lengths[0] (line 6): expected an integer, got a list"),
        ("[128]", "&a [*a]", "lengths[0] (line 6): expected an integer, got a list"),
        # Values
        ("[128]", "[0]", "lengths[0] (line 6): expected a number of at least 1, got 0"),
        ("[128]", "[-4]", "lengths[0] (line 6): expected a number of at least 1, got -4"),
        (
            "[128]",
            "[1000000001]",
            "lengths[0] (line 6): expected a number of at most 1,000,000,000, got 1000000001",
        ),
        (
            "[128]",
            "[0x" + "f" * 5000 + "]",
            (
                "lengths[0] (line 6): expected a number of at most 1,000,000,000, "
                "got an integer of 20000 bits"
            ),
        ),
        ("[128]", "[]", "lengths (line 6): expected at least one number, got an empty list"),
        (
            "[128]",
            "[1, 2, 2, 1]",
            "lengths (line 6): expected every setting once, got 1 and 2 more than once",
        ),
        # Keys
        (
            "lengths:",
            "lenghts: [1]\nlengths:",
            f'lenghts (line 6): unknown key "lenghts"; did you mean "lengths"? Known: {KEYS}',
        ),
        (
            "lengths: [128]",
            "lengths:\n  - 128\nbatchez:\n  x: 1",
            f'batchez (line 8): unknown key "batchez"; did you mean "batches"? Known: {KEYS}',
        ),
        ("[128]", "[128]\n1: 2", "expected keys that are text, got 1"),
        ("[128]", "[128]\ndtype: fp16", 'line 7: the key "dtype" stands twice'),
        ("lengths: [128]", "", "lengths: required, but missing"),
    ],
)
def test_one_mistake_is_named(refusal: Refusal, old: str, new: str, message: str) -> None:
    """Place, line, rule, value found, what is allowed and the nearest match."""
    assert refusal(changed(old, new)) == message


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("storage: {weight: -1}", f"storage.weight (line 7): {STORAGE} -1"),
        ("storage: {weight: 0}", f"storage.weight (line 7): {STORAGE} 0"),
        ("storage: {weight: 5e-324}", f"storage.weight (line 7): {STORAGE} 5e-324"),
        ("storage: {weight: 0.0624}", f"storage.weight (line 7): {STORAGE} 0.0624"),
        ("storage: {weight: 64.5}", f"storage.weight (line 7): {STORAGE} 64.5"),
        ("storage: {weight: .nan}", f"storage.weight (line 7): {STORAGE} not a number"),
        ("storage: {weight: .inf}", f"storage.weight (line 7): {STORAGE} infinity"),
        ("storage: {weight: true}", f"storage.weight (line 7): {STORAGE} true"),
        (
            "storage:\n  kv-cache: int44",
            (
                f'storage.kv-cache (line 8): unknown dtype "int44"; did you mean "int4"? '
                f"Known: {DTYPES}"
            ),
        ),
        (
            "storage: {on-chip: 1}",
            (
                'storage.on-chip (line 7): unknown key "on-chip"; '
                "known: weight, activation, kv-cache and scores"
            ),
        ),
        ("storage: 5", "storage (line 7): expected a mapping of keys and values, got 5"),
        (
            "choices: {attention: flash}",
            'choices (line 7): unknown option of attention "flash"; known: unfused and fused',
        ),
        (
            "choices: {attentoin: fused}",
            (
                'choices (line 7): unknown choice "attentoin"; did you mean "attention"? '
                "Known: attention, projections, mask and logits"
            ),
        ),
        (
            "choices: {mask: causal}",
            "choices (line 7): expected attention: fused with mask: causal, got attention: unfused",
        ),
        ("notes: [a]", "notes (line 7): expected text, got a list"),
    ],
)
def test_a_mistake_in_an_optional_key_is_named(
    refusal: Refusal, addition: str, message: str
) -> None:
    """Storage and choices are checked like the rest."""
    assert refusal(STUDY + addition + "\n") == message


def test_all_mistakes_are_named_at_once(refusal: Refusal) -> None:
    """What is missing first, then in the order of the file."""
    content = "titel: x\nlengths:\n  - 0\n  - 1\n  - x\nmodel: gpt\ndtype: fp16\nbatches: [1]\n"
    assert refusal(content).splitlines() == [
        "6 problems",
        "  title: required, but missing",
        "  accelerator: required, but missing",
        f'  titel (line 1): unknown key "titel"; did you mean "title"? Known: {KEYS}',
        "  lengths[0] (line 3): expected a number of at least 1, got 0",
        '  lengths[2] (line 5): expected an integer, got "x"',
        f'  model (line 6): unknown model "gpt"; known: {MODELS}',
    ]


def test_each_of_many_unknown_choices_is_a_problem_of_its_own(refusal: Refusal) -> None:
    """So that a list of thousands is cut where lists are."""
    choices = "\n".join(f"  choice-{number}: {'x' * 50}" for number in range(2_000))
    lines = refusal(f"{STUDY}choices:\n{choices}\n").splitlines()
    assert lines[0] == "2000 problems"
    assert lines[1].startswith('  choices (line 7): unknown choice "choice-0"; known: attention,')
    assert lines[-1] == f"  and {2_000 - len(lines[1:-1])} more"


def test_a_billion_settings_are_refused(refusal: Refusal) -> None:
    """Three lists of a thousand: the product is counted, not built."""
    thousand = str(list(range(1, 1001)))
    content = changed("[1, 2]", thousand).replace("[128]", thousand)
    assert refusal(f"{content}candidates: {thousand}\n") == (
        "expected at most 10,000 settings, got 1,000,000,000 "
        "(1,000 batches x 1,000 lengths x 1,000 candidates)"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "llama-33b-a100",
            f'study: unknown study "llama-33b-a100"; did you mean "{FLAGSHIP}"? Known: ',
        ),
        ("", 'study: unknown study ""; known: '),
        ("no/such.yml", "no/such.yml: cannot be read: No such file or directory"),
        ("a\x00b.yml", r"a\x00b.yml: expected a file name of lower-case letters"),
    ],
)
def test_names_of_no_study_are_refused(name: str, message: str) -> None:
    """A name is looked up in the repository; a path is read."""
    with pytest.raises(InputError) as error:
        load_study(name)
    assert str(error.value).startswith(message)


def test_file_names_become_addresses(tmp_path: Path) -> None:
    """A name that would make a poor address is refused before it is read."""
    with pytest.raises(InputError) as error:
        load_study(str(tmp_path / "My Study.yml"))
    assert str(error.value) == (
        f"{tmp_path}/My Study.yml: expected a file name of lower-case letters, digits and "
        'single hyphens, which becomes the study\'s address, got "My Study"'
    )


def test_a_link_out_of_the_repository_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study of the repository is a file of the repository; a path is the caller's."""
    repository = tmp_path / "repository"
    folder = repository / "docs" / "studies"
    folder.mkdir(parents=True)
    outside = tmp_path / "outside.yml"
    outside.write_text(STUDY)
    (folder / "link.yml").symlink_to(outside)
    (folder / "circle.yml").symlink_to("circle.yml")
    monkeypatch.setattr("roofline.study.repository.REPOSITORY", repository)
    monkeypatch.chdir(repository)
    with pytest.raises(InputError) as error:
        load_study("link")
    assert str(error.value) == (
        "docs/studies/link.yml: expected a file inside the repository, but the path leads out of it"
    )
    for path in ("docs/studies/link.yml", "../outside.yml", str(outside)):
        assert load_study(path).identifier == Path(path).stem
    with pytest.raises(InputError, match=r"circle\.yml: cannot be read: "):
        load_study("circle")
