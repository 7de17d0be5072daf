# What test-keras_backends.R does with a real Keras, on the backend that KERAS_BACKEND names:
# train() in one process, load() in another.

library(circleloss)
circleloss_threads(2)
keras <- reticulate::import("keras")
on_tensorflow <- keras$backend$backend() == "tensorflow"

# Digits, of which a third is held out ---------------------------------------------------------

images <- digits$pixels / 16
labels <- as.integer(digits$digit)
training <- seq_along(labels) %% 3 != 0
held_out <- !training

recall_at_1 <- function(embedding, label) {
  similarity <- tcrossprod(embedding)
  diag(similarity) <- -Inf
  mean(label[max.col(similarity, ties.method = "first")] == label)
}

# Models ---------------------------------------------------------------------------------------

# `engine` "default" hands the loss instance itself to Keras.
loss_of <- function(engine, ...) {
  loss <- loss_circle(...)
  if (engine == "default") loss else as_keras_loss(loss, engine)
}

# XLA of TensorFlow cannot call the native engine.
compiles <- function(engine) if (on_tensorflow && engine == "native") FALSE else "auto"

new_model <- function(engine) {
  keras$utils$set_random_seed(1L)
  layers <- keras$layers
  model <- keras$Sequential(list(
    layers$Input(list(64L)),
    layers$Dense(64L, activation = "relu"), layers$Dense(16L), layers$UnitNormalization()
  ))
  model$compile(
    optimizer = keras$optimizers$Adam(0.003), loss = loss_of(engine),
    jit_compile = compiles(engine)
  )
  model
}

fit <- function(model, epochs, ...) {
  model$fit(
    images[training, ], array(labels[training]),
    batch_size = 256L, epochs = as.integer(epochs), verbose = 0L, ...
  )
}

embed <- function(model) model$predict(images[held_out, ], verbose = 0L)

recall_of <- function(model) recall_at_1(embed(model), labels[held_out])

evaluate <- function(model, ...) {
  model$evaluate(
    images[held_out, ], array(labels[held_out]), batch_size = sum(held_out), verbose = 0L, ...
  )
}

# The two tasks --------------------------------------------------------------------------------

# `files` are where the models go, named by their engines.
train <- function(files) {
  results <- lapply(names(files), function(engine) {
    c(train_and_save(engine, files[[engine]]), list(threads = train_in_threads(engine)))
  })
  c(stats::setNames(results, names(files)), list(values = compare_values()))
}

load <- function(files) {
  # Makes the native loss known to Keras
  as_keras_loss(loss_circle(), "native")
  lapply(as.list(files), function(file) {
    model <- keras$models$load_model(file)
    list(class = class(model$loss)[[1]], value = evaluate(model))
  })
}

# Their parts ----------------------------------------------------------------------------------

train_and_save <- function(engine, file) {
  model <- new_model(engine)
  before <- list(value = evaluate(model), recall = recall_of(model))
  losses <- unlist(fit(model, 20)$history$loss)
  weight <- rep_len(c(1, 0, 2.5), sum(held_out))
  model$save(file)
  embedding <- embed(model)
  list(
    class = class(model$loss)[[1]],
    before = before,
    losses = losses,
    value = evaluate(model),
    expected = loss_circle(labels[held_out], embedding),
    weighted = evaluate(model, sample_weight = array(weight)),
    expected_weighted = loss_circle(labels[held_out], embedding, sample_weight = weight),
    recall = recall_of(model)
  )
}

# Every reduction, with and without sample weights, from both engines and from R.
compare_values <- function() {
  set.seed(1)
  x <- unit_normalize(matrix(rnorm(40 * 6), 40))
  y <- c(sample.int(5, 39, replace = TRUE), 99L)
  weight <- round(runif(40, 0, 3), 2)
  references <- unit_normalize(matrix(rnorm(7 * 6), 7))
  reference_labels <- c(1:5, 1:2)
  tensor <- keras$ops$convert_to_tensor(x, dtype = "float32")
  value_of <- function(loss, sample_weight = NULL) {
    value <- loss(reticulate::np_array(y), tensor, sample_weight = sample_weight)
    as.vector(keras$ops$convert_to_numpy(value))
  }
  compare <- function(engine, reduction, ...) {
    instance <- loss_circle(reduction = reduction, gamma = 20, margin = 0.3, ...)
    loss <- as_keras_loss(instance, engine)
    data.frame(
      engine = engine, reduction = reduction,
      value = c(value_of(loss), value_of(loss, reticulate::np_array(weight, "float32"))),
      expected = c(instance(y, x), instance(y, x, weight))
    )
  }
  reductions <- c("none", "sum", "sum_over_batch_size", "mean", "mean_with_sample_weight")
  each <- lapply(reductions, function(reduction) {
    rbind(
      compare("keras", reduction),
      compare("native", reduction),
      compare("native", reduction, remove_diagonal = FALSE,
        ref_labels = reference_labels, ref_embeddings = references
      )
    )
  })
  do.call(rbind, each)
}

# Two fits at once, and the same alone.
train_in_threads <- function(engine) {
  python <- reticulate::py_run_string("
import threading

def fit_together(models, images, labels):
    failures = []

    def fit(model):
        try:
            model.fit(images, labels, batch_size=256, epochs=3, shuffle=False, verbose=0)
        except Exception as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=fit, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures
")
  models <- list(new_model(engine), new_model(engine))
  alone <- new_model(engine)
  before <- evaluate(alone)
  fit(alone, 3, shuffle = FALSE)
  failures <- python$fit_together(models, images[training, ], array(labels[training]))
  list(
    failures = failures, before = before, alone = evaluate(alone),
    together = vapply(models, evaluate, 0)
  )
}
