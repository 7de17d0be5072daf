"""Judges embeddings whose rows belong to groups, by the peers that know such protocols.

    python groups.py FOLDER

FOLDER holds embeddings.csv, labels.csv and groups.csv, and may hold ref_embeddings.csv,
ref_labels.csv and ref_groups.csv: numbers without a head, one row a line. Writes lines
`source,metric,value` to standard output. Sources are

    copairs-exclude, copairs-only_negatives    mean average precision of copairs, without references
    fastreid    the rule of Market-1501 as FastReID has it: rank-k accuracies, mAP and mINP
    faiss, sklearn    the neighbours by Euclidean distance: the share of those with the same label
"""

import importlib.util
import sys
import warnings
from pathlib import Path

import faiss
import numpy as np
import pandas as pd
from copairs.map import average_precision
from sklearn.neighbors import NearestNeighbors

KS = (1, 5, 10)


def copairs(x, labels, groups):
    meta = pd.DataFrame({"label": labels, "group": groups})
    rules = {
        "exclude": (["group"], [], ["label", "group"]),
        "only_negatives": ([], ["group"], ["label"]),
    }
    found = {}
    for rule, (pos_diffby, neg_sameby, neg_diffby) in rules.items():
        scores = average_precision(
            meta, x, ["label"], pos_diffby, neg_sameby, neg_diffby, progress_bar=False
        )
        scores = scores[scores.n_pos_pairs > 0]
        found["copairs-" + rule] = {"mean_average_precision": scores.average_precision.mean()}
    return found


def market_rule():
    """FastReID's function, without the package around it, which needs an old PyTorch."""
    package = importlib.util.find_spec("fastreid").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("rank", Path(package) / "evaluation" / "rank.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.eval_market1501


def market(x, labels, groups, references, ref_labels, ref_groups):
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (x, references)]
    distance = 1 - unit[0] @ unit[1].T
    curve, precision, inverse = market_rule()(
        distance, labels, ref_labels, groups, ref_groups, max(KS)
    )
    return {
        **{f"recall_at_{k}": curve[k - 1] for k in KS},
        "mean_average_precision": np.mean(precision),
        "mean_inverse_negative_penalty": np.mean(inverse),
    }


def neighbours(x, labels):
    """By faiss in float32, and by scikit-learn in double; each row finds itself first."""
    index = faiss.IndexFlatL2(x.shape[1])
    index.add(x.astype(np.float32))
    _, by_faiss = index.search(x.astype(np.float32), max(KS) + 1)
    search = NearestNeighbors(n_neighbors=max(KS), algorithm="brute").fit(x)
    by_sklearn = search.kneighbors(return_distance=False)
    found = {}
    for name, rows in (("faiss", by_faiss[:, 1:]), ("sklearn", by_sklearn)):
        same = labels[rows] == labels[:, None]
        found[name] = {f"precision_at_{k}": same[:, :k].mean() for k in KS}
    return found


def main(folder):
    def read(name, kind, columns):
        path = Path(folder) / (name + ".csv")
        return np.loadtxt(path, kind, delimiter=",", ndmin=columns) if path.exists() else None

    own = read("embeddings", float, 2), read("labels", int, 1), read("groups", int, 1)
    others = (
        read("ref_embeddings", float, 2), read("ref_labels", int, 1), read("ref_groups", int, 1)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if others[0] is None:
            found = {**copairs(*own), **neighbours(*own[:2])}
        else:
            found = {"fastreid": market(*own, *others)}
    for source, values in found.items():
        for metric, value in values.items():
            print(f"{source},{metric},{float(value)!r}")


if __name__ == "__main__":
    main(sys.argv[1])
