"""Circle loss of NumPy arrays, and of anything that NumPy can read."""

from typing import Any, NamedTuple, Optional

import numpy

from . import _engine
from ._arrays import as_array
from ._call import Call
from ._checks import check_sample_weight, check_weight_numbers
from ._errors import InputError
from ._settings import Settings, check_reduction


class _Problem(NamedTuple):
    batch: _engine.Batch
    settings: Settings
    reduction: int
    sample_weight: Optional[numpy.ndarray]


def circle_loss(call: Call) -> Any:
    """See circleloss.circle_loss()."""
    problem = _problem(call)
    losses = _engine.losses(problem.batch, problem.settings)
    return _engine.reduce(problem.reduction, losses, problem.sample_weight)[0]


def value_and_gradient(call: Call) -> tuple:
    """See circleloss.value_and_gradient()."""
    problem = _problem(call)
    batch, settings = problem.batch, problem.settings
    state = numpy.empty(_engine.state_size(batch.embeddings.shape[0]), numpy.uint8)
    losses = _engine.losses(batch, settings, state)
    value, upstream = _engine.reduce(problem.reduction, losses, problem.sample_weight)
    gradient, ref_gradient = _engine.gradient(batch, settings, state, upstream)
    return value, gradient, ref_gradient


def _problem(call: Call) -> _Problem:
    embeddings = _matrix(call.y_pred, "y_pred")
    references = call.ref_embeddings
    if references is not None:
        references = _matrix(references, "ref_embeddings")
    # Integers are computed in float64
    dtype = embeddings.dtype.name if embeddings.dtype.kind not in "iu" else "float64"
    return _Problem(
        _engine.Batch(call.y_true, embeddings, call.ref_labels, references),
        call.settings(dtype),
        check_reduction(call.reduction),
        _sample_weight(call.sample_weight, embeddings.shape[0]),
    )


def _matrix(array: Any, name: str) -> numpy.ndarray:
    array = as_array(array, name)
    if array.ndim != 2:
        raise InputError(
            f"`{name}` must be a matrix with an embedding in each row, not of shape {array.shape}."
        )
    _engine.numbers_of(array[:0], name)  # checks the type
    return array


def _sample_weight(sample_weight: Optional[Any], rows: int) -> Optional[numpy.ndarray]:
    if sample_weight is None:
        return None
    sample_weight = as_array(sample_weight, "sample_weight")
    if sample_weight.dtype.kind not in "iubf" and sample_weight.dtype.name != "bfloat16":
        raise InputError(f"`sample_weight` must be numbers, not {sample_weight.dtype}.")
    sample_weight = sample_weight.astype(numpy.float64)
    check_sample_weight(sample_weight.shape, rows)
    check_weight_numbers(sample_weight)
    return numpy.ascontiguousarray(numpy.broadcast_to(sample_weight.reshape(-1), (rows,)))


def losses(
    y_true: Any,
    y_pred: Any,
    ref_labels: Optional[Any],
    ref_embeddings: Optional[Any],
    settings: Settings,
) -> numpy.ndarray:
    """The losses of all rows, in double; for Keras."""
    references = None if ref_embeddings is None else _matrix(ref_embeddings, "ref_embeddings")
    batch = _engine.Batch(y_true, _matrix(y_pred, "y_pred"), ref_labels, references)
    return _engine.losses(batch, settings)
