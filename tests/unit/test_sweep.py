import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context

import numpy as np
import pytest

from rlgeo import GRPO, PG, PPO, Gaussian, Problem, run, sweep
from rlgeo.training import sweeping

GRID = {"group_size": [2, 4], "std_offset": [0.0, 0.1, 0.2]}
PROBLEM = Problem("double", Gaussian(0.2, 1.3), 0.4)
SETTINGS = {"start": Gaussian(0.5, 0.9), "steps": 6, "runs": 3, "seed": 11}


def expected():
    return [
        ({"group_size": g, "std_offset": d}, run(GRPO(group_size=g, std_offset=d, clip=0.3), PROBLEM, **SETTINGS))
        for g in (2, 4)
        for d in (0.0, 0.1, 0.2)
    ]


def processes(workers):
    """New interpreters: a fork would copy the locks that threads of other tests hold."""
    return ProcessPoolExecutor(workers, get_context("spawn"))


def check(points):
    for point, (settings, trajectory) in zip(points, expected(), strict=True):
        assert point.settings == settings
        assert np.array_equal(point.results["mean"], trajectory.mean[:, -1])
        assert np.array_equal(point.results["std"], trajectory.std[:, -1])
        assert np.array_equal(point.results["objective"], trajectory.objective[:, -1])


def grid(executor=None, **more):
    return sweep(GRPO(clip=0.3), PROBLEM, GRID, executor, **(SETTINGS | more))


def test_inline():
    check(grid())


def test_threads_and_processes(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        check(grid(pool))
    with processes(2) as pool:
        check(grid(pool, folder=tmp_path))
    assert len(list(tmp_path.glob("*.npz"))) == 6


@pytest.mark.filterwarnings("default")  # distributed's own
def test_dask(tmp_path):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        check(grid(client.get_executor(), folder=tmp_path))
    check(grid(folder=tmp_path, executor=Broken()))


class Broken(Executor):
    """An executor that must not be asked."""

    def submit(self, *_, **__):
        raise AssertionError("this point was finished already")


def test_a_class_stands_for_its_defaults():
    found = sweep(PG, Problem(), {"batch_size": [4]}, steps=3)
    assert found[0].results["mean"][0] == run(PG(batch_size=4), Problem(), steps=3).mean[0, -1]
    assert len(sweep(PG, Problem(), {}, steps=1)) == 1


def test_finished_points_are_not_computed_again(tmp_path):
    seen = []
    first = grid(folder=tmp_path, progress=lambda *counts: seen.append(counts))
    check(first)
    assert seen == [(k, 6) for k in range(7)]
    check(grid(Broken(), folder=tmp_path))
    seen.clear()
    grid(Broken(), folder=tmp_path, progress=lambda *counts: seen.append(counts))
    assert seen == [(6, 6)]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 12},
        {"steps": 7},
        {"runs": 4},
        {"start": Gaussian(0.5, 1.0)},
        {"start": Gaussian(0.6, 0.9)},
        {"measure": lambda t: {"mean": t.mean}},
    ],
)
def test_other_inputs_are_other_points(tmp_path, change):
    grid(folder=tmp_path)
    with pytest.raises(AssertionError, match="finished already"):
        grid(Broken(), folder=tmp_path, **change)


@pytest.mark.parametrize(
    ("method", "problem"),
    [
        (GRPO(clip=0.25), PROBLEM),
        (PPO(clip=0.3), PROBLEM),
        (GRPO(clip=0.3), Problem("double", Gaussian(0.2, 1.3), 0.5)),
        (GRPO(clip=0.3), Problem("double", Gaussian(0.1, 1.3), 0.4)),
        (GRPO(clip=0.3), Problem("double", Gaussian(0.2, 1.2), 0.4)),
        (GRPO(clip=0.3), Problem("trap", Gaussian(0.2, 1.3), 0.4)),
    ],
)
def test_other_methods_and_problems_are_other_points(tmp_path, method, problem):
    grid(folder=tmp_path)
    one = {"clip": [0.3]} if isinstance(method, PPO) else GRID
    with pytest.raises(AssertionError, match="finished already"):
        sweep(method, problem, one, Broken(), folder=tmp_path, **SETTINGS)


def test_an_edited_formula_is_not_mistaken_for_the_old_one(tmp_path, monkeypatch):
    grid(folder=tmp_path)
    monkeypatch.setattr(sweeping, "_sources", lambda: "edited")
    with pytest.raises(AssertionError, match="finished already"):
        grid(Broken(), folder=tmp_path)


def test_damaged_and_partial_files_are_computed_again(tmp_path):
    grid(folder=tmp_path)
    files = sorted(tmp_path.glob("*.npz"))
    files[0].write_bytes(files[0].read_bytes()[:50])
    files[1].write_bytes(b"")
    files[2].rename(files[2].with_suffix(".1.partial"))
    seen = []
    check(grid(folder=tmp_path, progress=lambda *counts: seen.append(counts)))
    assert seen[0] == (3, 6)
    assert seen[-1] == (6, 6)


class Failing(Executor):
    """Finishes two points, then fails or is interrupted; a third has finished meanwhile, the others never start."""

    def __init__(self, error):
        self.error, self.count = error, 0

    def submit(self, function, *arguments):
        self.count += 1
        future = Future()
        if self.count in (1, 2):
            future.set_result(function(*arguments))
        elif self.count == 3:
            future.set_exception(self.error)
        return future


@pytest.mark.parametrize("error", [RuntimeError("worker died"), KeyboardInterrupt()])
def test_a_crash_loses_no_finished_point(tmp_path, error):
    with pytest.raises(type(error)):
        grid(Failing(error), folder=tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 2
    assert not list(tmp_path.glob("*.partial"))
    seen = []
    check(grid(folder=tmp_path, progress=lambda *counts: seen.append(counts)))
    assert seen[0] == (2, 6)


def test_points_done_when_interrupted_are_kept(tmp_path):
    """Ctrl-C arrives while the first result is handled: the others that are done are saved on the way out."""

    class Instant(Executor):
        def submit(self, function, *arguments):
            future = Future()
            future.set_result(function(*arguments))
            return future

    calls = []

    def interrupt(done, total):
        calls.append(done)
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grid(Instant(), folder=tmp_path, progress=interrupt)
    assert len(list(tmp_path.glob("*.npz"))) == 6


def test_ctrl_c_in_a_process_of_its_own(tmp_path):
    """A real SIGINT, in the middle of an inline sweep; the rest is computed on resumption."""
    program = textwrap.dedent("""
        import json, os, signal, sys
        import rlgeo
        def progress(done, total):
            if done == 2 and "stop" in sys.argv:
                os.kill(os.getpid(), signal.SIGINT)
        points = rlgeo.sweep(
            rlgeo.PG, rlgeo.Problem(), {"batch_size": [2, 3, 4, 5]}, steps=3, folder=sys.argv[1], progress=progress
        )
        print(json.dumps([p.results["mean"][0] for p in points]))
    """)
    stopped = subprocess.run([sys.executable, "-c", program, tmp_path, "stop"], capture_output=True, text=True)
    assert "KeyboardInterrupt" in stopped.stderr
    assert len(list(tmp_path.glob("*.npz"))) == 2
    resumed = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    whole = [run(PG(batch_size=n), Problem(), steps=3).mean[0, -1] for n in (2, 3, 4, 5)]
    assert json.loads(resumed.stdout) == whole


def dies_at_four(trajectory):
    """A measure that takes its worker process down at G = 4, told by the seeded end of the first run."""
    if trajectory.mean[0, -1] == run(GRPO(group_size=4), PROBLEM, **SETTINGS).mean[0, -1]:
        os._exit(1)
    return sweeping.final(trajectory)


def test_a_dead_worker_loses_no_finished_point(tmp_path):
    """A real process pool that breaks at the third of four points."""
    sizes = {"group_size": [2, 3, 4, 5]}
    more = SETTINGS | {"folder": tmp_path, "measure": dies_at_four}
    with processes(1) as pool, pytest.raises(BrokenProcessPool):
        sweep(GRPO, PROBLEM, sizes, pool, **more)
    assert len(list(tmp_path.glob("*.npz"))) == 2
    found = sweep(GRPO, PROBLEM, {"group_size": [2, 3]}, Broken(), **more)
    assert found[1].results["std"].tolist() == run(GRPO(group_size=3), PROBLEM, **SETTINGS).std[:, -1].tolist()


def test_ctrl_c_with_a_process_pool(tmp_path):
    """SIGINT reaches the whole process group, as from a terminal; what had finished is there afterwards."""
    program = textwrap.dedent("""
        import os, signal, sys
        from concurrent.futures import ProcessPoolExecutor
        import rlgeo
        def progress(done, total):
            if done == 2:
                os.killpg(0, signal.SIGINT)
        if __name__ == "__main__":
            grid = {"batch_size": list(range(2, 32))}
            with ProcessPoolExecutor(1) as pool:
                rlgeo.sweep(rlgeo.PG, rlgeo.Problem(), grid, pool, steps=300, folder=sys.argv[1], progress=progress)
    """)
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, tmp_path / "program.py", tmp_path / "kept"]
    stopped = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        _, said = stopped.communicate(timeout=120)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(stopped.pid, signal.SIGKILL)  # a worker that is left would hold the pipe open
    assert stopped.returncode != 0
    assert "KeyboardInterrupt" in said
    kept = list((tmp_path / "kept").glob("*.npz"))
    assert 2 <= len(kept) < 30
    assert not list((tmp_path / "kept").glob("*.partial"))
    sizes, seen = {"batch_size": list(range(2, 32))}, []
    found = sweep(PG, Problem(), sizes, steps=300, folder=tmp_path / "kept", progress=lambda *n: seen.append(n))
    assert seen[0] == (len(kept), 30)
    assert found[-1].results["mean"][0] == run(PG(batch_size=31), Problem(), steps=300).mean[0, -1]


class Interrupted:
    """Ctrl-C arrives while this is handed over by a worker."""

    def __reduce__(self):
        os.kill(os.getpid(), signal.SIGINT)
        return str, ("whole",)


def handed_over(trajectory):
    return {"kept": Interrupted()}


def interrupted(trajectory):
    os.kill(os.getpid(), signal.SIGINT)
    return {}


def test_ctrl_c_ends_a_workers_point_and_nothing_else():
    """What a worker hands over arrives whole; a point ends at once, and its worker lives."""
    with processes(1) as pool:
        before = pool.submit(os.getpid).result()
        found = sweep(PG, Problem(), {"batch_size": [4, 5]}, pool, steps=1, measure=handed_over)
        assert [point.results["kept"].item() for point in found] == ["whole", "whole"]
        with pytest.raises(KeyboardInterrupt):
            sweep(PG, Problem(), {"batch_size": [4]}, pool, steps=1, measure=interrupted)
        assert pool.submit(os.getpid).result() == before


def test_own_measure():
    def own(trajectory):
        return {"path": trajectory.mean, "length": trajectory.records["gradient_norm"]}

    found = sweep(PG, Problem(), {"batch_size": [4]}, steps=3, runs=2, measure=own)
    assert found[0].results["path"].shape == (2, 4)
    expected = run(PG(batch_size=4), Problem(), steps=3, runs=2).records["gradient_norm"]
    assert np.array_equal(found[0].results["length"], expected)


@pytest.mark.parametrize(
    ("grid", "more", "message"),
    [
        (
            {"group": [2]},
            {},
            "grid names 'group', which GRPO does not have: it must be one of learning_rate, group_size",
        ),
        ({"group_size": []}, {}, r"grid\['group_size'\] is empty"),
        ({"group_size": [4, 1]}, {}, r"group_size=1 is outside \[2, inf\]"),
        ({"clip": [0.1]}, {"steps": -1}, "steps=-1 is not allowed"),
        ({"clip": [0.1]}, {"runs": 0}, "runs=0 is not allowed"),
    ],
)
def test_bad_sweeps_are_refused_before_anything_runs(grid, more, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        sweep(GRPO, Problem(), grid, Broken(), folder=tmp_path, **more)


def test_report_is_for_terminals(capsys, monkeypatch):
    sweeping.report(1, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    sweeping.report(1, 2)
    sweeping.report(2, 2)
    assert capsys.readouterr().err == "\rsweep: 1 of 2 points\rsweep: 2 of 2 points\n"
