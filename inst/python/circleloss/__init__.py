"""Circle loss for NumPy, PyTorch, JAX, TensorFlow and Keras, computed by the engine of the R
package circleloss: exact labels, references, and no matrix of all pairs.

    import circleloss
    loss = circleloss.circle_loss(labels, embeddings)

Source: Sun et al. (2020), "Circle Loss: A Unified Perspective of Pair Similarity Optimization",
arXiv 2002.10857. Importing this module imports no framework; `circleloss.keras` imports Keras.
"""

from typing import Any, Optional

from ._call import Call
from ._errors import CircleLossError, EngineError, InputError, NotUnitWarning
from ._library import load, scratch

__all__ = [
    "CircleLossError",
    "EngineError",
    "InputError",
    "NotUnitWarning",
    "circle_loss",
    "load",
    "scratch",
    "value_and_gradient",
]


def circle_loss(
    y_true: Any,
    y_pred: Any,
    ref_labels: Optional[Any] = None,
    ref_embeddings: Optional[Any] = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
    reduction: Optional[str] = "sum_over_batch_size",
    sample_weight: Optional[Any] = None,
    weights: str = "differentiated",
    dtype: Optional[str] = None,
    threads: int = 0,
) -> Any:
    """Circle loss of labelled embeddings.

    Computed on the CPU. The result has the type of `y_pred`: a torch tensor, JAX array or
    TensorFlow tensor that can be differentiated once with respect to `y_pred` and `ref_embeddings`,
    also under `jax.jit`, in a `tf.function` and in `torch.compile`. Anything else is read as a
    NumPy array. No matrix of all pairs is stored.

    Bad input raises InputError; compiled code may raise the library's own exception with the same
    text. The engine releases the GIL and cannot be interrupted: Ctrl-C takes effect at its end.

    Args:
        y_true: N labels: integers of any size or, for NumPy, text. Compared exactly.
        y_pred: N x D embeddings, which should be of length 1.
        ref_labels: Labels of the references; None: `y_true`.
        ref_embeddings: M x D references; None: `y_pred`.
        remove_diagonal: Whether to drop the positive pairs (i, i), by index.
        gamma: The scale of the logits.
        margin: The relaxation of both thresholds.
        reduction: None, "none", "sum", "sum_over_batch_size", "mean" or "mean_with_sample_weight".
            Means are over the rows whose loss is positive, as in Keras.
        sample_weight: None, one number, or one for each row.
        weights: "differentiated" or "detached": whether the gradient passes through the pair
            weights, or holds them constant as the paper does.
        dtype: "float64", "float32", "float16" or "bfloat16"; None: that of `y_pred`.
        threads: The number of threads; 0: OMP_NUM_THREADS, or all processors.

    Returns:
        One number, or N of them for the reduction None and "none".
    """
    call = Call(
        y_true, y_pred, ref_labels, ref_embeddings, remove_diagonal, gamma, margin, reduction,
        sample_weight, weights, dtype, threads,
    )
    return _backend_of(y_pred).circle_loss(call)


def value_and_gradient(
    y_true: Any,
    y_pred: Any,
    ref_labels: Optional[Any] = None,
    ref_embeddings: Optional[Any] = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
    reduction: Optional[str] = "sum_over_batch_size",
    sample_weight: Optional[Any] = None,
    weights: str = "differentiated",
    dtype: Optional[str] = None,
    threads: int = 0,
) -> tuple:
    """Value and derivatives with NumPy; the arguments are those of circle_loss().

    Returns:
        (value, gradient, ref_gradient): the value of circle_loss(), N x D, and M x D or None if the
        references are `y_pred`. The derivatives are those of the value, or of its sum.
    """
    from . import _numpy

    call = Call(
        y_true, y_pred, ref_labels, ref_embeddings, remove_diagonal, gamma, margin, reduction,
        sample_weight, weights, dtype, threads,
    )
    return _numpy.value_and_gradient(call)


def _backend_of(y_pred: Any) -> Any:
    """The module for the library of an array, by its class and base classes."""
    libraries = {parent.__module__.split(".")[0] for parent in type(y_pred).__mro__}
    if "torch" in libraries:
        from . import _torch as backend
    elif "jax" in libraries or "jaxlib" in libraries:
        from . import _jax as backend
    elif "tensorflow" in libraries:
        from . import _tensorflow as backend
    else:
        from . import _numpy as backend
    return backend
