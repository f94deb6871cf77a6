"""What fits on the card."""

import numpy as np
from numpy.testing import assert_allclose

from deployments import BATCHES, LENGTHS, deploy
from roofline.model.capacity import capacity
from roofline.model.deployment import Deployment

GRID = (np.array(BATCHES)[:, None], np.array(LENGTHS)[None, :])


def with_memory(device: float) -> Deployment:
    """The flagship on a card whose driver reports another memory."""
    card = deploy().accelerator
    assert card.reported is not None
    other = card.reported.model_copy(update={"value": device})
    return Deployment(
        transformer=deploy().transformer,
        accelerator=card.model_copy(update={"reported": other}),
        dtype="fp16",
    )


def test_weights_and_cache_of_the_flagship() -> None:
    """32,528,138,240 parameters · 2 byte = 65.06 GB; 2 · 60 · 6656 · 2 byte per token."""
    memory = capacity(deploy())
    assert memory.weights == 65_056_276_480
    assert memory.kv_per_token == 1_597_440
    assert memory.device == 81_920 * 2**20


def test_tokens_that_fit_beside_the_weights() -> None:
    """(81,920 · 2**20 - 65,056,276,480) / 1,597,440 = 13,047.8; in 80e9 byte, 9,354.8."""
    assert capacity(deploy()).tokens == 13_047
    assert capacity(with_memory(80e9)).tokens == 9_354


def test_a_card_without_a_report_is_taken_as_it_is_sold() -> None:
    """48e9 byte of an A40, of which no source says what its driver reports."""
    assert capacity(deploy(accelerator="a40")).device == 48e9


def test_a_second_card_buys_room() -> None:
    """(2 · 81,920 · 2**20 - 65,056,276,480) / 1,597,440 = 66,820.9: 5.12 times the tokens."""
    assert capacity(deploy()).on_cards(2).tokens == 66_820
    assert capacity(deploy()).on_cards(1).tokens == 13_047


def test_ten_thousand_tokens_fit_in_what_is_reported_but_not_in_what_is_sold() -> None:
    """65,056,276,480 + 8 · 1280 · 1,597,440 = 81.41e9 byte."""
    assert bool(capacity(deploy()).fits(8, 1280)) is True
    assert bool(capacity(with_memory(80e9)).fits(8, 1280)) is False


def test_settings_of_the_reference_grid_that_fit() -> None:
    """28 of 49 have b · s of at most 13,047, or 9,354; with one layer's scores 28, or 26."""
    for deployment in (deploy(), with_memory(80e9)):
        assert np.count_nonzero(capacity(deployment).fits(*GRID)) == 28
    memory = capacity(deploy())
    assert (memory.fits(*GRID) == (GRID[0] * GRID[1] <= 13_047)).all()
    assert np.count_nonzero(memory.fits_with_scores(*GRID)) == 28
    assert np.count_nonzero(capacity(with_memory(80e9)).fits_with_scores(*GRID)) == 26


def test_scores_of_one_layer() -> None:
    """52 · 8192² · 2 byte = 6.98 GB at batch 1; fused attention stores none."""
    assert_allclose(capacity(deploy()).scores(1, 8192), 52 * 8192**2 * 2, rtol=0)
    assert_allclose(capacity(deploy()).scores(1, 8192), 6.98e9, rtol=1e-3)
    fused = capacity(deploy(choices={"attention": "fused"}))
    assert fused.scores(*GRID).shape == (7, 7)
    assert not fused.scores(*GRID).any()


def test_the_largest_batch_of_one_length() -> None:
    """13,047 // 128 = 101 sequences of 128 tokens, none of 14,000."""
    memory = capacity(deploy())
    assert [memory.largest_batch(s) for s in (128, 8192, 14_000)] == [101, 1, 0]
    assert memory.fits(101, 128)
    assert not memory.fits(102, 128)


def test_a_model_that_does_not_fit_leaves_no_token() -> None:
    """Llama 65B takes 130 GB in fp16: nothing of it is served from 86 GB without a word."""
    memory = capacity(deploy("llama-65b"))
    assert memory.tokens == 0
    assert not memory.fits(1, 1)
    assert not memory.fits(*GRID).any()


def test_grouping_shrinks_the_cache() -> None:
    """Llama 3 8B: 2 · 32 layers · 8 heads · 128 · 2 byte = 131,072 byte per token."""
    assert capacity(deploy("llama-3-8b")).kv_per_token == 131_072


def test_narrow_storage_shrinks_what_is_stored() -> None:
    """4-bit weights and an 8-bit cache: a quarter, and half."""
    narrow = capacity(deploy(storage={"weight": 0.5, "kv-cache": 1}))
    assert_allclose(narrow.weights, 65_056_276_480 / 4, rtol=0)
    assert_allclose(narrow.kv_per_token, 1_597_440 / 2, rtol=0)


def test_memory_that_is_exactly_full_fits() -> None:
    """73 · 128 tokens beside the weights: with a byte less they do not fit, nor is a token free."""
    full = 65_056_276_480 + 73 * 128 * 1_597_440
    for device, fits, tokens in (
        (full, True, 9344),
        (full - 1, False, 9343),
        (full + 1, True, 9344),
    ):
        memory = capacity(with_memory(device))
        assert bool(memory.fits(73, 128)) is fits
        assert memory.tokens == tokens
        assert memory.largest_batch(128) == (73 if fits else 72)


def test_prefill_scores_may_fill_the_memory_to_the_last_byte() -> None:
    """52 · 128² · 2 byte of one layer at batch 1, beside weights and 128 tokens."""
    full = 65_056_276_480 + 128 * 1_597_440 + 52 * 128**2 * 2
    for device, fits in ((full, True), (full - 1, False)):
        memory = capacity(with_memory(device))
        assert bool(memory.fits_with_scores(1, 128)) is fits
        assert bool(memory.fits(1, 128))
        assert memory.fitting_with_scores([1], [128]) == fits


def test_scores_have_the_width_of_scores() -> None:
    """Stored in 4 bytes beside a cache of 1: 52 · 128² · 4 byte at batch 1, twice at 2."""
    memory = capacity(deploy(storage={"scores": 4, "kv-cache": 1}))
    assert_allclose(memory.scores([1, 2], 128), [52 * 128**2 * 4, 2 * 52 * 128**2 * 4], rtol=0)
    assert_allclose(memory.kv_cache([1, 2], 128), [128 * 798_720, 2 * 128 * 798_720], rtol=0)


def test_a_grid_is_counted_setting_by_setting() -> None:
    """Batches 1 and 64 by lengths 128, 146 and 147: 64 · 146 = 9,344 fit, 64 · 147 do not."""
    memory = capacity(with_memory(80e9))
    assert memory.fitting([1, 64], [128, 146, 147]) == 5
    # Scores: 64 · 52 · 146² · 2 = 142 MB more than the 17 MB that 10 free tokens leave.
    assert memory.fitting_with_scores([1, 64], [128, 146, 147]) == 4


def test_a_deployment_has_one_capacity() -> None:
    """It is worked out once."""
    deployment = deploy()
    assert capacity(deployment) is capacity(deployment)
    assert capacity(deployment).deployment is deployment
