"""JAX: grad, jit, and NativeCircle on Keras's JAX backend."""

import threading

import jax
import jax.numpy as jnp
import numpy

import circleloss
from common import BadInput, Case, SixteenBits, batch, main, sample_weight
from keras_cases import KerasCases


class Jax(BadInput, SixteenBits, Case):
    tensor = staticmethod(jnp.asarray)

    def test_grad_gives_the_gradient_of_numpy(self):
        labels, embeddings = batch(130, 20)
        ref_labels, references = batch(70, 20, seed=2)
        weights = sample_weight(130)
        for reduction in ("mean", "sum", "mean_with_sample_weight", None):

            def value_of(x, r):
                value = circleloss.circle_loss(
                    labels, x, ref_labels, r, reduction=reduction, sample_weight=weights
                )
                return value.sum(), value

            function = jax.value_and_grad(value_of, argnums=(0, 1), has_aux=True)
            expected = circleloss.value_and_gradient(
                labels, embeddings, ref_labels, references, reduction=reduction,
                sample_weight=weights,
            )
            for call in (function, jax.jit(function)):
                (_, value), gradients = call(jnp.asarray(embeddings), jnp.asarray(references))
                self.assert_close(value, expected[0], 1e-6)
                self.assert_close(gradients[0], expected[1], 1e-6)
                self.assert_close(gradients[1], expected[2], 1e-6)

    def test_constant_references_leave_the_gradient_by_the_embeddings_as_it_is(self):
        labels, embeddings = batch(130, 20)
        ref_labels, references = batch(700, 20, seed=2)

        def value_of(x, r):
            return circleloss.circle_loss(labels, x, ref_labels, r)

        x = jnp.asarray(embeddings)
        expected, _ = jax.grad(value_of, argnums=(0, 1))(x, jnp.asarray(references))
        of_constants = jax.grad(lambda x: value_of(x, references))
        self.assert_same(of_constants(x), expected)
        self.assert_same(jax.jit(of_constants)(x), expected)

    def test_labels_may_be_traced(self):
        labels, embeddings = batch(40, 6)
        expected = circleloss.circle_loss(labels, embeddings)
        traced = jax.jit(circleloss.circle_loss)(jnp.asarray(labels), jnp.asarray(embeddings))
        self.assert_close(traced, expected, 1e-6)
        names = [f"class {label}" for label in labels]
        text = circleloss.circle_loss(names, jnp.asarray(embeddings))
        self.assert_close(text, expected, 1e-6)
        arrays = jnp.asarray(labels), jnp.asarray(embeddings)
        relabelled = circleloss.circle_loss(*arrays, labels + 1)
        expected = circleloss.circle_loss(labels, embeddings, labels + 1)
        self.assert_close(relabelled, expected, 1e-6)

    def test_float64_where_it_is_enabled(self):
        labels, embeddings = batch(130, 20, dtype="float64")
        with jax.experimental.enable_x64():
            x = jnp.asarray(embeddings)
            function = jax.jit(jax.value_and_grad(lambda x: circleloss.circle_loss(labels, x)))
            value, gradient = function(x)
            self.assertEqual(gradient.dtype, jnp.float64)
        expected = circleloss.value_and_gradient(labels, embeddings)
        self.assert_close(value, expected[0], 1e-14)
        self.assert_close(gradient, expected[1], 1e-14)
        x = jnp.asarray(embeddings)
        self.assert_refused("jax_enable_x64", circleloss.circle_loss, labels, x, dtype="float64")

    def test_sixteen_bits(self):
        labels, embeddings = batch(40, 6)
        for dtype in (jnp.float16, jnp.bfloat16):
            x = jnp.asarray(embeddings, dtype)
            gradient = jax.grad(lambda x: circleloss.circle_loss(labels, x))(x)
            self.assertEqual(gradient.dtype, dtype)
        self.assert_sums_do_not_overflow()

    def test_a_second_derivative_is_refused_and_not_zero(self):
        labels, embeddings = batch(40, 6)

        def penalised(x):
            value, gradient = jax.value_and_grad(lambda x: circleloss.circle_loss(labels, x))(x)
            return value + jnp.square(gradient).sum()

        x = jnp.asarray(embeddings)
        self.assert_refused("only once", jax.grad(penalised), x)
        self.assert_refused("only once", jax.jit(jax.grad(penalised)), x)
        self.assert_refused(
            "only once", jax.hessian(lambda x: circleloss.circle_loss(labels, x)), x
        )

    def test_labels_that_do_not_fit_are_not_cut(self):
        labels, embeddings = batch(40, 6)
        y, x = jnp.asarray(labels), jnp.asarray(embeddings)
        long = labels.astype("int64") + 2**32
        self.assert_refused("32 bits", circleloss.circle_loss, long, x, y, x)
        self.assert_refused("32 bits", circleloss.circle_loss, y, x, long, x)

    def test_memory_that_is_given_away(self):
        labels, embeddings = batch(40, 6)
        expected = embeddings - 0.01 * circleloss.value_and_gradient(labels, embeddings)[1]
        step = jax.jit(
            lambda x: x - 0.01 * jax.grad(lambda x: circleloss.circle_loss(labels, x))(x),
            donate_argnums=0,
        )
        self.assert_close(step(jnp.array(embeddings)), expected, 1e-6)

    def test_mapped(self):
        labels, embeddings = batch(40, 6)
        stacked = jnp.stack([embeddings, embeddings[::-1]])
        values = jax.vmap(lambda x: circleloss.circle_loss(labels, x))(stacked)
        expected = [circleloss.circle_loss(labels, each) for each in numpy.asarray(stacked)]
        self.assert_close(values, expected, 1e-6)

    def test_large_batches_do_not_hang(self):
        labels, embeddings = batch(3000, 256)
        y, x = jnp.asarray(labels), jnp.asarray(embeddings)

        def loss(x):
            return circleloss.circle_loss(y, x / jnp.linalg.norm(x, axis=1, keepdims=True))

        step = jax.jit(lambda x: x - 0.01 * jax.grad(loss)(x))
        for _ in range(5):
            x = step(x)
        self.assertTrue(bool(jnp.isfinite(x).all()))

    def test_threads(self):
        labels, embeddings = batch(600, 32)
        function = jax.jit(jax.value_and_grad(lambda x: circleloss.circle_loss(labels, x)))
        expected = function(jnp.asarray(embeddings))
        results = []

        def work():
            for _ in range(5):
                results.append(function(jnp.asarray(embeddings)))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 10)
        for value, gradient in results:
            self.assert_same(value, expected[0])
            self.assert_same(gradient, expected[1])

    def test_numbers_that_are_none_raise_in_compiled_code(self):
        labels, embeddings = batch(6, 4)
        x = jnp.asarray(embeddings).at[2, 3].set(jnp.nan)
        with self.assertRaisesRegex(Exception, "row 2, column 3"):
            jax.block_until_ready(jax.jit(lambda x: circleloss.circle_loss(labels, x))(x))


class Keras(KerasCases, Case):
    def value_and_gradient(self, loss, labels, embeddings, weights, compiled):
        def value_of(x):
            value = loss(jnp.asarray(labels), x, weights)
            return value.sum(), value

        function = jax.value_and_grad(value_of, has_aux=True)
        if compiled:
            function = jax.jit(function)
        (_, value), gradient = function(jnp.asarray(embeddings))
        return numpy.asarray(value), numpy.asarray(gradient)


if __name__ == "__main__":
    main()
