"""Judges embeddings by pytorch-metric-learning's AccuracyCalculator and by scikit-learn.

    python accuracy.py FOLDER

FOLDER holds embeddings.csv and labels.csv, and may hold ref_embeddings.csv and ref_labels.csv, and
clusters.csv, a partition to compare with the labels: numbers without a head, one row a line. Writes
lines `source,metric,value` to standard output. Sources are

    faiss    the AccuracyCalculator with faiss's neighbours, in whose order ties are arbitrary
    ranked   the AccuracyCalculator with all neighbours ranked in double, ties by index
    sklearn  verification and clustering metrics of scikit-learn, distributions of NumPy

Rows are scaled to length 1 first; rows of zeros stay as they are.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from pytorch_metric_learning.utils import accuracy_calculator as peer
from sklearn import metrics

KS = (1, 5, 10)
LIMITS = ("0.1", "0.01", "0.001", "0.0001", "0.00001")
PROBABILITIES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
PEER_NAMES = {
    "precision_at_1": "precision_at_1",
    "precision_at_5": "precision_at_5",
    "precision_at_10": "precision_at_10",
    "r_precision": "r_precision",
    "mean_average_precision_at_r": "map_at_r",
    "mean_average_precision": "mean_average_precision",
    "mean_reciprocal_rank": "mean_reciprocal_rank",
}


def unit_rows(x):
    lengths = np.sqrt((x**2).sum(axis=1, keepdims=True))
    return x / np.where(lengths == 0, 1, lengths)


class Calculator(peer.AccuracyCalculator):
    """Knows precision at more k than the first."""

    def precision_at(self, k, knn_labels, query_labels, not_lone_query_mask, label_counts):
        knn_labels, query_labels = peer.try_getting_not_lone_labels(
            knn_labels, query_labels, not_lone_query_mask
        )
        if knn_labels is None:
            return peer.nan_accuracy(label_counts[0], self.return_per_class)
        return peer.precision_at_k(
            knn_labels,
            query_labels[:, None],
            k,
            self.avg_of_avgs,
            self.return_per_class,
            self.label_comparison_fn,
        )

    def calculate_precision_at_5(
        self, knn_labels, query_labels, not_lone_query_mask, label_counts, **others
    ):
        return self.precision_at(5, knn_labels, query_labels, not_lone_query_mask, label_counts)

    def calculate_precision_at_10(
        self, knn_labels, query_labels, not_lone_query_mask, label_counts, **others
    ):
        return self.precision_at(10, knn_labels, query_labels, not_lone_query_mask, label_counts)


def rank_all(query, k, reference, ref_includes_query):
    similarity = query.double() @ reference.double().T
    if ref_includes_query:
        similarity.fill_diagonal_(-torch.inf)
    ranked = torch.sort(similarity, dim=1, descending=True, stable=True)
    return ranked.values[:, :k], ranked.indices[:, :k]


def retrieval(x, labels, references, reference_labels, neighbours):
    found = {}
    for by_class in (False, True):
        calculator = Calculator(
            include=tuple(PEER_NAMES),
            avg_of_avgs=by_class,
            knn_func=neighbours,
            device=torch.device("cpu"),
        )
        if references is None:
            accuracy = calculator.get_accuracy(x, labels)
        else:
            accuracy = calculator.get_accuracy(x, labels, references, reference_labels)
        for name, value in accuracy.items():
            found[PEER_NAMES[name] + ("_by_class" if by_class else "")] = value
    return found


def all_pairs(x, labels, references, reference_labels):
    if references is None:
        row, column = np.triu_indices(len(x), 1)
        similarity = (x @ x.T)[row, column]
        return similarity, labels[row] == labels[column]
    similarity = x @ references.T
    return similarity.ravel(), (labels[:, None] == reference_labels).ravel()


def verification(similarity, positive):
    found = {}
    for name, of_kind in (("positive", similarity[positive]), ("negative", similarity[~positive])):
        if len(of_kind) == 0:
            continue
        found[name + "_mean"] = of_kind.mean()
        if len(of_kind) > 1:
            found[name + "_sd"] = of_kind.std(ddof=1)
        for probability, value in zip(PROBABILITIES, np.quantile(of_kind, PROBABILITIES)):
            found[f"{name}_quantile_{probability}"] = value
    if positive.all() or not positive.any():
        return found
    found["auc"] = metrics.roc_auc_score(positive, similarity)
    false, true, _ = metrics.roc_curve(positive, similarity, drop_intermediate=False)
    for limit in LIMITS:
        found["tar_at_far_" + limit] = true[false <= float(limit)].max()
    after = int(np.argmax(false + true >= 1))
    before = after - 1
    share = (1 - false[before] - true[before]) / (
        false[after] + true[after] - false[before] - true[before]
    )
    found["equal_error_rate"] = false[before] + share * (false[after] - false[before])
    found["overlap"] = overlap(similarity, positive)
    return found


def overlap(similarity, positive):
    if similarity.min() == similarity.max():
        return 1.0
    fewer = min(positive.sum(), (~positive).sum())
    bins = int(min(np.ceil(2 * fewer ** (1 / 3)), 512))
    bounds = (similarity.min(), similarity.max())
    positives = np.histogram(similarity[positive], bins, bounds)[0] / positive.sum()
    negatives = np.histogram(similarity[~positive], bins, bounds)[0] / (~positive).sum()
    return np.minimum(positives, negatives).sum()


def judge(x, labels, references=None, reference_labels=None, clusters=None):
    """All metrics as {source: {metric: value}}; what is not defined is NaN or left out."""
    x = unit_rows(x)
    references = None if references is None else unit_rows(references)
    tensors = [
        None if array is None else torch.from_numpy(array)
        for array in (x, labels, references, reference_labels)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {
            "faiss": retrieval(*tensors, None),
            "ranked": retrieval(*tensors, rank_all),
            "sklearn": verification(*all_pairs(x, labels, references, reference_labels)),
        }
        if clusters is not None:
            found["sklearn"]["nmi"] = metrics.normalized_mutual_info_score(labels, clusters)
            found["sklearn"]["ami"] = metrics.adjusted_mutual_info_score(labels, clusters)
    return found


def main(folder):
    def read(name, kind, columns):
        path = Path(folder) / (name + ".csv")
        return np.loadtxt(path, kind, delimiter=",", ndmin=columns) if path.exists() else None

    found = judge(
        read("embeddings", np.float64, 2),
        read("labels", np.int64, 1),
        read("ref_embeddings", np.float64, 2),
        read("ref_labels", np.int64, 1),
        read("clusters", np.int64, 1),
    )
    for source, values in found.items():
        for metric, value in values.items():
            print(f"{source},{metric},{float(value)!r}")


if __name__ == "__main__":
    main(sys.argv[1])
