# `circleloss compare FILE FILE ...`, inside of this session.

# Ten classes of four rows, and the same with larger errors.
compared_files <- function() {
  x <- with_seed(1, {
    label <- rep(1:10, each = 4)
    centre <- matrix(stats::rnorm(10 * 4), 10)[label, ]
    noise <- function() matrix(stats::rnorm(40 * 4), 40)
    list(good = centre + 0.2 * noise(), bad = centre + 2 * noise(), label = label)
  })
  for (name in c("good", "bad")) {
    utils::write.csv(
      data.frame(label = paste0("c", x$label), x[[name]]), paste0(name, ".csv"), row.names = FALSE
    )
  }
}
run_compare <- function(...) run_cli("compare", ...)

test_that("the report is that of the comparison", {
  local_command_folder()
  compared_files()
  output <- good_output("compare", "bad.csv", "good.csv")
  good <- read_embeddings("good.csv", "label")
  bad <- read_embeddings("bad.csv", "label")
  expected <- compare_embeddings(bad, good)
  expect_identical(output, utils::head(cli::ansi_strip(format(expected)), -2))

  table <- utils::read.csv(text = run_compare("bad.csv", "good.csv", "--csv")$output)
  expect_equal(table$difference, expected$differences$difference, tolerance = 1e-14)
  expect_identical(table$embedding[[1]], "good")

  skip_if_not_installed("jsonlite")
  json <- run_compare("x=bad.csv", "y=good.csv", "--json", "--k", "1", "--baseline", "y")
  json <- jsonlite::fromJSON(paste(json$output, collapse = "\n"))
  expect_identical(json$baseline, "y")
  expect_identical(json$files, list(x = "bad.csv", y = "good.csv"))
  expect_identical(unique(json$differences$embedding), "x")
  expect_identical(json$settings$k, 1L)
})

test_that("conditions name embeddings by name or letter, and may ask for significance", {
  local_command_folder()
  compared_files()
  gate <- function(...) run_compare("bad.csv", "good.csv", "--quiet", ...)
  better <- "b.map_at_r - a.map_at_r < 0"
  expect_identical(gate("--fail-if", better)$status, 0L)
  expect_identical(gate("--fail-if", better, "--fail-unless-significant")$status, 0L)
  expect_identical(gate("--fail-if=good.map_at_r - bad.map_at_r < 0")$status, 0L)
  worse <- gate("--fail-if", "a.map_at_r - good.map_at_r < 0", "--fail-if", "bad.auc < 2")
  expect_identical(worse$status, 1L)
  expect_length(worse$errors, 2)
  expect_match(worse$errors[[1]], "failed: a.map_at_r - good.map_at_r < 0 (it is -0.", fixed = TRUE)

  file.copy("good.csv", "same.csv")
  same <- run_compare(
    "good.csv", "same.csv", "--quiet", "--fail-if", better, "--fail-unless-significant"
  )
  expect_identical(same$status, 1L)
  expect_match(same$errors, "is not significant")
})

test_that("what cannot be used ends with status 2", {
  local_command_folder()
  compared_files()
  writeLines(utils::head(readLines("good.csv"), -1), "short.csv")
  expect_unusable({
    run_compare("good.csv")
    run_compare("good.csv", "good.csv")
    run_compare("good.csv", "short.csv")
    run_compare("good.csv", "bad.csv", "--bsaeline", "bad")
    run_compare("good.csv", "bad.csv", "--baseline", "worse")
    run_compare("good.csv", "bad.csv", "--resample", "pairs")
    run_compare("good.csv", "bad.csv", "--level", "95")
    run_compare("good.csv", "bad.csv", "--ref", "one.csv")
    run_compare("good.csv", "bad.csv", "--fail-if", "map_at_r < 0")
    run_compare("good.csv", "bad.csv", "--fail-if", "a.map_at_r + 1")
    run_compare("good.csv", "bad.csv", "--fail-unless-significant")
    run_compare(
      "good.csv", "bad.csv", "--fail-unless-significant", "--fail-if", "a.auc - b.map_at_r < 0"
    )
  })
  missing <- run_compare("good.csv", "bad.csv", "--quiet", "--fail-if", "a.nothing < 0")
  expect_identical(missing$status, 2L)
  expect_match(missing$errors, "there is no metric")
})

test_that("each file may have references, and a plot is drawn", {
  skip_if_not_installed("ggplot2")
  local_command_folder()
  compared_files()
  result <- run_compare(
    "good.csv", "bad.csv", "--ref", "good.csv,bad.csv", "--plot", "differences.pdf", "--csv"
  )
  expect_identical(result$status, 0L)
  expect_gt(file.size("differences.pdf"), 1000)
  plotted <- run_compare("good.csv", "bad.csv", "--plot", "x.pdf", "--plot-type", "roc", "--quiet")
  expect_identical(plotted$status, 0L)
})

test_that("a report is written beside the result", {
  skip_on_cran()
  skip_if_no_report()
  local_command_folder()
  compared_files()
  result <- run_compare("a=good.csv", "b=bad.csv", "--report", "both.html", "--quiet")
  expect_identical(result, list(status = 0L, output = character(), errors = character()))
  page <- readLines("both.html", encoding = "UTF-8")
  expect_match(page, "<title>Comparison of a and b</title>", all = FALSE, fixed = TRUE)
  expect_unusable({
    run_compare("good.csv", "bad.csv", "--report", "nonesuch/both.html")
  })
})

test_that("help lists the options", {
  skip_if_no_optparse()
  skip_on_cran()
  help <- run_compare("--help")
  expect_identical(help$status, 0L)
  expect_match(help$output, "fail-unless-significant", all = FALSE)
})
