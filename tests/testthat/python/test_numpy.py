"""The module on NumPy arrays: the package's golden values, layouts, labels, threads."""

import json
import os
import signal
import sys
import threading
import unittest
import warnings

import numpy

import circleloss
from common import BadInput, Case, batch, main, sample_weight


def golden_cases():
    """Cases of tests/testthat/golden, as test-python_module.R wrote them down."""
    path = os.environ.get("CIRCLELOSS_GOLDEN")
    if path is None:
        return []
    with open(path) as file:
        return json.load(file)


def numbers(values):
    """As an array; one number, which JSON has from R, may have been a vector."""
    return None if values is None else numpy.atleast_1d(numpy.array(values, dtype="float64"))


class Golden(Case):
    def arguments(self, case):
        return dict(
            y_true=numbers(case["y_true"]),
            y_pred=numbers(case["y_pred"]),
            ref_labels=numbers(case["ref_labels"]),
            ref_embeddings=numbers(case["ref_embeddings"]),
            remove_diagonal=case["remove_diagonal"],
            gamma=case["gamma"],
            margin=case["margin"],
            reduction=case["reduction"],
            sample_weight=case["sample_weight"],
        )

    def test_values_and_gradients_are_those_of_the_reference(self):
        for case in golden_cases():
            with self.subTest(case["name"]), warnings.catch_warnings():
                warnings.simplefilter("ignore", circleloss.NotUnitWarning)
                arguments = self.arguments(case)
                value, gradient, ref_gradient = circleloss.value_and_gradient(**arguments)
                self.assert_same(circleloss.circle_loss(**arguments), value)
                self.assert_close(numpy.ravel(value), numpy.ravel(case["value"]), 1e-11)
                if case["grad_pred"] is not None:
                    self.assert_close(gradient, case["grad_pred"], 1e-9)
                if case["grad_ref"] is not None:
                    self.assert_close(ref_gradient, case["grad_ref"], 1e-9)


class Arrays(BadInput, Case):
    tensor = staticmethod(numpy.asarray)

    def test_every_layout_gives_the_same(self):
        for dtype in ("float32", "float64"):
            labels, embeddings = batch(150, 33, dtype=dtype)
            expected = circleloss.value_and_gradient(labels, embeddings)
            wide = numpy.zeros((300, 99), dtype)
            wide[::2, ::3] = embeddings
            backwards = numpy.ascontiguousarray(embeddings[::-1, ::-1])[::-1, ::-1]
            unaligned = numpy.zeros(embeddings.nbytes + 1, numpy.uint8)[1:].view(dtype)
            unaligned = unaligned.reshape(embeddings.shape)
            unaligned[:] = embeddings
            swapped = embeddings.astype(embeddings.dtype.newbyteorder())
            constant = embeddings.copy()
            constant.flags.writeable = False
            layouts = [numpy.asfortranarray(embeddings), wide[::2, ::3], backwards, constant]
            for array in [*layouts, unaligned, swapped]:
                value, gradient, _ = circleloss.value_and_gradient(labels, array)
                self.assert_same(value, expected[0])
                self.assert_same(gradient, expected[1])
                self.assertEqual(gradient.dtype, numpy.dtype(dtype))

    def test_rows_that_share_their_memory(self):
        labels, embeddings = batch(20, 5)
        for shared in (embeddings[:1], embeddings[:, :1]):
            shared = numpy.broadcast_to(shared, embeddings.shape)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", circleloss.NotUnitWarning)
                expected = circleloss.value_and_gradient(labels, shared.copy())
                actual = circleloss.value_and_gradient(labels, shared)
            self.assert_same(actual[0], expected[0])
            self.assert_same(actual[1], expected[1])
        with self.assertRaises(MemoryError):
            circleloss.circle_loss([1], numpy.broadcast_to(embeddings[:1, :1], (1, 2**60)))

    def test_types_meet_where_they_hold_the_same_numbers(self):
        labels, embeddings = batch(150, 33)
        narrow = circleloss.value_and_gradient(labels, embeddings)
        wide = circleloss.value_and_gradient(labels, embeddings.astype("float64"), dtype="float32")
        self.assert_same(narrow[0], wide[0])
        self.assert_same(narrow[1], wide[1].astype("float32"))
        half = embeddings.astype("float16")
        named = circleloss.circle_loss(labels, half.astype("float32"), dtype="float16")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", circleloss.NotUnitWarning)
            self.assert_same(circleloss.circle_loss(labels, half), named)

    def test_references_of_either_type(self):
        labels, embeddings = batch(60, 17)
        ref_labels, references = batch(110, 17, seed=2)
        expected = circleloss.value_and_gradient(labels, embeddings, ref_labels, references)
        other = numpy.asfortranarray(references.astype("float64"))
        actual = circleloss.value_and_gradient(labels, embeddings, ref_labels, other)
        self.assert_same(actual[0], expected[0])
        self.assert_same(actual[1], expected[1])
        self.assert_same(actual[2].astype("float32"), expected[2])
        self.assertEqual(actual[2].dtype, numpy.dtype("float64"))
        relabelled = circleloss.value_and_gradient(labels, embeddings, labels + 1)
        self.assertIsNone(relabelled[2])

    def test_labels_of_every_kind_are_compared_exactly(self):
        labels, embeddings = batch(40, 5, classes=3)
        expected = circleloss.circle_loss(labels, embeddings)
        kinds = [
            labels.astype("int8"),
            labels.astype("uint64") + numpy.uint64(2**63),
            labels.astype("int64") + 2**53,
            labels.astype("float32"),
            [int(label) * 10**30 for label in labels],
            numpy.array(list("abc"))[labels],
            [b"a" * (label + 1) for label in labels],
            numpy.array(list("abc"), dtype=object)[labels],
            labels.reshape(-1, 1),
        ]
        for kind in kinds:
            self.assert_same(circleloss.circle_loss(kind, embeddings), expected)
        both = circleloss.circle_loss(
            labels.astype("uint64"), embeddings, labels.astype("int64"), embeddings
        )
        self.assert_same(both, circleloss.circle_loss(labels, embeddings, labels, embeddings))
        long = [int(label) * 10**30 for label in labels]
        self.assert_same(circleloss.circle_loss(long, embeddings, long, embeddings), both)
        self.assertEqual(circleloss.circle_loss(long, embeddings, labels + 1, embeddings), 0.0)
        two = circleloss.circle_loss(labels % 2 == 1, embeddings)
        self.assert_same(two, circleloss.circle_loss(labels % 2, embeddings))

    def test_weights_of_rows(self):
        labels, embeddings = batch(40, 5)
        weight = sample_weight(40)
        losses = circleloss.circle_loss(labels, embeddings, reduction=None)
        total = circleloss.circle_loss(labels, embeddings, reduction="sum", sample_weight=weight)
        self.assert_close(total, numpy.sum(weight * losses), 1e-12)
        column = circleloss.circle_loss(
            labels, embeddings, reduction="sum", sample_weight=weight[:, None]
        )
        self.assert_same(column, total)

    def test_corner_cases(self):
        self.assertEqual(circleloss.circle_loss([], numpy.zeros((0, 3))), 0.0)
        self.assertEqual(circleloss.circle_loss([1], numpy.ones((1, 1))), 0.0)
        value, gradient, _ = circleloss.value_and_gradient([1, 2, 3], numpy.eye(3))
        self.assertEqual(value, 0.0)
        self.assert_same(gradient, numpy.zeros((3, 3)))
        none = circleloss.value_and_gradient([1, 2], numpy.eye(2), [], numpy.zeros((0, 2)))
        self.assertEqual(none[2].shape, (0, 2))
        with self.assertWarns(circleloss.NotUnitWarning):
            circleloss.circle_loss([1, 1, 2], numpy.zeros((3, 0)))

    def test_what_numpy_alone_can_see(self):
        labels, embeddings = batch(6, 4)
        loss = circleloss.circle_loss
        self.assert_refused("too large", loss, labels, embeddings * 1e30)
        self.assert_refused("element 2", loss, [1, 1, 1.5, 2, 2, 2], embeddings)
        self.assert_refused("element 2", loss, [1, 1, numpy.nan, 2, 2, 2], embeddings)
        self.assert_refused("whole numbers or text", loss, [None] * 6, embeddings)
        self.assert_refused("whole numbers or text", loss, labels * 1j, embeddings)
        self.assert_refused("both be text", loss, labels, embeddings, list("aabbcc"), embeddings)
        self.assert_refused("floating point", loss, labels, embeddings.astype(str))
        self.assert_refused("floating point", loss, labels, embeddings.astype(object))
        self.assert_refused("masked", loss, labels, numpy.ma.masked_greater(embeddings, 0))
        self.assert_refused("`y_pred` cannot be read", loss, labels, [[1, 2], [1]])
        self.assert_refused("text and bytes", loss, ["é"] * 6, embeddings, [b"a"] * 6, embeddings)
        with self.assertWarns(circleloss.NotUnitWarning):
            loss(labels, embeddings * 2)

    def test_threads_of_python_do_not_disturb_each_other(self):
        problems = [batch(rows, 24, seed=rows) for rows in (700, 701, 900, 31)]
        expected = [circleloss.value_and_gradient(*problem) for problem in problems]
        failures = []

        def work(k):
            for _ in range(10):
                value, gradient, _ = circleloss.value_and_gradient(*problems[k])
                same = value == expected[k][0] and numpy.array_equal(gradient, expected[k][1])
                if not same:
                    failures.append(k)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork()")
    def test_a_forked_process_gives_the_same(self):
        labels, embeddings = batch(700, 24)
        expected = circleloss.circle_loss(labels, embeddings)  # the threads are there
        process = os.fork()
        if process == 0:
            signal.alarm(60)
            os._exit(circleloss.circle_loss(labels, embeddings) != expected)
        self.assertEqual(os.waitpid(process, 0)[1], 0)

    def test_any_number_of_threads_gives_the_same_bits(self):
        labels, embeddings = batch(700, 24)
        one = circleloss.value_and_gradient(labels, embeddings, threads=1)
        two = circleloss.value_and_gradient(labels, embeddings, threads=2)
        self.assert_same(one[0], two[0])
        self.assert_same(one[1], two[1])


class Library(Case):
    def test_a_file_that_is_no_such_library_is_refused(self):
        self.assert_refused("not a matching circleloss library", circleloss.load, __file__)
        self.assert_refused("not a matching circleloss library", circleloss.load, "/no/such/file.so")

    def test_memory_is_kept_up_to_a_limit(self):
        labels, embeddings = batch(600, 64)
        expected = circleloss.value_and_gradient(labels, embeddings)
        circleloss.scratch(10**6)
        again = circleloss.value_and_gradient(labels, embeddings)
        self.assert_same(again[0], expected[0])
        self.assert_same(again[1], expected[1])
        self.assertTrue(0 < circleloss.scratch() <= 10**6)
        self.assertEqual(circleloss.scratch(0), 0)
        for bad in (-1, 2**63):
            self.assertRaises(circleloss.InputError, circleloss.scratch, bad)
        circleloss.scratch(2**26)

    def test_no_framework_is_imported(self):
        for name in ("torch", "jax", "tensorflow", "keras"):
            self.assertNotIn(name, sys.modules)


if __name__ == "__main__":
    main()
