"""From a graph to JavaScript: ``const t7 = np.map(each3, [actions, mean]);``.

Neighboring element-by-element operations of one shape become one loop, so that the browser runs through the arrays
once and makes no array in between; reductions, indexing and joins are calls of the runtime. A loop is a function of
its own, which the browser compiles as one piece (a callback for every element would cost ten times the arithmetic),
and stands once above all functions that run it: ``each3(out, o, so, n, x, at, by)`` fills ``n`` places of ``out``
from ``o`` in steps of ``so``, reading array ``x[0]`` from ``at[0]`` in steps of ``by[0]`` and so on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlgeo.live.expressions import ATOM, Expression, apply, number
from rlgeo.live.graph import Graph, Node, Ref
from rlgeo.live.traced import ELEMENTWISE, Traced, same


@dataclass
class Printer:
    """Prints functions over one graph; loops and constants that several of them need are printed once, above them."""

    graph: Graph
    constants: dict[int, str] = field(default_factory=dict)
    preamble: list[str] = field(default_factory=list)
    loops: dict[str, str] = field(default_factory=dict)
    """A loop's text → its name."""
    given: list[bool] = field(default_factory=list)
    """Of every node, whether it depends on an input; those it is made of come before it."""

    def function(self, outputs: Any) -> list[str]:
        """The statements of a function's body that returns ``outputs``, any nesting of dicts and traced arrays."""
        ends = roots(outputs)
        nodes, live = self.graph.nodes, self.ancestors(ends)
        constant = {i for i in live if not self._depends(i)}
        needed = constant & ({i for j in live if j not in constant for i in nodes[j].refs} | set(ends))
        self._hoist(sorted(constant), sorted(needed))
        names, lines = self._inputs(live)
        names |= self.constants
        lines += self._statements([i for i in live if i not in constant], ends, names)
        lines.append(f"return {self._output(outputs, names)};")
        return lines

    def paths(self, outputs: Any) -> list[str]:
        """Of the inputs that ``outputs`` depend on, such as ``"problem.beta"``."""
        nodes = [self.graph.nodes[i] for i in self.ancestors(roots(outputs))]
        return [dict(node.options)["path"] for node in nodes if node.op in ("input", "length")]

    def definitions(self) -> list[str]:
        """The loops and constants that the printed functions use."""
        return [*(f"const {name} = {text};" for text, name in self.loops.items()), *self.preamble]

    def _depends(self, index: int) -> bool:
        for i in range(len(self.given), len(self.graph.nodes)):
            inputs = self.graph.nodes[i].op in ("input", "length")
            self.given.append(inputs or any(self.given[j] for j in self.graph.nodes[i].refs))
        return self.given[index]

    def ancestors(self, roots: Iterable[int]) -> list[int]:
        seen: set[int] = set()
        stack = list(roots)
        while stack:
            index = stack.pop()
            if index not in seen:
                seen.add(index)
                stack += self.graph.nodes[index].refs
        return sorted(seen)

    def _hoist(self, live: list[int], needed: list[int]) -> None:
        """Print constant arrays once, at the top of the module."""
        fresh = [i for i in live if i not in self.constants]
        kept = [i for i in needed if i not in self.constants]
        names = dict(self.constants)
        self.preamble += self._statements(fresh, kept, names, prefix="c")
        self.constants |= {i: names[i] for i in fresh if i in names}

    def _inputs(self, live: list[int]) -> tuple[dict[int, str], list[str]]:
        """Names for the inputs, and the statements that take them out of the function's arguments."""
        options = {i: dict(self.graph.nodes[i].options) for i in live if self.graph.nodes[i].op in ("input", "length")}
        paths = sorted({option["path"] for option in options.values()})
        last = [path.split(".")[-1] for path in paths]
        name = {
            path: end if last.count(end) == 1 and end.isidentifier() else "_".join(path.split(".")[-2:])
            for path, end in zip(paths, last, strict=True)
        }
        owners = defaultdict[str, list[str]](list)
        for path in paths:
            owner, _, end = path.rpartition(".")
            if owner:
                owners[owner].append(end if name[path] == end else f"{end}: {name[path]}")
        lines = [f"const {{ {', '.join(taken)} }} = {owner};" for owner, taken in owners.items()]
        names = {}
        for index, option in options.items():
            names[index] = name[option["path"]]
            if self.graph.nodes[index].op == "length":
                names[index] = f"{names[index]}_length{-option['axis']}"
                lines.append(f"const {names[index]} = np.length({name[option['path']]}, {option['axis']});")
        return names, lines

    def _statements(self, live: list[int], outputs: list[int], names: dict[int, str], prefix: str = "t") -> list[str]:
        nodes = self.graph.nodes
        kernel = self._kernels([i for i in live if i not in names], outputs)
        lines: list[str] = []
        offset = len(self.preamble) if prefix == "c" else 0
        for index in live:
            if index in names or (index in kernel and kernel[index] != index):
                continue
            node = nodes[index]
            members = sorted(i for i in kernel if kernel[i] == index)
            text = self._kernel(members, names) if members else self._call(node, names)
            names[index] = f"{prefix}{offset + len(lines) + 1}" if prefix == "c" else f"t{index}"
            lines.append(f"const {names[index]} = {text};")
        return lines

    def _kernels(self, live: list[int], outputs: list[int]) -> dict[int, int]:
        """Element-by-element node → the last node of the loop that computes it."""
        nodes = self.graph.nodes
        consumers = defaultdict[int, list[int]](list)
        for index in live:
            for ref in nodes[index].refs:
                consumers[ref].append(index)
        kernel: dict[int, int] = {}
        for index in reversed(live):
            if nodes[index].op not in ELEMENTWISE:
                continue
            ends = {kernel.get(c, -1) for c in consumers[index]}
            joins = (
                index not in outputs
                and len(ends) == 1
                and -1 not in ends
                and all(self._alike(nodes[index], nodes[c]) for c in consumers[index])
            )
            kernel[index] = ends.pop() if joins else index
        return kernel

    @staticmethod
    def _alike(a: Node, b: Node) -> bool:
        return a.number == b.number and len(a.shape) == len(b.shape) and all(map(same, a.shape, b.shape))

    def _kernel(self, members: list[int], names: dict[int, str]) -> str:
        """``np.map(each7, [a, b], [beta])``, or the bare expression where everything is a plain number."""
        nodes = self.graph.nodes
        uses = defaultdict[int, int](int)
        for index in members:
            for ref in nodes[index].refs:
                uses[ref] += 1
        reads = sorted(set(uses) - set(members))
        end = nodes[members[-1]]
        if end.number:
            inner, result = self._texts(members, uses, names)
            text = f"(() => {{ {' '.join(inner)} return {result}; }})()" if inner else result
            return f"+({text})" if end.boolean else text
        # one name may stand for several references; arrays are read at a place, numbers are the same everywhere
        arrays = list(dict.fromkeys(names[i] for i in reads if not nodes[i].number))
        numbers = list(dict.fromkeys(names[i] for i in reads if nodes[i].number))
        places = {name: f"x{k}[i{k}]" for k, name in enumerate(arrays)} | {
            name: f"p{k}" for k, name in enumerate(numbers)
        }
        inner, result = self._texts(members, uses, {i: places[names[i]] for i in reads})
        each = self._loop(len(arrays), len(numbers), inner, f"+({result})" if end.boolean else result)
        given = f"[{', '.join(arrays)}]" + (f", [{', '.join(numbers)}]" if numbers else "")
        return f"np.map({each}, {given})"

    def _texts(self, members: list[int], uses: dict[int, int], names: dict[int, str]) -> tuple[list[str], str]:
        """Statements for what is used more than once, and the expression of the last member."""
        texts: dict[int, Expression] = {}
        inner: list[str] = []
        for index in members:
            node = self.graph.nodes[index]
            texts[index] = apply(node.op, [self._operand(a, texts, names) for a in node.args])
            if uses[index] > 1 and index != members[-1]:
                inner.append(f"const u{len(inner) + 1} = {texts[index][0]};")
                texts[index] = (f"u{len(inner)}", ATOM)
        return inner, texts[members[-1]][0]

    def _loop(self, arrays: int, numbers: int, inner: list[str], result: str) -> str:
        """The name of the loop ``out[o] = result``, which is printed if no function has needed it yet."""
        each = range(arrays)
        fixed = [*(f"x{k} = x[{k}], s{k} = by[{k}]" for k in each), *(f"p{k} = p[{k}]" for k in range(numbers))]
        moved = ", ".join(["n--", "o += so", *(f"i{k} += s{k}" for k in each)])
        text = (
            f"(out, o, so, n, x, at, by, p) => {{\n  const {', '.join(fixed)};\n"
            f"  let {', '.join(f'i{k} = at[{k}]' for k in each)};\n"
            f"  for (; n > 0; {moved}) {{ {' '.join([*inner, f'out[o] = {result};'])} }}\n}}"
        )
        return self.loops.setdefault(text, f"each{len(self.loops) + 1}")

    def _operand(self, arg: Any, texts: dict[int, Expression], names: dict[int, str]) -> Expression:
        if not isinstance(arg, Ref):
            return number(arg)
        return texts[arg.node] if arg.node in texts else (names[arg.node], ATOM)

    def _call(self, node: Node, names: dict[int, str]) -> str:
        """A call of the runtime; trailing options at their defaults are left out."""
        options = dict(node.options)
        if node.op == "literal":
            return _literal(options["values"], options["shape"])
        args = [self._operand(a, {}, names)[0] for a in node.args]
        if node.op in ("stack", "concatenate"):
            return f"np.{node.op}([{', '.join(args)}], {options['axis']})"
        if node.op == "broadcast_to":
            return f"np.broadcast_to({args[0]}, [{', '.join(args[1:])}])"
        if node.op == "index":
            if options["index"] == ("...", "None"):
                return f"np.expand({args[0]})"
            return f"np.index({args[0]}, {', '.join(repr(i) for i in options['index'])})".replace("'", '"')
        if "axis" in options:
            more = ["null" if options["axis"] is None else str(options["axis"])]
            more.append("true" if options["keepdims"] else "false")
            more.append(number(options["ddof"])[0])
            while more and more[-1] == {3: "0", 2: "false", 1: "null"}[len(more)]:
                more.pop()
            args += more
        return f"np.{node.op}({', '.join(args)})"

    def _output(self, value: Any, names: dict[int, str]) -> str:
        if isinstance(value, dict):
            entries = (f"{k}: {self._output(v, names)}" for k, v in value.items())
            return f"{{ {', '.join(entries)} }}" if value else "{}"
        if isinstance(value, list):
            return f"[{', '.join(self._output(v, names) for v in value)}]"
        if isinstance(value, Traced):
            return names[value.index]
        if isinstance(value, str):
            return f'"{value}"'
        if np.ndim(value):
            return _literal(np.ravel(value), np.shape(value))
        return "null" if value is None else number(float(value))[0]


def _literal(values: Any, shape: tuple[int, ...]) -> str:
    return f"np.array([{', '.join(number(float(v))[0] for v in values)}], [{', '.join(map(str, shape))}])"


def roots(outputs: Any) -> list[int]:
    """The nodes among ``outputs``."""
    return [leaf.index for leaf in leaves(outputs) if isinstance(leaf, Traced)]


def leaves(value: Any) -> list[Any]:
    """The entries of nested dicts and lists, in order."""
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in leaves(v)]
    return [leaf for v in value for leaf in leaves(v)] if isinstance(value, list) else [value]
