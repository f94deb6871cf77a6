"""Cards: what is sold, what the driver reports, and which of the two counts."""

import pytest

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers

MIB = 2**20


@pytest.mark.parametrize(
    ("identifier", "sold", "reported"),
    [
        ("a100-80gb-pcie", 80e9, 81_920 * MIB),
        ("a100-80gb-sxm", 80e9, 81_920 * MIB),
        ("h100-80gb-sxm", 80e9, 81_559 * MIB),
        ("h200-141gb-sxm", 141e9, 143_771 * MIB),
        ("rtx-a6000", 48e9, 49_140 * MIB),
    ],
)
def test_what_the_driver_reports_is_what_counts(
    identifier: str, sold: float, reported: float
) -> None:
    card = load_accelerator(identifier)
    assert card.capacity.value == sold
    assert card.reported is not None
    assert card.memory is card.reported
    assert card.memory.value == reported


def test_a_card_of_which_no_source_says_it_counts_as_it_is_sold() -> None:
    card = load_accelerator("a40")
    assert card.reported is None
    assert card.memory is card.capacity


def test_no_card_reports_much_less_than_is_sold_nor_a_framework_more() -> None:
    """A source of another card, or a unit mistaken for another, would show here."""
    for card in map(load_accelerator, identifiers("accelerators")):
        assert 0.95 <= card.memory.value / card.capacity.value <= 1.1
        if card.allocatable is not None:
            assert 0.95 <= card.allocatable.value / card.memory.value <= 1
