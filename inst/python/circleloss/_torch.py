"""Circle loss of torch tensors, with autograd. The engine reads and writes the tensors' memory."""

import dataclasses
from typing import Any, Optional

import numpy
import torch

from . import _engine
from ._arrays import as_array
from ._call import Call
from ._checks import (
    check_arrays,
    check_floating,
    check_sample_weight,
    check_shapes,
    check_weight_numbers,
)
from ._errors import NO_TRANSFORMS, ONLY_ONCE, EngineError, InputError
from ._labels import codes_of
from ._reduction import Operations, reduce
from ._settings import Settings, check_reduction

_OPERATIONS = Operations(total=torch.sum, where=torch.where, ones_like=torch.ones_like)
_SIXTEEN_BITS = (torch.float16, torch.bfloat16)


class _Losses(torch.autograd.Function):
    """The losses of all rows, differentiable with respect to embeddings and references."""

    @staticmethod
    def forward(context, embeddings, references, codes, reference_codes, settings):
        needs_state = any(context.needs_input_grad)
        state = _new_state(embeddings.shape[0]) if needs_state else None
        batch = _batch(embeddings, references, codes, reference_codes)
        losses = _engine.losses(batch, settings, state)
        if needs_state:
            context.save_for_backward(embeddings, references)
            # Copies, since labels may change before the backward pass, unnoticed by autograd
            both = (codes, reference_codes)
            context.codes = tuple(None if each is None else each.copy() for each in both)
            context.settings, context.state = settings, state
        return torch.from_numpy(losses).to(getattr(torch, settings.held_in))

    @staticmethod
    def backward(context, upstream):
        constant = not context.needs_input_grad[1]
        settings = dataclasses.replace(context.settings, constant_references=constant)
        gradients = _Gradients.apply(
            upstream, *context.saved_tensors, context.codes, settings, context.state
        )
        return (*gradients, None, None, None)


class _Gradients(torch.autograd.Function):
    """The derivatives of the losses, as a function whose own derivative is refused; without it,
    that would be zero."""

    @staticmethod
    def forward(context, upstream, embeddings, references, codes, settings, state):
        batch = _batch(embeddings, references, *codes)
        gradient, reference_gradient = _engine.gradient(
            batch, settings, state, _array(upstream.double())
        )
        gradient = torch.from_numpy(gradient).to(embeddings.dtype)
        if reference_gradient is not None:
            reference_gradient = torch.from_numpy(reference_gradient).to(references.dtype)
        return gradient, reference_gradient

    @staticmethod
    def backward(context, *upstream):
        raise EngineError(ONLY_ONCE)


def circle_loss(call: Call) -> torch.Tensor:
    """See circleloss.circle_loss()."""
    reduction = check_reduction(call.reduction)
    given = _dtype_of(call.y_pred, "y_pred")
    settings = call.settings(given)
    if call.dtype is None and _is_autocast(call.y_pred):
        # Like other torch losses under autocast: rounded embeddings are summed in full precision
        settings = dataclasses.replace(settings, dtype="float32")
    values = losses(call.y_true, call.y_pred, call.ref_labels, call.ref_embeddings, settings)
    weight = None if call.sample_weight is None else _sample_weight(call.sample_weight, values)
    value = reduce(values, weight, reduction, _OPERATIONS)
    return value.to(getattr(torch, settings.dtype))


@torch.compiler.disable
def losses(
    y_true: Any,
    y_pred: torch.Tensor,
    ref_labels: Optional[Any],
    ref_embeddings: Optional[Any],
    settings: Settings,
) -> torch.Tensor:
    """The losses of all rows, in the type that the settings hold them in."""
    if _in_transform():
        raise EngineError(NO_TRANSFORMS)
    y_pred = _as_tensor(y_pred, "y_pred")
    _dtype_of(y_pred, "y_pred")
    if _is_meta(y_pred):
        check_shapes(None, y_pred.shape)
        return y_pred.new_empty(y_pred.shape[:1], dtype=getattr(torch, settings.held_in))
    _check_device(y_pred, "y_pred")
    if ref_embeddings is not None:
        ref_embeddings = _as_tensor(ref_embeddings, "ref_embeddings")
        _dtype_of(ref_embeddings, "ref_embeddings")
        _check_device(ref_embeddings, "ref_embeddings")
    y_true = _labels(y_true, "y_true")
    ref_labels = None if ref_labels is None else _labels(ref_labels, "ref_labels")
    check_arrays(y_true, y_pred, ref_labels, ref_embeddings)
    codes = codes_of(y_true, ref_labels)
    return _Losses.apply(y_pred, ref_embeddings, *codes, settings)


@torch.compiler.disable
def _sample_weight(given: Any, values: torch.Tensor) -> torch.Tensor:
    """One weight, or one per value."""
    weight = _as_tensor(given, "sample_weight")
    check_sample_weight(weight.shape, values.shape[0])
    if weight.is_complex():
        raise InputError(f"`sample_weight` must be numbers, not {weight.dtype}.")
    if not _is_meta(values):
        _check_device(weight, "sample_weight")
        weight = weight.to(values.dtype)
        check_weight_numbers(_numbers(weight))
    weight = weight.to(values.device)
    return weight.reshape(-1) if weight.ndim == 2 else weight


def _as_tensor(given: Any, name: str) -> torch.Tensor:
    if isinstance(given, torch.Tensor):
        return given
    array = as_array(given, name)
    try:
        return torch.from_numpy(array.copy())  # torch refuses negative strides and read-only memory
    except (TypeError, ValueError) as error:
        raise InputError(f"`{name}` cannot be a tensor: {error}") from error


def _is_autocast(tensor: Any) -> bool:
    """Whether a 16-bit type may come from torch.autocast()."""
    if tensor.dtype not in _SIXTEEN_BITS:
        return False
    try:
        return torch.is_autocast_enabled("cpu")
    except TypeError:  # before torch 2.4
        return torch.is_autocast_cpu_enabled()


def _in_transform() -> bool:
    """Whether torch.func is active, whose tensors have no readable numbers."""
    asked = getattr(torch._C, "_are_functorch_transforms_active", None)
    return asked is not None and asked()


def _is_meta(tensor: torch.Tensor) -> bool:
    """Whether it has no numbers: frameworks infer shapes from such tensors."""
    return tensor.device.type == "meta"


def _batch(embeddings, references, codes, reference_codes) -> _engine.Batch:
    return _engine.Batch(
        codes,
        _numbers(embeddings),
        reference_codes,
        None if references is None else _numbers(references),
    )


def _numbers(tensor: torch.Tensor) -> numpy.ndarray:
    """A view of the tensor's memory with any strides. 16-bit types become float32."""
    tensor = tensor.detach().resolve_neg()
    return _array(tensor.float() if tensor.dtype in _SIXTEEN_BITS else tensor)


def _labels(labels: Any, name: str) -> numpy.ndarray:
    if not isinstance(labels, torch.Tensor):
        return as_array(labels, name)
    _check_device(labels, name)
    labels = labels.detach()
    return _array(labels.float() if labels.dtype == torch.bfloat16 else labels)


def _array(tensor: torch.Tensor) -> numpy.ndarray:
    try:
        return tensor.numpy()
    except (RuntimeError, TypeError) as error:  # of a class that stores its numbers elsewhere
        raise InputError(f"The numbers of a tensor cannot be read: {error}") from error


def _new_state(rows: int) -> numpy.ndarray:
    return numpy.empty(_engine.state_size(rows), numpy.uint8)


def _dtype_of(tensor: torch.Tensor, name: str) -> str:
    return check_floating(str(tensor.dtype).replace("torch.", ""), name)


def _check_device(tensor: torch.Tensor, name: str) -> None:
    if tensor.device.type != "cpu" or tensor.layout != torch.strided or tensor.is_nested:
        kind = "nested rows" if tensor.is_nested else tensor.layout
        where = f"on {tensor.device}" if tensor.device.type != "cpu" else f"of {kind}"
        raise InputError(
            f"`{name}` must be a dense tensor on the CPU, not {where}: this engine has no other "
            "device. Keras's own keras.losses.Circle runs on the device of the model."
        )
