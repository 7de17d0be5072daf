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
