# The Python side of the package, from R. What it computes has its own tests.

test_that("the module computes on arrays of NumPy what R computes", {
  skip_if_no_numpy()
  problem <- random_problem(30, 5, "few", m = 12)
  python <- import_circleloss()
  result <- python$value_and_gradient(
    reticulate::np_array(problem$labels), reticulate::np_array(problem$embeddings),
    reticulate::np_array(problem$reference_labels), reticulate::np_array(problem$references),
    remove_diagonal = FALSE, weights = "detached"
  )
  expected <- gradient_of(c(problem, remove_diagonal = FALSE), weights = "detached")
  expect_equal(as.vector(result[[1]]), expected$value, tolerance = 1e-13)
  expect_equal(result[[2]], expected$gradient, tolerance = 1e-13)
  expect_equal(result[[3]], expected$ref_gradient, tolerance = 1e-13)
})

test_that("nothing is converted where that is not wanted", {
  skip_if_no_numpy()
  python <- import_circleloss(convert = FALSE)
  value <- python$circle_loss(
    reticulate::np_array(five_labels()), reticulate::np_array(five_embeddings())
  )
  expect_s3_class(value, "python.builtin.object")
  expect_refused("flag", {
    import_circleloss(convert = NA)
  })
})

test_that("a module that cannot be imported is an error, the reason is kept", {
  skip_if_no_numpy()
  error <- expect_error(
    import_native("circleloss.nonesuch", FALSE, NULL), class = "circleloss_error_python"
  )
  expect_match(conditionMessage(error$parent), "nonesuch")
})

test_that("a Python without NumPy is refused, the reason is kept", {
  skip_if_no_numpy()
  reticulate::py_run_string("
import sys
circleloss_numpy = sys.modules['numpy']
sys.modules['numpy'] = None
")
  on.exit(reticulate::py_run_string("sys.modules['numpy'] = circleloss_numpy"))
  error <- expect_error(import_circleloss(), class = "circleloss_error_python")
  expect_match(conditionMessage(error$parent), "numpy")
  expect_match(conditionMessage(error), "needs NumPy")
})
