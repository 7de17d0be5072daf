"""Checks of the shapes and types of arrays of any library.

While a graph is traced, a length may be unknown; it is None then, and fits any other.
"""

from typing import Any, Optional, Sequence

import numpy

from ._errors import InputError

Shape = Sequence[Optional[int]]

FLOATING = ("float64", "float32", "float16", "bfloat16")
_LISTED = ", ".join(FLOATING)


def check_shapes(
    labels: Optional[Shape],
    embeddings: Optional[Shape],
    reference_labels: Optional[Shape] = None,
    references: Optional[Shape] = None,
) -> None:
    """A label for each row, and rows of equal length. None is an unknown shape."""
    _check_matrix(embeddings, "y_pred")
    _check_matrix(references, "ref_embeddings")
    rows = _length(embeddings, 0)
    _check_labels(labels, rows, "y_true", "y_pred")
    if embeddings is not None and references is not None:
        columns, reference_columns = embeddings[1], references[1]
        if None not in (columns, reference_columns) and columns != reference_columns:
            raise InputError(
                f"The rows of `y_pred` hold {columns} numbers, "
                f"those of `ref_embeddings` {reference_columns}."
            )
    if references is None:
        _check_labels(reference_labels, rows, "ref_labels", "y_pred")
    else:
        _check_labels(reference_labels, _length(references, 0), "ref_labels", "ref_embeddings")


def check_arrays(
    labels: Any, embeddings: Any, reference_labels: Optional[Any], references: Optional[Any]
) -> None:
    """All checks of shapes, for arrays with a known shape; None is an array that is not given."""
    arrays = (labels, embeddings, reference_labels, references)
    shapes = [None if array is None else array.shape for array in arrays]
    check_shapes(*shapes)
    check_references(shapes[1], reference_labels, shapes[3])


def check_references(
    embeddings: Optional[Shape], reference_labels: Any, references: Optional[Shape]
) -> None:
    """References need their own labels if their number differs from that of the embeddings."""
    if reference_labels is not None or references is None:
        return
    rows, reference_rows = _length(embeddings, 0), _length(references, 0)
    if None not in (rows, reference_rows) and rows != reference_rows:
        raise InputError(
            f"`ref_embeddings` needs `ref_labels`: it has {reference_rows} rows, `y_pred` {rows}."
        )


def check_floating(dtype: str, name: str) -> str:
    """Returns the name of a floating point type of embeddings."""
    if dtype not in FLOATING:
        raise InputError(f"`{name}` must be of a floating point type ({_LISTED}), not {dtype}.")
    return dtype


def check_sample_weight(shape: Optional[Shape], rows: Optional[int]) -> None:
    """One weight, or one per row, also as a column."""
    if shape is None or len(shape) == 0:
        return
    fits = len(shape) == 1 or (len(shape) == 2 and shape[1] in (1, None))
    if not fits or (None not in (shape[0], rows) and shape[0] != rows):
        raise InputError(
            f"`sample_weight` must be one number or one for each of the {rows} rows of `y_pred`, "
            f"not of shape {tuple(shape)}."
        )


def check_weight_numbers(weight: numpy.ndarray) -> None:
    """Weights must be finite and not negative."""
    if not numpy.isfinite(weight).all() or (weight < 0).any():
        raise InputError("`sample_weight` must be finite and not negative.")


def _length(shape: Optional[Shape], axis: int) -> Optional[int]:
    return None if shape is None else shape[axis]


def _check_matrix(shape: Optional[Shape], name: str) -> None:
    if shape is not None and len(shape) != 2:
        raise InputError(
            f"`{name}` must be a matrix with an embedding in each row, not of shape {tuple(shape)}."
        )


def _check_labels(shape: Optional[Shape], rows: Optional[int], name: str, of: str) -> None:
    if shape is None:
        return
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] not in (1, None)):
        raise InputError(
            f"`{name}` must hold one label for each row, in shape (N,) or (N, 1), "
            f"not {tuple(shape)}."
        )
    if None not in (shape[0], rows) and shape[0] != rows:
        raise InputError(f"`{name}` has {shape[0]} labels for the {rows} rows of `{of}`.")
