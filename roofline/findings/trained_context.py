"""A finding about the model: the lengths that it was trained on."""

from roofline.findings.finding import Finding, Step
from roofline.findings.numbers import published, whole
from roofline.findings.phrases import grid, values_words
from roofline.findings.sources import cited
from roofline.study.study import Study


def trained_context(study: Study) -> Finding:
    """Say which lengths of the study lie beyond the model's trained context."""
    deployment, lengths = study.deployment, study.file.lengths
    model = deployment.transformer
    context = published("context", "trained context", model.context.value, "token")
    beyond = [length for length in lengths if length > model.context.value]
    count = whole("beyond", "lengths beyond it", len(beyond))
    every = whole("lengths", "lengths of the study", len(lengths))
    if not beyond:
        which = (
            f"All {every.text} lengths, up to {lengths[-1]:,}, lie"
            if len(lengths) > 1
            else f"The length of {lengths[0]:,} lies"
        )
        title = f"Every length lies within the trained context of {context.text}"
        claim = f"{which} within the {context.text} that {model.name} was trained on"
        verdict = "The model was trained for every length of the study"
    else:
        if len(lengths) == 1:
            which = f"The length of {lengths[0]:,} lies"
        elif len(beyond) == len(lengths):
            which = f"All {every.text} lengths, from {beyond[0]:,}, lie"
        else:
            verb = "lies" if len(beyond) == 1 else "lie"
            names = f"{beyond[0]:,}" if len(beyond) == 1 else f"{beyond[0]:,} and above"
            which = f"{count.text} of the {every.text} lengths, {names}, {verb}"
        title = f"{count.text} of {every.text} lengths lie beyond the trained context"
        claim = f"{which} beyond the {context.text} that {model.name} was trained on"
        verdict = (
            "Counts and ceilings hold beyond the trained context, but the model's answers are not "
            "to be trusted there unless the context is extended"
        )
    return Finding(
        slug="trained-context",
        title=title,
        claim=claim,
        verdict=verdict,
        bound="none",
        phases=("init", "ar"),
        series=(),
        numbers=(context, count, every),
        proof=(
            Step(
                text=f"The model's configuration gives {context.text}; the lengths are "
                f"{values_words(lengths)}.",
                result=context,
            ),
        ),
        conditions=(
            grid(study),
            "Work and traffic do not depend on the trained context.",
        ),
        changes=(
            (
                "Fine-tuning with scaled or interpolated positions extends the context. It changes "
                "no count here."
            ),
        ),
        related=("capacity", "prefill-attention", "attention-traffic"),
        sources=cited(deployment, "context"),
    )
