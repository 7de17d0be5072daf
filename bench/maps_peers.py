"""Fits NCA, LMNN and LFDA of metric-learn for bench/maps, which reads what this writes.

    maps_peers.py FOLDER COLUMNS SPLITS DIMENSIONS METHODS

FOLDER has the rows `x`, the classes `y` and, for each split, the rows to train with, to test on, and
the inner ones of those to train with. Embeddings go into files METHOD-SPLIT-SETTING-test and -inner,
CPU seconds into times.csv.
"""

import csv
import os
import signal
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402: the number of threads comes first
from metric_learn import LFDA, LMNN, NCA  # noqa: E402

MOST_SECONDS = 300
MANY_ROWS = 2000

warnings.filterwarnings("ignore")


def settings_of(method, rows):
    """The settings that are tried, by name."""
    many = rows >= MANY_ROWS
    return {
        "nca": {"default": {}},
        "lmnn": {"3": {"n_neighbors": 3}} if many else {
            "3": {"n_neighbors": 3}, "5": {"n_neighbors": 5}
        },
        "lfda": {"weighted": {"embedding_type": "weighted"},
                 "orthonormalized": {"embedding_type": "orthonormalized"}},
    }[method]


def new_learner(method, dim, setting):
    if method == "lfda":
        return LFDA(n_components=dim, **setting)
    return {"nca": NCA, "lmnn": LMNN}[method](n_components=dim, random_state=1, **setting)


class TooLong(Exception):
    pass


def stop(signal_number, frame):
    raise TooLong


def embed(method, dim, setting, x, y, train, new):
    """The embedding of the new rows and the CPU seconds of the fit, or None."""
    centre = x[train].mean(axis=0)
    spread = x[train].std(axis=0)
    spread[spread == 0] = 1
    prepared = (x - centre) / spread
    if method == "lfda":
        # It needs scatter of full rank
        _, lengths, axes = np.linalg.svd(prepared[train], full_matrices=False)
        prepared = prepared @ axes[lengths > 1e-8 * lengths[0]].T
    begun = time.process_time()
    # Of CPU time, as what is reported
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        learner = new_learner(method, dim, setting).fit(prepared[train], y[train])
    except TooLong:
        return None
    except Exception as error:  # such as singular scatter, or classes with too few rows
        print(f"{method} {setting}: {error}", file=sys.stderr)
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    seconds = time.process_time() - begun
    images = np.real(learner.transform(prepared[new]))
    return (images, seconds) if np.isfinite(images).all() else None


def main():
    folder, columns, splits, dim = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    signal.signal(signal.SIGVTALRM, stop)
    x = np.fromfile(folder / "x").reshape(-1, columns)
    y = np.fromfile(folder / "y").astype(int)
    times = []
    for method in sys.argv[5].split(","):
        for split in range(1, splits + 1):
            train, test, inner = (
                np.fromfile(folder / f"{part}{split}").astype(int)
                for part in ("train", "test", "inner")
            )
            held_out = np.setdiff1d(train, inner)
            for name, setting in settings_of(method, len(train)).items():
                choice = None
                if method != "lmnn" or len(train) < MANY_ROWS:
                    choice = embed(method, dim, setting, x, y, inner, held_out)
                whole = embed(method, dim, setting, x, y, train, test)
                for part, result in (("inner", choice), ("test", whole)):
                    if result is not None:
                        full = np.zeros((len(result[0]), dim))
                        full[:, :result[0].shape[1]] = result[0]
                        full.tofile(folder / f"{method}-{split}-{name}-{part}")
                times.append({
                    "method": method, "split": split, "setting": name,
                    "fit": whole[1] if whole else "", "choice": choice[1] if choice else 0,
                })
            with open(folder / "times.csv", "w", newline="") as file:
                writer = csv.DictWriter(file, times[0].keys())
                writer.writeheader()
                writer.writerows(times)


if __name__ == "__main__":
    main()
