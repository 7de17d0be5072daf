# The default floating point type of the session.

test_that("it is float32 until set, and setting returns the previous one invisibly", {
  expect_identical(config_floatx(), "float32")
  expect_invisible(config_set_floatx("float64"))
  expect_identical(config_floatx(), "float64")
  expect_identical(config_set_floatx("bfloat16"), "float64")
  expect_identical(config_set_floatx("float16"), "bfloat16")
  config_set_floatx("float32")
  expect_identical(config_floatx(), "float32")
})

test_that("only floating point types are accepted, and nothing changes otherwise", {
  expect_refused("dtype", {
    config_set_floatx("mixed_float16")
    config_set_floatx("int32")
    config_set_floatx(NULL)
    config_set_floatx(c("float32", "float64"))
    config_set_floatx(64)
  })
  expect_identical(config_floatx(), "float32")
})

test_that("the value is needed", {
  expect_refused("missing_argument", {
    config_set_floatx()
  })
})

# Keras ----------------------------------------------------------------------------------------

# The session as if nothing had been set, with a stand-in for Keras.
with_unset_floatx <- function(code, ...) {
  before <- floatx_state$floatx
  on.exit(floatx_state$floatx <- before)
  floatx_state$floatx <- NULL
  with_keras(code, ...)
}

floatx_in_keras <- function() {
  reticulate::py_to_r(reticulate::import("keras", convert = FALSE)$config$floatx())
}

test_that("Keras's is followed where Keras is loaded and ours was not set", {
  skip_if_no_numpy()
  x <- five_embeddings()
  y <- five_labels()
  with_unset_floatx(floatx = "float64", {
    expect_identical(suppressMessages(config_floatx()), "float64")
    expect_identical(loss_circle()$dtype, "float64")
    expect_identical(loss_circle(y, x), loss_circle(y, x, dtype = "float64"))
    config_set_floatx("float32")
    expect_identical(config_floatx(), "float32")
  })
  with_unset_floatx(expect_identical(config_floatx(), "float32"))
  with_unset_floatx(floatx = "int8", expect_identical(config_floatx(), "float32"))
})

test_that("setting ours sets Keras's, and returns what counted before", {
  skip_if_no_numpy()
  with_unset_floatx(floatx = "bfloat16", {
    expect_identical(suppressMessages(config_set_floatx("float64")), "bfloat16")
    expect_identical(floatx_in_keras(), "float64")
    config_set_floatx("float32")
    expect_identical(floatx_in_keras(), "float32")
  })
})

test_that("a message says each of it, once", {
  skip_if_no_numpy()
  skip_on_cran()
  rlang::reset_message_verbosity("circleloss_floatx_follows_keras")
  rlang::reset_message_verbosity("circleloss_floatx_sets_keras")
  with_unset_floatx(floatx = "float64", {
    expect_snapshot({
      config_floatx()
      config_set_floatx("float16")
    })
    expect_silent(config_set_floatx("float32"))
  })
})

test_that("a Keras of another kind, or none, changes nothing", {
  skip_if_no_numpy()
  with_unset_floatx({
    reticulate::py_run_string("import sys; del sys.modules['keras'].config")
    expect_identical(config_floatx(), "float32")
    expect_silent(config_set_floatx("float64"))
    expect_identical(config_floatx(), "float64")
  })
  expect_null(loaded_keras())
})
