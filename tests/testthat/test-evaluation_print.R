# An evaluation on the screen.

some <- digits[1:200, ]
evaluation <- evaluate_embeddings(some$pixels, some$digit, dtype = "float64")

test_that("it prints one screen, and the summary says more", {
  skip_on_cran()
  expect_snapshot({
    evaluation
    summary(evaluation)
  })
})

test_that("it prints what is not defined, or left out, as such", {
  skip_on_cran()
  x <- five_embeddings()
  expect_snapshot({
    evaluate_embeddings(x, five_labels(), x[1:2, ], c(0, 1), k = 1:7, clustering = FALSE)
    evaluate_embeddings(x, c("a", "a", "a", "a", "a"))
    suppressWarnings(
      evaluate_embeddings(x * 1000, five_labels(), metric = "inner_product", gamma = 1e-4)
    )
  })
})

test_that("it prints invisibly what it was given", {
  expect_output(expect_identical(withVisible(print(evaluation)), list(
    value = evaluation, visible = FALSE
  )))
  overview <- summary(evaluation)
  expect_output(expect_identical(withVisible(print(overview)), list(
    value = overview, visible = FALSE
  )))
  expect_identical(capture.output(print(evaluation)), format(evaluation))
  expect_identical(capture.output(print(overview)), format(overview))
})

test_that("it fits a screen of 80 columns, whatever the numbers", {
  wide <- evaluation
  wide$sizes$anchors <- 12345678L
  wide$sizes$references <- 123456L
  wide$sizes$dimensions <- 12345L
  wide$sizes$self <- FALSE
  wide$sizes$lone <- 1234567L
  wide$sizes$counted <- 2345678L
  wide$sizes$pairs <- c(positive = 1e9, negative = 1e10)
  wide$metrics[] <- 1.23456789e-5
  wide$metrics[c("loss", "loss_perfect", "loss_chance")] <- c(1.234567e5, 1.23456e-15, 1.2345e8)
  wide$metrics[["auc_error"]] <- 1.2e-5
  wide$classes$label <- strrep("\u00e9", 40)
  wide$classes$most_confused_with <- "a\nb \t c d e f g h i j k l m"
  lines <- format(wide)
  expect_lte(max(cli::ansi_nchar(lines, "width")), 80)
  expect_lte(length(lines), 29)
  expect_lte(max(cli::ansi_nchar(format(summary(wide)), "width")), 80)
  expect_false(any(grepl("[[:cntrl:]]", lines)))
})

test_that("a clustering that takes long says how to get it", {
  evaluation$metrics[c("nmi", "ami")] <- NA
  expect_match(format(evaluation), "clustering = TRUE", fixed = TRUE, all = FALSE)
  evaluation$settings["clustering"] <- list(FALSE)
  expect_match(format(evaluation), "Clustering +skipped$", all = FALSE)
})

test_that("a bound on the error is shown where there is one", {
  expect_no_match(format(evaluation), "(+-", fixed = TRUE)
  evaluation$metrics[["auc_error"]] <- 3e-6
  expect_match(format(evaluation), "(+-3e-06)", fixed = TRUE, all = FALSE)
})

test_that("the scale shows where the loss lies", {
  expect_identical(scale_bar(0, 0, 1, 5), "[o----]")
  expect_identical(scale_bar(0.5, 0, 1, 5), "[==o--]")
  expect_identical(scale_bar(1, 0, 1, 5), "[====o]")
  expect_identical(scale_bar(-1, 0, 1, 5), "[o----]")
  expect_identical(scale_bar(7, 0, 1, 5), "[====o]")
  expect_identical(scale_bar(1, 0, NA, 5), "...")
  expect_identical(scale_bar(0, 0, 0, 5), "...")
})

test_that("a long table of classes says how much of it is left out", {
  x <- random_unit(60, 4)
  lines <- format(summary(evaluate_embeddings(x, rep(1:30, 2), clustering = FALSE)))
  expect_match(lines, "and 10 more", fixed = TRUE, all = FALSE)
})

test_that("numbers have the digits that matter, and nothing is minus zero", {
  expect_identical(decimal_text(c(0.5, NA, -1e-9, -0.25)), c("0.5000", "-", "0.0000", "-0.2500"))
  expect_identical(digit_text(c(12.3456, 101.2, NA), 3L), c("12.3", "101", "-"))
  expect_identical(similarity_text(c(0.5, -1)), c("0.5000", "-1.0000"))
  expect_identical(similarity_text(c(1234567, NA)), c("1.23e+06", "-"))
})
