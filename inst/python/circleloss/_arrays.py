"""Conversion of arguments to NumPy arrays."""

from typing import Any

import numpy

from ._errors import InputError


def as_array(value: Any, name: str) -> numpy.ndarray:
    """A NumPy array, if possible a view of the caller's memory."""
    if numpy.ma.is_masked(value):
        raise InputError(f"`{name}` has masked elements.")
    try:
        return numpy.asarray(value)
    except Exception as error:  # of any class: other libraries convert their own types
        raise InputError(f"`{name}` cannot be read as an array: {error}") from error
