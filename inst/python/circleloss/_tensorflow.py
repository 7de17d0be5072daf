"""Circle loss of TensorFlow tensors, with tf.GradientTape and in a tf.function, by host callbacks.
"""

import dataclasses
from typing import Any, List, Optional, Tuple

import numpy
import tensorflow as tf

from . import _engine
from ._arrays import as_array
from ._call import Call
from ._checks import (
    check_floating,
    check_references,
    check_sample_weight,
    check_shapes,
    check_weight_numbers,
)
from ._errors import ONLY_ONCE, EngineError, InputError
from ._labels import codes_of
from ._reduction import Operations, reduce
from ._settings import Settings, check_reduction

_OPERATIONS = Operations(total=tf.reduce_sum, where=tf.where, ones_like=tf.ones_like)


def circle_loss(call: Call) -> tf.Tensor:
    """See circleloss.circle_loss()."""
    reduction = check_reduction(call.reduction)
    settings = call.settings(check_floating(call.y_pred.dtype.name, "y_pred"))
    values = losses(call.y_true, call.y_pred, call.ref_labels, call.ref_embeddings, settings)
    weight = None if call.sample_weight is None else _sample_weight(call.sample_weight, values)
    return tf.cast(reduce(values, weight, reduction, _OPERATIONS), settings.dtype)


def losses(
    y_true: Any,
    y_pred: tf.Tensor,
    ref_labels: Optional[Any],
    ref_embeddings: Optional[Any],
    settings: Settings,
) -> tf.Tensor:
    """The losses of all rows, in the type that the settings hold them in."""
    y_pred = _as_tensor(y_pred, "y_pred")
    check_floating(y_pred.dtype.name, "y_pred")
    embeddings = [y_pred]
    if ref_embeddings is not None:
        # Nothing is differentiated with respect to what is not yet a tensor
        constant = not tf.is_tensor(ref_embeddings)
        settings = dataclasses.replace(settings, constant_references=constant)
        embeddings.append(_as_tensor(ref_embeddings, "ref_embeddings"))
        check_floating(embeddings[1].dtype.name, "ref_embeddings")
    labels = _labels(y_true, ref_labels)
    check_shapes(*_shapes(labels, embeddings))
    if ref_embeddings is not None:
        check_references(_shape(y_pred), ref_labels, _shape(embeddings[1]))
    variables = 1 if settings.constant_references else len(embeddings)
    losses_of = _differentiable(labels, embeddings[variables:], settings)
    return losses_of(*embeddings[:variables])


def _differentiable(
    labels: List[tf.Tensor], constants: List[tf.Tensor], settings: Settings
) -> Any:
    """The losses as a function of the embeddings and, unless they are constants, the references."""
    count = len(labels)
    dtype = tf.as_dtype(settings.held_in)

    def compute_losses(*arrays):
        batch = _batch(arrays[:count], arrays[count:])
        state = numpy.empty(_engine.state_size(batch.embeddings.shape[0]), numpy.uint8)
        return _engine.losses(batch, settings, state).astype(dtype.as_numpy_dtype), state

    def compute_gradients(upstream, state, *arrays):
        batch = _batch(arrays[:count], arrays[count:])
        gradients = _engine.gradient(batch, settings, state, upstream)
        return [
            gradient.astype(like.dtype)
            for gradient, like in zip(gradients, arrays[count:])
            if gradient is not None
        ]

    @tf.custom_gradient
    def losses_of(*embeddings):
        arguments = [*labels, *embeddings, *constants]
        values, state = _call_host(compute_losses, arguments, [dtype, tf.uint8])
        values.set_shape(embeddings[0].shape[:1])

        def gradients_of(upstream):
            types = [each.dtype for each in embeddings]
            arguments = [upstream, state, *labels, *embeddings, *constants]
            gradients = _call_host(compute_gradients, arguments, types)
            for gradient, each in zip(gradients, embeddings):
                gradient.set_shape(each.shape)
            return gradients

        return values, gradients_of

    return losses_of


def _call_host(function: Any, arguments: List[tf.Tensor], types: List[tf.DType]) -> List[Any]:
    """Called directly if the numbers are available, so that exceptions are those of this module."""

    # TensorFlow would treat what it cannot differentiate as a constant
    @tf.custom_gradient
    def call(*arguments):
        if tf.executing_eagerly():
            results = function(*(argument.numpy() for argument in arguments))
            results = [tf.convert_to_tensor(result) for result in results]
        else:
            results = tf.nest.flatten(tf.numpy_function(function, arguments, types))
        return results, _refuse

    return call(*arguments)


def _refuse(*upstream: Any) -> None:
    raise EngineError(ONLY_ONCE)


def _batch(labels: Tuple[numpy.ndarray, ...], embeddings: Tuple[numpy.ndarray, ...]) -> Any:
    return _engine.Batch(
        labels[0],
        embeddings[0],
        labels[1] if len(labels) > 1 else None,
        embeddings[1] if len(embeddings) > 1 else None,
    )


def _labels(y_true: Any, ref_labels: Optional[Any]) -> List[tf.Tensor]:
    """The labels of the embeddings and, if given, of the references."""
    if not tf.is_tensor(y_true) and not tf.is_tensor(ref_labels):
        given = codes_of(y_true, ref_labels)
    else:
        given = (y_true, ref_labels)
    names = ("y_true", "ref_labels")
    return [_as_tensor(each, name) for each, name in zip(given, names) if each is not None]


def _sample_weight(given: Any, values: tf.Tensor) -> tf.Tensor:
    """One weight, or one per value. In a graph their numbers cannot be checked."""
    weight = _as_tensor(given, "sample_weight")
    check_sample_weight(_shape(weight), values.shape[0])
    if not (weight.dtype.is_floating or weight.dtype.is_integer or weight.dtype.is_bool):
        raise InputError(f"`sample_weight` must be numbers, not {weight.dtype.name}.")
    weight = tf.cast(weight, values.dtype)
    if tf.executing_eagerly():
        check_weight_numbers(weight.numpy())
    return weight if weight.shape.rank in (0, 1) else tf.reshape(weight, [-1])


def _as_tensor(given: Any, name: str) -> tf.Tensor:
    try:
        return tf.convert_to_tensor(given if tf.is_tensor(given) else as_array(given, name))
    except (TypeError, ValueError, tf.errors.OpError) as error:
        raise InputError(f"`{name}` cannot be a dense tensor: {error}") from error


def _shapes(labels: List[tf.Tensor], embeddings: List[tf.Tensor]) -> Tuple[Any, Any, Any, Any]:
    return (
        _shape(labels[0]),
        _shape(embeddings[0]),
        _shape(labels[1]) if len(labels) > 1 else None,
        _shape(embeddings[1]) if len(embeddings) > 1 else None,
    )


def _shape(tensor: tf.Tensor) -> Optional[List[Optional[int]]]:
    return None if tensor.shape.rank is None else tensor.shape.as_list()
