"""Multinomial logistic regression with an L2 penalty: targets may be shared between labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

STEPS = 70
"""L-BFGS steps: more change the third digit of a weight."""


def fit(rows: Any, targets: Any, weights: Any, strength: float, scales: Any) -> tuple[Any, Any]:
    """Weights (features x labels) and the labels' starting values.

    A larger ``strength`` holds the weights less; ``scales`` says so for each feature.
    """
    rows = (rows @ sparse.diags(scales)).tocsr()
    count, labels = rows.shape[1], targets.shape[1]
    turned = rows.T.tocsr()

    def loss(flat: Any) -> tuple[float, Any]:
        matrix, start = flat[: count * labels].reshape(count, labels), flat[count * labels :]
        scores = rows @ matrix + start
        scores -= scores.max(axis=1, keepdims=True)
        spread = np.exp(scores)
        sums = spread.sum(axis=1, keepdims=True)
        logs = scores - np.log(sums)
        value = -(weights[:, None] * targets * logs).sum() + 0.5 / strength * (matrix * matrix).sum()
        off = weights[:, None] * (spread / sums - targets)
        return float(value), np.concatenate([(turned @ off + matrix / strength).ravel(), off.sum(axis=0)])

    start = np.zeros(count * labels + labels)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 6})
    return found.x[: count * labels].reshape(count, labels) * scales[:, None], found.x[count * labels :]
