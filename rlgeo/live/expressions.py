"""NumPy's element-by-element operations as JavaScript expressions on numbers."""

from __future__ import annotations

import math

ATOM, UNARY, PRODUCT, SUM, COMPARISON, EQUALITY, CHOICE = 20, 14, 12, 11, 9, 8, 2
"""Binding strengths, as JavaScript's grammar ranks them."""

INFIX = {
    "add": ("+", SUM),
    "subtract": ("-", SUM),
    "multiply": ("*", PRODUCT),
    "divide": ("/", PRODUCT),
    "greater": (">", COMPARISON),
    "greater_equal": (">=", COMPARISON),
    "less": ("<", COMPARISON),
    "less_equal": ("<=", COMPARISON),
    "equal": ("==", EQUALITY),
    "not_equal": ("!=", EQUALITY),
}
CALLS = {
    **{name: f"Math.{name}" for name in ("sqrt", "exp", "expm1", "log", "log1p", "log2", "sign", "tanh", "sinh")},
    **{name: f"Math.{name}" for name in ("cosh", "sin", "cos", "floor", "ceil")},
    **{
        name: f"np.{name}"
        for name in ("square", "rint", "fmax", "fmin", "logaddexp", "expit", "log_expit", "remainder")
    },
    "absolute": "Math.abs",
    "arctan": "Math.atan",
    "arcsinh": "Math.asinh",
    "maximum": "Math.max",
    "minimum": "Math.min",
    "isfinite": "Number.isFinite",
    "isnan": "Number.isNaN",
}
OTHERS = frozenset(
    {
        "power",
        "where",
        "logical_and",
        "logical_or",
        "logical_not",
        "negative",
        "positive",
        "reciprocal",
        "exp2",
        "isinf",
    }
)
"""Operations that ``apply`` writes in a way of their own."""

Expression = tuple[str, int]
"""JavaScript text and how strongly it binds."""


def number(value: float) -> Expression:
    """A literal that reads back as the same float64."""
    if math.isnan(value):
        return "NaN", ATOM
    text = "Infinity" if math.isinf(value) else repr(abs(value)).removesuffix(".0").replace("e+", "e")
    return (f"-{text}", UNARY) if math.copysign(1.0, value) < 0 else (text, ATOM)


def group(expression: Expression, at_least: int) -> str:
    """The text, in parentheses where it binds more weakly than ``at_least``."""
    text, strength = expression
    return text if strength >= at_least else f"({text})"


def apply(op: str, args: list[Expression]) -> Expression:
    """``op(*args)``, evaluated in NumPy's order."""
    if op in INFIX:
        sign, strength = INFIX[op]
        return f"{group(args[0], strength)} {sign} {group(args[1], strength + 1)}", strength
    if op in CALLS:
        return f"{CALLS[op]}({', '.join(text for text, _ in args)})", ATOM
    if op == "power":
        return power(args[0], args[1])
    if op == "where":
        condition, yes, no = (group(a, CHOICE + 1) for a in args)
        return f"{condition} ? {yes} : {no}", CHOICE
    if op in ("logical_and", "logical_or"):
        sign = "&&" if op == "logical_and" else "||"
        return f"({group(args[0], EQUALITY)} {sign} {group(args[1], EQUALITY)})", ATOM
    if op in ("negative", "logical_not", "positive"):
        sign = {"negative": "-", "logical_not": "!", "positive": "+"}[op]
        return f"{sign}{group(args[0], UNARY + 1)}", UNARY
    if op == "reciprocal":
        return f"1 / {group(args[0], PRODUCT + 1)}", PRODUCT
    if op == "exp2":
        return f"Math.pow(2, {args[0][0]})", ATOM
    if op == "isinf":
        return f"Math.abs({args[0][0]}) == Infinity", EQUALITY
    raise NotImplementedError(op)


def power(base: Expression, exponent: Expression) -> Expression:
    """Small whole powers as NumPy and C compute them, by multiplication."""
    special = {"2": f"np.square({base[0]})", "3": f"np.cube({base[0]})", "0.5": f"Math.sqrt({base[0]})"}
    return special.get(exponent[0], f"Math.pow({base[0]}, {exponent[0]})"), ATOM
