"""Tables with all their margins: how few cells protection withholds, how near that is to the fewest, in what time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from measure import Run, function, in_turns, report

SHAPES = ((25, 10), (25, 10, 2), (25, 10, 2, 3))
SOLVES = {2: 20_000, 3: 2_000, 4: 0}  # deviation problems spent on proving, by number of dimensions
SEEDS = (0, 1)


def main() -> None:
    """Print seconds and memory, then what was withheld and what is proven of it."""
    cases = {
        f"{'×'.join(map(str, shape))}, table {seed + 1}": timed(shape, seed)
        for shape in SHAPES
        for seed in SEEDS
    }
    runs = in_turns(cases, 1)
    report("Tables with all margins protected", runs, {}, ["highspy", "scipy", "numpy"])
    print("\n| table | cells | small | withheld | cost | no pattern is cheaper than | gap |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, (run,) in runs.items():
        print(f"| {name} | {run.answer} |")


def timed(shape: tuple[int, ...], seed: int) -> Callable[[], Run]:
    """One run of the table of *shape* drawn with *seed*."""
    return lambda: function(protected, shape, seed, prepare=problem, conclude=said)


def problem(shape: tuple[int, ...], seed: int) -> tuple[Any, int]:
    """A table of skewed counts as an array of cells with all margins, and the sums between them."""
    import numpy as np
    from scipy import sparse

    from ctip_analysis.inside.protection.disclosure import THRESHOLD
    from ctip_analysis.inside.protection.suppression import Problem

    drawn = np.random.default_rng(seed)
    table = drawn.poisson(drawn.gamma(0.8, 40, size=shape)).astype(float)
    for axis in range(table.ndim):
        table = np.concatenate([table.sum(axis, keepdims=True), table], axis=axis)
    numbers, values, n = np.arange(table.size).reshape(table.shape), table.ravel(), table.size
    lines = [
        line
        for axis in range(table.ndim)
        for line in np.moveaxis(numbers, axis, 0).reshape(table.shape[axis], -1).T
    ]
    rows = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    signs = np.concatenate([np.r_[1.0, -np.ones(len(line) - 1)] for line in lines])
    equal = sparse.csr_array((signs, (rows, np.concatenate(lines))), shape=(len(lines), n))
    margins = sum(axis == 0 for axis in np.indices(table.shape)).ravel()
    small, none = values < THRESHOLD, np.zeros(n, dtype=bool)
    made = Problem(
        values=values,
        equal=equal,
        at_least=sparse.csr_array((0, n)),
        slack=np.zeros(0),
        is_required=small & (values > 0),
        low=np.where(small, 0.0, values),
        high=np.where(small, float(THRESHOLD), values),
        is_fixed=none,
        is_withheld=none,
        cost=3.0**margins,
        floor=np.zeros(n),
    )
    return made, SOLVES[len(shape)]


def protected(given: tuple[Any, int]) -> tuple[Any, Any]:
    """The pattern, improved as far as the solves allow."""
    from ctip_analysis.inside.protection.optimum import improved

    from ctip_analysis.inside.protection.suppression import withhold

    made, solves = given
    return made, improved(made, withhold(made), solves=solves)


def said(outcome: tuple[Any, Any]) -> str:
    """Columns of the second table."""
    made, best = outcome
    numbers = (len(made.values), int(made.is_required.sum()), int(best.pattern.hidden.sum()))
    return " | ".join(
        [
            *(f"{number:,}" for number in numbers),
            f"{best.cost:,.0f}",
            f"{best.bound:,.0f}",
            "proven" if best.is_proven else f"{best.gap:.1%} at most",
        ]
    )


if __name__ == "__main__":
    main()
