# A loss instance as a loss of Keras. Keras is a small stand-in here, of helper-keras.R;
# test-keras_backends.R has the real one.

test_that("reticulate converts a loss instance into Keras's own loss", {
  skip_if_no_numpy()
  with_keras({
    loss <- reticulate::r_to_py(loss_circle(gamma = 12.5, margin = 0.25, reduction = "sum"))
    expect_s3_class(loss, "python.builtin.object")
    expect_identical(
      reticulate::py_to_r(loss$settings),
      list(
        gamma = 12.5, margin = 0.25, remove_diagonal = TRUE, reduction = "sum", name = "circle",
        dtype = "float32"
      )
    )
    # As an argument of a function of Python
    kept <- reticulate::py_run_string("circleloss_kept = lambda loss: loss.settings['gamma']")
    expect_identical(kept$circleloss_kept(loss_circle(gamma = 3)), 3)
    # And in a list, as for a model with several outputs
    kept <- reticulate::py_run_string("circleloss_kept = lambda loss: loss['b'].settings['gamma']")
    expect_identical(kept$circleloss_kept(list(a = loss_circle(), b = loss_circle(gamma = 3))), 3)
  })
})

test_that("as_keras_loss() makes the same by default", {
  skip_if_no_numpy()
  with_keras({
    loss <- loss_circle(name = "mine", reduction = NULL, remove_diagonal = FALSE)
    for (converted in list(as_keras_loss(loss), as_keras_loss(loss, c("keras", "native")))) {
      expect_identical(converted$settings$name, "mine")
      expect_identical(converted$settings$reduction, "none")
      expect_identical(converted$settings$remove_diagonal, FALSE)
    }
  })
})

test_that("the native engine takes references and detached weights", {
  skip_if_no_numpy()
  previous <- circleloss_threads(1)
  on.exit(circleloss_threads(previous))
  references <- rbind(c(1, 0), c(0, 1), c(0.6, 0.8))
  with_keras({
    instance <- loss_circle(ref_labels = c(4, 5, 2^40), ref_embeddings = references)
    settings <- as_keras_loss(instance, "native", "detached")$settings
    expect_identical(settings$gamma, 80)
    expect_identical(settings$weights, "detached")
    expect_identical(settings$threads, 1L)
    expect_identical(as.vector(settings$ref_labels), c(4, 5, 2^40))
    expect_identical(settings$ref_embeddings, references)
    settings <- as_keras_loss(loss_circle(), "native")$settings
    expect_identical(settings$weights, "differentiated")
    expect_null(settings$ref_labels)
    expect_null(settings$ref_embeddings)
  })
})

test_that("labels of references arrive exactly", {
  skip_if_no_numpy()
  text <- function(labels) {
    array <- python_labels(labels, NULL)
    unlist(reticulate::py_to_r(array$astype("U")$tolist()))
  }
  expect_identical(text(c(-3L, 7L)), c("-3", "7"))
  expect_identical(text(c(TRUE, FALSE)), c("1", "0"))
  expect_identical(text(2^53 + 2), "9007199254740994")
  # As fit() of keras3 codes a factor
  expect_identical(text(factor(c("b", "c", "b"), levels = c("a", "b", "c"))), c("1", "2", "1"))
  skip_if_not_installed("bit64")
  expect_identical(text(bit64::as.integer64("9007199254740993")), "9007199254740993")
})

test_that("what Keras's own loss cannot do is refused, with what can", {
  skip_if_no_numpy()
  with_keras({
    expect_refused("engine", {
      reticulate::r_to_py(loss_circle(ref_labels = 1:2, ref_embeddings = diag(2)))
      as_keras_loss(loss_circle(ref_labels = 1:2))
      as_keras_loss(loss_circle(), weights = "detached")
      as_keras_loss(loss_circle(ref_labels = 1:2), weights = "detached")
      as_keras_loss(loss_circle(dtype = "float64"))
    })
  })
  with_keras(backend = "jax", {
    expect_refused("engine", {
      as_keras_loss(loss_circle(dtype = "float64"))
    })
  })
  with_keras(backend = "tensorflow", {
    expect_identical(as_keras_loss(loss_circle(dtype = "float64"))$settings$dtype, "float64")
  })
})

test_that("text cannot label references inside Keras", {
  skip_if_no_numpy()
  with_keras({
    expect_refused("engine", {
      as_keras_loss(loss_circle(ref_labels = c("a", "b")), "native")
    })
  })
})

test_that("bound labels that are a factor mean the codes of keras3, from 0 on", {
  skip_if_no_numpy()
  with_keras({
    labels <- factor(c("dog", "cat", "eel"), levels = c("eel", "dog", "cat"))
    instance <- loss_circle(ref_labels = labels, ref_embeddings = diag(3))
    settings <- as_keras_loss(instance, "native")$settings
    # As keras3 codes a factor in fit()
    expect_identical(as.vector(settings$ref_labels), c(1, 2, 0))
  })
})

test_that("Keras's own Circle is taken over", {
  skip_if_no_numpy()
  with_keras({
    circle <- reticulate::import("keras", convert = FALSE)$losses$Circle(
      gamma = 12.5, margin = 0.25, remove_diagonal = FALSE, reduction = "sum", name = "mine",
      dtype = "bfloat16"
    )
    class(circle) <- c("keras.src.losses.losses.Circle", class(circle))
    taken <- as_keras_loss(circle)$settings
    expect_identical(taken, list(
      gamma = 12.5, margin = 0.25, remove_diagonal = FALSE, reduction = "sum", name = "mine",
      dtype = "bfloat16"
    ))
    native <- as_keras_loss(circle, "native", "detached")$settings
    expect_identical(native[c("gamma", "weights", "name")], list(
      gamma = 12.5, weights = "detached", name = "mine"
    ))
    other <- reticulate::import("keras", convert = FALSE)$losses$Circle(name = "other")
    expect_error(as_keras_loss(other), class = "circleloss_error_object")
  })
})

test_that("get_config() of keras3 works on an instance", {
  # Its whole body, which is no generic
  get_config <- function(object) {
    config <- object$get_config()
    attr(config, "__class__") <- object$`__class__`
    config
  }
  loss <- loss_circle(gamma = 3, reduction = "sum")
  expect_identical(get_config(loss), loss$get_config())
  expect_identical(do.call(loss_circle, get_config(loss))$gamma, 3)
})

test_that("arguments are checked", {
  expect_refused("missing_argument", {
    as_keras_loss()
  })
  expect_refused("object", {
    as_keras_loss(loss_circle)
    as_keras_loss("circle")
  })
  expect_refused("engine", {
    as_keras_loss(loss_circle(), "tensorflow")
    as_keras_loss(loss_circle(), NULL)
  })
  expect_refused("weights", {
    as_keras_loss(loss_circle(), "native", "constant")
  })
})

test_that("a Keras without the loss is refused", {
  skip_if_no_numpy()
  with_keras(version = "3.6.0", {
    expect_refused("keras", {
      as_keras_loss(loss_circle())
      reticulate::r_to_py(loss_circle())
    })
    error <- expect_error(as_keras_loss(loss_circle()), class = "circleloss_error_keras")
    expect_identical(error[c("version", "needed")], list(version = "3.6.0", needed = "3.7.0"))
  })
})

test_that("versions of Keras between releases are compared too", {
  expect_true(release_of("3.12.0.dev2025100103") > keras_needed)
  expect_true(release_of("3.6.0rc1") < keras_needed)
})

test_that("a Python without Keras is refused, the reason is kept", {
  skip_if_no_numpy()
  reticulate::py_run_string("import sys; sys.modules['keras'] = None")
  on.exit(reticulate::py_run_string("del sys.modules['keras']"))
  error <- expect_error(as_keras_loss(loss_circle()), class = "circleloss_error_keras")
  expect_match(conditionMessage(error$parent), "keras")
  expect_refused("keras", {
    stop_no_keras(NULL, NULL)
  })
})

test_that("what Keras itself refuses is our error, the reason is kept", {
  skip_if_no_numpy()
  with_keras({
    error <- expect_error(
      as_keras_loss(loss_circle(name = "refused")), class = "circleloss_error_keras"
    )
    expect_match(conditionMessage(error$parent), "refused")
  })
})
