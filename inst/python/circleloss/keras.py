"""NativeCircle: Circle loss as a Keras loss, computed by the engine of the R package circleloss.

Importing this module registers the class with Keras, so that models saved with it can be loaded.
"""

import importlib
from typing import Any, Optional

import keras
from keras.src.backend import set_keras_mask

from ._checks import check_arrays
from ._engine import numbers_of
from ._errors import EngineError
from ._labels import labels_of
from ._settings import check_reduction, make_settings

_BACKENDS = ("torch", "jax", "tensorflow", "numpy")


@keras.saving.register_keras_serializable(package="circleloss")
class NativeCircle(keras.losses.Loss):
    """Circle loss without a matrix of all pairs, on the CPU.

    Value and gradient are those of keras.losses.Circle, with the same reductions, sample weights
    and masks. Beyond that, labels of any size are compared exactly, and it supports references and
    constant pair weights. Not for models compiled with XLA on TensorFlow (jit_compile=True).

    Args:
        gamma: The scale of the logits.
        margin: The relaxation of both thresholds.
        remove_diagonal: Whether to drop the pair of a row with itself.
        reduction: "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none" or None.
        name: A name for the loss.
        dtype: The type of the computation, or a policy; None: keras.config.floatx().
        weights: "differentiated" or "detached": whether the gradient passes through the pair
            weights.
        ref_labels: Labels of the references, whole numbers; None: those of the batch.
        ref_embeddings: The references, a matrix; None: the batch itself.
        threads: The number of threads; 0: OMP_NUM_THREADS, or all processors.
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: Optional[str] = "sum_over_batch_size",
        name: str = "circle",
        dtype: Optional[Any] = None,
        weights: str = "differentiated",
        ref_labels: Optional[Any] = None,
        ref_embeddings: Optional[Any] = None,
        threads: int = 0,
    ) -> None:
        check_reduction(reduction)
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self._settings = make_settings(
            gamma, margin, remove_diagonal, weights, self.dtype, threads, warns=False
        )
        self.gamma = self._settings.gamma
        self.margin = self._settings.margin
        self.remove_diagonal = self._settings.remove_diagonal
        self.weights = self._settings.weights
        self.threads = self._settings.threads
        self.ref_labels = None
        if ref_labels is not None:
            self.ref_labels = labels_of(ref_labels, "ref_labels").copy()
        self.ref_embeddings = None
        if ref_embeddings is not None:
            references = numbers_of(ref_embeddings, "ref_embeddings")
            # 16-bit types are kept as float32, which represents all their numbers
            self.ref_embeddings = references.astype(self._settings.held_in)
        check_arrays(None, None, self.ref_labels, self.ref_embeddings)
        self._backend = _backend()

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Optional[Any] = None) -> Any:
        """Like every Keras loss, but the labels are not rounded to the type of the loss."""
        return _LossOfLabels(self, y_true)(y_pred, y_pred, sample_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The losses of all rows. Zero losses are masked, as in Keras's own Circle."""
        references = self.ref_embeddings
        losses = self._backend.losses(y_true, y_pred, self.ref_labels, references, self._settings)
        losses = keras.ops.convert_to_tensor(losses, dtype=self.dtype)
        set_keras_mask(losses, losses > 0)
        return losses

    def get_config(self) -> dict:
        """All arguments of a new instance, in JSON types."""
        return {
            **super().get_config(),
            "gamma": self.gamma,
            "margin": self.margin,
            "remove_diagonal": self.remove_diagonal,
            "dtype": self.dtype,
            "weights": self.weights,
            "ref_labels": None if self.ref_labels is None else self.ref_labels.tolist(),
            "ref_embeddings": (
                None if self.ref_embeddings is None else self.ref_embeddings.tolist()
            ),
            "threads": self.threads,
        }


class _LossOfLabels(keras.losses.Loss):
    """A loss for one batch, which protects the labels from Keras's conversion."""

    def __init__(self, loss: NativeCircle, labels: Any) -> None:
        super().__init__(name=loss.name, reduction=loss.reduction, dtype=loss.dtype)
        self._loss, self._labels = loss, labels

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self._loss.call(self._labels, y_pred)


def _backend() -> Any:
    name = keras.backend.backend()
    if name not in _BACKENDS:
        raise EngineError(f"This loss supports the Keras backends {_BACKENDS}, not {name!r}.")
    return importlib.import_module(f"._{name}", __package__)
