"""The publications that findings rest on."""

from roofline.model.deployment import Deployment

MODEL = ("hidden", "intermediate", "layers", "kv_heads", "head_dimension", "vocabulary")
"""Fields of the model that the bytes of weights and cache rest on."""
PROJECTED = ("peak", "bandwidth", "hidden", "intermediate", "heads", "counts")
"""What the intensity of projections, and where it meets the ridge, rest on."""


def cited(deployment: Deployment, *names: str) -> tuple[str, ...]:
    """Keys of the sources that some published numbers come from.

    Args:
        deployment: Whose numbers.
        names: Fields of the accelerator (``peak`` for the dtype's, ``memory`` for the one that
            counts) and of the transformer; ``counts`` for the sources of work and traffic.
    """
    accelerator, transformer = deployment.accelerator, deployment.transformer
    keys: list[str] = []
    for name in names:
        if name == "counts":
            keys += [reference.source for reference in deployment.operators.sources]
        elif name == "peak":
            keys.append(accelerator.peaks[deployment.dtype].source)
        elif hasattr(accelerator, name):
            keys.append(getattr(accelerator, name).source)
        else:
            keys.append(getattr(transformer, name).source)
    return tuple(dict.fromkeys(keys))
