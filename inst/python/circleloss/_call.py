"""The arguments of one call of circle_loss(), as given."""

from typing import Any, NamedTuple, Optional

from ._settings import Settings, make_settings


class Call(NamedTuple):
    """See circleloss.circle_loss()."""

    y_true: Any
    y_pred: Any
    ref_labels: Optional[Any]
    ref_embeddings: Optional[Any]
    remove_diagonal: bool
    gamma: float
    margin: float
    reduction: Optional[str]
    sample_weight: Optional[Any]
    weights: str
    dtype: Optional[str]
    threads: int

    def settings(self, dtype: str) -> Settings:
        """The checked arguments other than data; `dtype` is that of the data."""
        return make_settings(
            self.gamma,
            self.margin,
            self.remove_diagonal,
            self.weights,
            self.dtype or dtype,
            self.threads,
            # Rows that were rounded to 16 bits cannot have length 1
            warns=dtype in ("float64", "float32"),
        )
