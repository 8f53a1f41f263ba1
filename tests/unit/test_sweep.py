"""A sweep's points are runs; a stored point is used again only where everything that it depends on is the same."""

import functools
import importlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pytest

from rlgeo import DRO, GRPO, PG, PPO, BumpReward, Gaussian, Problem, run, sweep
from rlgeo.training.sweep import final

GRID = {"group_size": [2, 4], "std_offset": [0.0, 0.1]}
PROBLEM = Problem("double", Gaussian(0.2, 1.3), 0.4)
SETTINGS = {"start": Gaussian(0.5, 0.9), "steps": 6, "runs": 3, "seed": 11}
QUICK = {"batch_size": [4]}


def noted(trajectory):
    """The usual measure, which says aloud that a point is computed."""
    print("computed")
    return final(trajectory)


@pytest.fixture
def computed(capsys):
    """How many points were computed since it was last asked."""
    return lambda: capsys.readouterr().out.count("computed")


METHOD = GRPO(clip=0.3)


def grid(method=METHOD, problem=PROBLEM, values=GRID, **more):
    return sweep(method, problem, values, **(SETTINGS | {"measure": noted} | more))


def check(points):
    settings = [{"group_size": g, "std_offset": d} for g in (2, 4) for d in (0.0, 0.1)]
    assert [point.settings for point in points] == settings
    for point in points:
        trajectory = run(GRPO(clip=0.3, **point.settings), PROBLEM, **SETTINGS)
        assert {name: kept.tolist() for name, kept in point.results.items()} == {
            name: getattr(trajectory, name)[:, -1].tolist() for name in ("mean", "std", "objective")
        }


def outputs(folder):
    return sorted(Path(folder).rglob("output.pkl"))


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_points_are_runs_on_any_backend(backend, tmp_path):
    with joblib.parallel_config(backend, n_jobs=2 if backend == "threading" else 1):
        check(grid())
        check(grid(folder=tmp_path))
        check(grid(folder=tmp_path))
    assert len(outputs(tmp_path)) == 4


def test_a_class_stands_for_its_defaults():
    found = sweep(PG, Problem(), QUICK, steps=3)
    assert found[0].results["mean"][0] == run(PG(batch_size=4), Problem(), steps=3).mean[0, -1]
    assert len(sweep(PG, Problem(), {}, steps=1)) == 1


def test_stored_points_are_not_computed_again(tmp_path, computed):
    check(grid(folder=tmp_path))
    assert computed() == 4
    PROBLEM.optimum().projection()  # remembers its integrals, which changes nothing
    check(grid(folder=str(tmp_path), problem=Problem("double", Gaussian(0.2, 1.3), 0.4)))
    assert computed() == 0
    check(grid(folder=tmp_path, values=GRID | {"group_size": [2]}) + grid(values=GRID | {"group_size": [4]}))
    assert computed() == 2


def test_numpy_numbers_are_numbers(tmp_path, computed):
    grid(PG, values={"batch_size": [4, 8]}, folder=tmp_path)
    assert computed() == 2
    numbers = {"steps": np.int64(6), "runs": np.int32(3), "seed": np.uint8(11)}
    found = grid(PG, values={"batch_size": np.array([4, 8])}, folder=tmp_path, **numbers)
    assert computed() == 0
    assert [type(point.settings["batch_size"]) for point in found] == [int, int]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 12},
        {"steps": 7},
        {"runs": 4},
        {"start": Gaussian(0.5, 1.0)},
        {"start": Gaussian(0.6, 0.9)},
        {"method": GRPO(clip=0.25)},
        {"method": PPO(clip=0.3), "values": {"clip": [0.3]}},
        {"problem": Problem("double", Gaussian(0.2, 1.3), 0.5)},
        {"problem": Problem("double", Gaussian(0.1, 1.3), 0.4)},
        {"problem": Problem("double", Gaussian(0.2, 1.2), 0.4)},
        {"problem": Problem("trap", Gaussian(0.2, 1.3), 0.4)},
    ],
)
def test_other_inputs_are_other_points(tmp_path, computed, change):
    grid(folder=tmp_path)
    computed()
    found = grid(folder=tmp_path, **change)
    assert computed() == len(found)


@dataclass(frozen=True)
class Other(GRPO):
    """GRPO under its own name, with another gradient."""

    def gradient(self, state, batch, problem):
        return super().gradient(state, batch, problem)._replace(mean=1.0)


class Mirrored(Problem):
    def gradient(self, policy):
        return tuple(-d for d in super().gradient(policy))

    def expected_reward(self, policy):
        return -super().expected_reward(policy)


class Negative(BumpReward):
    def __call__(self, actions):
        return -super().__call__(actions)


def scaled(trajectory, factor):
    return {"mean": factor * trajectory.mean[:, -1]}


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, trajectory):
        return {"mean": self.factor * trajectory.mean[:, -1]}


NAMESAKES = {
    "subclass of a method": ({"method": GRPO}, {"method": Other}),
    "subclass of Problem": ({"problem": PROBLEM}, {"problem": Mirrored()}),
    "subclass of BumpReward": ({"problem": PROBLEM}, {"problem": Problem(Negative([1], [2], [0.8]))}),
    "partial": tuple({"measure": functools.partial(scaled, factor=factor)} for factor in (1.0, 2.0)),
    "callable object": tuple({"measure": Scale(factor)} for factor in (1.0, 2.0)),
    "bound method": tuple({"measure": Scale(factor).__call__} for factor in (1.0, 2.0)),
}
"""Two sweeps' inputs that differ in one thing, which no name and no hyperparameter tells."""


@pytest.mark.parametrize("kind", NAMESAKES)
def test_namesakes_are_told_apart(tmp_path, kind):
    for inputs in (NAMESAKES[kind] * 2)[:3]:
        inputs = {"method": GRPO, "problem": PROBLEM, "measure": final} | inputs
        values = {"group_size": [4]}
        stored, fresh = grid(values=values, folder=tmp_path, **inputs), grid(values=values, **inputs)
        assert stored[0].results["mean"].tolist() == fresh[0].results["mean"].tolist()
    assert len(outputs(tmp_path)) == 2


def test_what_a_problem_remembers_is_no_input(tmp_path, computed):
    problem = Problem("trap")
    grid(problem=problem, folder=tmp_path)
    first = computed()
    problem.optimum().projection()
    grid(problem=problem, folder=tmp_path)
    assert computed() in (0, first)


SOURCES = {
    "helper": "def factor():\n    return {}\n",
    "measure": "import helper\ndef measure(t):\n    return {{'mean': {} * helper.factor() * t.mean}}",
}


@pytest.mark.parametrize("edited", ["helper", "measure"])
def test_changed_source_is_computed_again(tmp_path, monkeypatch, edited):
    """Also where the edited file is two calls away from the measure."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = []
    for value in (1, 3):
        for name, source in SOURCES.items():
            (tmp_path / f"{name}.py").write_text(source.format(value if name == edited else 1))
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        measure = importlib.import_module("measure").measure
        found.append(sweep(PG, PROBLEM, QUICK, steps=3, measure=measure, folder=tmp_path / "kept")[0].results["mean"])
    assert found[1].tolist() == (3 * found[0]).tolist()


@pytest.mark.parametrize("damage", ["half", "empty", "noise", "another point's", "another object"])
def test_torn_and_foreign_files_are_computed_again(tmp_path, computed, capsys, damage):
    grid(folder=tmp_path)
    computed()
    file, other, *_ = outputs(tmp_path)
    content = {
        "half": file.read_bytes()[: file.stat().st_size // 2],
        "empty": b"",
        "noise": bytes(range(256)),
        "another point's": other.read_bytes(),
    }
    file.write_bytes(content[damage]) if damage in content else joblib.dump(42, file)
    (file.parent / "metadata.json").write_text("{")
    check(grid(folder=tmp_path))
    said = capsys.readouterr()
    assert said.out.count("computed") == 1
    assert said.err == ""
    check(grid(folder=tmp_path))
    assert computed() == 0


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"folder='.*file' cannot be used: "):
        grid(folder=tmp_path / "file")
    grid(folder=tmp_path / "kept")
    (outputs(tmp_path)[0].parents[1] / "func_code.py").write_bytes(b"\xff\xfe")
    code = "import sys; from rlgeo import *; sweep(PG, Problem(), {'batch_size': [4]}, steps=1, folder=sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "kept"], capture_output=True, text=True)
    assert "ValueError: folder=" in done.stderr
    assert "cannot be used: " in done.stderr


CTRL_C = """
    import json, os, signal, sys
    import joblib
    import rlgeo

    def measure(trajectory):
        if "stop" in sys.argv and os.path.getsize(sys.argv[2]) == 3:
            os.killpg(0, signal.SIGINT)
        with open(sys.argv[2], "a") as file:
            file.write(".")
        return {"mean": trajectory.mean[:, -1]}

    with joblib.parallel_config("loky", n_jobs=2 if "stop" in sys.argv else 1):
        sizes = {"batch_size": range(2, 8)}
        points = rlgeo.sweep(rlgeo.PG, rlgeo.Problem(), sizes, steps=3, folder=sys.argv[1], measure=measure)
    print(json.dumps([p.results["mean"][0] for p in points]))
"""


def test_ctrl_c_loses_no_finished_point(tmp_path):
    """SIGINT reaches the whole process group, as from a terminal; the same call, here without other processes, goes on
    where it stopped."""
    program, marks = tmp_path / "program.py", tmp_path / "marks"
    program.write_text(textwrap.dedent(CTRL_C)), marks.write_text("")
    command = [sys.executable, program, tmp_path / "kept", marks]
    with subprocess.Popen([*command, "stop"], stderr=subprocess.PIPE, text=True, start_new_session=True) as stopped:
        try:
            _, said = stopped.communicate(timeout=60)
        finally:
            stopped.poll() is None and os.killpg(stopped.pid, signal.SIGKILL)
    assert stopped.returncode != 0
    assert "KeyboardInterrupt" in said
    time.sleep(0.3)  # the workers may finish what they had begun
    kept = len(outputs(tmp_path / "kept"))
    assert 2 <= kept < 6
    marks.write_text("")
    resumed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(marks.read_text()) == 6 - kept
    assert json.loads(resumed.stdout) == [run(PG(batch_size=n), Problem(), steps=3).mean[0, -1] for n in range(2, 8)]


IN_A_NOTEBOOK = """
from rlgeo import PG, Problem, sweep
def measure(trajectory):
    return {"mean": trajectory.mean}
sweep(PG, Problem(), {"batch_size": [4]}, steps=3, measure=measure, folder="kept")
"""


def test_what_has_no_file_is_not_stored(tmp_path, computed):
    """Closures and lambdas, and what a notebook defines: two of them may have one name."""
    with open(os.devnull) as stream:
        for what in (lambda t: {"mean": t.mean}, functools.partial(scaled, factor=stream)):
            with pytest.raises(ValueError, match="nothing can be stored"):
                grid(measure=what, folder=tmp_path)
    assert computed() == 0
    done = subprocess.run([sys.executable, "-c", IN_A_NOTEBOOK], cwd=tmp_path, capture_output=True, text=True)
    assert "ValueError: nothing can be stored of what a notebook defines" in done.stderr


def test_own_measure():
    def own(trajectory):
        return {"path": trajectory.mean, "length": trajectory.records["gradient_norm"]}

    found = sweep(PG, Problem(), QUICK, steps=3, runs=2, measure=own, records=True)
    assert found[0].results["path"].shape == (2, 4)
    expected = run(PG(batch_size=4), Problem(), steps=3, runs=2).records["gradient_norm"]
    assert np.array_equal(found[0].results["length"], expected)


@pytest.mark.parametrize(
    ("values", "more", "message"),
    [
        (
            {"group": [2]},
            {},
            "grid names 'group', which GRPO does not have: it must be one of learning_rate, group_size",
        ),
        ({"group_size": []}, {}, r"grid\['group_size'\]=\[\] is not a list of one or more values"),
        ({"group_size": 4}, {}, r"grid\['group_size'\]=4 is not a list"),
        ({"group_size": [4, 1]}, {}, r"group_size=1 is outside \[2, inf\]"),
        ({"clip": [0.1]}, {"steps": -1}, "steps=-1 is not allowed"),
        ({"clip": [0.1]}, {"runs": 0}, "runs=0 is not allowed"),
        ({"clip": [0.1]}, {"seed": -1}, "seed=-1 is not allowed"),
    ],
)
def test_bad_sweeps_are_refused_before_anything_runs(values, more, message, tmp_path, computed):
    with pytest.raises(ValueError, match=message):
        grid(GRPO, values=values, folder=tmp_path, **more)
    assert computed() == 0
    assert not outputs(tmp_path)


def test_a_method_that_is_none_is_named():
    with pytest.raises(ValueError, match="method='GRPO'"):
        sweep("GRPO", Problem(), {})


def test_joblib_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(ImportError, match=r"sweep needs joblib, .* pip install 'rlgeo\[sweep\]'"):
        sweep(DRO, Problem(), {})
