"""Time the model: points per second on one core, and memory beyond the result.

A grid of ten million settings is evaluated for each charted series and phase of the
flagship: work, traffic, intensity, attainable rate and bound at every point.
Memory is what an evaluation takes beside the arrays it returns. The figures are
printed as a ratio to the bar, ten million points per second; none of them passes
or fails, since they depend on the machine.
"""
# ruff: noqa: E402  # numpy after its settings; a script, which prints

import argparse
import json
import os
import sys

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # read once, when numpy is imported

import statistics
import time
import tracemalloc
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from roofline.files.text import write_whole
from roofline.model.grid import Grid
from roofline.model.operators import PHASE_NAMES, Phase
from roofline.model.points import Points, evaluate
from roofline.study.study import load_study

BAR = 10_000_000
"""Points per second to reach."""
BATCHES = 2_500
LENGTHS = 4_000


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One series in one phase."""

    series: str
    phase: Phase
    points: int
    seconds: float
    """Median of the runs [s]."""
    points_per_second: float
    ratio_to_bar: float
    result_bytes: int
    """Arrays that the evaluation returns [byte]."""
    memory_beyond_result_bytes: int
    """Peak of what it takes beside them [byte]."""


def size(points: Points) -> int:
    """Memory of the arrays of a result [byte]."""
    return sum(int(getattr(points, field.name).nbytes) for field in fields(points))


def timing(series: str, phase: Phase, batches: int, lengths: int, runs: int) -> Timing:
    """Time one series in one phase; the memory is taken from a run that is not timed."""
    deployment = load_study().deployment
    batch = np.arange(1, batches + 1)[:, None]
    length = np.arange(1, lengths + 1)[None, :]
    tracemalloc.start()
    result = evaluate(deployment, series, phase, Grid(batch, length))  # the warm-up, too
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held, count = size(result), result.flops.size
    del result
    seconds = []
    for run in range(runs):
        print(f"\r{series} {phase}: run {run + 1} of {runs} ", end="", file=sys.stderr, flush=True)
        began = time.perf_counter()
        evaluate(deployment, series, phase, Grid(batch, length))
        seconds.append(time.perf_counter() - began)
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)
    median = statistics.median(seconds)
    return Timing(
        series=series,
        phase=phase,
        points=count,
        seconds=median,
        points_per_second=count / median,
        ratio_to_bar=count / median / BAR,
        result_bytes=held,
        memory_beyond_result_bytes=peak - held,
    )


def main() -> None:
    """Time every charted series and phase, print the table, and write it on request."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--output", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each (default 5)")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="share of the ten million points (default 1)"
    )
    given = parser.parse_args()
    if given.runs < 1 or not 0 < given.scale <= 1:
        parser.error("expected at least 1 run, and a scale above 0 and at most 1")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    lengths = max(1, round(LENGTHS * given.scale))
    operators = load_study().deployment.operators
    charted = [label for label, series in operators.series.items() if series.charted]
    print(f"{BATCHES * lengths:,} points a run, median of {given.runs} on one core")
    print(f"{'series':<14} {'phase':<8} {'points/s':>12} {'of the bar':>10} {'beyond result':>14}")
    timings = []
    for series in charted:
        for phase, name in PHASE_NAMES.items():
            timed = timing(series, phase, BATCHES, lengths, given.runs)
            timings.append(timed)
            beyond = f"{timed.memory_beyond_result_bytes / 1e6:.2f} MB"
            print(
                f"{series:<14} {name:<8} {timed.points_per_second:>12,.0f} "
                f"{timed.ratio_to_bar:>9.2f}x {beyond:>14}",
                flush=True,
            )
    slowest = min(timed.ratio_to_bar for timed in timings)
    print(f"The slowest reaches {slowest:.2f} times the bar of {BAR:,} points/s")
    if given.output is not None:
        content = {"bar_points_per_second": BAR, "timings": [asdict(timed) for timed in timings]}
        write_whole(given.output, (json.dumps(content, indent=2) + "\n").encode())
        print(f"Wrote {given.output}")


if __name__ == "__main__":
    main()
