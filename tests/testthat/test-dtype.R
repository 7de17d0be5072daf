# The floating point type.

x <- five_embeddings()
y <- five_labels()

test_that("every name and policy is understood", {
  expect_identical(loss_circle()$dtype, config_floatx())
  for (dtype in c("float64", "float32", "float16", "bfloat16")) {
    expect_identical(loss_circle(dtype = dtype)$dtype, dtype)
    expect_identical(loss_circle(dtype = list(compute_dtype = dtype))$dtype, dtype)
  }
  expect_identical(loss_circle(dtype = "mixed_float16")$dtype, "float16")
  expect_identical(loss_circle(dtype = "mixed_bfloat16")$dtype, "bfloat16")
  policy <- list(name = "mine", compute_dtype = "mixed_float16", variable_dtype = "float32")
  expect_identical(loss_circle(dtype = policy)$dtype, "float16")
})

test_that("the policy computes in its compute type", {
  half <- loss_circle(y, x, dtype = "float16")
  expect_identical(loss_circle(y, x, dtype = "mixed_float16"), half)
  expect_identical(loss_circle_gradient(y, x, dtype = "mixed_float16")$value, half)
  expect_false(half == loss_circle(y, x, dtype = "float64"))
})

test_that("NULL is the default of the session", {
  previous <- config_set_floatx("float64")
  on.exit(config_set_floatx(previous))
  expect_identical(loss_circle(y, x), loss_circle(y, x, dtype = "float64"))
})

test_that("no other type is accepted", {
  expect_refused("dtype", {
    loss_circle(y, x, dtype = "float8")
    loss_circle(y, x, dtype = "float")
    loss_circle(y, x, dtype = NA_character_)
    loss_circle(y, x, dtype = c("float32", "float64"))
    loss_circle(y, x, dtype = 32)
    loss_circle(y, x, dtype = list(dtype = "float32"))
    loss_circle(y, x, dtype = list())
    loss_circle(dtype = list(compute_dtype = 16))
    loss_circle_gradient(y, x, dtype = "double")
  })
})
