"""Circle loss for NumPy, PyTorch, JAX, TensorFlow and Keras, computed by the engine of the R
package circleloss: exact labels, references, no matrix of all pairs.

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

    Computed on the CPU, in the library that `y_pred` belongs to: a torch tensor, JAX array or
    TensorFlow tensor gives the like, which can be differentiated (once) by `y_pred` and
    `ref_embeddings`, also under `jax.jit`, in a `tf.function` and in `torch.compile`. Anything else
    is taken as a NumPy array. No matrix of all pairs is stored.

    Bad input raises InputError. In compiled code it may arrive as an exception of that library's
    own, with the same text. Python's lock is not held while the engine computes, and the engine
    cannot be interrupted: Ctrl-C is answered when it is done.

    Args:
        y_true: N labels: integers of any size or, for NumPy, text. Compared exactly.
        y_pred: N x D embeddings, which should be of length 1.
        ref_labels: Labels of the references; None: `y_true`.
        ref_embeddings: M x D references; None: `y_pred`.
        remove_diagonal: Whether the pairs (i, i), by index, are no positives.
        gamma: The scale of the logits.
        margin: The relaxation of both thresholds.
        reduction: None, "none", "sum", "sum_over_batch_size", "mean" or "mean_with_sample_weight".
            Means are over the rows whose loss is positive, as in Keras.
        sample_weight: None, one number, or one for each row.
        weights: "differentiated" or "detached": whether the gradient passes through the weights of
            the pairs, or holds them constant as the paper does.
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
    """Value and derivatives, with NumPy: the arguments of circle_loss().

    Returns:
        (value, gradient, ref_gradient): as circle_loss() gives it, N x D, and M x D or None where
        the references are `y_pred`. The derivatives are those of the value, or of its sum.
    """
    from . import _numpy

    call = Call(
        y_true, y_pred, ref_labels, ref_embeddings, remove_diagonal, gamma, margin, reduction,
        sample_weight, weights, dtype, threads,
    )
    return _numpy.value_and_gradient(call)


def _backend_of(y_pred: Any) -> Any:
    """The module for the library that an array belongs to, by its class and their parents."""
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
