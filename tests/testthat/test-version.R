# The version of the compiled library.

test_that("the library is of the version of the package", {
  expect_identical(.Call(ffi_version), unname(getNamespaceVersion("circleloss")))
})

test_that("another one is refused", {
  expect_silent(check_version("1.2.3", "1.2.3"))
  expect_error(check_version("1.2.3", "1.2.4"), "1.2.3, its R code version 1.2.4")
})
