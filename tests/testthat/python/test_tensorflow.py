"""TensorFlow: GradientTape, tf.function, and NativeCircle on Keras's TensorFlow backend."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy
import tensorflow as tf

import circleloss
from common import BadInput, Case, SixteenBits, batch, main, sample_weight
from keras_cases import KerasCases, NativeCircle


class TensorFlow(BadInput, SixteenBits, Case):
    tensor = staticmethod(tf.constant)

    def test_tape_gives_the_gradient_of_numpy(self):
        labels, embeddings = batch(130, 20)
        ref_labels, references = batch(70, 20, seed=2)
        weights = sample_weight(130)
        for dtype, tolerance in ((tf.float32, 1e-6), (tf.float64, 1e-14)):
            x, r = tf.constant(embeddings, dtype), tf.constant(references, dtype)
            for reduction in ("mean", "sum", "mean_with_sample_weight", None):

                def call(y, x, r):
                    with tf.GradientTape() as tape:
                        tape.watch([x, r])
                        value = circleloss.circle_loss(
                            y, x, ref_labels, r, reduction=reduction, sample_weight=weights
                        )
                    return value, tape.gradient(value, [x, r])

                expected = circleloss.value_and_gradient(
                    labels, x.numpy(), ref_labels, r.numpy(), reduction=reduction,
                    sample_weight=weights,
                )
                for function in (call, tf.function(call)):
                    value, gradients = function(tf.constant(labels), x, r)
                    self.assertEqual(value.dtype, dtype)
                    self.assert_close(value, expected[0], tolerance)
                    self.assert_close(gradients[0], expected[1], tolerance)
                    self.assert_close(gradients[1], expected[2], tolerance)

    def test_constant_references_leave_the_gradient_by_the_embeddings_as_it_is(self):
        labels, embeddings = batch(130, 20)
        ref_labels, references = batch(700, 20, seed=2)
        x = tf.constant(embeddings)

        def call(x, r):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = circleloss.circle_loss(labels, x, ref_labels, r)
            return tape.gradient(value, x)

        expected = call(x, tf.constant(references))
        self.assert_same(call(x, references), expected)
        self.assert_same(tf.function(lambda x: call(x, references))(x), expected)

    def test_lengths_need_not_be_known(self):
        labels, embeddings = batch(40, 6)
        expected = circleloss.circle_loss(labels, embeddings)
        for shape in ([None, None], [None, 6], None):

            @tf.function(
                input_signature=[
                    tf.TensorSpec(None, tf.int32),
                    tf.TensorSpec(shape, tf.float32),
                ]
            )
            def function(y, x):
                return circleloss.circle_loss(y, x)

            self.assert_close(function(labels, embeddings), expected, 1e-6)
            with self.assertRaisesRegex(tf.errors.OpError, "39 labels"):
                function(labels[:39], embeddings)

    def test_labels_of_every_kind(self):
        labels, embeddings = batch(40, 6)
        x = tf.constant(embeddings)
        expected = circleloss.circle_loss(labels, embeddings)
        text = [f"class {label}" for label in labels]
        for y in (tf.constant(labels.astype("int64") + 2**53), tf.constant(text), text):
            self.assert_close(circleloss.circle_loss(y, x), expected, 1e-6)

    def test_sixteen_bits(self):
        labels, embeddings = batch(40, 6)
        for dtype in (tf.float16, tf.bfloat16):
            x = tf.Variable(tf.cast(embeddings, dtype))
            with tf.GradientTape() as tape:
                value = circleloss.circle_loss(labels, x)
            self.assertEqual(value.dtype, dtype)
            self.assertEqual(tape.gradient(value, x).dtype, dtype)
        self.assert_sums_do_not_overflow()

    def test_a_second_derivative_is_refused_and_not_zero(self):
        labels, embeddings = batch(40, 6)

        def gradient_of_penalised(x):
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    value = circleloss.circle_loss(labels, x)
                penalised = value + tf.reduce_sum(tf.square(inner.gradient(value, x)))
            return outer.gradient(penalised, x)

        x = tf.constant(embeddings)
        self.assert_refused("only once", gradient_of_penalised, x)
        with self.assertRaisesRegex(Exception, "only once"):  # of TensorFlow's own class
            tf.function(gradient_of_penalised)(x)

    def test_shapes_of_weights_need_not_be_known(self):
        labels, embeddings = batch(40, 6)
        weight = sample_weight(40)
        expected = circleloss.circle_loss(labels, embeddings, sample_weight=weight)
        for shape in (None, [None, None], [None, 1]):
            function = tf.function(
                lambda weight: circleloss.circle_loss(
                    labels, tf.constant(embeddings), sample_weight=weight
                ),
                input_signature=[tf.TensorSpec(shape, tf.float32)],
            )
            self.assert_close(function(weight[:, None]), expected, 1e-6)

    def test_numbers_that_are_none_raise_in_a_graph(self):
        labels, embeddings = batch(6, 4)
        embeddings[2, 3] = numpy.nan
        with self.assertRaisesRegex(tf.errors.OpError, "row 2, column 3"):
            tf.function(circleloss.circle_loss)(tf.constant(labels), tf.constant(embeddings))


class Keras(KerasCases, Case):
    def value_and_gradient(self, loss, labels, embeddings, weights, compiled):
        def call(y, x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = loss(y, x, weights)
            return value, tape.gradient(value, x)

        function = tf.function(call) if compiled else call
        value, gradient = function(tf.constant(labels), tf.constant(embeddings))
        return value.numpy(), gradient.numpy()

    def test_agrees_with_keras_in_float64(self):
        import keras

        labels, embeddings = batch(130, 20, dtype="float64")
        own, native = keras.losses.Circle(dtype="float64"), NativeCircle(dtype="float64")
        self.assert_agrees(own, native, labels, embeddings, tolerance=1e-12)


if __name__ == "__main__":
    main()
