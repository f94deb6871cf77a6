"""Choices of a study as Hypothesis draws them: any that a study may make together."""

from hypothesis import strategies as st

from roofline.model.operators import load_operators

_CHOICES = load_operators().choices

CHOICES: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(choice.options) for name, choice in _CHOICES.items()}
).filter(lambda made: not load_operators().broken_choices(made))
