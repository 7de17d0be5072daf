# The Python module of inst/python: every script of python/ in a process of its own, by the Python
# that CIRCLELOSS_TRAINING_PYTHON names, which has Keras and its backends.

training_python <- function() {
  skip_on_cran()
  python <- Sys.getenv("CIRCLELOSS_TRAINING_PYTHON")
  skip_if(python == "", "CIRCLELOSS_TRAINING_PYTHON is not set")
  skip_if_not(file.exists(python), "CIRCLELOSS_TRAINING_PYTHON")
  python
}

skip_without_module <- function(python, module) {
  code <- sprintf("import importlib.util as u, sys; sys.exit(u.find_spec('%s') is None)", module)
  status <- system2(python, c("-c", shQuote(code)), stdout = FALSE, stderr = FALSE)
  skip_if(status != 0L, paste("Python has no", module))
}

# Where the scripts find the module of the installed package, and its shared library
python_environment <- function(...) {
  c(
    ...,
    CIRCLELOSS_LIBRARY = getLoadedDLLs()[["circleloss"]][["path"]],
    PYTHONPATH = system.file("python", package = "circleloss"),
    PYTHONDONTWRITEBYTECODE = "1",
    OMP_NUM_THREADS = "2"
  )
}

expect_script_passes <- function(script, module, ...) {
  python <- training_python()
  skip_without_module(python, module)
  variables <- python_environment(...)
  before <- Sys.getenv(names(variables), unset = NA, names = TRUE)
  on.exit({
    # R 4.6 wants at least one
    if (!all(is.na(before))) {
      do.call(Sys.setenv, as.list(before[!is.na(before)]))
    }
    Sys.unsetenv(names(before)[is.na(before)])
  })
  do.call(Sys.setenv, as.list(variables))
  output <- suppressWarnings(
    system2(python, shQuote(test_path("python", script)), stdout = TRUE, stderr = TRUE)
  )
  status <- attr(output, "status")
  if (!is.null(status)) {
    fail(paste(c(paste(script, "ended with status", status), output), collapse = "\n"))
  }
  expect_match(output, "^OK", all = FALSE)
}

# The float64 golden cases that the package computes, in JSON
write_golden <- function(path) {
  golden <- readRDS(test_path("golden", "cases.rds"))
  golden <- Filter(function(case) case$dtype == "float64", golden)
  golden$weights_08 <- NULL # a negative weight, which is refused
  objects <- Map(golden_object, golden, names(golden))
  writeLines(paste0("[", paste(objects, collapse = ",\n"), "]"), path)
}

golden_object <- function(case, name) {
  values <- c(
    name = json_text(name),
    vapply(
      c(
        "y_true", "y_pred", "ref_labels", "ref_embeddings", "gamma", "margin", "remove_diagonal",
        "reduction", "sample_weight", "value", "grad_pred", "grad_ref"
      ),
      function(field) json(case[[field]]),
      ""
    )
  )
  paste0("{", paste0("\"", names(values), "\": ", values, collapse = ", "), "}")
}

json <- function(x) {
  if (is.null(x)) {
    "null"
  } else if (is.matrix(x)) {
    rows <- vapply(seq_len(nrow(x)), function(i) json_vector(x[i, ]), "")
    paste0("[", paste(rows, collapse = ", "), "]")
  } else if (is.character(x)) {
    json_text(x)
  } else if (is.logical(x)) {
    tolower(x)
  } else if (length(x) == 1L) {
    json_number(x)
  } else {
    json_vector(x)
  }
}

json_text <- function(x) paste0("\"", x, "\"")
json_number <- function(x) sprintf("%.17g", as.double(x))
json_vector <- function(x) paste0("[", paste(json_number(x), collapse = ", "), "]")

test_that("NumPy: golden values, layouts, labels, bad input, threads", {
  path <- tempfile(fileext = ".json")
  on.exit(unlink(path))
  write_golden(path)
  expect_script_passes("test_numpy.py", "numpy", CIRCLELOSS_GOLDEN = path)
})

test_that("PyTorch: autograd and Keras", {
  expect_script_passes("test_torch.py", "torch", KERAS_BACKEND = "torch")
})

test_that("JAX: grad, jit and Keras", {
  expect_script_passes("test_jax.py", "jax", KERAS_BACKEND = "jax")
})

test_that("TensorFlow: tapes, graphs and Keras", {
  expect_script_passes("test_tensorflow.py", "tensorflow", KERAS_BACKEND = "tensorflow")
})
