"""The tracer records what NumPy does, the printer writes it down, the runtime computes it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import parity
import pytest
from scipy.special import expit, log_expit

from rlgeo.live import Traced, Untraceable, javascript
from rlgeo.live.graph import Graph
from rlgeo.live.printer import Printer
from rlgeo.live.structure import array, number

A = np.array([[0.3, -1.2, 2.0, 0.0], [1.5, 0.7, -0.4, 3.1], [0.2, 0.2, 5.0, -2.5]])
B = np.array([0.5, -0.25, 1.0, 2.0])
POSITIVE = np.abs(A) + 0.1

# each is traced on arrays called a (rank 2) and b (rank 1), a number n, and computed by both languages
CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "arithmetic": lambda a, b, n: (a + 2) * b - n / (b + 3) - -a,
    "order of operations": lambda a, b, n: a - (b - n) - (a / (b + 3)) / (n / 7),
    "powers": lambda a, b, n: [a**2, a**3, np.abs(a) ** 0.5, np.square(b), (b + 3) ** -1, 2.0**a, (b + 3) ** n],
    "exponentials": lambda a, b, n: [np.exp(a), np.expm1(b), np.log1p(b + 1), np.tanh(a), np.log(np.abs(a) + 1)],
    "logistic": lambda a, b, n: [np.logaddexp(a, b), np.logaddexp(0.0, a * 100), expit(a), log_expit(a)],
    "extremes": lambda a, b, n: [np.maximum(a, b), np.minimum(a, n), np.clip(a, -1, 1), np.sign(a), np.abs(a)],
    "rounding": lambda a, b, n: [np.floor(a), np.ceil(a), np.rint(a * 2.5), a % 0.7],
    "masks": lambda a, b, n: np.where((a > b) & ~(a >= 2) | (a == 0.0), a, -b),
    "mask counts": lambda a, b, n: [
        np.mean(a > 0),
        np.sum(np.where(a != b, 1.0, 0.0), axis=-1),
        np.any(a > 4, axis=-1),
    ],
    "sums": lambda a, b, n: [np.sum(a), np.sum(a, axis=0), a.sum(axis=-1), np.sum(a, axis=1, keepdims=True)],
    "moments": lambda a, b, n: [np.mean(a, axis=-1), np.std(a, axis=-1, ddof=1), np.var(a), np.std(a, axis=0)],
    "largest": lambda a, b, n: [np.max(a), a.min(axis=-1), np.max(a, axis=0, keepdims=True), np.prod(b)],
    "indexing": lambda a, b, n: [a[..., None] * b, b[:, None] - b, a[0], a[..., 1], b[2], b[-1]],
    "joins": lambda a, b, n: [np.stack([b, b * 2]), np.stack([b, b + 1], axis=-1), np.concatenate([a, a], axis=-1)],
    "shapes": lambda a, b, n: [np.ravel(a), np.broadcast_to(n * b, np.shape(a)), np.zeros_like(a), np.ones_like(b)],
    "constants": lambda a, b, n: [np.linspace(-1, 1, 9)[:, None] * b, b * np.array([1.0, 2.0, -3.0, 0.5])],
    "numbers": lambda a, b, n: [np.where(n > 2, n, -n), np.exp(n) * n, a * np.log(n + 1)],
}


def run(tmp_path: Path, node: str, outputs: Any, given: dict[str, Any], graph: Graph) -> Any:
    printer = Printer(graph)
    body = printer.function(outputs)
    text = "\n".join([*printer.definitions(), "export const f = ({ x }) => {", *body, "};"])
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "f.js").write_text(f'import * as np from "{parity.LAB.as_uri()}/runtime.js";\n{text}')
    driver = parity.DRIVER.replace("./lab/", f"{parity.LAB.as_uri()}/").replace(
        'import { core, methods } from "./generated/rlgeo.js";', 'import { f } from "./f.js";'
    )
    driver = driver[: driver.index("export const answer")]
    (tmp_path / "d.js").write_text(
        f"{driver}\nprocess.stdout.write(JSON.stringify(write(f({{ x: read({json.dumps(parity.pack(given))}) }}))));"
    )
    done = subprocess.run([node, "d.js"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return parity.unpack(json.loads(done.stdout))


@pytest.mark.parametrize("name", CASES)
def test_javascript_computes_what_numpy_does(name: str, tmp_path: Path, node: str) -> None:
    graph = Graph()
    outputs = CASES[name](array(graph, "x.a", 2), array(graph, "x.b", 1), number(graph, "x.n"))
    theirs = run(tmp_path, node, outputs, {"a": A, "b": B, "n": 2.5}, graph)
    ours = CASES[name](A, B, 2.5)
    errors = parity.difference(ours, theirs)
    assert errors
    assert max(errors.values()) <= 1e-14, errors


@pytest.mark.parametrize("n", [1, 7, 8, 9, 127, 128, 129, 1000, 8193])
def test_sums_are_pairwise_as_numpys(n: int, tmp_path: Path, node: str) -> None:
    values = np.random.default_rng(n).normal(size=n) * 10.0 ** np.random.default_rng(1).integers(-8, 8, n)
    graph = Graph()
    theirs = run(tmp_path, node, np.sum(array(graph, "x.a", 1)), {"a": values}, graph)
    assert float(theirs) == float(np.sum(values)), "not a single bit may differ"


def test_the_same_operation_is_computed_once() -> None:
    graph = Graph()
    a = array(graph, "x.a", 1)
    printer = Printer(graph)
    printer.function({"first": np.sum(np.exp(a)), "second": np.sum(np.exp(a)) + np.max(np.exp(a))})
    assert "\n".join(printer.definitions()).count("Math.exp") == 1


def test_a_grid_is_written_as_a_call_not_as_numbers() -> None:
    graph = Graph()
    b = array(graph, "x.b", 0)
    printer = Printer(graph)
    printer.function(np.linspace(-1, 1, 8193) * b)
    assert printer.preamble == ["const c1 = np.linspace(-1, 1, 8193);"]


UNTRACEABLE: dict[str, Callable[[Traced], Any]] = {
    "branch": lambda a: a if a > 0 else -a,
    "loop": lambda a: [x for x in a],  # noqa: C416
    "float": lambda a: float(a),
    "conversion": lambda a: np.asarray(a),
    "unknown function": lambda a: np.fft.fft(a),
    "unknown ufunc": lambda a: np.arctanh(a),
    "several axes": lambda a: np.sum(a[None], axis=(0, 1)),
    "sum of masks": lambda a: (a > 0) + (a > 1),
    "output argument": lambda a: np.add(a, 1, out=a),
}


@pytest.mark.parametrize("name", UNTRACEABLE)
def test_what_the_browser_could_not_repeat_is_refused(name: str) -> None:
    with pytest.raises((Untraceable, TypeError)):
        UNTRACEABLE[name](array(Graph(), "x.a", 1))


def test_the_module_is_the_same_byte_for_byte() -> None:
    assert javascript() == javascript()


@pytest.mark.parametrize(("seed", "key"), [(0, ()), (12345, (80, 71, 3, 0)), (2**40 + 7, (1,)), (2**32 - 1, (0, 5))])
def test_random_numbers_are_numpys(seed: int, key: tuple[int, ...], tmp_path: Path, node: str) -> None:
    n = 200_000
    (tmp_path / "r.mjs").write_text(
        f'import {{ Generator }} from "{parity.LAB.as_uri()}/random.js";\nimport {{ writeFileSync }} from "node:fs";\n'
        f"const normal = new Generator({seed}, {list(key)});\nconst uniform = new Generator({seed}, {list(key)});\n"
        f"const draw = f => Buffer.from(Float64Array.from({{length: {n}}}, f).buffer);\n"
        "writeFileSync('normal', draw(() => normal.standardNormal()));\n"
        "writeFileSync('uniform', draw(() => uniform.random()));"
    )
    subprocess.run([node, "r.mjs"], cwd=tmp_path, check=True)
    generator = [np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key))) for _ in range(2)]
    np.testing.assert_allclose(np.fromfile(tmp_path / "normal"), generator[0].standard_normal(n), rtol=1e-14)
    np.testing.assert_array_equal(np.fromfile(tmp_path / "uniform"), generator[1].random(n))
