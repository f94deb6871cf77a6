"""Formulas of proofs: those of the operator rows, and others composed from symbols."""

import math
from collections.abc import Mapping, Sequence

from roofline.findings.finding import Number, Step
from roofline.findings.limits import intensity_limit
from roofline.findings.numbers import intensity, share
from roofline.model.crossing import crossing
from roofline.model.expression import Expression
from roofline.model.formula import Formula, notation, number_text, one_law
from roofline.model.operators import Phase
from roofline.model.points import Product
from roofline.study.explain import explain
from roofline.study.study import Study

Setting = tuple[int, int, int]
"""Batch, length and candidate tokens."""

TEX = {"β": r"\beta", "π": r"\pi", "e_a": "e_a", "e_b": "e_b", "e_c": "e_c"}
"""Symbols of the roofline and of the law, beside those of the operator table."""

_PLAIN_DIGITS = 10
_TINY = -6
"""Exponent from which on down a number is written with a power of ten."""
_SAME = 1e-9
"""How far apart, relative to their size, a formula and a result are that say the same."""
_PROOF_DIGITS = 4
"""As many as the ridge has, which intensities are compared with."""


def write_formula(text: str, values: Mapping[str, float], tex: Mapping[str, str] = TEX) -> Formula:
    """Write a formula in symbols and with values.

    Args:
        text: An expression.
        values: Every symbol of the expression.
        tex: How each symbol is typeset; as it is where it is not here.
    """
    expression = Expression.parse(text)
    numbers = {name: Expression.parse(number_text(float(value))) for name, value in values.items()}
    digits = {name: _tex_number(float(value)) for name, value in values.items()}
    return Formula(
        text=expression.text,
        values_text=expression.substitute(numbers).text,
        tex=expression.tex({name: name for name in values} | dict(tex)),
        values_tex=expression.tex(digits),
    )


def _tex_number(value: float) -> str:
    """Write a number for TeX: large and tiny ones with a power of ten, others as they are."""
    exponent = 3 * math.floor(math.log10(abs(value)) / 3) if value else 0
    short = f"{value / 10.0**exponent:.{_PLAIN_DIGITS}g}"
    if exponent >= _PLAIN_DIGITS - 1 or exponent <= _TINY:
        return rf"{short} \times 10^{{{exponent}}}"
    if value.is_integer():
        return f"{value:.0f}"
    return f"{value:.{_PLAIN_DIGITS}g}"


def intensity_step(study: Study, series: str, phase: Phase, setting: Setting, text: str) -> Step:
    """Prove the intensity of a series at one setting, by the formula of its rows."""
    batch, length, candidates = setting
    total = explain(study, series, phase, batch, length, candidates).total
    deployment = study.deployment
    neighbours = (intensity_limit(deployment, series, phase, setting), deployment.roof.ridge)
    result = intensity("intensity", "intensity", total.intensity, apart=neighbours,
                       digits=_PROOF_DIGITS)  # fmt: skip
    return Step(text=text, formula=total.formula, result=result)


def limit_formula(products: Sequence[Product]) -> Formula:
    """Write the limit of an intensity: the reuse of the operand that is reused least.

    Args:
        products: Products of one series; the one with the largest limit counts.
    """
    product = max(products, key=lambda product: float(product.most_intensity))
    reuse = min(product.reuses, key=lambda reuse: float(reuse.per_byte))
    values = {reuse.dimension: float(reuse.size), f"e_{reuse.operand}": reuse.width}
    filled = float(product.fill) != 1
    if filled:
        values["f"] = float(product.fill)
    text = f"2 * {'f * ' if filled else ''}{reuse.dimension} / e_{reuse.operand}"
    return write_formula(text, values)


def peak_share_step(
    study: Study, series: str, phase: Phase, setting: Setting
) -> tuple[Number, Step]:
    """State the share of the peak that a series attains at one setting, with its proof."""
    roof = study.deployment.roof
    point = study.results.at(series, phase, *setting)
    part = point.attainable / roof.peak
    number = share("share-of-peak", "share of peak", part)
    if not math.isclose(part, min(1.0, point.intensity / roof.ridge), rel_tol=1e-12):
        text = "Its kernels differ, so the rate is the work over the sum of their minimum times."
        return number, Step(text=text, result=number)
    values = {"β": roof.bandwidth, "I": point.intensity, "π": roof.peak}
    below = point.intensity < roof.ridge
    formula = write_formula("β * I / π" if below else "min(π, β * I) / π", values)
    return number, Step(
        text="The attainable rate at that intensity, over the peak:",
        formula=formula,
        result=number,
    )


def crossing_formula(study: Study, series: str) -> Formula | None:
    """Solve the law for the tokens of a step at which a projection reaches the ridge.

    Returns:
        None where the kernels of the series differ in their law, or where their rows are not
        the tokens of the step.
    """
    deployment = study.deployment
    kernels = list(deployment.kernels(series, "ar").values())
    written = notation(deployment, "ar", (1, 1, 1), {1})
    if any(len(rows) > 1 for rows in kernels) or not one_law(deployment, kernels, written):
        return None
    row = kernels[0][0]
    widths = [deployment.element_bytes[kind] for kind in row.operands]
    n, k = (written.symbolic(size) for size in (row.n, row.k))
    roof = deployment.roof
    symbols = deployment.operators.base_values(deployment.transformer, {})
    values = {"β": roof.bandwidth, "π": roof.peak}
    values |= {name: float(symbols[name]) for name in n.names | k.names}
    if set(widths) == {2.0}:
        text = f"1 / (β / π - 1 / ({n.text}) - 1 / ({k.text}))"
    else:
        text = f"e_b / (2 * β / π - e_a / ({n.text}) - e_c / ({k.text}))"
        values |= dict(zip(("e_a", "e_b", "e_c"), widths, strict=True))
    formula = write_formula(text, values, TEX | dict(written.tex))
    solved = Expression(formula.values_text).evaluate({})
    tokens = crossing(deployment, series, "ar", vary="batch")
    same = tokens is not None and math.isclose(float(solved), tokens, rel_tol=_SAME)
    return formula if same else None
