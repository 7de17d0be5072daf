"""Makes the stored values that the tests of evaluate_embeddings() compare with.

    python data-raw/evaluation-reference.py tests/testthat/golden/evaluation.csv.gz

needs the packages of .ci/python-requirements/evaluation.txt. The values were made by the versions
named there, on NumPy 2.4.6. The metrics are those of tests/testthat/python/accuracy.py; what is
here are the cases. Numbers of the embeddings have three decimals, so the file stays small.

The file has the columns case, part (embeddings, labels, ref_embeddings, ref_labels, clusters, or a
source of metrics), name (a metric; or the number of the row, from 1 on), and value: for embeddings
the numbers of the row, with blanks between.
"""

import csv
import gzip
import io
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "testthat" / "python"))
from accuracy import judge  # noqa: E402


def embeddings_of(generator, labels, dimensions, noise):
    centres = generator.normal(size=(labels.max() + 1, dimensions))
    spread = noise * generator.normal(size=(len(labels), dimensions))
    return np.round(centres[labels] + spread, 3)


def lattice(generator, rows):
    """Rows whose lengths and similarities are exact, and mostly tied."""
    return generator.choice([-0.5, 0.5], size=(rows, 4))


def cases():
    generator = np.random.default_rng(4)

    def random(rows, classes):
        return generator.integers(0, classes, size=rows)

    labels = random(60, 5)
    yield "random", dict(
        x=embeddings_of(generator, labels, 8, 1.5), labels=labels, clusters=random(60, 5)
    )
    labels = random(50, 4)
    yield "separated", dict(
        x=embeddings_of(generator, labels, 6, 0.2), labels=labels, clusters=labels[::-1].copy()
    )
    labels = np.repeat([0, 1, 2, 3], [40, 8, 3, 1])
    yield "lopsided", dict(
        x=embeddings_of(generator, labels, 6, 1.5), labels=labels, clusters=random(52, 4)
    )
    labels, reference_labels = random(30, 6), random(45, 4)
    both = embeddings_of(generator, np.concatenate([labels, reference_labels]), 6, 1)
    yield "references", dict(
        x=both[:30],
        labels=labels,
        references=both[30:],
        reference_labels=reference_labels,
        clusters=labels,
    )
    labels = random(40, 3)
    yield "ties", dict(x=lattice(generator, 40), labels=labels, clusters=random(40, 7))
    labels, reference_labels = random(25, 3), random(30, 3)
    yield "ties_references", dict(
        x=lattice(generator, 25),
        labels=labels,
        references=lattice(generator, 30),
        reference_labels=reference_labels,
    )
    labels = random(24, 3)
    yield "all_equal", dict(x=np.tile([[0.5, 0.5, 0.5, 0.5]], (24, 1)), labels=labels)
    labels = np.zeros(20, dtype=int)
    yield "one_class", dict(
        x=embeddings_of(generator, labels, 5, 2), labels=labels, clusters=np.ones(20, dtype=int)
    )
    labels = np.arange(20)
    yield "singletons", dict(
        x=embeddings_of(generator, labels, 5, 1), labels=labels, clusters=np.arange(20)
    )
    labels = np.array([0, 0, 1, 2, 2, 2, 3, 4, 5, 5])
    yield "some_singletons", dict(
        x=embeddings_of(generator, labels, 4, 1), labels=labels, clusters=np.arange(10) // 3
    )
    labels = random(12, 2)
    yield "no_positives", dict(
        x=embeddings_of(generator, labels, 5, 1),
        labels=labels,
        references=embeddings_of(generator, labels, 5, 1),
        reference_labels=labels + 2,
    )


def rows_of(case, problem):
    parts = {
        "embeddings": problem["x"],
        "labels": problem["labels"],
        "ref_embeddings": problem.get("references"),
        "ref_labels": problem.get("reference_labels"),
        "clusters": problem.get("clusters"),
    }
    for part, values in parts.items():
        for number, value in enumerate([] if values is None else values, start=1):
            yield case, part, number, " ".join(f"{entry:g}" for entry in np.atleast_1d(value))
    for source, metrics in judge(**problem).items():
        for metric, value in metrics.items():
            yield case, source, metric, repr(float(value))


def main(path):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["case", "part", "name", "value"])
    for case, problem in cases():
        writer.writerows(rows_of(case, problem))
    # Without the time, so that the same values are the same file
    Path(path).write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
