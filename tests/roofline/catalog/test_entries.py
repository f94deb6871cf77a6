"""A sweep of the catalogue: sources, dense peaks, decimal units, known dtypes."""

import math
import re
from collections.abc import Iterator

import pytest
from numpy.testing import assert_allclose
from pydantic import BaseModel

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Published, Reference
from roofline.catalog.reader import identifiers, number_formats, read_catalogue, sources
from roofline.catalog.transformer import load_transformer
from roofline.latency.calibration import all_calibrations
from roofline.latency.end_to_end import published_requests
from roofline.model.operators import load_operators

MEASURED = ["amd-epyc-2-threads"]
"""Cards without a data sheet, whose entry `roofline accelerator` writes."""
CARDS = identifiers("accelerators")
DATA_SHEETS = [name for name in CARDS if name not in MEASURED]
MODELS = identifiers("transformers")
# Cited by the pages, not by a number of the catalogue.
BACKGROUND = {
    "own-configuration",
    "roofline",
    "flash-attention",
    "grouped-query-attention",
    "llama-2",
    "llama-3",
    "a100-pcie-brief",
}


def entries() -> dict[str, BaseModel]:
    """Everything in the catalogue that cites."""
    return {
        "operators": load_operators(),
        **{name: load_accelerator(name) for name in CARDS},
        **{name: load_transformer(name) for name in MODELS},
        **number_formats(),
        **all_calibrations(),
        **{f"request {place}": one for place, one in enumerate(published_requests())},
    }


def cited(entry: object) -> Iterator[Published[object] | Reference]:
    """Every citation inside an entry."""
    if isinstance(entry, Published | Reference):
        yield entry
    elif isinstance(entry, BaseModel):
        for name in type(entry).model_fields:
            yield from cited(getattr(entry, name))
    elif isinstance(entry, dict):
        for value in entry.values():
            yield from cited(value)
    elif isinstance(entry, tuple):
        for value in entry:
            yield from cited(value)


def test_every_entry_cites_sources_that_exist() -> None:
    """A number without a source does not load; here none is left out of the sweep."""
    for name, entry in entries().items():
        citations = list(cited(entry))
        assert citations, name
        assert {citation.source for citation in citations} <= set(sources()), name
        assert all(len(citation.where) > 5 for citation in citations), name


def test_every_number_of_an_entry_is_quoted() -> None:
    """Accelerators and transformers hold names and quoted numbers, nothing bare."""
    for kind, names, load in [
        ("accelerators", CARDS, load_accelerator),
        ("transformers", MODELS, load_transformer),
    ]:
        for name in names:
            entry = load(name)
            data = read_catalogue(f"{kind}/{name}.yml").data
            bare = {key for key, value in data.items() if not isinstance(value, dict)}
            assert bare - {"devices"} == {"name"}, name
            count = sum(1 if "value" in value else len(value) for value in data.values()
                        if isinstance(value, dict))  # fmt: skip
            assert len(list(cited(entry))) == count, name


def test_every_source_is_used_or_background() -> None:
    """No source is listed for nothing."""
    used = {citation.source for entry in entries().values() for citation in cited(entry)}
    assert used | BACKGROUND == set(sources())
    assert used & BACKGROUND == set()


def test_every_dtype_of_a_peak_is_known() -> None:
    """A peak's dtype has a width."""
    for name in CARDS:
        assert set(load_accelerator(name).peaks) <= set(number_formats()), name


@pytest.mark.parametrize("name", CARDS)
def test_peaks_are_dense(name: str) -> None:
    """Where the source gives a figure with sparsity, the value is the other one: half of it."""
    for dtype, peak in load_accelerator(name).peaks.items():
        stated = re.search(r"([\d,.]+)(?: TFLOPS| TOPS)? with sparsity", peak.where)
        if stated is not None:
            sparse = float(stated[1].replace(",", "")) * 1e12
            assert_allclose(peak.value, sparse / 2, rtol=2e-3, err_msg=f"{name} {dtype}")


@pytest.mark.parametrize("name", CARDS)
def test_peaks_fit_the_clock(name: str) -> None:
    """In 16 bits a multiprocessor computes 1,024 (GA102), 2,048 (GA100) or 4,096 FLOP a cycle.

    A peak below that is given at a lower clock than the highest, as of the H100.
    """
    card = load_accelerator(name)
    if card.clock is None or card.multiprocessors is None:
        return
    cycle = card.peaks["fp16"].value / (card.clock.value * card.multiprocessors.value)
    most = 2 ** math.ceil(math.log2(cycle * 0.999))
    assert most in {1024, 2048, 4096}
    assert 0.9 * most < cycle < 1.001 * most


@pytest.mark.parametrize("name", [name for name in CARDS if name.startswith("a100")])
def test_no_a100_computes_more_than_its_dense_peak(name: str) -> None:
    """312 TFLOP/s at 16 bits; the 624 of the data sheet need sparsity."""
    peaks = load_accelerator(name).peaks
    assert peaks["fp16"].value == peaks["bf16"].value == 312e12
    assert peaks["tf32"].value == 156e12
    assert peaks["int8"].value == 624e12


def test_the_cards_of_the_reference_chart() -> None:
    """The paper's A40 and RTX A6000: 696 and 768 GB/s, 149.7 TFLOP/s on the A40."""
    assert load_accelerator("a40").bandwidth.value == 696e9
    assert load_accelerator("a40").peaks["fp16"].value == 149.7e12
    assert load_accelerator("rtx-a6000").bandwidth.value == 768e9


def test_pcie_and_sxm_cards_differ() -> None:
    """One chip, two memories: 1,935 and 2,039 GB/s."""
    pcie, sxm = load_accelerator("a100-80gb-pcie"), load_accelerator("a100-80gb-sxm")
    assert pcie.bandwidth.value == 1.935e12
    assert sxm.bandwidth.value == 2.039e12
    assert pcie.name != sxm.name


@pytest.mark.parametrize("name", DATA_SHEETS)
def test_rates_and_capacities_are_decimal(name: str) -> None:
    """1,935 GB/s taken for GiB would be 2,077; the source's own figure is in its locator."""
    card = load_accelerator(name)
    assert sources()[card.bandwidth.source].kind == "data sheet"
    for quoted, unit in [(card.bandwidth, "B/s"), (card.capacity, "B")]:
        match = re.search(rf"([\d,.]+) ([GT]){unit}", quoted.where)
        assert match, quoted.where
        stated = float(match[1].replace(",", "")) * {"G": 1e9, "T": 1e12}[match[2]]
        assert_allclose(quoted.value, stated, rtol=1e-12)


def test_wider_formats_are_never_faster() -> None:
    """On every card, half the bytes compute at least as fast."""
    for name in CARDS:
        peaks = load_accelerator(name).peaks
        widths = {dtype: number_formats()[dtype].bytes.value for dtype in peaks}
        ordered = sorted(peaks, key=lambda dtype: (-widths[dtype], dtype))
        values = [peaks[dtype].value for dtype in ordered]
        assert values == sorted(values), name


@pytest.mark.parametrize(
    ("dtype", "width"), [("fp32", 4), ("tf32", 4), ("fp16", 2), ("fp8", 1), ("int4", 0.5)]
)
def test_widths_of_number_formats(dtype: str, width: float) -> None:
    """Bytes per element; tf32 computes with 19 bits but is stored in 32."""
    assert number_formats()[dtype].bytes.value == width


def test_an_unknown_entry_is_a_lookup_error() -> None:
    """The message names the nearest."""
    with pytest.raises(LookupError, match='unknown accelerator "a100"; did you mean "a100-80gb-'):
        load_accelerator("a100")
    with pytest.raises(LookupError, match='unknown transformer "llama-34b"; did you mean "llama'):
        load_transformer("llama-34b")
