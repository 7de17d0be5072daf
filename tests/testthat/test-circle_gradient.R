# Gradients as they are shown.

x <- five_embeddings()
y <- five_labels()

test_that("a gradient prints its value, sizes and norms", {
  skip_on_cran()
  expect_snapshot({
    loss_circle_gradient(y, x)
    loss_circle_gradient(y, x, 0:1, diag(2), reduction = "none")
    loss_circle_gradient(rep(1, 5), x)
    loss_circle_gradient(y[0], x[0, ])
    loss_circle_gradient(y[0], x[0, ], reduction = "none")
  })
})

test_that("it is a list of the same elements, printed invisibly", {
  gradient <- loss_circle_gradient(y, x)
  expect_type(gradient, "list")
  expect_named(gradient, c("value", "gradient", "ref_gradient"))
  expect_output(printed <- withVisible(print(gradient)))
  expect_identical(printed, list(value = gradient, visible = FALSE))
  expect_output(str(gradient), "List of 3")
})

test_that("norms are those of the matrix and of its longest row", {
  result <- list(value = 1, gradient = rbind(c(3, 4), c(0, 12)), ref_gradient = NULL)
  gradient <- new_gradient(result)
  expect_match(format(gradient)[[3]], "2 x 2, norm 13, largest in row 2 (12)", fixed = TRUE)
})
