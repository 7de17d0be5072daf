# Training with a real Keras on each of its backends, every task in a process of its own. The
# environment variable CIRCLELOSS_TRAINING_PYTHON names a Python that has them.

python <- Sys.getenv("CIRCLELOSS_TRAINING_PYTHON")

skip_if_no_backend <- function(backend) {
  skip_on_cran()
  skip_if(python == "", "CIRCLELOSS_TRAINING_PYTHON is not set")
  skip_if_not_installed("reticulate")
  skip_if_not_installed("callr")
  for (module in c("keras", backend)) {
    code <- paste0("from importlib.util import find_spec; exit(not find_spec('", module, "'))")
    skip_if_not(system2(python, c("-c", shQuote(code))) == 0, module)
  }
}

# Calls a function of keras/sessions.R in a new process.
in_session <- function(backend, task, ...) {
  callr::r(
    function(sessions, task, arguments) {
      home <- new.env()
      sys.source(sessions, home)
      do.call(get(task, home), arguments)
    },
    args = list(normalizePath(test_path("keras", "sessions.R")), task, list(...)),
    env = c(
      callr::rcmd_safe_env(),
      RETICULATE_PYTHON = python, KERAS_BACKEND = backend, TF_CPP_MIN_LOG_LEVEL = "3",
      CUDA_VISIBLE_DEVICES = ""
    ),
    libpath = .libPaths()
  )
}

# "default" is a loss instance handed to Keras as it is.
loss_classes <- c(
  default = "keras.src.losses.losses.Circle", native = "circleloss.keras.NativeCircle"
)

expect_trained <- function(result, class) {
  expect_identical(result$class, class)
  expect_lt(tail(result$losses, 1), 0.7 * result$losses[[1]])
  expect_equal(result$value, result$expected, tolerance = 1e-4)
  expect_equal(result$weighted, result$expected_weighted, tolerance = 1e-4)
  expect_lt(result$before$recall, 0.9)
  expect_gt(result$recall, 0.95)
}

expect_same_in_threads <- function(result) {
  expect_length(result$failures, 0)
  expect_lt(result$alone, result$before)
  expect_equal(result$together, rep(result$alone, 2), tolerance = 1e-3)
}

for (backend in c("torch", "jax", "tensorflow")) {
  test_that(paste("a network learns, is saved and loaded, with either engine, on", backend), {
    skip_if_no_backend(backend)
    files <- vapply(loss_classes, function(class) tempfile(fileext = ".keras"), "")
    on.exit(unlink(files))

    results <- in_session(backend, "train", files)
    for (engine in names(loss_classes)) {
      expect_trained(results[[engine]], loss_classes[[engine]])
      expect_same_in_threads(results[[engine]]$threads)
    }
    expect_identical(unique(results$values$engine), c("keras", "native"))
    expect_equal(results$values$value, results$values$expected, tolerance = 1e-5)

    loaded <- in_session(backend, "load", files)
    for (engine in names(loss_classes)) {
      expect_identical(loaded[[engine]]$class, loss_classes[[engine]])
      expect_equal(loaded[[engine]]$value, results[[engine]]$value, tolerance = 1e-6)
    }
  })
}
