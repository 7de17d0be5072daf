"""A worker that trains a Keras model: training_worker.py keras|native. See workbench.py for the
commands; the only kind is `step`, whose result is the value and the gradient of the weights.

KERAS_BACKEND names the backend.
"""

import importlib.metadata
import platform
import sys

import keras
import numpy as np

from worker import extra_bytes, memory_in_use, seconds_per_call
from workbench import Problem

RATE = 1e-3


def make_loss(engine):
    if engine == "keras":
        return keras.losses.Circle()
    from circleloss.keras import NativeCircle

    return NativeCircle()


def make_model(engine, columns):
    """A rotation to begin with, so that the value is that of the inputs themselves."""
    rotation = keras.initializers.Orthogonal(seed=1)
    model = keras.Sequential([
        keras.layers.Input((columns,)),
        keras.layers.Dense(columns, use_bias=False, kernel_initializer=rotation),
        keras.layers.UnitNormalization(),
    ])
    # XLA of TensorFlow cannot call the native engine
    compiled = "auto"
    if engine == "native" and keras.backend.backend() == "tensorflow":
        compiled = False
    model.compile(optimizer=keras.optimizers.SGD(RATE), loss=make_loss(engine),
                  jit_compile=compiled)
    return model


class Training:
    def __init__(self, engine, problem):
        self.inputs = problem.anchors.astype("float32")
        self.labels = problem.labels
        self.model = make_model(engine, problem.columns)
        self.start = self.model.get_weights()
        self.memory_before = memory_in_use()

    def step(self):
        return self.model.train_on_batch(self.inputs, self.labels)

    def begin_again(self, rate):
        """A rate of 0 takes as long, and leaves the weights as they are."""
        self.model.set_weights(self.start)
        self.model.optimizer.learning_rate = rate

    def result(self):
        value = self.step()
        moved = self.start[0].astype("float64") - self.model.get_weights()[0]
        return np.concatenate([[value], (moved / RATE).ravel()])


def versions():
    backend = keras.backend.backend()
    names = {"torch": ["torch"], "jax": ["jax", "jaxlib"], "tensorflow": ["tensorflow-cpu"]}
    known = ["python", platform.python_version()]
    for name in ["keras", "numpy", *names[backend]]:
        known += [name, importlib.metadata.version(name)]
    return known


def serve(engine):
    training = None
    for line in sys.stdin:
        command, *words = line.split()
        answer = []
        if command == "data":
            training = None
            training = Training(engine, Problem(words[0]))
        elif command == "result":
            training.begin_again(RATE)
            numbers, extra = extra_bytes(training.result, training.memory_before)
            numbers.tofile(words[2])
            answer = [extra]
        elif command == "time":
            training.begin_again(0.0)
            answer = [seconds_per_call(training.step, int(words[3])) for _ in range(int(words[4]))]
        elif command == "versions":
            answer = versions()
        print("=", *answer, flush=True)


serve(sys.argv[1])
