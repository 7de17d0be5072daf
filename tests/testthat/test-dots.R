# What arrives in `...`.

x <- five_embeddings()
y <- five_labels()

test_that("named arguments that are not known are ignored with a warning", {
  expect_warned("ignored_argument", {
    value <- loss_circle(y, x, gama = 3)
    value <- loss_circle(y, x, reducton = "sum", sample_weight = 2, foo = 1, weight = 3)
    value <- loss_circle(y, x, `{gama}` = 3)
    result <- loss_circle_gradient(y, x, upstram = 1:5)
    result <- loss_circle_gradient(y, x, name = "circle")
  })
  warning <- expect_warning(loss_circle(y, x, gama = 3, b = 4))
  expect_identical(warning$arguments, c("gama", "b"))
})

test_that("what is ignored is not evaluated", {
  expect_identical(
    suppressWarnings(loss_circle(y, x, nonsense = stop("evaluated"))),
    loss_circle(y, x)
  )
})

test_that("sample_weight has no place where an instance is made", {
  expect_warned("ignored_argument", {
    loss <- loss_circle(sample_weight = 1:5)
  })
})

test_that("arguments without a name are refused", {
  expect_refused("dots", {
    loss_circle(y, x, NULL, NULL, TRUE, 80, 0.4, "sum")
    loss_circle(y, x, NULL, NULL, TRUE, 80, 0.4, "sum", "circle")
    loss_circle(y, x, NULL, NULL, TRUE, 80, 0.4, "sum", foo = 1)
    loss_circle_gradient(y, x, NULL, NULL, TRUE, 80, 0.4, "sum")
    loss_circle(y, x, NULL, NULL, TRUE, 80, 0.4, )
  })
})

test_that("sample_weight is given once", {
  expect_refused("dots", {
    loss_circle(y, x, sample_weight = 1, sample_weight = 2)
  })
})

test_that("closest_name() finds what was meant, and nothing far away", {
  known <- c("gamma", "margin", "reduction", "sample_weight", "ref_labels")
  expect_identical(closest_name("gama", known), "gamma")
  expect_identical(closest_name("Margin", known), "margin")
  expect_identical(closest_name("reducton", known), "reduction")
  expect_identical(closest_name("weights", known), "sample_weight")
  expect_identical(closest_name("labels", known), "ref_labels")
  expect_identical(closest_name("verbose", known), NA_character_)
  expect_identical(closest_name("m", known), NA_character_)
})
