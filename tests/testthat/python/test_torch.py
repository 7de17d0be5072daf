"""PyTorch: autograd, torch.compile, and NativeCircle on Keras's torch backend."""

import threading
import warnings

import numpy
import torch

import circleloss
from common import BadInput, Case, SixteenBits, batch, main, sample_weight
from keras_cases import KerasCases, NativeCircle


class Torch(BadInput, SixteenBits, Case):
    tensor = staticmethod(torch.tensor)

    def test_autograd_gives_the_gradient_of_numpy(self):
        labels, embeddings = batch(130, 20)
        ref_labels, references = batch(70, 20, seed=2)
        weights = sample_weight(130)
        for dtype, tolerance in ((torch.float32, 1e-6), (torch.float64, 1e-14)):
            x = torch.tensor(embeddings, dtype=dtype, requires_grad=True)
            r = torch.tensor(references, dtype=dtype, requires_grad=True)
            for reduction in ("mean", "sum", "mean_with_sample_weight", None):
                x.grad = r.grad = None
                value = circleloss.circle_loss(
                    torch.tensor(labels),
                    x,
                    torch.tensor(ref_labels),
                    r,
                    reduction=reduction,
                    sample_weight=torch.tensor(weights),
                )
                value.sum().backward()
                expected = circleloss.value_and_gradient(
                    labels,
                    x.detach().numpy(),
                    ref_labels,
                    r.detach().numpy(),
                    reduction=reduction,
                    sample_weight=weights,
                )
                self.assertEqual(value.dtype, dtype)
                self.assert_close(value.detach(), expected[0], tolerance)
                self.assert_close(x.grad, expected[1], tolerance)
                self.assert_close(r.grad, expected[2], tolerance)

    def test_constant_references_leave_the_gradient_by_the_embeddings_as_it_is(self):
        labels, embeddings = batch(130, 20)
        ref_labels, references = batch(700, 20, seed=2)
        gradients = []
        for needed in (True, False):
            x = torch.tensor(embeddings, requires_grad=True)
            r = torch.tensor(references, requires_grad=needed)
            circleloss.circle_loss(labels, x, ref_labels, r).backward()
            self.assertEqual(r.grad is not None, needed)
            gradients.append(x.grad)
        self.assert_same(*gradients)

    def test_gradient_of_any_function_of_the_losses(self):
        labels, embeddings = batch(40, 6)
        x = torch.tensor(embeddings, dtype=torch.float64, requires_grad=True)

        def of_losses(x):
            return circleloss.circle_loss(torch.tensor(labels), x, gamma=8, reduction="none")

        self.assertTrue(torch.autograd.gradcheck(of_losses, x))

    def test_tensors_that_are_not_contiguous(self):
        labels, embeddings = batch(40, 6)
        expected = circleloss.circle_loss(torch.tensor(labels), torch.tensor(embeddings))
        x = torch.tensor(numpy.ascontiguousarray(embeddings.T), requires_grad=True)
        value = circleloss.circle_loss(torch.tensor(labels), x.t())
        value.backward()
        self.assert_same(value.detach(), expected)
        self.assertEqual(x.grad.shape, x.shape)
        apart = torch.zeros(80, 12)[::2, ::2]
        apart[:] = torch.tensor(embeddings)
        self.assert_same(circleloss.circle_loss(torch.tensor(labels).long(), apart), expected)

    def test_sixteen_bits(self):
        labels, embeddings = batch(40, 6)
        for dtype in (torch.float16, torch.bfloat16):
            x = torch.tensor(embeddings, dtype=dtype, requires_grad=True)
            value = circleloss.circle_loss(torch.tensor(labels), x, reduction="none")
            self.assertEqual(value.dtype, dtype)
            value.sum().backward()
            self.assertEqual(x.grad.dtype, dtype)
        self.assert_sums_do_not_overflow()

    def test_autocast_gives_a_loss_in_float32(self):
        labels, embeddings = batch(40, 6)
        y = torch.tensor(labels)
        for dtype in (torch.float16, torch.bfloat16):
            x = torch.tensor(embeddings, dtype=dtype, requires_grad=True)
            with torch.autocast("cpu", torch.bfloat16):
                value = circleloss.circle_loss(y, x)
                asked = circleloss.circle_loss(y, x, dtype="bfloat16")
            self.assertEqual(value.dtype, torch.float32)
            self.assertEqual(asked.dtype, torch.bfloat16)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", circleloss.NotUnitWarning)
                exact = circleloss.circle_loss(y, x.detach().float())
            self.assert_same(value.detach(), exact)
            value.backward()
            self.assertEqual(x.grad.dtype, dtype)

    def test_rows_of_16_bits_do_not_warn_in_another_type(self):
        labels, embeddings = batch(40, 6)
        x = torch.tensor(embeddings).bfloat16()
        value = circleloss.circle_loss(torch.tensor(labels), x, dtype="float32")
        self.assertEqual(value.dtype, torch.float32)

    def test_torch_func_is_refused_in_our_own_words(self):
        labels, embeddings = batch(40, 6)
        y, x = torch.tensor(labels), torch.tensor(embeddings)
        loss = lambda x: circleloss.circle_loss(y, x)  # noqa: E731
        for transform in (torch.func.grad, torch.func.jacrev, torch.func.hessian):
            self.assert_refused("torch.func", transform(loss), x)
        self.assert_refused("torch.func", torch.func.vmap(loss), torch.stack([x, x]))

    def test_a_second_derivative_is_refused_and_not_zero(self):
        labels, embeddings = batch(40, 6)
        x = torch.tensor(embeddings, requires_grad=True)
        value = circleloss.circle_loss(torch.tensor(labels), x)
        (gradient,) = torch.autograd.grad(value, x, create_graph=True)
        penalised = value + gradient.square().sum()
        self.assert_refused("only once", penalised.backward)

    def test_labels_may_change_before_the_way_back(self):
        labels, embeddings = batch(40, 6)
        y, x = torch.tensor(labels), torch.tensor(embeddings, requires_grad=True)
        value = circleloss.circle_loss(y, x)
        y.zero_()
        value.backward()
        self.assert_close(x.grad, circleloss.value_and_gradient(labels, embeddings)[1], 1e-6)

    def test_without_a_graph(self):
        labels, embeddings = batch(40, 6)
        y, expected = torch.tensor(labels), circleloss.circle_loss(labels, embeddings)
        for without in (torch.no_grad, torch.inference_mode):
            with without():
                value = circleloss.circle_loss(y, torch.tensor(embeddings, requires_grad=True))
            self.assertFalse(value.requires_grad)
            self.assert_close(value, expected, 1e-6)

    def test_compiled(self):
        labels, embeddings = batch(40, 6)
        y = torch.tensor(labels)

        def scaled(x):
            return 2 * circleloss.circle_loss(y, torch.nn.functional.normalize(3 * x))

        results = []
        for function in (scaled, torch.compile(scaled, backend="aot_eager")):
            x = torch.tensor(embeddings, requires_grad=True)
            value = function(x)
            value.backward()
            results.append((value.detach(), x.grad))
        self.assert_close(results[1][0], results[0][0], 1e-6)
        self.assert_close(results[1][1], results[0][1], 1e-5)

    def test_threads_with_the_threads_of_torch(self):
        labels, embeddings = batch(800, 32)
        y, factor = torch.tensor(labels), torch.ones(800, 800) / 800
        results = [[], []]

        def work(k):
            for _ in range(5):
                x = torch.tensor(embeddings, requires_grad=True)
                value = circleloss.circle_loss(y, torch.nn.functional.normalize(x + factor @ x))
                value.backward()
                results[k].append((value.item(), x.grad))

        threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results[0]) + len(results[1]), 10)
        for value, gradient in results[0] + results[1]:
            self.assert_close(value, results[0][0][0], 1e-6)
            self.assert_close(gradient, results[0][0][1], 1e-5)

    def test_what_torch_alone_can_see(self):
        labels, embeddings = batch(6, 4)
        y, x = torch.tensor(labels), torch.tensor(embeddings)
        loss = circleloss.circle_loss
        self.assert_refused("floating point", loss, y, x.long())
        self.assert_refused("dense", loss, y, x.to_sparse())
        nested = torch.nested.nested_tensor([x[0], x[1]], layout=torch.jagged)
        self.assert_refused("nested", loss, y, nested)
        self.assert_refused("on meta", loss, y.to("meta"), x)
        self.assert_refused("on meta", loss, y, x, y, x.to("meta"))
        self.assertEqual(loss(y, x.to("meta"), reduction="none").shape, (6,))
        x.requires_grad_()
        text = loss(list("aabbcc"), x)
        self.assert_same(text.detach(), loss([1, 1, 2, 2, 3, 3], x).detach())


class Keras(KerasCases, Case):
    def value_and_gradient(self, loss, labels, embeddings, weights, compiled):
        x = torch.tensor(embeddings, requires_grad=True)
        y = torch.tensor(labels)
        weights = None if weights is None else torch.tensor(weights)
        if compiled:
            torch.compiler.reset()
            loss = torch.compile(loss, backend="eager")
        value = loss(y, x, weights)
        value.sum().backward()
        return value.detach().numpy(), x.grad.numpy()

    def test_float64(self):
        labels, embeddings = batch(130, 20, dtype="float64")
        value, gradient = self.value_and_gradient(
            NativeCircle(dtype="float64"), labels, embeddings, None, False
        )
        expected = circleloss.value_and_gradient(labels, embeddings)
        self.assertEqual(gradient.dtype, numpy.dtype("float64"))
        self.assert_close(value, expected[0], 1e-6)  # Keras's reductions are in float32
        self.assert_close(gradient, expected[1], 1e-6)


if __name__ == "__main__":
    main()
