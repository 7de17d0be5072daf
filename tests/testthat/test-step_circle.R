# The step of recipes.

skip_if_not_installed("recipes")

circle_recipe <- function(..., data = iris) {
  recipe <- recipes::recipe(Species ~ ., data)
  step_circle(recipe, recipes::all_predictors(), options = list(steps = 3), ...)
}

test_that("a trained step embeds new rows as the map does", {
  odd <- seq(1, 150, by = 2)
  trained <- recipes::prep(circle_recipe(num_comp = 2), iris[odd, ])
  baked <- recipes::bake(trained, iris[-odd, ])
  fit <- circle_map(iris[odd, ], Species, dim = 2, steps = 3)
  expect_setequal(names(baked), c("Species", "circle1", "circle2"))
  expect_identical(
    unname(as.matrix(baked[c("circle1", "circle2")])), unname(predict(fit, iris[-odd, ]))
  )
  # Without the outcome
  expect_identical(
    recipes::bake(trained, iris[-odd, 1:4])$circle1, baked$circle1
  )
  kept <- recipes::prep(circle_recipe(num_comp = 2, keep_original_cols = TRUE), iris)
  expect_true(all(names(iris) %in% names(recipes::bake(kept, iris))))
})

test_that("a step with a nearest-neighbour model does well in folds", {
  skip_if_not_installed("rsample")
  skip_if_not_installed("class")
  set.seed(1)
  folds <- rsample::vfold_cv(iris, v = 3, strata = "Species")
  right <- vapply(folds$splits, function(split) {
    trained <- recipes::prep(circle_recipe(num_comp = 3), rsample::analysis(split))
    known <- recipes::bake(trained, rsample::analysis(split))
    new <- recipes::bake(trained, rsample::assessment(split))
    columns <- grep("^circle", names(known))
    found <- class::knn(known[columns], new[columns], known$Species, 5)
    mean(found == new$Species)
  }, 0)
  expect_gt(mean(right), 0.93)
})

# Newer recipes print by cli, older ones do not.
printed <- function(recipe) {
  output <- utils::capture.output(messages <- cli::cli_fmt(print(recipe)))
  paste(c(output, messages), collapse = " ")
}

test_that("tidy(), tunable(), required_pkgs() and print() know the step", {
  recipe <- circle_recipe(num_comp = 2, id = "c")
  expect_match(printed(recipe), "Circle map")
  before <- tidy(recipe, 1)
  expect_identical(names(before), c("terms", "component", "value", "id"))
  trained <- recipes::prep(recipe, iris)
  expect_match(printed(trained), "Circle map")
  after <- tidy(trained, 1)
  expect_identical(nrow(after), 10L)
  expect_identical(unique(after$component), c("circle1", "circle2"))
  expect_identical(unique(after$id), "c")
  tunable <- generics::tunable(recipe$steps[[1]])
  expect_identical(tunable$name, c("num_comp", "decay"))
  expect_identical(generics::required_pkgs(recipe$steps[[1]]), "circleloss")
})

test_that("a trained recipe survives saveRDS()", {
  trained <- recipes::prep(circle_recipe(num_comp = 2), iris)
  file <- tempfile()
  saveRDS(trained, file)
  expect_identical(recipes::bake(readRDS(file), iris), recipes::bake(trained, iris))
})

test_that("no predictor leaves the data as they are", {
  recipe <- recipes::recipe(Species ~ ., iris)
  recipe <- step_circle(recipe, recipes::all_nominal_predictors())
  trained <- recipes::prep(recipe, iris)
  expect_identical(names(recipes::bake(trained, iris)), names(iris))
  expect_identical(nrow(tidy(trained, 1)), 0L)
})

test_that("what cannot be a step is refused", {
  expect_refused("object", {
    step_circle(iris)
  })
  recipe <- recipes::recipe(Species ~ ., iris)
  expect_refused("parameter", {
    step_circle(recipe, recipes::all_predictors(), options = "none")
  })
  without <- recipes::recipe(~., iris)
  without <- step_circle(without, recipes::all_numeric_predictors())
  # recipes may wrap the error in its own
  error <- expect_error(recipes::prep(without, iris))
  expect_match(
    paste(conditionMessage(error), if (!is.null(error$parent)) conditionMessage(error$parent)),
    "one outcome"
  )
})
