"""What a traced function did: a graph of array operations without repetitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

Shape = tuple[Any, ...]
"""Dimensions: whole numbers, or traced scalars where the length is known only in the browser."""


class Ref(NamedTuple):
    """Reference to an earlier node."""

    node: int


@dataclass(frozen=True)
class Node:
    """One operation: ``op(*args, **options)``.

    Parameters
    ----------
    op
        The NumPy function's name, or ``"input"`` / ``"literal"``.
    args
        References and plain numbers.
    options
        Axis and the like; for an input its path, for a literal its numbers.
    shape
        Its shape, as far as the trace knows it.
    boolean
        Whether it is a mask.
    number
        Whether it is one plain number in the browser whatever is batched: a hyperparameter, or made of such.
    refs
        The nodes that it is made of.
    """

    op: str
    args: tuple[Any, ...]
    options: tuple[tuple[str, Any], ...]
    shape: Shape
    boolean: bool
    number: bool
    refs: tuple[int, ...]


@dataclass
class Graph:
    """Nodes in the order of their making; the same operation on the same arguments is one node."""

    nodes: list[Node] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)

    def add(
        self,
        op: str,
        args: tuple[Any, ...] = (),
        options: tuple[tuple[str, Any], ...] = (),
        *,
        shape: Shape = (),
        boolean: bool = False,
        number: bool = False,
    ) -> int:
        """The index of this operation's node, new or known."""
        key = (op, args, options)
        index = self.known.get(key)
        if index is None:
            index = self.known[key] = len(self.nodes)
            refs = tuple(a.node for a in args if isinstance(a, Ref))
            self.nodes.append(Node(op, args, options, shape, boolean, number, refs))
        return index

    def literal(self, values: Any) -> int:
        """A constant array; a grid of equal steps is remembered as ``np.linspace``, not by its numbers."""
        flat = tuple(float(v) for v in np.ravel(values))
        shape = tuple(int(n) for n in np.shape(values))
        even = np.linspace(flat[0], flat[-1], len(flat)) if len(flat) > 2 else ()
        if len(shape) == 1 and np.array_equal(even, flat):
            return self.add("linspace", (flat[0], flat[-1], len(flat)), shape=shape)
        boolean = np.asarray(values).dtype == np.bool_
        return self.add("literal", (), (("values", flat), ("shape", shape)), shape=shape, boolean=boolean)
