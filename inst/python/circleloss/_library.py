"""Finds, checks and declares the compiled library.

Mirrors src/core/circle_loss.h. ctypes releases the GIL while the library computes, so other threads
continue, and may compute losses themselves.
"""

import ctypes
import operator
import os
import subprocess
import threading
from ctypes import POINTER, c_double, c_int32, c_int64, c_size_t, c_void_p
from typing import Any, Optional

from ._errors import EngineError, InputError

ABI = 6
ENVIRONMENT_VARIABLE = "CIRCLELOSS_LIBRARY"


def _structure(name: str, **fields: Any) -> Any:
    return type(name, (ctypes.Structure,), {"_fields_": list(fields.items())})


# circle_matrix and circle_target
Matrix = _structure(
    "Matrix", values=c_void_p, rows=c_int64, columns=c_int64, row_stride=c_int64,
    column_stride=c_int64, type=c_int32,
)
Batch = _structure(
    "Batch", embeddings=Matrix, references=Matrix, labels=c_void_p, reference_labels=c_void_p,
    has_references=c_int32, groups=c_void_p, reference_groups=c_void_p,
    mutual=c_int32,
)
Settings = _structure(
    "Settings", gamma=c_double, margin=c_double, remove_diagonal=c_int32, similarity=c_int32,
    dtype=c_int32, group_rule=c_int32,
)
Objective = _structure(
    "Objective", reduction=c_int32, pair_weights=c_int32, sample_weight=c_void_p,
    upstream=c_void_p, reference_upstream=c_void_p,
)
Run = _structure(
    "Run", threads=c_int32, similarity_bytes=c_int64, poll=c_void_p, poll_context=c_void_p
)
Results = _structure(
    "Results", losses=c_void_p, value=c_void_p, gradient=Matrix, reference_gradient=Matrix,
    positive_sums=c_void_p, negative_sums=c_void_p,
    pair_sums=c_void_p, reference_pair_sums=c_void_p,
)
NotUnit = _structure("NotUnit", count=c_int64, first_row=c_int64, length=c_double)
Report = _structure("Report", not_unit=NotUnit * 2, row=c_int64, column=c_int64, side=c_int32)

_loaded: Optional[ctypes.CDLL] = None
_lock = threading.Lock()


def load(path: str) -> None:
    """Uses the compiled library at `path`. Without this call it is searched for when needed."""
    global _loaded
    library = _open(os.fspath(path))
    with _lock:
        _loaded = library


def library() -> ctypes.CDLL:
    """The compiled library, loaded at the first call."""
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                _loaded = _open(_find())
    return _loaded


def scratch(limit: Optional[int] = None) -> int:
    """The bytes that the engine keeps for its next call; with `limit`, sets how many it may keep.

    The default limit is 64 MiB; 0 frees everything.
    """
    if limit is not None and not 0 <= operator.index(limit) < 2**63:
        raise InputError("`limit` must be a number of bytes, 0 or more.")
    if limit is not None:
        library().circle_cache_limit(limit)
    return library().circle_cached()


def _open(path: str) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(path)
        abi = library.circle_abi()
    except (OSError, AttributeError) as error:
        raise EngineError(f"{path} is not a matching circleloss library: {error}") from error
    if abi != ABI:
        raise EngineError(
            f"The library {path} has version {abi} of the interface, this module version {ABI}. "
            "Use the Python module of the installed R package."
        )
    return _declare(library)


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    def declare(name: str, result: Any, *arguments: Any) -> None:
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments

    run, objective, results = POINTER(Run), POINTER(Objective), POINTER(Results)
    report = POINTER(Report)
    compute = (c_void_p, run, objective, c_void_p, results, report)
    handle = POINTER(c_void_p)
    declare("circle_cached", c_size_t)
    declare("circle_cache_limit", c_size_t, c_size_t)
    declare("circle_sums_size", c_int64, c_int64)
    declare("circle_open", c_int32, POINTER(Batch), POINTER(Settings), run, handle, report)
    declare("circle_close", None, c_void_p)
    declare("circle_forward", c_int32, *compute)
    declare("circle_backward", c_int32, *compute)
    declare(
        "circle_reduce", c_int32, objective, c_int64, c_void_p, c_void_p, POINTER(c_double), report
    )
    return library


def _find() -> str:
    path = os.environ.get(ENVIRONMENT_VARIABLE) or _beside_this_module() or _ask_r()
    if not path:
        raise EngineError(
            "The compiled library of the R package circleloss was not found. Install the package, "
            f"or give its path to circleloss.load() or in {ENVIRONMENT_VARIABLE}."
        )
    return path


def _beside_this_module() -> Optional[str]:
    """In the installed R package this file is circleloss/python/circleloss/_library.py."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for folder, _, files in os.walk(os.path.join(package, "libs")):
        for name in ("circleloss.so", "circleloss.dll"):
            if name in files:
                return os.path.join(folder, name)
    return None


def _ask_r() -> Optional[str]:
    code = 'cat(getLoadedDLLs()[[loadNamespace("circleloss")$.packageName]][["path"]])'
    try:
        answer = subprocess.run(
            ["Rscript", "-e", code], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
