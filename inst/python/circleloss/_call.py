"""One call of circle_loss(): its arguments, as they were given."""

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
        """The arguments that are no data, checked; `dtype` is that of the data."""
        return make_settings(
            self.gamma,
            self.margin,
            self.remove_diagonal,
            self.weights,
            self.dtype or dtype,
            self.threads,
            # Rows that were rounded to 16 bits are not of length 1, and cannot be
            warns=dtype in ("float64", "float32"),
        )
