# The report as a file.

some <- digits[1:100, ]
evaluation <- evaluate_embeddings(some$pixels, some$digit, clustering = FALSE)

test_that("a report is one file that needs no other", {
  skip_on_cran()
  skip_if_no_report()
  local_folder()
  expect_invisible(file <- report_embeddings(evaluation, "page.html", "A <b>title</b> & more"))
  expect_identical(file, "page.html")
  expect_identical(list.files(), "page.html")
  page <- paste(readLines("page.html", encoding = "UTF-8"), collapse = "\n")
  expect_match(page, "<h1>A &#60;b&#62;title|<h1>A &lt;b&gt;title")
  expect_match(page, "<title>A &lt;b&gt;title&lt;/b&gt; &amp; more</title>", fixed = TRUE)
  # Other attributes may come first
  images <- regmatches(page, gregexpr("<img[^>]*? src=\"[^\"]{0,30}", page, perl = TRUE))[[1]]
  expect_length(gregexpr("<img ", page)[[1]], length(images))
  expect_length(images, length(plot_types))
  expect_match(images, "src=\"data:image/png;base64,", fixed = TRUE)
  expect_no_match(page, "(src|href)=\"(https?:)?//")
  expect_no_match(page, "@import|url\\(['\"]?http")
})

test_that("a comparison has a report, too", {
  skip_on_cran()
  skip_if_no_report()
  local_folder()
  half <- evaluate_embeddings(some$pixels[, 1:32], some$digit, clustering = FALSE)
  report_embeddings(compare_embeddings(all = evaluation, half = half), "page.html")
  page <- paste(readLines("page.html", encoding = "UTF-8"), collapse = "\n")
  expect_match(page, "<title>Comparison of embeddings</title>", fixed = TRUE)
  images <- gregexpr("<img[^>]*? src=\"data:image/png;base64,", page, perl = TRUE)[[1]]
  expect_length(images, length(comparison_plots))
  expect_length(gregexpr("<img ", page)[[1]], length(comparison_plots))
})

test_that("the same evaluation gives the same report", {
  skip_on_cran()
  skip_if_no_report()
  local_folder()
  report_embeddings(evaluation, "one.html", n = 3)
  report_embeddings(evaluation, "two.html", n = 3)
  expect_identical(readLines("one.html"), readLines("two.html"))
})

test_that("a file that cannot be written is refused before the work begins", {
  skip_if_no_report()
  local_folder()
  dir.create("folder.html")
  expect_refused("file", {
    report_embeddings(evaluation, "nonesuch/page.html")
    report_embeddings(evaluation, "folder.html")
  })
  expect_refused("parameter", {
    report_embeddings(evaluation, 5)
    report_embeddings(evaluation, "")
    report_embeddings(evaluation, "page.html", title = c("a", "b"))
    report_embeddings(evaluation, "page.html", n = -1)
  })
  expect_refused("evaluation", {
    report_embeddings(some, "page.html")
  })
  expect_refused("missing_argument", {
    report_embeddings(evaluation)
  })
})

test_that("pandoc is asked for where it is missing", {
  skip_if_no_report()
  # A version that does not exist stands for none
  error <- expect_error(need_report_tools(NULL, "999"), class = "circleloss_error_package")
  expect_identical(error$package, "pandoc")
  expect_match(conditionMessage(error), "pandoc 999 or later is needed", fixed = TRUE)
})
