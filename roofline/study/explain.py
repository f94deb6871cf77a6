"""Why one series stands where it does at one setting, kernel by kernel."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from roofline.memo import memoised
from roofline.model.expression import Expression
from roofline.model.formula import Formula, Notation, kernel_formula, notation, number_text, one_law
from roofline.model.grid import Grid
from roofline.model.operators import Phase, Row
from roofline.model.points import Point, Product, kernels, products
from roofline.model.roof import BOUNDS
from roofline.study.study import Study
from roofline.units import quantity, significant


@dataclass(frozen=True, kw_only=True, slots=True)
class SizedRow:
    """One product with its dimensions written out."""

    row: Row
    count: tuple[Expression, float]
    m: tuple[Expression, float]
    n: tuple[Expression, float]
    k: tuple[Expression, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Share(Point):
    """Work, traffic and the verdict of one launch of a kernel, or of a whole series."""

    name: str
    formula: Formula
    """Its intensity."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """One series at one setting."""

    study: Study
    series: str
    phase: Phase
    setting: tuple[int, int, int]
    """Batch, sequence length, candidate tokens."""
    rows: tuple[SizedRow, ...]
    kernels: tuple[Share, ...]
    total: Share
    """The sum over the kernels: the point that charts show."""
    fits: bool

    @property
    def label(self) -> str:
        """Series and phase as the reference chart writes them."""
        return f"{self.series} {self.phase}"

    @property
    def per_layer(self) -> bool:
        """Whether the series runs once in every layer, or once in a step."""
        return self.rows[0].row.per_layer

    @property
    def candidates_matter(self) -> bool:
        """Whether the setting is incomplete without its candidate tokens."""
        known = {*self.study.file.candidates, self.setting[2]}
        return self.phase == "ar" and known != {1}

    @property
    def fraction_of_peak(self) -> float:
        """Attainable rate over the compute ceiling."""
        return self.total.attainable / self.study.deployment.roof.peak

    @property
    def verdict(self) -> str:
        """The bound and its reason in one sentence."""
        if not self.total.flops:
            return (
                f"{self.total.bound}-bound: it moves {quantity(self.total.bytes, 'byte')} "
                "without arithmetic, so its intensity is 0"
            )
        roof = self.study.deployment.roof
        side = "reaches" if self.total.bound == "compute" else "is below"
        return (
            f"{self.total.bound}-bound: {significant(self.total.intensity)} FLOP/Byte "
            f"{side} the ridge at {significant(roof.ridge, 4)} FLOP/Byte; attainable "
            f"{quantity(self.total.attainable, 'FLOP/s')}, "
            f"{significant(100 * self.fraction_of_peak)}% of peak"
        )


@memoised
def explain(  # noqa: PLR0917  # the setting is read in this order everywhere
    study: Study, series: str, phase: Phase, batch: int, length: int, candidates: int = 1
) -> Explanation:
    """Explain one series at one setting, on the study's grid or off it.

    Work and traffic are those of one layer, or of one step for series outside the layers.

    Args:
        study: The study.
        series: Label of the reference chart, such as ``qk/pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        batch: Sequences.
        length: Tokens of the prompt (prefill) or in the cache (decode).
        candidates: Tokens per sequence and decode step.

    Returns:
        Formulas, values and the verdict.

    Raises:
        KeyError: There is no such series.
    """
    deployment = study.deployment
    setting = (batch, length, candidates)
    written = notation(deployment, phase, setting, {*study.file.candidates, candidates})
    grouped = deployment.kernels(series, phase)
    parts = products(deployment, deployment.series_rows(series, phase), phase, Grid(*setting))
    sums = kernels(parts)
    shares = []
    for name, members in grouped.items():
        flops, moved = (float(value) for value in sums[name])
        intensity = flops / moved
        shares.append(
            Share(
                name=name,
                flops=flops,
                bytes=moved,
                intensity=intensity,
                attainable=float(deployment.roof.attainable(intensity)),
                bound=BOUNDS[int(deployment.roof.bound(intensity))],
                formula=kernel_formula(deployment, members, written),
            )
        )
    same = one_law(deployment, list(grouped.values()), written)
    total = Share(
        name="+".join(grouped),
        formula=shares[0].formula if same else _sum_formula(shares),
        **asdict(study.results.at(series, phase, *setting)),
    )
    return Explanation(
        study=study,
        series=series,
        phase=phase,
        setting=setting,
        rows=tuple(_sized(product, written) for product in parts),
        kernels=tuple(shares),
        total=total,
        fits=bool(study.results.capacity.fits(batch, length)),
    )


def _sized(product: Product, written: Notation) -> SizedRow:
    def sized(name: str) -> tuple[Expression, float]:
        return written.symbolic(getattr(product.row, name)), float(getattr(product, name))

    return SizedRow(row=product.row, count=sized("count"), m=sized("m"), n=sized("n"), k=sized("k"))


def _sum_formula(shares: Sequence[Share]) -> Formula:
    """Work over traffic of kernels with different intensities."""

    def text(quantity_: str) -> str:
        return " + ".join(f"{quantity_}_{_subscript(share.name)}" for share in shares)

    def tex(quantity_: str) -> str:
        names = (share.name.replace("_", r"\_") for share in shares)
        return " + ".join(rf"{quantity_}_{{\text{{{name}}}}}" for name in names)

    work = [number_text(share.flops) for share in shares]
    moved = [number_text(share.bytes) for share in shares]
    return Formula(
        text=f"({text('W')}) / ({text('Q')})",
        values_text=f"({' + '.join(work)}) / ({' + '.join(moved)})",
        tex=rf"\frac{{{tex('W')}}}{{{tex('Q')}}}",
        values_tex=rf"\frac{{{' + '.join(work)}}}{{{' + '.join(moved)}}}",
    )


def _subscript(name: str) -> str:
    """Write a kernel's name so that what belongs to it is clear."""
    return name if name.isidentifier() else f"({name})"
