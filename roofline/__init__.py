"""The roofline model of large-language-model inference.

Operators are batched matrix products described as data
(``catalog/operators.yml``); this package evaluates them for a transformer on
an accelerator and says which ceiling each one meets. Base SI units
throughout: FLOP, byte, second; prefixes belong to display.
"""

from importlib.metadata import PackageNotFoundError, version

from roofline.accelerator import Accelerator, load_accelerator
from roofline.budget import Budget, budget, decode_ceiling
from roofline.calibration import Calibration, load_calibration
from roofline.capacity import Capacity, capacity
from roofline.deployment import Deployment
from roofline.errors import InputError
from roofline.forecast import Forecast, StepForecast, forecast, forecast_step
from roofline.operators import Operators, load_operators
from roofline.points import Points, evaluate
from roofline.roof import Roof
from roofline.study import Study, load_study
from roofline.transformer import Transformer, load_transformer

try:
    __version__ = version("llm-roofline")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"

__all__ = [
    "Accelerator",
    "Budget",
    "Calibration",
    "Capacity",
    "Deployment",
    "Forecast",
    "InputError",
    "Operators",
    "Points",
    "Roof",
    "StepForecast",
    "Study",
    "Transformer",
    "__version__",
    "budget",
    "capacity",
    "decode_ceiling",
    "evaluate",
    "forecast",
    "forecast_step",
    "load_accelerator",
    "load_calibration",
    "load_operators",
    "load_study",
    "load_transformer",
]
