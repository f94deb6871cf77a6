"""Check the model's work against an independent count: PyTorch's FLOP counter.

The counter runs over one layer and the output head of Hugging Face's
`LlamaForCausalLM` (eager attention, on the meta device, so nothing is computed),
and must find exactly the matrix work of this model with the logits of all
positions. Like this model's default, it counts no causal saving.

Prefill processes `s` tokens with an empty cache. A decode step processes `q` new
tokens; this model's `s` counts every token that a query attends to, the new ones
included, so the cache holds `s - q` tokens before the step.

Of each family whose configuration can be imported, the parameters of all matrices are counted
too, in the model that transformers builds of the family's defaults: once with every size said in
the configuration, and once without those that have a default.

It needs PyTorch and transformers, in an environment of its own: `make crosscheck`.
"""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    DynamicCache,
    LlamaConfig,
    LlamaForCausalLM,
    PretrainedConfig,
)

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.configuration import FAMILIES, import_configuration
from roofline.catalog.transformer import load_transformer
from roofline.model.budget import budget
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import evaluate


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One setting of one model."""

    model: str
    phase: Phase
    b: int
    s: int
    q: int = 1

    def __str__(self) -> str:
        """Write the shape as a row of the table begins."""
        return f"{self.model:<12} {self.phase:<5} {self.b:>4} {self.s:>5} {self.q:>3}"


PUBLISHED = Shape(model="llama-33b", phase="init", b=2, s=128)
PUBLISHED_FLOP = 383_862_702_080

SHAPES = (
    PUBLISHED,
    Shape(model="llama-33b", phase="init", b=1, s=1),
    Shape(model="llama-33b", phase="init", b=64, s=128),
    Shape(model="llama-33b", phase="init", b=3, s=1000),
    Shape(model="llama-33b", phase="init", b=1, s=8192),
    Shape(model="llama-33b", phase="ar", b=1, s=128),
    Shape(model="llama-33b", phase="ar", b=64, s=8192),
    Shape(model="llama-33b", phase="ar", b=5, s=777),
    Shape(model="llama-33b", phase="ar", b=16, s=1024, q=64),
    Shape(model="llama-7b", phase="init", b=4, s=512),
    Shape(model="llama-7b", phase="ar", b=4, s=512, q=3),
    Shape(model="llama-2-70b", phase="init", b=2, s=2048),
    Shape(model="llama-2-70b", phase="ar", b=32, s=4096),
    Shape(model="llama-2-70b", phase="ar", b=8, s=4096, q=16),
    Shape(model="llama-3-8b", phase="init", b=7, s=333),
    Shape(model="llama-3-8b", phase="ar", b=7, s=333),
)


def ours(shape: Shape) -> int:
    """Work of one layer and of the output head for all positions [FLOP]."""
    deployment = Deployment(
        transformer=load_transformer(shape.model),
        accelerator=load_accelerator("a100-80gb-pcie"),
        dtype="fp16",
        choices={"logits": "all"},
    )
    layer = budget(deployment, shape.phase, Grid(shape.b, shape.s, shape.q), layers=True)
    head = evaluate(deployment, "lm_head", shape.phase, Grid(shape.b, shape.s, shape.q))
    return int(layer.flops) + int(head.flops)


def counted(shape: Shape) -> int:
    """What PyTorch's counter finds in the same model and setting [FLOP]."""
    transformer = load_transformer(shape.model)
    config = LlamaConfig(
        hidden_size=transformer.hidden.value,
        intermediate_size=transformer.intermediate.value,
        num_hidden_layers=1,
        num_attention_heads=transformer.heads.value,
        num_key_value_heads=transformer.kv_heads.value,
        head_dim=transformer.head_dimension.value,
        vocab_size=transformer.vocabulary.value,
        max_position_embeddings=shape.s,
        tie_word_embeddings=transformer.tied_embeddings.value,
        attn_implementation="eager",
    )
    with torch.device("meta"), torch.no_grad():
        model = LlamaForCausalLM(config).eval()
        tokens = shape.s if shape.phase == "init" else shape.q
        cache = DynamicCache()
        if shape.s > tokens:
            held = (
                shape.b,
                transformer.kv_heads.value,
                shape.s - tokens,
                transformer.head_dimension.value,
            )
            cache.update(torch.zeros(held), torch.zeros(held), 0)
        counter = FlopCounterMode(display=False)
        with counter:
            output = model(
                input_ids=torch.zeros(shape.b, tokens, dtype=torch.long),
                # Given in full: building one would look at values, and there are none.
                attention_mask=torch.zeros(shape.b, 1, tokens, shape.s),
                position_ids=torch.zeros(1, tokens, dtype=torch.long),
                past_key_values=cache,
                use_cache=True,
            )
    if output.past_key_values.get_seq_length() != shape.s:
        message = f"{shape}: PyTorch attended {output.past_key_values.get_seq_length()} tokens"
        raise RuntimeError(message)
    return int(counter.get_total_flops())


DEFAULTS = ("num_key_value_heads", "head_dim", "tie_word_embeddings")
"""Keys that a configuration may leave unsaid."""


def matrix_parameters(config: PretrainedConfig) -> int:
    """Elements of all matrices of the model; norms and biases have one dimension."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    return sum(parameter.numel() for parameter in model.parameters() if parameter.dim() > 1)


def imported_parameters(config: PretrainedConfig, *, defaults: bool) -> int:
    """The same of the transformer that is imported from its configuration."""
    said = json.loads(config.to_json_string(use_diff=False))
    if defaults:
        said = {key: value for key, value in said.items() if key not in DEFAULTS}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(json.dumps(said), encoding="utf-8")
        transformer = import_configuration(path).transformer
    card = load_accelerator("a100-80gb-pcie")
    return round(Deployment(transformer=transformer, accelerator=card, dtype="fp16").weights())


def compare_families() -> tuple[int, int]:
    """Compare the parameters of every family; how many agree, and how many do not."""
    print("\nParameters of all matrices of a family's default model")
    print(f"{'family':<12} {'said':<9} {'transformers':>16} {'ours':>16} equal")
    outcomes = []
    for family in FAMILIES:
        config = AutoConfig.for_model(family)
        theirs = matrix_parameters(config)
        for defaults in (False, True):
            mine = imported_parameters(config, defaults=defaults)
            outcomes.append(theirs == mine)
            said = "defaults" if defaults else "all"
            equal = "yes" if theirs == mine else "NO"
            print(f"{family:<12} {said:<9} {theirs:>16,} {mine:>16,} {equal}", flush=True)
    return sum(outcomes), outcomes.count(False)


def main() -> int:
    """Compare every shape and family, print the tables, and count the differences."""
    print("Work of one layer and the output head, all logits [FLOP]")
    print(
        f"{'model':<12} {'phase':<5} {'b':>4} {'s':>5} {'q':>3} {'PyTorch':>23} {'ours':>23} equal"
    )
    failed = 0
    for shape in SHAPES:
        theirs, mine = counted(shape), ours(shape)
        equal = theirs == mine and (shape != PUBLISHED or mine == PUBLISHED_FLOP)
        failed += not equal
        print(f"{shape} {theirs:>23,} {mine:>23,} {'yes' if equal else 'NO'}", flush=True)
    passed = len(SHAPES) - failed
    agreed, differed = compare_families()
    passed, failed = passed + agreed, failed + differed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
