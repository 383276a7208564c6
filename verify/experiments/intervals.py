"""Exact intervals for a probability of which k of n trials are known (Clopper and Pearson, Biometrika 26, 1934)."""

from __future__ import annotations

from scipy.stats import beta

from .sweep import SweepError

CONFIDENCE = 0.95


def binomial_interval(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The probabilities p that k successes in n trials do not refute, on either side at half of 1 − `confidence`.

    With X binomial of n and p, the ends are those p with P(X ≥ k) = α/2 and P(X ≤ k) = α/2, α = 1 − `confidence`; 0 for
    k = 0 and 1 for k = n. They are quantiles of beta distributions, B(k, n − k + 1) and B(k + 1, n − k). The interval
    has the true probability in it with at least this confidence, whatever n is.

    Raises:
        SweepError: for fewer than one trial, more successes than trials, or a confidence outside (0, 1).

    Example:
        >>> [round(p, 3) for p in binomial_interval(5, 5)]
        [0.478, 1.0]
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise SweepError(
            f"{successes} successes of {trials} trials; from 0 to the number of trials, which is at least 1"
        )
    if not 0 < confidence < 1:
        raise SweepError(f"confidence={confidence} has to be between 0 and 1")
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, trials - successes + 1))
    high = 1.0 if successes == trials else float(beta.ppf(1 - tail, successes + 1, trials - successes))
    return low, high
