"""What can go wrong, as exceptions."""


class CircleLossError(Exception):
    """Every exception that this module raises itself."""


class InputError(CircleLossError, ValueError):
    """An argument that the loss cannot be computed from."""


class EngineError(CircleLossError, RuntimeError):
    """The compiled library is missing, does not fit, or could not finish."""


class NotUnitWarning(UserWarning):
    """Rows of embeddings that are not of length 1."""


ONLY_ONCE = "The Circle loss of this engine can be differentiated only once."

NO_TRANSFORMS = (
    "The Circle loss of this engine knows no torch.func (grad, vmap, jacrev and so on): call "
    "backward() or torch.autograd.grad()."
)
