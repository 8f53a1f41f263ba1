"""Runs: vectorized, independent, repeatable, finite."""

from itertools import islice

import numpy as np
import pytest

from rlgeo import (
    COUSINS,
    DPO,
    DRO,
    EXPERIMENT,
    GRPO,
    METHODS,
    PG,
    PPO,
    RLHF,
    RLOO,
    BumpReward,
    Gaussian,
    Problem,
    State,
    compare,
    run,
)
from rlgeo.training import steps
from rlgeo.training.comparison import budgeted, cost
from rlgeo.training.streams import Streams

EACH = METHODS | COUSINS
ALL, NAMES = [method() for method in EACH.values()], list(EACH)


def same(a, b):
    assert np.array_equal(a.mean, b.mean)
    assert np.array_equal(a.std, b.std)
    assert np.array_equal(a.objective, b.objective)
    assert a.records.keys() == b.records.keys()
    assert all(np.array_equal(a.records[k], b.records[k]) for k in a.records)


@pytest.mark.parametrize("method", ALL, ids=NAMES)
def test_a_run_repeats_itself_and_more_runs_change_none(method):
    problem = Problem("double")
    few = run(method, problem, steps=11, runs=3, seed=5)
    same(few, run(method, problem, steps=11, runs=3, seed=5))
    many = run(method, problem, steps=11, runs=40, seed=5)
    assert np.array_equal(many.mean[:3], few.mean)
    assert np.array_equal(many.std[:3], few.std)
    one = run(method, problem, steps=11, runs=1, seed=5)
    assert np.array_equal(one.mean, few.mean[:1])
    longer = run(method, problem, steps=23, runs=3, seed=5)
    assert np.array_equal(longer.mean[:, :12], few.mean)
    if method.name != "RLHF":
        assert len(np.unique(many.mean[:, -1])) == 40  # every run has its own noise
        assert not np.array_equal(run(method, problem, steps=11, runs=3, seed=6).mean, few.mean)


def test_other_methods_change_nothing():
    problem = Problem("trap")
    together = compare(problem, steps=9, runs=3, seed=2)
    assert list(together) == list(METHODS)
    for name, trajectory in together.items():
        same(trajectory, run(METHODS[name](), problem, steps=9, runs=3, seed=2))
    same(compare(problem, steps=9, runs=3, seed=2, methods=[DRO(), PG()])["PG"], together["PG"])


def test_comparison_by_label_and_by_budget():
    problem = Problem()
    found = compare(
        problem, steps=5, runs=2, methods={"small": GRPO(group_size=4), "large": GRPO(group_size=16)}, budget=2
    )
    assert list(found) == ["small", "large"]
    same(found["small"], run(GRPO(group_size=8), problem, steps=5, runs=2))
    same(found["large"], run(GRPO(group_size=32), problem, steps=5, runs=2))
    with pytest.raises(ValueError, match=r"methods=\['PG', 'PG'\] repeats a name"):
        compare(problem, methods=[PG(), PG(batch_size=4)])


@pytest.mark.parametrize(
    ("method", "budget", "count", "value"),
    [
        (PG(batch_size=16), 1 / 8, "batch_size", 2),
        (PG(batch_size=16), 1 / 16, "batch_size", 2),
        (PPO(batch_size=4), 1 / 16, "batch_size", 1),
        (GRPO(group_size=8), 8, "group_size", 64),
        (GRPO(group_size=8), 1 / 8, "group_size", 2),
        (DPO(pairs=32), 0.4, "pairs", 13),
        (DRO(batch_size=32), 1.5, "batch_size", 48),
        (DRO(batch_size=32), 1 / 100, "batch_size", 1),
    ],
)
def test_a_budget_scales_the_sample_count_and_nothing_else(method, budget, count, value):
    scaled = budgeted(method, budget)
    assert getattr(scaled, count) == value
    others = set(method.parameters()) - {count}
    assert all(getattr(scaled, name) == getattr(method, name) for name in others)
    assert type(scaled) is type(method)


@pytest.mark.parametrize("budget", [0, -1, np.nan, np.inf])
def test_bad_budgets_are_refused(budget):
    with pytest.raises(ValueError, match=r"budget=.* is outside \(0, inf\)"):
        compare(Problem(), budget=budget)


def test_cost_in_samples():
    six = [RLHF(), PG(), PPO(), GRPO(), DPO(), DRO()]
    assert [cost(m, 10) for m in six] == [0, 160, 48, 24, 32, 32]
    assert [cost(m, 0) for m in six] == [0] * 6
    assert [cost(m, 1) for m in six] == [0, 16, 16, 8, 32, 32]
    assert cost(PPO(epochs=4), 8) == 32
    assert cost(PPO(epochs=4), 9) == 48
    with pytest.raises(ValueError, match="steps=-1 is not allowed"):
        cost(PG(), -1)


class Recording(PPO):
    """PPO that remembers the states that it drew for."""

    def draw(self, state, problem, rng):
        drawn.append((state.policy.mean.copy(), state.behavior.mean.copy()))
        return super().draw(state, problem, rng)


drawn = []


def test_the_frozen_policy_is_refreshed_every_k_steps():
    drawn.clear()
    path = run(Recording(epochs=3), Problem(), steps=8, runs=2)
    assert len(drawn) == 3
    for k, (policy, behavior) in enumerate(drawn):
        assert np.array_equal(policy[:2], path.mean[:, 3 * k])
        assert np.array_equal(behavior, policy)
    fraction, low, high = (path.records[k] for k in ("clip_fraction", "ratio_min", "ratio_max"))
    assert np.array_equal(low[:, ::3], np.ones((2, 3)))  # ratios are 1 on a fresh batch
    assert np.array_equal(high[:, ::3], np.ones((2, 3)))
    assert np.array_equal(fraction[:, ::3], np.zeros((2, 3)))
    assert np.all(high[:, 1:3] > 1)


@pytest.mark.parametrize("method", [DPO(pairs=8), DRO(batch_size=8)])
def test_offline_data_are_kept(method):
    """The whole run can be replayed from one draw."""
    problem = Problem("mixed")
    path = run(method, problem, steps=6, runs=64, seed=9)
    state = State(Gaussian(np.zeros(64), np.ones(64)), value=np.zeros(64))
    batch = method.draw(state, problem, Streams(9, method.name, 64))
    for t in range(6):
        assert np.array_equal(state.policy.mean, path.mean[:, t])
        records = method.diagnostics(state, batch, problem)
        assert all(np.array_equal(records[k], path.records[k][:, t]) for k in records)
        state = method.step(state, batch, problem)
    assert np.array_equal(state.policy.std, path.std[:, -1])


@pytest.mark.parametrize("method", [PG(batch_size=4), PPO(batch_size=4, epochs=3), GRPO(group_size=4, epochs=3)])
def test_a_run_is_its_updates_in_a_row(method):
    """Replayed step by step: a new batch refreshes π_old and leaves V alone."""
    problem, start = Problem("mixed"), Gaussian(np.linspace(-2, 2, 64), np.ones(64))
    path = run(method, problem, start, 8, runs=64, seed=9)
    streams, state = Streams(9, method.name, 64), State(start, value=np.zeros(64))
    for t in range(8):
        if t % method.lifetime == 0:
            state = State(state.policy, state.policy, state.value)
            batch = method.draw(state, problem, streams)
        assert np.array_equal(state.policy.mean, path.mean[:, t])
        records = method.diagnostics(state, batch, problem)
        assert all(np.array_equal(records[k], path.records[k][:, t]) for k in records)
        state = method.step(state, batch, problem)
    assert np.array_equal(state.policy.std, path.std[:, -1])
    if method.name == "PPO":
        assert np.all(path.records["value"][:, 1:] != 0)


def test_streams_are_numpys():
    """Seeded by (seed, name, block, kind); each of a block's 64 runs has a column of what the block draws."""
    streams = Streams(3, "PG", 66)
    drawn = [(streams.standard_normal((66, n)), streams.random((66, n))) for n in (4, 1)]
    for block, runs in ((0, slice(0, 64)), (1, slice(64, 66))):
        for kind, method in ((0, "standard_normal"), (1, "random")):
            sequence = np.random.SeedSequence(3, spawn_key=(ord("P"), ord("G"), block, kind))
            generator = np.random.Generator(np.random.PCG64(sequence))
            for numbers, n in zip(drawn, (4, 1), strict=True):
                expected = getattr(generator, method)((n, 64)).T[: runs.stop - runs.start]
                assert np.array_equal(numbers[kind][runs], expected)
    later = Streams(3, "PG", 2, first=64).standard_normal((2, 4))
    assert np.array_equal(later, drawn[0][0][64:])
    with pytest.raises(ValueError, match=r"^runs=0 is not allowed"):
        Streams(3, "PG", 0)
    with pytest.raises(ValueError, match=r"^seed=-1 is not allowed"):
        Streams(-1, "PG", 1)
    with pytest.raises(ValueError, match=r"^value=nan is outside"):
        State(Gaussian(0, 1), value=np.nan)


def test_shapes_and_start():
    start = Gaussian([-1.0, 2.0], 0.5)
    path = run(PG(), Problem(), start, 7, runs=2)
    assert path.mean.shape == path.std.shape == path.objective.shape == (2, 8)
    assert path.mean[:, 0].tolist() == [-1, 2]
    assert path.std[:, 0].tolist() == [0.5, 0.5]
    assert np.array_equal(path.objective, Problem().objective(path.policy))
    assert path.final.mean.tolist() == path.mean[:, -1].tolist()
    assert path.final.std.tolist() == path.std[:, -1].tolist()
    assert all(r.shape == (2, 7) for r in path.records.values())
    assert "gradient_norm" in path.records
    still = run(PG(), Problem(), start, 0, runs=2)
    assert still.mean.shape == (2, 1)
    assert still.records == {}


@pytest.mark.parametrize("method", ALL, ids=NAMES)
def test_a_run_without_records_takes_the_same_way(method):
    told, silent = (run(method, Problem(), steps=5, runs=2, records=kept) for kept in (True, False))
    assert silent.records == {}
    assert np.array_equal(told.mean, silent.mean)
    assert np.array_equal(told.std, silent.std)


def test_a_single_step_is_recorded():
    one, two = (run(PPO(), Problem(), steps=t, runs=2) for t in (1, 2))
    assert one.records.keys() == two.records.keys()
    assert all(np.array_equal(one.records[k], two.records[k][:, :1]) for k in one.records)


def test_gradient_norm_is_the_unclamped_step_length():
    path = run(RLHF(learning_rate=0.1), Problem(), steps=5)
    moved = np.hypot(np.diff(path.mean), np.diff(path.std)) / 0.1
    assert np.allclose(path.records["gradient_norm"], moved, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": -1}, r"steps=-1 is not allowed: steps must be a whole number in \[0, inf\)"),
        ({"steps": 1.5}, "steps=1.5 is not allowed"),
        ({"runs": 0}, r"runs=0 is not allowed: runs must be a whole number in \[1, inf\)"),
        ({"runs": -3}, "runs=-3 is not allowed"),
        ({"seed": -1}, r"seed=-1 is not allowed: seed must be a whole number in \[0, inf\)"),
        (
            {"runs": 3, "start": Gaussian([0, 1], 1)},
            r"start has shape \(2,\), runs=3: start must be one policy, or one for each run",
        ),
    ],
)
def test_bad_runs_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        run(PG(), Problem(), **arguments)


EXACT = [
    ("single", (-2, 0.5)),
    ("single", (0, 1)),
    ("double", (-2, 0.5)),
    ("double", (2.5, 0.5)),
    ("trap", (-1, 0.3)),
    ("trap", (2, 0.3)),
]


@pytest.mark.parametrize(("name", "start"), EXACT)
def test_the_exact_run_ends_at_the_destination_of_its_start(name, start):
    beta = 0.5 if name == "single" else 0.1
    problem, method = Problem(name, beta=beta), RLHF(learning_rate=0.1 if name == "single" else 0.02)
    path = run(method, problem, Gaussian(*start), 2000)
    end = method.destination(problem, Gaussian(*start))
    assert np.allclose([path.final.mean[0], path.final.std[0]], [end.mean, end.std], atol=1e-5)
    assert np.all(np.diff(path.objective) > -1e-12)
    if name != "single":
        assert np.sign(end.mean) == np.sign(start[0])  # each basin keeps its own
    if start == (0, 1):
        top = problem.optimum().projection()
        assert np.allclose([end.mean, end.std], [top.mean, top.std], atol=1e-6)


FAR = Problem(BumpReward([1.5, -1.0], [60.0, -60.0], [0.2, 0.2]), Gaussian(3, 0.3), 0.05)
HOSTILE = [
    Problem("single", beta=0.05),
    Problem("double", Gaussian(-3, 3), 3),
    Problem("trap", Gaussian(3, 0.3), 0.05),
    FAR,
]
HARSH = [
    PG(batch_size=2, learning_rate=0.3),
    RLOO(batch_size=2, learning_rate=0.3),
    PPO(batch_size=2, learning_rate=0.3, epochs=16, clip=0.02, value_learning_rate=1),
    PPO(batch_size=1, learning_rate=0.3, epochs=16, clip=0.5),
    GRPO(group_size=2, learning_rate=0.3, std_offset=0, epochs=16),
    GRPO(group_size=2, learning_rate=0.3, std_offset=0.2, epochs=1),
    DPO(pairs=4, beta=3, label_noise=0, learning_rate=0.5),
    DPO(pairs=4, beta=0.05, label_noise=2),
    DRO(batch_size=4, beta=3, learning_rate=0.5, value_learning_rate=1),
    DRO(batch_size=4, beta=0.05),
    RLHF(learning_rate=0.5),
]


@pytest.mark.parametrize("problem", HOSTILE)
@pytest.mark.parametrize("method", HARSH)
def test_hostile_settings_stay_finite(method, problem):
    """With every warning an error, too."""
    for start in (Gaussian(-4, 0.03), Gaussian(4, 3)):
        path = run(method, problem, start, 300, runs=4)
        arrays = (path.mean, path.std, path.objective, *path.records.values())
        assert all(np.all(np.isfinite(a)) for a in arrays)
        assert np.all(np.abs(path.mean) <= 4)
        assert np.all((path.std >= 0.03) & (path.std <= 3))


@pytest.mark.parametrize("method", HARSH)
def test_hostile_fields_and_destinations_stay_finite(method):
    batch = Gaussian(np.array([-4.0, 0.0, 4.0])[:, None], [0.03, 1.0, 3.0])
    for problem in HOSTILE:
        for found in method.expected_gradient(batch, problem):
            assert np.broadcast_to(found, batch.shape).shape == (3, 3)
            assert np.all(np.isfinite(found))
        end = method.destination(problem)
        reason = method.why_none(problem)
        assert (end is None) == isinstance(reason, str)
        assert end is None or (np.isfinite(end.mean) and end.std > 0)


def test_ten_thousand_runs():
    path = run(GRPO(group_size=2, std_offset=0), Problem(beta=0.05), Gaussian(0, 0.03), 12, runs=10_000)
    assert path.mean.shape == (10_000, 13)
    assert np.all(np.isfinite(path.objective))


def test_streams_are_independent_of_block_and_company():
    alone, crowd = Streams(3, "PG", 1), Streams(3, "PG", 5)
    wanted = [(1, 4), (1, 3), (1, 200)]
    for shape in wanted:
        assert np.array_equal(alone.standard_normal(shape)[0], crowd.standard_normal((5, *shape[1:]))[0])
    # Reading uniforms ahead does not disturb the normals.
    other = Streams(3, "PG", 1)
    other.random((1, 7))
    assert np.array_equal(other.standard_normal((1, 4)), Streams(3, "PG", 1).standard_normal((1, 4)))
    u = other.random((1, 5000))
    assert 0 <= u.min() < 0.01 < 0.99 < u.max() < 1
    assert not np.array_equal(Streams(3, "PG", 1).standard_normal((1, 4)), Streams(3, "PPO", 1).standard_normal((1, 4)))
    assert not np.array_equal(Streams(3, "PG", 1).standard_normal((1, 4)), Streams(4, "PG", 1).standard_normal((1, 4)))
    whole, pieces = Streams(3, "PG", 2).standard_normal((2, 704)), Streams(3, "PG", 2)
    parts = [pieces.standard_normal((2, n)) for n in (4, 300, 400)]  # leftovers of a block come first
    assert np.array_equal(np.concatenate(parts, axis=1), whole)
    flat, folded = (Streams(3, "PG", 2).standard_normal(shape) for shape in ((2, 12), (2, 3, 4)))
    assert np.array_equal(folded, flat.reshape(2, 3, 4))
    with pytest.raises(ValueError, match=r"shape=\(2, 3\) does not start with the number of runs, 5"):
        crowd.random((2, 3))


def test_defaults_of_runs_and_comparisons():
    found = compare(Problem())
    assert all(path.mean.shape == (1, 101) for path in found.values())
    for name, path in found.items():
        same(path, run(METHODS[name](), Problem(), seed=0))
        assert (path.mean[0, 0], path.std[0, 0]) == (0, 1)


@pytest.mark.parametrize("method", ALL, ids=NAMES)
def test_runs_beyond_a_chunk_are_the_same_runs(method, monkeypatch):
    """Runs are trained in chunks; where a chunk ends changes nothing."""
    start = Gaussian(np.linspace(-1, 1, 150), np.linspace(0.5, 2, 150))
    whole = run(method, Problem("trap"), start, 5, runs=150, seed=3)
    monkeypatch.setattr("rlgeo.training.loop.CHUNK", 64)
    same(whole, run(method, Problem("trap"), start, 5, runs=150, seed=3))


def test_steps_are_the_run():
    """The generator that figures and others train with takes the steps of ``run``, records included."""
    method, problem = GRPO(group_size=4, epochs=3), Problem("double")
    path = run(method, problem, steps=7, runs=64, seed=1)
    state = State(Gaussian(np.zeros(64), np.ones(64)), value=np.zeros(64))
    taken = list(islice(steps(method, problem, state, Streams(1, "GRPO", 64)), 8))
    assert np.array_equal(np.stack([step.state.policy.mean for step in taken], axis=-1), path.mean)
    norms = np.stack([np.hypot(step.gradient.mean, step.gradient.std) for step in taken[:7]], axis=-1)
    assert np.array_equal(norms, path.records["gradient_norm"])
    assert taken[0].batch is taken[2].batch is not taken[3].batch


def test_control_ranges_change_no_run(monkeypatch):
    """Sliders' ranges are not mathematics: whatever they are, a run ends where it ended."""
    start = Gaussian(2.0, 0.1)  # at the reward's peak, where GRPO's σ falls to the box's edge
    before = {name: run(kind(), Problem(), start, 60, runs=3) for name, kind in EACH.items()}
    assert np.any(before["GRPO"].std == 0.03)
    everywhere = [*EXPERIMENT.values(), *(p for kind in EACH.values() for p in kind.parameters().values())]
    for parameter in everywhere:
        for name, value in (("low", 0.2), ("high", 0.9), ("step", 0.7)):
            monkeypatch.setitem(parameter.__dict__, name, value)
    assert EXPERIMENT["std"].low == 0.2
    for name, kind in EACH.items():
        same(before[name], run(kind(), Problem(), start, 60, runs=3))
