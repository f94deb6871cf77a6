"""The roofline model of large-language-model inference.

Operators are batched matrix products described as data
(``catalog/operators.yml``); this package evaluates them for a transformer on
an accelerator and says which ceiling each one meets. Base SI units
throughout: FLOP, byte, second; prefixes belong to display.
"""

from importlib.metadata import PackageNotFoundError, version

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.transformer import Transformer
from roofline.errors import InputError
from roofline.latency.calibration import Calibration
from roofline.latency.prediction import SeriesPrediction, StepPrediction
from roofline.model.budget import Budget
from roofline.model.capacity import Capacity
from roofline.model.deployment import Deployment
from roofline.model.operators import Operators
from roofline.model.points import Points
from roofline.model.roof import Roof
from roofline.study.study import Study

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
