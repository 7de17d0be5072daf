"""Exceptions and warnings."""


class CircleLossError(Exception):
    """The base class of the exceptions of this module."""


class InputError(CircleLossError, ValueError):
    """An invalid argument."""


class EngineError(CircleLossError, RuntimeError):
    """The compiled library is missing, does not match, or failed."""


class NotUnitWarning(UserWarning):
    """Rows of embeddings that are not of length 1."""


ONLY_ONCE = "The Circle loss of this engine can be differentiated only once."

NO_TRANSFORMS = (
    "The Circle loss of this engine does not support torch.func (grad, vmap, jacrev and so on): "
    "call backward() or torch.autograd.grad()."
)
