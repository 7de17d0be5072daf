# gamma, margin, name and the flags.

x <- five_embeddings()
y <- five_labels()

test_that("gamma is a finite number greater than 0", {
  expect_refused("parameter", {
    loss_circle(y, x, gamma = 0)
    loss_circle(y, x, gamma = -80)
    loss_circle(y, x, gamma = NA)
    loss_circle(y, x, gamma = NA_real_)
    loss_circle(y, x, gamma = Inf)
    loss_circle(y, x, gamma = NULL)
    loss_circle(y, x, gamma = c(80, 81))
    loss_circle(y, x, gamma = numeric())
    loss_circle(y, x, gamma = "80")
    loss_circle(y, x, gamma = TRUE)
    loss_circle(y, x, gamma = factor(80))
    loss_circle(y, x, gamma = list(80))
    loss_circle(gamma = 0)
    loss_circle_gradient(y, x, gamma = 0)
  })
})

test_that("margin is a finite number", {
  expect_refused("parameter", {
    loss_circle(y, x, margin = NaN)
    loss_circle(y, x, margin = -Inf)
    loss_circle(y, x, margin = NULL)
    loss_circle(y, x, margin = "0.4")
    loss_circle(margin = 1:2)
  })
  expect_silent(loss_circle(y, x, margin = -0.5))
  expect_silent(loss_circle(y, x, margin = 2L))
})

test_that("name is a string", {
  expect_refused("parameter", {
    loss_circle(name = 1)
    loss_circle(name = NA_character_)
    loss_circle(name = NULL)
    loss_circle(y, x, name = c("a", "b"))
  })
})

test_that("flags are TRUE or FALSE", {
  expect_refused("flag", {
    loss_circle(y, x, remove_diagonal = NA)
    loss_circle(y, x, remove_diagonal = 1)
    loss_circle(y, x, remove_diagonal = "TRUE")
    loss_circle(remove_diagonal = NULL)
    loss_circle_gradient(y, x, normalize = c(TRUE, FALSE))
  })
})
