"""Element-wise kernels: how many, and what they move."""

from deployments import deploy
from roofline.model.elementwise import NAMES, elementwise_kernels
from roofline.model.grid import Grid

L, H, I, A, D = 60, 6656, 17920, 52, 128


def test_decode_kernels_by_hand() -> None:
    """3 sequences, 3 tokens to process, 2 byte an element, 60 layers."""
    kinds = elementwise_kernels(deploy(), "ar", Grid(3, 1024))
    assert [kind.name for kind in kinds] == [*NAMES]
    assert {kind.name: kind.launches for kind in kinds} == {
        "softmax": L,
        "rotary embedding": L,
        "activation function": L,
        "norms": 2 * L + 1,
        "residuals": 2 * L,
    }
    assert {kind.name: float(kind.bytes) for kind in kinds} == {
        "softmax": 2 * 3 * A * 1024 * 2 * L,
        "rotary embedding": 2 * 3 * (A + A) * D * 2 * L,
        "activation function": 3 * 3 * I * 2 * L,
        "norms": 2 * 3 * H * 2 * (2 * L + 1),
        "residuals": 3 * 3 * H * 2 * 2 * L,
    }


def test_candidates_are_tokens_too() -> None:
    """4 candidates of 3 sequences: 12 tokens, and 4 rows of scores in each head."""
    one, four = (elementwise_kernels(deploy(), "ar", Grid(3, 1024, q)) for q in (1, 4))
    for alone, several in zip(one, four, strict=True):
        assert several.bytes == 4 * alone.bytes
        assert several.launches == alone.launches


def test_fused_attention_has_no_softmax_and_grouped_heads_have_fewer_keys() -> None:
    """Llama 3 8B: 32 query and 8 KV heads of 128, 32 layers."""
    deployment = deploy("llama-3-8b", dtype="bf16", choices={"attention": "fused"})
    softmax, rotary, *_ = elementwise_kernels(deployment, "init", Grid(2, 64))
    assert softmax.launches == softmax.bytes == 0
    assert rotary.bytes == 2 * 2 * 64 * (32 + 8) * 128 * 2 * 32


def test_bytes_have_the_shape_of_the_grid() -> None:
    for kind in elementwise_kernels(deploy(), "init", Grid([[1], [2]], [128, 256, 512])):
        assert kind.bytes.shape == (2, 3)
