"""Prints the loss that a saved model has on a batch: run by keras_cases.py in a new process."""

import sys

import circleloss.keras  # noqa: F401 (makes NativeCircle known to Keras)
import keras

from common import batch

labels, pixels = batch(64, 12)
model = keras.saving.load_model(sys.argv[1])
print(model.evaluate(pixels, labels, batch_size=64, verbose=0))
