"""Made-up measurements of products, with times of known parameters."""

import numpy as np

from roofline.catalog.accelerator import load_accelerator
from roofline.latency.calibration import make_device
from roofline.latency.law import Parameters, predict_products
from roofline.measurements.products import Measurements

CARD = "a100-80gb-pcie"
TRUE = Parameters(
    launch=11e-6,
    depth=1.5e-6,
    compute_share=0.82,
    memory_share=0.74,
    cold=0.25,
    small=0.2,
    split=2e-6,
    clock=0.1,
    write=1.4,
    misaligned=1.6,
    overlap=3.0,
)


def made_products(
    noise: float = 0.0, outliers: float = 0.0, parameters: Parameters = TRUE, size: int = 1500
) -> Measurements:
    """Times of known parameters, with noise, some rows three times too slow."""
    random = np.random.default_rng(1)
    count = random.choice([1, 12, 64, 512, 4096], size).astype(float)
    m = np.where(count == 1, random.choice([1, 16, 128, 1024, 16384], size), 1.0)
    m = np.where((count > 1) & (random.random(size) < 0.5), 512.0, m)
    n = random.choice([50, 128, 500, 1000, 4096, 8192], size).astype(float)
    k = np.where(count == 1, random.choice([512, 2048, 8192], size), 128.0)
    device = make_device(load_accelerator(CARD), "fp16")
    seconds = predict_products(parameters, device, count=count, m=m, n=n, k=k).seconds
    seconds = seconds * np.exp(noise * random.standard_normal(size))
    seconds = np.where(random.random(size) < outliers, 3.0 * seconds, seconds)
    return Measurements(
        count=count,
        m=m,
        n=n,
        k=k,
        seconds=seconds,
        dtypes=("fp16",) * size,
        group=tuple(f"k = {inner:g}" for inner in k),
        stage=("",) * size,
        flushed=np.full(size, fill_value=True),
        protocol=("isolated",) * size,
        library=("",) * size,
        line=np.arange(2, size + 2),
        devices=(),
    )
