"""Labels of any kind as 32-bit codes for the engine: equal labels have equal codes."""

from numbers import Integral
from typing import Any, Optional, Tuple

import numpy

from ._arrays import as_array
from ._errors import InputError

Codes = Tuple[numpy.ndarray, Optional[numpy.ndarray]]


def codes_of(labels: Any, reference_labels: Optional[Any] = None) -> Codes:
    """Codes of the labels and, if given, of the references' labels, compared exactly."""
    labels = labels_of(labels, "y_true")
    if reference_labels is None:
        return _codes(labels), None
    reference_labels = labels_of(reference_labels, "ref_labels")
    if _kind_of(labels) != _kind_of(reference_labels):
        raise InputError(
            f"`y_true` and `ref_labels` must both be text, or both be numbers: "
            f"not {_kind_of(labels)} and {_kind_of(reference_labels)}."
        )
    both = _codes(_joined(labels, reference_labels))
    return both[: labels.size], both[labels.size :]


def labels_of(labels: Any, name: str) -> numpy.ndarray:
    """One label per row, as an array of integers or text."""
    labels = as_array(labels, name)
    if labels.ndim > 2 or labels.ndim == 0 or (labels.ndim == 2 and labels.shape[1] != 1):
        raise InputError(
            f"`{name}` must hold one label for each row, in shape (N,) or (N, 1), "
            f"not {tuple(labels.shape)}."
        )
    labels = labels.reshape(-1)
    if labels.size == 0 and labels.dtype.kind not in "iub":
        return numpy.zeros(0, numpy.int32)
    if labels.dtype.kind == "O":
        return _objects(labels, name)
    if labels.dtype.kind in "iubUS":
        return labels
    return _whole(labels, name)


def _objects(labels: numpy.ndarray, name: str) -> numpy.ndarray:
    if all(isinstance(label, str) for label in labels):
        return labels.astype(str)
    if all(isinstance(label, bytes) for label in labels):
        return labels.astype(bytes)
    if all(isinstance(label, Integral) for label in labels):
        # Integers beyond 64 bits, which NumPy keeps as objects
        return numpy.array([int(label) for label in labels], dtype=object)
    raise InputError(f"`{name}` must be whole numbers or text.")


def _whole(labels: numpy.ndarray, name: str) -> numpy.ndarray:
    """Labels in a floating point type, as many data pipelines produce them."""
    refusal = InputError(f"`{name}` must be whole numbers or text, not {labels.dtype}.")
    if labels.dtype.kind not in "fV":  # "V" are types of other libraries, such as bfloat16
        raise refusal
    try:
        numbers = labels.astype(numpy.float64)
    except (TypeError, ValueError):
        raise refusal from None
    is_label = numpy.isfinite(numbers) & (numpy.floor(numbers) == numbers)
    if not is_label.all():
        first = int(numpy.argmin(is_label))
        raise InputError(
            f"`{name}` must be whole numbers or text, but element {first} is {labels[first]!r}."
        )
    return numbers


def _kind_of(labels: numpy.ndarray) -> str:
    return {"U": "text", "S": "bytes"}.get(labels.dtype.kind, "numbers")


def _joined(labels: numpy.ndarray, others: numpy.ndarray) -> numpy.ndarray:
    """Both concatenated, in a type that preserves all labels."""
    if _kind_of(labels) != "numbers" or numpy.result_type(labels, others).kind in "iub":
        return numpy.concatenate([labels, others])
    # Types such as uint64 and int64, which NumPy would concatenate as inexact doubles
    return numpy.concatenate([_decimal(labels), _decimal(others)])


def _decimal(labels: numpy.ndarray) -> numpy.ndarray:
    return numpy.array([str(int(label)) for label in labels], dtype=str)


def _codes(labels: numpy.ndarray) -> numpy.ndarray:
    if labels.dtype.kind in "iub" and _fits(labels):
        return numpy.ascontiguousarray(labels, dtype=numpy.int32)
    _, codes = numpy.unique(labels, return_inverse=True)
    return numpy.ascontiguousarray(codes.reshape(-1), dtype=numpy.int32)


def _fits(labels: numpy.ndarray) -> bool:
    """Whether all labels fit in 32 bits."""
    if numpy.can_cast(labels.dtype, numpy.int32) or labels.size == 0:
        return True
    return int(labels.min()) >= -(2**31) and int(labels.max()) < 2**31
