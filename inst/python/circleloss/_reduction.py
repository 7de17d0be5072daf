"""Reduces losses to a value with the operations of a framework, which differentiates them."""

from typing import Any, Callable, NamedTuple, Optional


class Operations(NamedTuple):
    """The operations of a framework that the reductions use."""

    total: Callable[[Any], Any]
    where: Callable[[Any, Any, Any], Any]
    ones_like: Callable[[Any], Any]


def reduce(losses: Any, sample_weight: Optional[Any], reduction: int, use: Operations) -> Any:
    """The value. `sample_weight`: N numbers, one, or None; `reduction`: of check_reduction().

    Means are over the rows whose loss is positive, and 0 if there are none.
    """
    weight = use.ones_like(losses)
    if sample_weight is not None:
        weight = weight * sample_weight
    if reduction == 0:
        return weight * losses
    total = use.total(weight * losses)
    if reduction == 1:
        return total
    share = use.ones_like(losses) if reduction == 2 else weight
    divisor = use.total(use.where(losses > 0, share, 0 * share))
    is_zero = divisor == 0
    ones = use.ones_like(divisor)
    return use.where(is_zero, 0 * ones, total / use.where(is_zero, ones, divisor))
