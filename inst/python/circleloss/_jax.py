"""Circle loss of JAX arrays, with jax.grad and under jax.jit, by host callbacks."""

import dataclasses
from functools import partial
from typing import Any, Optional, Tuple

import jax
import jax.numpy as jnp
import numpy

from . import _engine
from ._arrays import as_array
from ._call import Call
from ._checks import check_arrays, check_floating, check_sample_weight, check_weight_numbers
from ._errors import ONLY_ONCE, EngineError, InputError
from ._labels import codes_of
from ._reduction import Operations, reduce
from ._settings import Settings, check_reduction

_OPERATIONS = Operations(total=jnp.sum, where=jnp.where, ones_like=jnp.ones_like)


# The embeddings may have their own graph; labels are constants. Missing arguments are None, which
# for JAX is a tree without leaves.
@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _losses(settings, embeddings, references, labels, reference_labels):
    return _losses_forward(settings, embeddings, references, labels, reference_labels)[0]


def _losses_forward(settings, *arguments):
    def compute(*arguments):
        state = numpy.empty(size, numpy.uint8)
        return _engine.losses(_batch(*arguments), settings, state).astype(dtype), state

    dtype = _type_named(settings.held_in)
    rows = arguments[0].shape[0]
    size = _engine.state_size(rows)
    result = (jax.ShapeDtypeStruct((rows,), dtype), jax.ShapeDtypeStruct((size,), numpy.uint8))
    losses, state = _call_host(compute, result, *arguments)
    return losses, (state, arguments)


def _losses_backward(settings, saved, upstream):
    def compute(upstream, state, *arguments):
        gradients = _engine.gradient(_batch(*arguments), settings, state, upstream)
        return tuple(
            gradient.astype(like.dtype)
            for gradient, like in zip(gradients, arguments[:2])
            if gradient is not None
        )

    state, arguments = saved
    given = [argument for argument in arguments[:2] if argument is not None]
    if settings.constant_references:
        given = given[:1]
    result = tuple(jax.ShapeDtypeStruct(argument.shape, argument.dtype) for argument in given)
    gradients = _call_host(compute, result, upstream, state, *arguments)
    return (*gradients, *([None] * (4 - len(gradients))))


_losses.defvjp(_losses_forward, _losses_backward)


def circle_loss(call: Call) -> jax.Array:
    """See circleloss.circle_loss()."""
    reduction = check_reduction(call.reduction)
    settings = call.settings(check_floating(call.y_pred.dtype.name, "y_pred"))
    values = losses(call.y_true, call.y_pred, call.ref_labels, call.ref_embeddings, settings)
    weight = None if call.sample_weight is None else _sample_weight(call.sample_weight, values)
    return reduce(values, weight, reduction, _OPERATIONS).astype(settings.dtype)


def losses(
    y_true: Any,
    y_pred: jax.Array,
    ref_labels: Optional[Any],
    ref_embeddings: Optional[Any],
    settings: Settings,
) -> jax.Array:
    """The losses of all rows, in the type that the settings hold them in."""
    y_pred = jnp.asarray(y_pred)
    check_floating(y_pred.dtype.name, "y_pred")
    if ref_embeddings is not None:
        # Nothing is differentiated with respect to what is not yet a JAX array
        constant = not isinstance(ref_embeddings, jax.Array)
        settings = dataclasses.replace(settings, constant_references=constant)
        ref_embeddings = _as_jax(ref_embeddings, "ref_embeddings")
        check_floating(ref_embeddings.dtype.name, "ref_embeddings")
    y_true, ref_labels = _labels(y_true, ref_labels)
    check_arrays(y_true, y_pred, ref_labels, ref_embeddings)
    return _losses(settings, y_pred, ref_embeddings, y_true, ref_labels)


def _labels(y_true: Any, ref_labels: Optional[Any]) -> Tuple[Any, Optional[Any]]:
    """Labels as JAX arrays. If neither is one yet, they are coded first, which preserves 64-bit
    integers and text."""
    if not isinstance(y_true, jax.Array) and not isinstance(ref_labels, jax.Array):
        return codes_of(y_true, ref_labels)
    return (
        _carried(y_true, "y_true"),
        None if ref_labels is None else _carried(ref_labels, "ref_labels"),
    )


def _carried(labels: Any, name: str) -> jax.Array:
    """As a JAX array, if that preserves all labels."""
    if isinstance(labels, jax.Array):
        return labels
    given = as_array(labels, name)
    if given.dtype.kind not in "iubf":
        raise InputError("`y_true` and `ref_labels` must both be text, or both be numbers.")
    carried = given.astype(jax.dtypes.canonicalize_dtype(given.dtype))
    if not (carried == given).all():
        raise InputError(f"`{name}` do not fit into 32 bits: set jax_enable_x64, or code them.")
    return jnp.asarray(carried)


def _sample_weight(given: Any, values: jax.Array) -> jax.Array:
    """One weight, or one per value. In compiled code their numbers cannot be checked."""
    weight = _as_jax(given, "sample_weight")
    check_sample_weight(weight.shape, values.shape[0])
    if jnp.issubdtype(weight.dtype, jnp.complexfloating):
        raise InputError(f"`sample_weight` must be numbers, not {weight.dtype}.")
    weight = weight.astype(values.dtype)
    if not isinstance(weight, jax.core.Tracer):
        check_weight_numbers(numpy.asarray(weight))
    return weight.reshape(-1) if weight.ndim == 2 else weight


def _as_jax(given: Any, name: str) -> jax.Array:
    if isinstance(given, jax.Array):
        return given
    try:
        return jnp.asarray(as_array(given, name))
    except TypeError as error:
        raise InputError(f"`{name}` cannot be a JAX array: {error}") from error


def _call_host(function, result, *arguments):
    """Called directly if the numbers are available, so that exceptions are those of this module."""
    if not any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(arguments)):
        return jax.tree.map(jnp.asarray, function(*arguments))

    @jax.custom_jvp
    def call(*arguments):
        return jax.pure_callback(function, result, *arguments, vmap_method="sequential")

    @call.defjvp
    def refuse(primals, tangents):
        raise EngineError(ONLY_ONCE)

    return call(*arguments)


def _batch(embeddings, references, labels, reference_labels) -> _engine.Batch:
    return _engine.Batch(labels, embeddings, reference_labels, references)


def _type_named(dtype: str) -> Any:
    if dtype == "float64" and not jax.config.jax_enable_x64:
        raise InputError("JAX has float64 only with jax.config.update('jax_enable_x64', True).")
    return jnp.dtype(dtype)
