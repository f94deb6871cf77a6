"""Charts of what is claimed of the memory's bandwidth and size."""

from roofline.findings.finding import Finding
from roofline.findings.phrases import sampled_values
from roofline.model.budget import decode_ceiling
from roofline.model.grid import Grid
from roofline.report.charts.labels import size
from roofline.report.charts.plans.claims.lines import BATCH, Quantity, line, lines_plan, sample
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Guide, Plan, Ring, Role, Trace
from roofline.units import significant

_RATE = Quantity("Decode ceiling (tokens/s)", "ceiling", "token/s")
_CACHED = Quantity("Cached tokens, all sequences together", "tokens", "token")
_SHARE = Quantity("KV cache's share of decode traffic", "share", "", percent=True)


def ceiling_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the decode ceiling against the batch at a few lengths, as far as memory goes."""
    study = data.study
    lengths = sampled_values(study.file.lengths)
    shown = dict.fromkeys((lengths[0], lengths[len(lengths) // 2], lengths[-1]))
    alone = finding.number("empty")
    lines: list[Trace] = []
    rings = [Ring(x=1.0, y=alone.value, text=f"{alone.figure} alone, no cache yet")]
    for length, tone in zip(shown, ("memory", "qkv-mlp-init", "qk-pv-init"), strict=False):
        most = study.results.capacity.largest_batch(length)
        if most > 1 or not lines:
            batches = sample(1.0, float(max(most, 4)))
            rates = decode_ceiling(study.deployment, Grid(batches, length))
            lines.append(line("", Role(tone), batches, rates, "solid" if most > 1 else "dashed"))
        if most > 1:
            full = float(study.results.step("ar", most, length).tokens_per_second)
            rate = significant(full, max(3, len(f"{full:.0f}")))
            text = f"{rate} at {size(most)} × {size(length)}"
            rings.append(Ring(x=float(most), y=full, text=text))
    return lines_plan(
        finding,
        x=BATCH,
        y=_RATE,
        lines=lines,
        rings=rings,
        caption=(
            "Lines end at the rings, where memory is full: tokens/s at batch × length. Ceilings "
            "are attainable, not predicted. A step reads every matrix and the whole cache once."
        ),
    )


def traffic_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the cache's share of decode traffic against the cached tokens."""
    study = data.study
    token, tokens = study.results.capacity.kv_per_token, study.results.capacity.tokens
    weights = float(study.results.step("ar", 1, 0).traffic("weight"))
    even = weights / token
    cached = sample(min(1.0, even / 8) if even < 1 else 1.0, 4 * max(even, tokens, 1.0), even)
    rings = [Ring(x=even, y=0.5, text=f"half at {size(even)} tokens")]
    guides = []
    if tokens:
        share = tokens * token / (weights + tokens * token)
        text = f"{significant(100 * share, 2)}% with memory full"
        rings.append(Ring(x=float(tokens), y=share, text=text))
        guides = [Guide(across="x", value=float(tokens), text=f"memory full at {size(tokens)}")]
    return lines_plan(
        finding,
        x=_CACHED,
        y=_SHARE,
        kinds=("log", "linear"),
        lines=[line("", Role("memory"), cached, cached * token / (weights + cached * token))],
        most=1.0,
        rings=rings,
        guides=guides,
        caption=(
            "A decode step reads the weights once and the whole cache. Both are computed; "
            "activations are left out."
        ),
    )
