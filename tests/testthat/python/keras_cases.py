"""NativeCircle against Keras's own Circle, on the backend that KERAS_BACKEND names."""

import os
import subprocess
import sys
import tempfile
import threading

import keras
import numpy

import circleloss
from circleloss.keras import NativeCircle
from common import REDUCTIONS, batch, sample_weight


def network(loss, width=8, policy=None, **compile_options):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Input((12,)),
            keras.layers.Dense(width, dtype=policy),
            keras.layers.UnitNormalization(dtype=policy),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss=loss, **compile_options)
    return model


class KerasCases:
    """For a Case that has value_and_gradient(loss, labels, embeddings, weights, compiled)."""

    def assert_agrees(
        self, own, native, labels, embeddings, weights=None, compiled=True, tolerance=1e-5
    ):
        expected = self.value_and_gradient(own, labels, embeddings, weights, False)
        actual = self.value_and_gradient(native, labels, embeddings, weights, compiled)
        self.assert_close(actual[0], expected[0], tolerance)
        self.assert_close(actual[1], expected[1], tolerance)
        self.assertEqual(actual[0].dtype, expected[0].dtype)

    def test_agrees_with_keras_on_random_batches(self):
        sizes = [(12, 3), (31, 8), (128, 16), (257, 33), (600, 64)]
        for seed, (rows, columns) in enumerate(sizes):
            labels, embeddings = batch(rows, columns, seed=seed)
            settings = dict(gamma=64, margin=0.3, remove_diagonal=seed % 2 == 0)
            own, native = keras.losses.Circle(**settings), NativeCircle(**settings)
            for compiled in (False, True) if seed < 2 else (True,):
                self.assert_agrees(own, native, labels, embeddings, compiled=compiled)

    def test_every_reduction_with_and_without_weights(self):
        labels, embeddings = batch(65, 9, classes=30)  # some rows have no positive
        for reduction in REDUCTIONS:
            own, native = (
                loss(reduction=reduction) for loss in (keras.losses.Circle, NativeCircle)
            )
            weights = sample_weight(65)
            self.assert_agrees(own, native, labels, embeddings, compiled=False)
            self.assert_agrees(own, native, labels, embeddings, weights, compiled=False)
            if reduction in ("mean", "none"):
                self.assert_agrees(own, native, labels, embeddings, weights)

    def test_nothing_counts(self):
        labels, embeddings = batch(5, 4)
        native = NativeCircle()
        for same in (numpy.zeros(5, "int32"), numpy.arange(5, dtype="int32")):
            value, gradient = self.value_and_gradient(native, same, embeddings, None, True)
            self.assertEqual(float(value), 0.0)
            self.assert_same(gradient, numpy.zeros_like(embeddings))

    def test_labels_as_a_column_and_as_floats(self):
        labels, embeddings = batch(40, 6)
        own, native = keras.losses.Circle(), NativeCircle()
        self.assert_agrees(own, native, labels[:, None], embeddings)
        self.assert_agrees(own, native, labels.astype("float32"), embeddings)

    def test_large_labels_are_not_rounded(self):
        labels, embeddings = batch(40, 6)
        native = NativeCircle()
        near = self.value_and_gradient(native, labels, embeddings, None, True)
        far = self.value_and_gradient(native, labels + 2**30, embeddings, None, True)
        self.assert_same(near[0], far[0])
        self.assert_same(near[1], far[1])

    def test_masks_of_keras(self):
        labels, embeddings = batch(30, 6)
        mask = numpy.arange(30) % 3 > 0
        from keras.src.backend import set_keras_mask

        for reduction in REDUCTIONS:
            values = []
            for loss in (keras.losses.Circle, NativeCircle):
                y_pred = keras.ops.convert_to_tensor(embeddings)
                set_keras_mask(y_pred, keras.ops.convert_to_tensor(mask))
                y_true = keras.ops.convert_to_tensor(labels)
                values.append(loss(reduction=reduction)(y_true, y_pred))
            self.assert_close(*[keras.ops.convert_to_numpy(value) for value in values[::-1]])

    def test_detached_weights_are_another_gradient_of_the_same_value(self):
        labels, embeddings = batch(40, 6)
        one = self.value_and_gradient(NativeCircle(), labels, embeddings, None, True)
        other = NativeCircle(weights="detached")
        other = self.value_and_gradient(other, labels, embeddings, None, True)
        self.assert_same(one[0], other[0])
        self.assertFalse(numpy.allclose(one[1], other[1]))

    def test_bound_references(self):
        labels, embeddings = batch(40, 6)
        ref_labels, references = batch(70, 6, seed=2)
        native = NativeCircle(ref_labels=ref_labels, ref_embeddings=references, reduction="none")
        expected = keras.losses.circle(
            *map(keras.ops.convert_to_tensor, (labels, embeddings, ref_labels, references))
        )
        value, gradient = self.value_and_gradient(native, labels, embeddings, None, True)
        self.assert_close(value, keras.ops.convert_to_numpy(expected))
        expected = circleloss.value_and_gradient(
            labels, embeddings, ref_labels, references, reduction="sum"
        )
        self.assert_close(gradient, expected[1])

    def test_config_makes_the_same_loss_again(self):
        loss = NativeCircle(
            gamma=20,
            margin=0.25,
            remove_diagonal=False,
            reduction="sum",
            name="ring",
            dtype="float64",
            weights="detached",
            ref_labels=[1, 2**40],
            ref_embeddings=numpy.eye(2),
            threads=1,
        )
        config = keras.losses.serialize(loss)
        again = keras.losses.deserialize(config)
        self.assertIsInstance(again, NativeCircle)
        self.assertEqual(again.get_config(), loss.get_config())
        self.assertEqual(keras.losses.serialize(again), config)

    def test_training_does_what_keras_does(self):
        labels, pixels = batch(256, 12)
        weights = sample_weight(256)
        histories = []
        for loss in (keras.losses.Circle(), NativeCircle()):
            model = network(loss)
            history = model.fit(
                pixels,
                labels,
                sample_weight=weights,
                batch_size=64,
                epochs=3,
                shuffle=False,
                verbose=0,
            )
            histories.append(history.history["loss"])
        self.assert_close(histories[1], histories[0], 1e-3)
        self.assertLess(histories[1][-1], histories[1][0])

    def test_what_else_fit_can_do(self):
        labels, pixels = batch(96, 12)
        compiled = [dict(run_eagerly=True), dict(policy="mixed_bfloat16")]
        if keras.backend.backend() != "torch":
            compiled.append(dict(steps_per_execution=2))
        for options in compiled:
            histories = []
            for loss in (keras.losses.Circle(), NativeCircle()):
                history = network(loss, **options).fit(
                    pixels,
                    labels,
                    class_weight={0: 1.0, 1: 2.0, 2: 0.5, 3: 0.0, 4: 1.0},
                    validation_data=(pixels[:40], labels[:40]),
                    batch_size=32,
                    shuffle=False,
                    verbose=0,
                )
                histories.append(history.history["loss"] + history.history["val_loss"])
            self.assert_close(histories[1], histories[0], 1e-3)

    def test_a_saved_model_gives_the_same_in_a_new_process(self):
        labels, pixels = batch(64, 12)
        model = network(NativeCircle(gamma=40, weights="detached"))
        model.fit(pixels, labels, epochs=1, verbose=0)
        value = model.evaluate(pixels, labels, batch_size=64, verbose=0)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.keras")
            model.save(path)
            script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "load_model.py")
            answer = subprocess.run(
                [sys.executable, script, path], capture_output=True, text=True, timeout=300
            )
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_close(float(answer.stdout.split()[-1]), value, 1e-6)

    def test_two_fits_at_once_give_what_they_give_alone(self):
        labels, pixels = batch(256, 12)

        def fit(results, k):
            results[k] = models[k].fit(pixels, labels, epochs=3, shuffle=False, verbose=0)

        models = [network(NativeCircle(), width) for width in (8, 16)]
        together, alone = [None] * 2, [None] * 2
        threads = [threading.Thread(target=fit, args=(together, k)) for k in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        models = [network(NativeCircle(), width) for width in (8, 16)]
        for k in range(2):
            fit(alone, k)
            self.assert_close(together[k].history["loss"], alone[k].history["loss"], 1e-5)

    def test_arguments_that_make_no_sense_are_refused(self):
        self.assert_refused("gamma", NativeCircle, gamma=-1)
        self.assert_refused("weights", NativeCircle, weights="none")
        self.assert_refused("reduction", NativeCircle, reduction="average")
        self.assert_refused("`ref_labels` must be whole numbers", NativeCircle, ref_labels=[1.5])
        self.assert_refused("matrix", NativeCircle, ref_labels=[1, 2], ref_embeddings=[1.0, 2.0])
        self.assert_refused(
            "3 labels for the 2 rows", NativeCircle, ref_labels=[1, 2, 3], ref_embeddings=[[1], [1]]
        )
        labels, embeddings = batch(6, 4)
        tensors = [keras.ops.convert_to_tensor(array) for array in (labels[:5], embeddings)]
        self.assert_refused("5 labels for the 6 rows", NativeCircle(), *tensors)
