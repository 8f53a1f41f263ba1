"""Symbolic arrays: NumPy's own dispatch protocols (NEP 13 and NEP 18) record what a function does with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rlgeo.live.expressions import CALLS, INFIX, OTHERS
from rlgeo.live.graph import Graph, Node, Ref, Shape

MASKS = frozenset(
    {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or", "logical_not"}
    | {"isfinite", "isnan", "isinf", "any", "all"}
)
"""Operations whose result is true or false."""
ELEMENTWISE = frozenset(INFIX.keys() | CALLS.keys() | OTHERS)
"""Operations on numbers one by one, those that ``expressions.apply`` can write."""
ALIASES = {"bitwise_and": "logical_and", "bitwise_or": "logical_or", "invert": "logical_not", "fabs": "absolute"}
REDUCTIONS = {"add": "sum", "maximum": "max", "minimum": "min", "logical_and": "all", "logical_or": "any"}


class Untraceable(TypeError):
    """What the browser could not repeat: a branch on values, or a function the tracer does not know."""


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array; every operation on it becomes a node of ``graph``.

    Shapes are known as far as the trace can know them; values are not, so asking for one is an error.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, graph: Graph, index: int) -> None:
        self.graph, self.index = graph, index
        self.node: Node = graph.nodes[index]
        self.shape: Shape = self.node.shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> Any:
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.bool_ if self.node.boolean else np.float64)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "reduce" and ufunc.__name__ in REDUCTIONS:
            axis = options.pop("axis", 0)
            return reduction(REDUCTIONS[ufunc.__name__])(*inputs, axis=axis, **options)
        if method != "__call__" or any(value is not None for value in options.values()):
            raise Untraceable(f"np.{ufunc.__name__}.{method} with {sorted(options)} cannot be traced")
        return elementwise(ufunc.__name__, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        handler = FUNCTIONS.get(function.__name__)
        if handler is None:
            raise Untraceable(f"np.{function.__name__} cannot be traced")
        return handler(*args, **kwargs)

    def __getitem__(self, index: Any) -> Traced:
        items = index if isinstance(index, tuple) else (index,)
        if Ellipsis not in [i for i in items if not isinstance(i, Traced)]:
            items = (*items, Ellipsis)
        entries, shape = [], list[Any]()
        rest = list(self.shape)
        wanted = sum(1 for i in items if i is not None and i is not Ellipsis)
        for item in items:
            if item is Ellipsis:
                keep = len(rest) - wanted
                shape += rest[:keep]
                rest = rest[keep:]
                entries.append("...")
            elif item is None:
                shape.append(1)
                entries.append("None")
            elif isinstance(item, (int, np.integer)):
                wanted, rest = wanted - 1, rest[1:]
                entries.append(str(int(item)))
            elif isinstance(item, slice) and not any(isinstance(x, Traced) for x in (rest[0], item.start, item.stop)):
                bounds = item.indices(rest[0])
                wanted, rest = wanted - 1, rest[1:]
                shape.append(len(range(*bounds)))
                entries.append(":".join(map(str, bounds)))
            elif item == slice(None):
                shape.append(rest[0])
                wanted, rest = wanted - 1, rest[1:]
                entries.append(":")
            else:
                raise Untraceable(f"the index {item!r} into an array of unknown length cannot be traced")
        if entries[-1] == "..." and set(entries) == {":", "..."}:
            entries = ["..."]
        options = (("index", tuple(entries)),)
        return record(self.graph, "index", (self,), options, shape=tuple(shape), boolean=self.node.boolean)

    def astype(self, dtype: Any) -> Traced:
        if np.dtype(dtype) == np.bool_ and not self.node.boolean:
            return elementwise("not_equal", self, 0.0)
        return elementwise("multiply", self, 1.0) if self.node.boolean and np.dtype(dtype) != np.bool_ else self

    def sum(self, axis: Any = None, **options: Any) -> Any:
        return np.sum(self, axis=axis, **options)

    def mean(self, axis: Any = None, **options: Any) -> Any:
        return np.mean(self, axis=axis, **options)

    def std(self, axis: Any = None, **options: Any) -> Any:
        return np.std(self, axis=axis, **options)

    def var(self, axis: Any = None, **options: Any) -> Any:
        return np.var(self, axis=axis, **options)

    def max(self, axis: Any = None, **options: Any) -> Any:
        return np.max(self, axis=axis, **options)

    def min(self, axis: Any = None, **options: Any) -> Any:
        return np.min(self, axis=axis, **options)

    def __iter__(self) -> Any:
        if not self.shape or isinstance(self.shape[0], Traced):
            return self._valueless()
        return (self[i] for i in range(self.shape[0]))

    def _valueless(self, *_: Any, **__: Any) -> Any:
        raise Untraceable("a traced array has no values: no branch, loop, float() or int() may depend on them")

    __bool__ = __float__ = __int__ = __index__ = __complex__ = _valueless
    symbolic = True
    __len__ = __array__ = __format__ = __contains__ = __setitem__ = _valueless

    def __repr__(self) -> str:
        return f"<{self.node.op} of shape {self.shape}>"


def record(graph: Graph, op: str, args: tuple[Any, ...], options: Any = (), **facts: Any) -> Traced:
    """A new node whose traced arguments are references and whose constant arrays are literals."""
    packed: list[Any] = []
    for arg in args:
        if isinstance(arg, Traced):
            packed.append(Ref(arg.index))
        elif isinstance(arg, (float, int)) or np.ndim(arg) == 0:
            packed.append(float(arg))
        else:
            packed.append(Ref(graph.literal(np.asarray(arg))))
    return Traced(graph, graph.add(op, tuple(packed), options, **facts))


def same(a: Any, b: Any) -> bool:
    """Whether two dimensions are known to be equal."""
    if isinstance(a, Traced) or isinstance(b, Traced):
        return isinstance(a, Traced) and isinstance(b, Traced) and a.index == b.index
    return bool(a == b)


def is_one(dimension: Any) -> bool:
    return not isinstance(dimension, Traced) and dimension == 1


def broadcast(*shapes: Shape) -> Shape:
    """NumPy's rule; a dimension that is known only in the browser is trusted to fit."""
    if not any(shapes):
        return ()
    result: list[Any] = []
    for position in range(1, max(map(len, shapes), default=0) + 1):
        dims = [s[-position] for s in shapes if len(s) >= position and not is_one(s[-position])]
        known = [d for d in dims if not isinstance(d, Traced)]
        if any(d != known[0] for d in known):
            raise Untraceable(f"shapes {shapes} do not broadcast together")
        result.insert(0, known[0] if known else dims[0] if dims else 1)
    return tuple(result)


def shape_of(value: Any) -> Shape:
    if isinstance(value, Traced):
        return value.shape
    return () if isinstance(value, float) else np.shape(value)


def graph_of(*values: Any) -> Graph:
    return next(v.graph for v in values if isinstance(v, Traced))


def is_number(value: Any) -> bool:
    return value.node.number if isinstance(value, Traced) else isinstance(value, float) or np.ndim(value) == 0


def is_mask(value: Any) -> bool:
    return value.node.boolean if isinstance(value, Traced) else np.result_type(value) == np.bool_


def elementwise(name: str, *inputs: Any) -> Traced:
    """One ufunc call."""
    op = ALIASES.get(name, name)
    if op not in ELEMENTWISE:
        raise Untraceable(f"np.{name} cannot be traced")
    if op != name and not all(map(is_mask, inputs)) and name != "fabs":
        raise Untraceable(f"np.{name} is traced for masks only")
    if op in ("add", "subtract", "negative") and all(map(is_mask, inputs)):
        raise Untraceable(f"np.{name} of masks cannot be traced: NumPy keeps them masks, JavaScript would not")
    boolean = op in MASKS or (op == "where" and all(map(is_mask, inputs[1:])))
    shape = broadcast(*map(shape_of, inputs))
    number = all(map(is_number, inputs))
    return record(graph_of(*inputs), op, inputs, shape=shape, boolean=boolean, number=number)


def reduction(name: str) -> Callable[..., Traced]:
    """np.sum and its like, over one axis or all."""

    def reduce(a: Any, axis: Any = None, *, keepdims: bool = False, ddof: int = 0, **others: Any) -> Traced:
        if any(v is not None and v is not np._NoValue for v in others.values()):
            raise Untraceable(f"np.{name} with {sorted(others)} cannot be traced")
        if not (axis is None or isinstance(axis, int)):
            raise Untraceable(f"np.{name} over axis={axis!r} cannot be traced: one axis at a time")
        keep = keepdims is True
        shape = list(a.shape)
        if axis is None:
            shape = [1] * len(shape) if keep else []
        elif keep:
            shape[axis] = 1
        else:
            del shape[axis]
        # counted from the end, an axis keeps its meaning when the browser adds batch dimensions in front
        from_end = axis if axis is None or axis < 0 else axis - a.ndim
        options = (("axis", from_end), ("keepdims", keep), ("ddof", float(ddof)))
        return record(a.graph, name, (a,), options, shape=tuple(shape), boolean=name in MASKS)

    return reduce


def _where(condition: Any, x: Any, y: Any) -> Traced:
    return elementwise("where", condition, x, y)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **others: Any) -> Any:
    low, high = others.pop("min", a_min), others.pop("max", a_max)
    if any(v is not None and v is not np._NoValue for v in others.values()):
        raise Untraceable(f"np.clip with {sorted(others)} cannot be traced")
    a = a if low is None or low is np._NoValue else np.maximum(a, low)
    return a if high is None or high is np._NoValue else np.minimum(a, high)


def _joined(name: str) -> Callable[..., Traced]:
    def join(arrays: Any, axis: int = 0) -> Traced:
        shapes = [list(shape_of(a)) for a in arrays]
        rank = len(shapes[0]) + (name == "stack")
        place = axis % rank
        if name == "stack":
            shape = list(broadcast(*map(tuple, shapes)))
            shape.insert(place, len(arrays))
        else:
            shape = shapes[0]
            shape[place] = sum(s[place] for s in shapes[1:]) + shape[place]
        options = (("axis", place - rank),)
        return record(graph_of(*arrays), name, tuple(arrays), options, shape=tuple(shape))

    return join


def _broadcast_to(array: Any, shape: Any) -> Traced:
    shape = shape if isinstance(shape, tuple) else (shape,)
    if len(shape) == len(shape_of(array)) and all(map(same, shape, shape_of(array))):
        return array
    return record(graph_of(array, *shape), "broadcast_to", (array, *shape), shape=shape)


def _full_like(value: float) -> Callable[..., Any]:
    return lambda a, **_: np.multiply(a, 0.0) + value  # NaN and infinities stay visible, which is what we want


def _linspace(start: Any, stop: Any, num: int = 50) -> Traced:
    return record(graph_of(start, stop), "linspace", (start, stop, num), shape=(num,))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: reduction(name) for name in ("sum", "mean", "std", "var", "max", "min", "prod", "any", "all")},
    "amax": reduction("max"),
    "amin": reduction("min"),
    "where": _where,
    "clip": _clip,
    "concatenate": _joined("concatenate"),
    "stack": _joined("stack"),
    "broadcast_to": _broadcast_to,
    "broadcast_arrays": lambda *a: tuple(_broadcast_to(x, broadcast(*map(shape_of, a))) for x in a),
    "linspace": _linspace,
    "shape": shape_of,
    "ndim": lambda a: len(shape_of(a)),
    "size": lambda a: math.prod(shape_of(a)),
    "zeros_like": _full_like(0.0),
    "ones_like": _full_like(1.0),
    "expand_dims": lambda a, axis: a[..., None] if axis == -1 else a[None],
    "ravel": lambda a: record(a.graph, "ravel", (a,), shape=(math.prod(a.shape),), boolean=a.node.boolean),
}
