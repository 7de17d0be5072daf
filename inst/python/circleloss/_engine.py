"""The calls of the engine, on NumPy arrays that may be views of a tensor's memory."""

import ctypes
import warnings
from typing import Any, Callable, NamedTuple, Optional, Tuple

import numpy

from ._arrays import as_array
from ._checks import check_arrays, check_floating
from ._errors import EngineError, InputError, NotUnitWarning
from ._labels import codes_of
from . import _library
from ._library import Matrix, Objective, Report, Results, library
from ._settings import DTYPES, WEIGHTS, Settings

Array = numpy.ndarray

# The statuses of circle_loss.h that are about the embeddings.
_TEXTS: "dict[int, str]" = {
    1: "`{argument}` must be finite, but row {row}, column {column} is not.",
    2: "A number in row {row} of `{argument}` is too large for {dtype}.",
    3: "A similarity of row {row} of `{argument}` is too large for {dtype}: make rows unit length.",
    4: "The loss of row {row} of `{argument}` is too large for {dtype}: make rows unit length.",
    5: "The gradient of row {row} of `{argument}` is too large for {dtype}.",
    6: "The weighted losses are too large for a double, from row {row} on.",
}
_OUT_OF_MEMORY = 7


class Batch(NamedTuple):
    """Labels of any kind, embeddings, and references if given."""

    labels: Any
    embeddings: Array
    reference_labels: Optional[Any] = None
    references: Optional[Array] = None


def state_size(rows: int) -> int:
    """The size in bytes of the state that losses() fills for gradient()."""
    return library().circle_sums_size(rows)


def losses(batch: Batch, settings: Settings, state: Optional[Array] = None) -> Array:
    """The losses of all rows, in double. `state`, if given, is filled for gradient()."""
    batch = _readable(batch)
    result = numpy.zeros(batch.embeddings.shape[0])
    report = _call(
        library().circle_forward,
        batch,
        settings,
        Objective(),
        state,
        Results(losses=result.ctypes.data),
    )
    # 16-bit numbers are too coarse for rows of length 1
    if settings.warns and settings.dtype in ("float64", "float32"):
        _warn_for(report)
    return result


def gradient(
    batch: Batch, settings: Settings, state: Array, upstream: Array
) -> Tuple[Array, Optional[Array]]:
    """The derivatives of sum(upstream * losses) with respect to embeddings and references. The
    latter are None without references, or with constant ones."""
    batch = _readable(batch)
    upstream = numpy.ascontiguousarray(upstream, dtype=numpy.float64).reshape(-1)
    state = numpy.ascontiguousarray(state, dtype=numpy.uint8)
    if upstream.size != batch.embeddings.shape[0] or state.size != state_size(upstream.size):
        raise InputError("The derivatives of the losses must be one for each row of `y_pred`.")
    result = _filled_like(batch.embeddings)
    reference_result = None
    if batch.references is not None and not settings.constant_references:
        reference_result = _filled_like(batch.references)
    # As usual in training, NaN and infinity propagate: the results stay NaN
    if numpy.isfinite(upstream).all():
        _call(
            library().circle_backward,
            batch,
            settings,
            Objective(pair_weights=WEIGHTS.index(settings.weights), upstream=upstream.ctypes.data),
            state,
            Results(gradient=_matrix(result), reference_gradient=_matrix(reference_result)),
        )
    return result, reference_result


def reduce(
    reduction: int, values: Array, sample_weight: Optional[Array]
) -> Tuple[Any, Array]:
    """The reduced value and its derivatives with respect to the losses."""
    value = numpy.zeros(values.size if reduction == 0 else 1)
    scale = ctypes.c_double()
    report = Report()
    objective = Objective(reduction=reduction, sample_weight=_address(sample_weight))
    status = library().circle_reduce(
        objective, values.size, values.ctypes.data, value.ctypes.data, scale, report
    )
    _raise_for(status, report, None)
    weights = numpy.ones(values.size) if sample_weight is None else sample_weight
    return (value if reduction == 0 else float(value[0])), weights * scale.value


def numbers_of(array: Any, name: str) -> Array:
    """The numbers of a matrix: in place if the engine can read them, else a copy."""
    array = as_array(array, name)
    if array.dtype.kind in "iu":
        array = array.astype(numpy.float64)
    elif check_floating(array.dtype.name, name) in ("float16", "bfloat16"):
        array = array.astype(numpy.float32)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    is_in_steps = all(stride % array.itemsize == 0 for stride in array.strides)
    return array if array.flags.aligned and is_in_steps else array.copy()


def _readable(batch: Batch) -> Batch:
    """Arrays that the engine can read, with matching shapes."""
    embeddings = numbers_of(batch.embeddings, "y_pred")
    references = batch.references
    if references is not None:
        references = numbers_of(references, "ref_embeddings")
    labels, reference_labels = codes_of(batch.labels, batch.reference_labels)
    check_arrays(labels, embeddings, reference_labels, references)
    return Batch(labels, embeddings, reference_labels, references)


def _call(
    compute: Callable[..., int],
    batch: Batch,
    settings: Settings,
    objective: Objective,
    state: Optional[Array],
    results: Results,
) -> Report:
    """Opens a readable batch, computes and closes it."""
    given = _library.Batch(
        embeddings=_matrix(batch.embeddings),
        references=_matrix(batch.references),
        labels=_address(batch.labels),
        reference_labels=_address(batch.reference_labels),
        has_references=batch.references is not None,
    )
    loss = _library.Settings(
        gamma=settings.gamma,
        margin=settings.margin,
        remove_diagonal=settings.remove_diagonal,
        dtype=DTYPES.index(settings.dtype),
    )
    run = _library.Run(threads=settings.threads, similarity_bytes=-1)
    operands, report = ctypes.c_void_p(), Report()
    status = library().circle_open(given, loss, run, operands, report)
    if status == 0:
        status = compute(operands, run, objective, _address(state), results, report)
        library().circle_close(operands)
    _raise_for(status, report, settings)
    return report


def _matrix(array: Optional[Array]) -> Matrix:
    if array is None:
        return Matrix()
    return Matrix(
        values=array.ctypes.data,
        rows=array.shape[0],
        columns=array.shape[1],
        row_stride=array.strides[0] // array.itemsize,
        column_stride=array.strides[1] // array.itemsize,
        type=int(array.dtype == numpy.float32),
    )


def _filled_like(array: Array) -> Array:
    return numpy.full(array.shape, numpy.nan, array.dtype)


def _address(array: Optional[Array]) -> Optional[int]:
    return None if array is None else array.ctypes.data


def _raise_for(status: int, report: Report, settings: Optional[Settings]) -> None:
    if status == 0:
        return
    if status == _OUT_OF_MEMORY:
        raise MemoryError("There is not enough memory for a copy of the embeddings.")
    if status not in _TEXTS:
        raise EngineError(f"The engine refused the call (status {status}).")
    text = _TEXTS[status].format(
        argument="ref_embeddings" if report.side == 2 else "y_pred",
        row=report.row,
        column=report.column,
        dtype=None if settings is None else settings.dtype,
    )
    raise InputError(text)


def _warn_for(report: Report) -> None:
    for argument, seen in zip(("y_pred", "ref_embeddings"), report.not_unit):
        if seen.count > 0:
            warnings.warn(
                f"Rows of `{argument}` are not of length 1; Circle loss is meant for unit rows.",
                NotUnitWarning,
                stacklevel=2,
            )
