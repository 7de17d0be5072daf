"""The arguments other than data, checked once."""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Optional

import numpy

from ._errors import InputError

DTYPES = ("float64", "float32", "float16", "bfloat16")
WEIGHTS = ("differentiated", "detached")
# Names of the same reduction share a number, which is that of the compiled library.
REDUCTIONS = {
    None: 0,
    "none": 0,
    "sum": 1,
    "mean": 2,
    "sum_over_batch_size": 2,
    "mean_with_sample_weight": 3,
}


@dataclass(frozen=True)
class Settings:
    """How the losses are computed. Hashable, so that compilers can treat it as a constant.

    warns: whether to warn of rows that are not of length 1.
    constant_references: whether to skip the gradient with respect to separate references.
    """

    gamma: float
    margin: float
    remove_diagonal: bool
    weights: str
    dtype: str
    threads: int
    warns: bool = True
    constant_references: bool = False

    @property
    def held_in(self) -> str:
        """The type in which losses are summed: 16-bit sums would be inaccurate or infinite."""
        return "float64" if self.dtype == "float64" else "float32"


def make_settings(
    gamma: float,
    margin: float,
    remove_diagonal: bool,
    weights: str,
    dtype: str,
    threads: int,
    warns: bool = True,
) -> Settings:
    """Settings, after checking every argument."""
    return Settings(
        gamma=_number(gamma, "gamma", positive=True),
        margin=_number(margin, "margin", positive=False),
        remove_diagonal=_flag(remove_diagonal),
        weights=_choice(weights, "weights", WEIGHTS),
        dtype=_choice(dtype, "dtype", DTYPES),
        threads=_count(threads),
        warns=warns,
    )


def check_reduction(reduction: Optional[str]) -> int:
    """The number of a reduction."""
    return REDUCTIONS[_choice(reduction, "reduction", tuple(REDUCTIONS))]


def _number(value: Any, name: str, positive: bool) -> float:
    number = _as_float(value)
    if not math.isfinite(number) or (positive and number <= 0):
        wanted = "a finite number greater than 0" if positive else "a finite number"
        raise InputError(f"`{name}` must be {wanted}, not {value!r}.")
    return number


def _as_float(value: Any) -> float:
    """Infinity if too large for a float, NaN if not a number."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _flag(value: Any) -> bool:
    is_flag = isinstance(value, (Integral, numpy.bool_))
    if not is_flag or value not in (0, 1):
        raise InputError(f"`remove_diagonal` must be True or False, not {value!r}.")
    return bool(value)


def _choice(value: Any, name: str, choices: tuple) -> Any:
    if value is not None and not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise InputError(f"`{name}` must be one of {listed}, not {value!r}.")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise InputError(f"`threads` must be a whole number, 0 for the default, not {value!r}.")
    return min(int(value), 2**31 - 1)
