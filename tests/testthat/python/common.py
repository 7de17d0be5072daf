"""What the scripts of this folder share: random batches, comparisons, and checks of bad input.

Each script tests one library in a process of its own: it ends with status 0 if all went well. Run
as `python test_torch.py`, with the module on PYTHONPATH and the package's shared library in
CIRCLELOSS_LIBRARY.
"""

import os
import sys
import unittest
import warnings

import numpy

import circleloss

warnings.simplefilter("error", circleloss.NotUnitWarning)

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


def batch(rows, columns, classes=5, seed=1, dtype="float32"):
    """Labels and rows of length 1."""
    random = numpy.random.default_rng(seed)
    labels = random.integers(0, classes, rows)
    centre = random.normal(size=(classes, columns))
    embeddings = centre[labels] + 2 * random.normal(size=(rows, columns))
    embeddings /= numpy.linalg.norm(embeddings, axis=1, keepdims=True)
    return labels.astype("int32"), embeddings.astype(dtype)


def sample_weight(rows, seed=1):
    weights = numpy.random.default_rng(seed).uniform(0, 2, rows).astype("float32")
    weights[::7] = 0
    return weights


def distance(actual, expected):
    """The largest difference, relative to the largest number expected."""
    actual, expected = numpy.asarray(actual, "float64"), numpy.asarray(expected, "float64")
    if actual.shape != expected.shape:
        raise AssertionError(f"shape {actual.shape} instead of {expected.shape}")
    if actual.size == 0:
        return 0.0
    return numpy.abs(actual - expected).max() / max(numpy.abs(expected).max(), 1e-30)


class Case(unittest.TestCase):
    def assert_close(self, actual, expected, tolerance=1e-5):
        self.assertLessEqual(distance(actual, expected), tolerance)

    def assert_same(self, actual, expected):
        self.assertTrue(numpy.array_equal(numpy.asarray(actual), numpy.asarray(expected)))

    def assert_refused(self, text, function, *arguments, **named):
        with self.assertRaisesRegex(circleloss.CircleLossError, text):
            function(*arguments, **named)


class SixteenBits:
    """Mixed into the Case of a library that makes tensors by self.tensor(array)."""

    def assert_sums_do_not_overflow(self):
        """A mean of losses whose sum no float16 can hold is that mean."""
        labels, embeddings = batch(2000, 12)
        half = embeddings.astype("float16")
        expected = circleloss.circle_loss(labels, half.astype("float32"), dtype="float16")
        self.assertGreater(2000 * expected, 65504)
        actual = circleloss.circle_loss(self.tensor(labels), self.tensor(half))
        self.assert_close(float(actual), expected, 1e-3)


class BadInput:
    """Mixed into the Case of a library that makes tensors by self.tensor(array)."""

    def test_bad_input_is_refused(self):
        labels, embeddings = batch(6, 4)
        tensor, loss = self.tensor, circleloss.circle_loss
        y, x = tensor(labels), tensor(embeddings)
        self.assert_refused("matrix", loss, y, tensor(embeddings[0]))
        self.assert_refused("matrix", loss, y, tensor(embeddings[None]))
        self.assert_refused("5 labels for the 6 rows", loss, tensor(labels[:5]), x)
        self.assert_refused("1 labels for the 6 rows", loss, tensor(labels[:1]), x)
        self.assert_refused("one label for each row", loss, tensor(numpy.eye(6, 4)), x)
        self.assert_refused("needs `ref_labels`", loss, y, x, None, x[:3])
        self.assert_refused("2 labels for the 3 rows", loss, y, x, y[:2], x[:3])
        self.assert_refused("4 numbers", loss, y, x, y, x[:, :3])
        self.assert_refused("`ref_embeddings` must be a matrix", loss, y, x, y, x[0])
        self.assert_refused("sample_weight", loss, y, x, sample_weight=y[:5])
        self.assert_refused("not negative", loss, y, x, sample_weight=tensor(labels - 5.0))
        self.assert_refused("`sample_weight`", loss, y, x, sample_weight="one")
        self.assert_refused("`sample_weight`", loss, y, x, sample_weight=labels * 1j)
        self.assert_refused("reduction", loss, y, x, reduction="average")
        self.assert_refused("gamma", loss, y, x, gamma=0)
        self.assert_refused("gamma", loss, y, x, gamma=10**400)
        self.assert_refused("remove_diagonal", loss, y, x, remove_diagonal=labels)
        self.assert_refused("margin", loss, y, x, margin=float("nan"))
        self.assert_refused("weights", loss, y, x, weights="attached")
        self.assert_refused("dtype", loss, y, x, dtype="int8")
        self.assert_refused("threads", loss, y, x, threads=-1)
        self.assert_refused("`y_true` cannot be read", loss, [[1], [1, 2]], x)
        self.assert_refused("both be numbers", loss, list("aabbcc"), x, y, x)

    def test_numbers_and_types_that_will_not_do_are_refused(self):
        labels, embeddings = batch(6, 4)
        tensor, loss = self.tensor, circleloss.circle_loss
        y, x = tensor(labels), tensor(embeddings)
        broken = embeddings.copy()
        broken[2, 3] = numpy.nan
        self.assert_refused("`y_pred` must be finite, but row 2, column 3", loss, y, tensor(broken))
        self.assert_refused(
            "`ref_embeddings` must be finite, but row 2, column 3", loss, y, x, y, tensor(broken)
        )
        self.assert_refused("element 0", loss, tensor(labels + 0.5), x)
        for strange in (embeddings * 1j, embeddings > 0):
            self.assert_refused("`y_pred` must be of a floating", loss, y, tensor(strange))
            self.assert_refused(
                "`ref_embeddings` must be of a floating", loss, y, x, y, tensor(strange)
            )


def main():
    if "CIRCLELOSS_LIBRARY" not in os.environ:
        sys.exit("CIRCLELOSS_LIBRARY must be the path of the package's shared library")
    unittest.main()
