"""The roofline model of large-language-model inference.

Operators are batched matrix products described as data
(``catalog/operators.yml``); this package evaluates them for a transformer on
an accelerator and says which ceiling each one meets. Base SI units
throughout: FLOP, byte, second; prefixes belong to display.
"""

from typing import Any

from roofline.catalog.accelerator import Accelerator, load_accelerator
from roofline.catalog.transformer import Transformer, load_transformer
from roofline.errors import InputError
from roofline.latency.calibration import Calibration
from roofline.latency.carried_over import load_calibration
from roofline.latency.prediction import SeriesPrediction, predict_series
from roofline.latency.step import StepPrediction, predict_step
from roofline.model.budget import Budget, budget, decode_ceiling
from roofline.model.capacity import Capacity, capacity
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Operators, load_operators
from roofline.model.points import Points, evaluate
from roofline.model.roof import Roof
from roofline.study.study import Study, load_study
from roofline.version import __version__

__all__ = [
    "Accelerator",
    "Budget",
    "Calibration",
    "Capacity",
    "Deployment",
    "Grid",
    "InputError",
    "Operators",
    "Points",
    "Roof",
    "SeriesPrediction",
    "StepPrediction",
    "Study",
    "Transformer",
    "__version__",
    "budget",
    "capacity",
    "decode_ceiling",
    "evaluate",
    "load_accelerator",
    "load_calibration",
    "load_operators",
    "load_study",
    "load_transformer",
    "predict_series",
    "predict_step",
]

_RENAMED = {
    "Forecast": "SeriesPrediction",
    "StepForecast": "StepPrediction",
    "forecast": "predict_series",
    "forecast_step": "predict_step",
}
"""Public names of the first version, and what they are called now."""


def __getattr__(name: str) -> Any:
    """Serve names that were public under others before."""
    if name in _RENAMED:
        return globals()[_RENAMED[name]]
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
