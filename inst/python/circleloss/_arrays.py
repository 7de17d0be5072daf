"""Whatever a caller hands over, as a NumPy array."""

from typing import Any

import numpy

from ._errors import InputError


def as_array(value: Any, name: str) -> numpy.ndarray:
    """The array that NumPy reads: a view of the caller's memory where there is one."""
    if numpy.ma.is_masked(value):
        raise InputError(f"`{name}` has masked elements.")
    try:
        return numpy.asarray(value)
    except Exception as error:  # of any class: other libraries answer for their own types
        raise InputError(f"`{name}` cannot be read as an array: {error}") from error
