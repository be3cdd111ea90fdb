"""Makes vectors.json, which the tests of src/drift hold Sluice to: python3 vectors.py > vectors.json (numpy, scipy)."""

import json

import numpy as np
import scipy
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from scipy.stats import chi2, chi2_contingency, norm

# Counts of two windows over the same buckets.
PAIRS = [
    ([50, 30, 20], [50, 30, 20]),
    ([50, 30, 20], [20, 30, 50]),
    ([100, 0, 0], [0, 0, 100]),
    ([7, 1, 0, 2], [3, 3, 3, 1]),
    ([812, 120, 44, 20, 4], [790, 150, 30, 25, 5]),
    ([812, 120, 44, 20, 4], [79, 15, 3, 2, 1]),
    ([1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]),
    ([100000, 1], [99000, 1001]),
    ([0, 9, 0, 1], [0, 2, 5, 3]),
]


def compared(one, other):
    table = np.array([one, other])
    table = table[:, table.sum(axis=0) > 0]
    test = chi2_contingency(table, correction=False)
    # As Sluice smooths: half a count more in every bucket that either window has.
    p, q = (row / row.sum() for row in table + 0.5)
    return {
        "reference": one,
        "current": other,
        "jensenShannonDistance": float(jensenshannon(one, other, base=2)),
        "stabilityIndex": float((rel_entr(p, q) + rel_entr(q, p)).sum()),
        "chiSquare": {"statistic": float(test.statistic), "degrees": int(test.dof), "pValue": float(test.pvalue)},
    }


def run_length(shift, slack, limit, states=800):
    """Mean number of values until a one-sided CUSUM signals (Brook and Evans 1972)."""
    width = 2 * limit / (2 * states - 1)
    at = np.arange(states)
    to_zero = norm.cdf(width / 2 - at * width + slack - shift)
    upper = norm.cdf((at[None, :] - at[:, None] + 0.5) * width + slack - shift)
    lower = norm.cdf((at[None, :] - at[:, None] - 0.5) * width + slack - shift)
    moves = upper - lower
    moves[:, 0] = to_zero
    return float(np.linalg.solve(np.eye(states) - moves, np.ones(states))[0])


def main():
    tails = [(0.1, 1), (1, 1), (3.841458820694124, 1), (10, 3), (2.5, 7), (60, 20), (4, 40), (300, 100), (900, 3)]
    vectors = {
        "scipy": scipy.__version__,
        "compared": [compared(*pair) for pair in PAIRS],
        "chiSquareTails": [{"statistic": x, "degrees": k, "tail": float(chi2.sf(x, k))} for x, k in tails],
        "runLengths": [
            {"shift": shift, "slack": slack, "limit": limit, "mean": run_length(shift, slack, limit)}
            for shift, slack, limit in [(0, 0.5, 3), (0, 0.5, 4), (0, 0.5, 5), (0.5, 0.5, 4), (1, 0.5, 4), (1, 0.5, 5), (2, 0.5, 5)]
        ],
    }
    print(json.dumps(vectors, indent=2))


main()
