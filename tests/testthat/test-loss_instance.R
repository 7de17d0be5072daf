# The loss as an object.

x <- five_embeddings()
y <- five_labels()

test_that("without y_true and y_pred an instance is made", {
  loss <- loss_circle()
  expect_identical(class(loss), "circleloss_instance")
  expect_true(is.function(loss))
  expect_identical(names(formals(loss)), c("y_true", "y_pred", "sample_weight"))
  expect_identical(loss(y, x), loss_circle(y, x))
})

test_that("instance and direct call agree bit for bit", {
  settings <- list(
    list(),
    list(gamma = 12.5, margin = 0.25, reduction = "sum", dtype = "float64"),
    list(remove_diagonal = FALSE, reduction = NULL, dtype = "bfloat16"),
    list(ref_labels = c(0, 1), ref_embeddings = diag(2), reduction = "mean_with_sample_weight"),
    list(ref_labels = c(1, 1, 2, 2, 0))
  )
  weights <- c(2, 1, 0, 3, 5)
  for (arguments in settings) {
    loss <- do.call(loss_circle, arguments)
    direct <- do.call(loss_circle, c(list(y, x), arguments))
    weighted <- do.call(loss_circle, c(list(y, x), arguments, list(sample_weight = weights)))
    expect_identical(loss(y, x), direct)
    expect_identical(loss(y, x, weights), weighted)
    expect_identical(loss(y_pred = x, y_true = y, sample_weight = weights), weighted)
  }
})

test_that("it tells its settings", {
  loss <- loss_circle(gamma = 100L, margin = 0.25, reduction = NULL, name = "mine")
  expect_identical(loss$gamma, 100)
  expect_identical(loss$margin, 0.25)
  expect_identical(loss$remove_diagonal, TRUE)
  expect_identical(loss$reduction, "none")
  expect_identical(loss$name, "mine")
  expect_identical(loss$dtype, "float32")
  expect_null(loss$ref_labels)
  expect_null(loss$ref_embeddings)
  expect_identical(loss[["gamma"]], 100)
})

test_that("the type is settled when it is made", {
  previous <- config_set_floatx("float64")
  on.exit(config_set_floatx(previous))
  loss <- loss_circle()
  config_set_floatx("float16")
  expect_identical(loss$dtype, "float64")
  expect_identical(loss(y, x), loss_circle(y, x, dtype = "float64"))
})

test_that("it is rebuilt from its config", {
  loss <- loss_circle(
    gamma = 80.5, reduction = NULL, dtype = "mixed_float16", remove_diagonal = FALSE,
    ref_labels = factor(c("a", "b")), ref_embeddings = data.frame(u = 1:0, v = 0:1)
  )
  config <- loss$get_config()
  expect_type(config, "list")
  for (rebuilt in list(do.call(loss_circle, config), loss$from_config(config))) {
    expect_identical(class(rebuilt), class(loss))
    expect_identical(rebuilt$get_config(), config)
    expect_identical(rebuilt(c("a", "b"), diag(2)), loss(c("a", "b"), diag(2)))
  }
})

test_that("the config of a plain instance can be changed and rebuilt", {
  config <- loss_circle()$get_config()
  config$gamma <- 4
  expect_identical(loss_circle()$from_config(config)(y, x), loss_circle(y, x, gamma = 4))
})

test_that("it survives being saved", {
  loss <- loss_circle(gamma = 4, ref_labels = 0:1, ref_embeddings = diag(2))
  copy <- unserialize(serialize(loss, NULL))
  expect_identical(copy$get_config(), loss$get_config())
  expect_identical(copy(y, x), loss(y, x))
})

test_that("later changes of the references do not reach it", {
  references <- diag(2)
  loss <- loss_circle(ref_labels = 0:1, ref_embeddings = references)
  before <- loss(y, x)
  references[1, 1] <- -1
  expect_identical(loss(y, x), before)
})

test_that("names complete at the console", {
  loss <- loss_circle()
  expect_identical(
    names(loss),
    c(
      "ref_labels", "ref_embeddings", "remove_diagonal", "gamma", "margin", "reduction", "name",
      "dtype", "get_config", "from_config"
    )
  )
  expect_identical(utils::.DollarNames(loss, "^ga"), "gamma")
  expect_identical(utils::.DollarNames(loss, "config"), c("get_config()", "from_config()"))
})

test_that("it prints what it is", {
  expect_snapshot({
    loss_circle()
    loss_circle(gamma = 12.5, reduction = NULL, name = "mine", dtype = "float64")
    loss_circle(ref_embeddings = diag(3), remove_diagonal = FALSE)
    loss_circle(ref_labels = 1:3, ref_embeddings = diag(3))
    loss_circle(ref_labels = 1:3)
  })
  loss <- loss_circle()
  expect_type(format(loss), "character")
  capture.output(expect_invisible(print(loss)))
})

test_that("settings that do not exist are refused, and so are changes", {
  loss <- loss_circle()
  expect_refused("field", {
    loss$gama
    loss$g
    loss[["gama"]]
    loss[[1]]
    loss$gamma <- 5
    loss[["gamma"]] <- 5
    loss$from_config("gamma")
    loss$from_config()
  })
  expect_identical(loss$gamma, 80)
})

test_that("errors of a config are those of loss_circle()", {
  loss <- loss_circle()
  expect_refused("parameter", {
    loss$from_config(list(gamma = -1))
  })
})

test_that("both arguments are needed in a call", {
  loss <- loss_circle()
  expect_refused("missing_argument", {
    loss()
    loss(y)
    loss(y_pred = x)
  })
})

test_that("references are checked when they are bound", {
  expect_refused("labels", {
    loss_circle(ref_labels = 1:3, ref_embeddings = diag(2))
    loss_circle(ref_labels = c(1, NA), ref_embeddings = diag(2))
  })
})

test_that("and against the batch when they are used", {
  loss <- loss_circle(ref_embeddings = diag(2))
  expect_refused("references", {
    loss(y, x)
    loss(1:2, diag(3)[1:2, ])
  })
})

test_that("errors and warnings name the instance", {
  loss <- loss_circle()
  error <- expect_error(loss(y, x[1:3, ]), class = "circleloss_error_labels")
  expect_identical(error$call[[1]], quote(loss))
  warning <- expect_warning(loss(y, 2 * x), class = "circleloss_warning_not_unit")
  expect_identical(warning$call[[1]], quote(loss))
})
