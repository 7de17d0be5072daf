"""The peers written in Python. Each is constructed with a problem and computes in float32.

value() and gradient() return when the numbers are computed, as the framework's own arrays: no peer
is charged for a conversion. gradient() returns the value and the derivatives with respect to the
anchors and, where they are separate, the references.

`convention` names the gradient of circleloss that is computed in the same way.
"""

import numpy as np


class Peer:
    convention = "gradient"

    def result(self, kind):
        """Value, gradients: all numbers one after the other, as doubles."""
        parts = [self.value()] if kind == "value" else self.gradient()
        return np.concatenate([np.asarray(part, dtype="float64").ravel() for part in parts])


class NumPy(Peer):
    """The formula and its derivative by hand, on whole matrices of pairs."""

    def __init__(self, problem, type="float32"):
        self.anchors = problem.anchors.astype(type)
        self.references = problem.references.astype(type) if problem.separate else self.anchors
        self.labels, self.reference_labels = problem.labels, problem.reference_labels
        self.gamma, self.margin, self.separate = problem.gamma, problem.margin, problem.separate

    def forward(self):
        similarity = self.anchors @ self.references.T
        distance = np.maximum(1 - similarity, 0)
        equal = self.labels[:, None] == self.reference_labels[None, :]
        positive = equal if self.separate else equal & ~np.eye(len(equal), dtype=bool)
        gamma, margin = self.gamma, self.margin
        positive_logit = -gamma * np.maximum(margin + distance, 0) * (margin - distance)
        negative_logit = gamma * np.maximum(1 + margin - distance, 0) * (1 - margin - distance)
        p, positive_share = log_sum_exp(np.where(positive, positive_logit, -np.inf))
        n, negative_share = log_sum_exp(np.where(equal, -np.inf, negative_logit))
        return similarity, distance, p + n, positive_share, negative_share

    def losses(self):
        return np.logaddexp(0, self.forward()[2])

    def value(self):
        losses = self.losses()
        return losses.sum() / np.count_nonzero(losses)

    def gradient(self):
        similarity, distance, exponent, positive_share, negative_share = self.forward()
        losses = np.logaddexp(0, exponent)
        count = np.count_nonzero(losses)
        slope = 2 * self.gamma * (similarity < 1)
        towards = negative_share * np.where(
            distance < 1 + self.margin, (1 - distance) * slope, 0
        ) - positive_share * np.where(distance > -self.margin, distance * slope, 0)
        towards *= (np.exp(exponent - losses) / count)[:, None]
        value = losses.sum() / count
        if self.separate:
            return value, towards @ self.references, towards.T @ self.anchors
        return value, towards @ self.anchors + towards.T @ self.anchors


def log_sum_exp(logits):
    """Of every row, and the share of each entry in it."""
    greatest = logits.max(axis=1, keepdims=True)
    terms = np.exp(logits - greatest)
    total = terms.sum(axis=1, keepdims=True)
    return (greatest + np.log(total))[:, 0], terms / total


class OnTorch(Peer):
    """What the peers on PyTorch share: loss() is theirs."""

    def __init__(self, problem):
        import torch

        self.torch = torch
        self.anchors = torch.tensor(problem.anchors, dtype=torch.float32)
        self.labels = torch.tensor(problem.labels, dtype=torch.int64)
        self.references, self.reference_labels = self.anchors, self.labels
        if problem.separate:
            self.references = torch.tensor(problem.references, dtype=torch.float32)
            self.reference_labels = torch.tensor(problem.reference_labels, dtype=torch.int64)
        self.gamma, self.margin, self.separate = problem.gamma, problem.margin, problem.separate
        self.sides = [self.anchors, self.references] if self.separate else [self.anchors]
        self.prepare()

    def prepare(self):
        pass

    def value(self):
        with self.torch.no_grad():
            return self.loss()

    def gradient(self):
        for side in self.sides:
            side.requires_grad_()
        value = self.loss()
        gradients = self.torch.autograd.grad(value, self.sides)
        for side in self.sides:
            side.requires_grad_(False)
        return value.detach(), *gradients


class Torch(OnTorch):
    """The formula, operation by operation."""

    def losses(self):
        return torch_losses(self.anchors, self.labels, self.references, self.reference_labels,
                            self.gamma, self.margin, not self.separate)

    def loss(self):
        return torch_mean(self.losses())


class TorchCompiled(OnTorch):
    """The same through torch.compile()."""

    def prepare(self):
        self.compiled = torch_compiled()

    def loss(self):
        return self.compiled(self.anchors, self.labels, self.references, self.reference_labels,
                             self.gamma, self.margin, not self.separate)


def torch_losses(anchors, labels, references, reference_labels, gamma, margin, remove_diagonal):
    import torch

    distance = torch.clamp(1 - anchors @ references.T, min=0)
    equal = labels[:, None] == reference_labels[None, :]
    positive = equal
    if remove_diagonal:
        positive = equal & ~torch.eye(len(labels), dtype=torch.bool)
    positive_logit = -gamma * torch.clamp(margin + distance, min=0) * (margin - distance)
    negative_logit = gamma * torch.clamp(1 + margin - distance, min=0) * (1 - margin - distance)
    p = torch.logsumexp(positive_logit.masked_fill(~positive, -torch.inf), 1)
    n = torch.logsumexp(negative_logit.masked_fill(equal, -torch.inf), 1)
    return torch.nn.functional.softplus(p + n)


def torch_mean(losses):
    return losses.sum() / (losses > 0).sum()


compiled = None


def torch_compiled():
    """One compiled function for all problems, as a user would have it."""
    global compiled
    if compiled is None:
        import torch

        # After too many shapes it would silently no longer compile
        torch._dynamo.config.recompile_limit = 64
        compiled = torch.compile(lambda *arguments: torch_mean(torch_losses(*arguments)))
    return compiled


class PytorchMetricLearning(OnTorch):
    convention = "detached"

    def prepare(self):
        from pytorch_metric_learning.losses import CircleLoss

        self.function = CircleLoss(m=self.margin, gamma=self.gamma)

    def loss(self):
        if self.separate:
            return self.function(self.anchors, self.labels, ref_emb=self.references,
                                 ref_labels=self.reference_labels)
        return self.function(self.anchors, self.labels)


class KerasTorch(OnTorch):
    def loss(self):
        return keras_loss(self.labels, self.anchors, self.reference_labels, self.references,
                          self.gamma, self.margin, self.separate)


def keras_loss(labels, anchors, reference_labels, references, gamma, margin, separate):
    """The class has no references: with them it is the function and the mean of the class."""
    import keras

    if not separate:
        return keras.losses.Circle(gamma=gamma, margin=margin)(labels, anchors)
    losses = keras.losses.circle(labels, anchors, reference_labels, references,
                                 remove_diagonal=False, gamma=gamma, margin=margin)
    counted = keras.ops.cast(losses > 0, losses.dtype)
    return keras.ops.sum(losses) / keras.ops.sum(counted)


class KerasJax(Peer):
    """Compiled by jax.jit()."""

    def __init__(self, problem):
        import jax

        self.sides = [jax.numpy.asarray(problem.anchors, dtype="float32")]
        labels = jax.numpy.asarray(problem.labels)
        reference_labels = jax.numpy.asarray(problem.reference_labels)
        separate = problem.separate
        if separate:
            self.sides.append(jax.numpy.asarray(problem.references, dtype="float32"))

        def loss(*sides):
            return keras_loss(labels, sides[0], reference_labels, sides[-1], problem.gamma,
                              problem.margin, separate)

        by_sides = tuple(range(len(self.sides)))
        self.compiled_value = jax.jit(loss)
        self.compiled_gradient = jax.jit(jax.value_and_grad(loss, argnums=by_sides))

    def value(self):
        return self.compiled_value(*self.sides).block_until_ready()

    def gradient(self):
        value, gradients = self.compiled_gradient(*self.sides)
        for gradient in gradients:
            gradient.block_until_ready()
        return value, *gradients


PEERS = {
    "keras-torch": KerasTorch,
    "keras-jax": KerasJax,
    "torch": Torch,
    "torch-compile": TorchCompiled,
    "pytorch-metric-learning": PytorchMetricLearning,
    "numpy": NumPy,
}
