"""The methods' updates in plain Python: one run at a time, one number at a time, no NumPy.

What the vectorized runs are compared with, for speed and for the result. ``bench/updates.mjs`` says the same in
JavaScript. Every function trains one policy from (0, 1) on the single bump with default hyperparameters and returns
(μ, σ); ``normal`` and ``uniform`` are functions that return the next random number.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, log1p, sqrt

Noise = Callable[[], float]
W, C, S = 1.0, 2.0, 0.8
REF_MEAN, REF_STD, BETA = 0.0, 1.5, 0.5


def reward(a: float) -> float:
    return W * exp(-0.5 * ((a - C) / S) ** 2)


def log_prob(mean: float, std: float, a: float) -> float:
    return -0.5 * ((a - mean) / std) ** 2 - log(std)


def move(mean: float, std: float, rate: float, d_mean: float, d_std: float) -> tuple[float, float]:
    return min(max(mean + rate * d_mean, -4.0), 4.0), min(max(std + rate * d_std, 0.03), 3.0)


def price(mean: float, std: float) -> tuple[float, float]:
    return BETA * (mean - REF_MEAN) / REF_STD**2, BETA * (std / REF_STD**2 - 1 / std)


def rlhf(steps: int, normal: Noise, uniform: Noise) -> tuple[float, float]:
    mean, std = 0.0, 1.0
    for _ in range(steps):
        v = std**2 + S**2
        t = W * S / sqrt(v) * exp(-0.5 * (mean - C) ** 2 / v)
        p_mean, p_std = price(mean, std)
        d_std = t * std / v * ((mean - C) ** 2 / v - 1)
        mean, std = move(mean, std, 0.1, -t * (mean - C) / v - p_mean, d_std - p_std)
    return mean, std


def pg(steps: int, normal: Noise, uniform: Noise) -> tuple[float, float]:
    mean, std, n = 0.0, 1.0, 16
    for _ in range(steps):
        actions = [mean + std * normal() for _ in range(n)]
        rewards = [reward(a) for a in actions]
        average = sum(rewards) / n
        d_mean = d_std = 0.0
        for a, r in zip(actions, rewards, strict=True):
            d_mean += (r - average) * (a - mean) / std**2 / n
            d_std += (r - average) * ((a - mean) ** 2 / std**3 - 1 / std) / n
        p_mean, p_std = price(mean, std)
        mean, std = move(mean, std, 0.05, d_mean - p_mean, d_std - p_std)
    return mean, std


def clipped(steps: int, normal: Noise, n: int, rate: float, group: bool) -> tuple[float, float]:
    """PPO, or GRPO where ``group``."""
    mean, std, value, clip, epochs = 0.0, 1.0, 0.0, 0.2, 4
    for t in range(steps):
        if t % epochs == 0:
            old_mean, old_std = mean, std
            actions = [mean + std * normal() for _ in range(n)]
            rewards = [reward(a) for a in actions]
            average = sum(rewards) / n
            scale = sqrt(sum((r - average) ** 2 for r in rewards) / (n - 1)) + 1e-4
        d_mean = d_std = 0.0
        for a, r in zip(actions, rewards, strict=True):
            advantage = (r - average) / scale if group else r - value
            ratio = exp(log_prob(mean, std, a) - log_prob(old_mean, old_std, a))
            if (advantage > 0 and ratio > 1 + clip) or (advantage < 0 and ratio < 1 - clip):
                continue
            d_mean += ratio * advantage * (a - mean) / std**2 / n
            d_std += ratio * advantage * ((a - mean) ** 2 / std**3 - 1 / std) / n
        p_mean, p_std = price(mean, std)
        mean, std = move(mean, std, rate, d_mean - p_mean, d_std - p_std)
        value += 0.2 * (average - value)
    return mean, std


def ppo(steps: int, normal: Noise, uniform: Noise) -> tuple[float, float]:
    return clipped(steps, normal, 16, 0.05, group=False)


def grpo(steps: int, normal: Noise, uniform: Noise) -> tuple[float, float]:
    return clipped(steps, normal, 8, 0.03, group=True)


def dpo(steps: int, normal: Noise, uniform: Noise) -> tuple[float, float]:
    mean, std, n, beta, noise = 0.0, 1.0, 32, 0.5, 0.5
    first = [REF_MEAN + REF_STD * normal() for _ in range(n)]
    second = [REF_MEAN + REF_STD * normal() for _ in range(n)]
    pairs = []
    for a, b in zip(first, second, strict=True):
        u = uniform()
        logit = log(u) - log1p(-u) if u > 0 else -inf
        pairs.append((a, b) if noise * logit < reward(a) - reward(b) else (b, a))
    for _ in range(steps):
        d_mean = d_std = 0.0
        for w, l in pairs:  # noqa: E741
            winner = log_prob(mean, std, w) - log_prob(REF_MEAN, REF_STD, w)
            loser = log_prob(mean, std, l) - log_prob(REF_MEAN, REF_STD, l)
            weight = 1 / (1 + exp(beta * (winner - loser)))
            d_mean += beta * weight * (w - l) / std**2 / n
            d_std += beta * weight * ((w - mean) ** 2 - (l - mean) ** 2) / std**3 / n
        mean, std = move(mean, std, 0.05, d_mean, d_std)
    return mean, std


def dro(steps: int, normal: Noise, uniform: Noise) -> tuple[float, float]:
    mean, std, value, n, beta = 0.0, 1.0, 0.0, 32, 0.5
    actions = [REF_MEAN + REF_STD * normal() for _ in range(n)]
    rewards = [reward(a) for a in actions]
    for _ in range(steps):
        d_mean = d_std = d_value = 0.0
        for a, r in zip(actions, rewards, strict=True):
            delta = r - value - beta * (log_prob(mean, std, a) - log_prob(REF_MEAN, REF_STD, a))
            d_mean += beta * delta * (a - mean) / std**2 / n
            d_std += beta * delta * ((a - mean) ** 2 / std**3 - 1 / std) / n
            d_value += delta / n
        mean, std = move(mean, std, 0.05, d_mean, d_std)
        value += 0.1 * d_value
    return mean, std


PLAIN: dict[str, Callable[[int, Noise, Noise], tuple[float, float]]] = {
    "RLHF": rlhf,
    "PG": pg,
    "PPO": ppo,
    "GRPO": grpo,
    "DPO": dpo,
    "DRO": dro,
}
