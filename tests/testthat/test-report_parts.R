# The parts of a report.

skip_if_not_installed("ggplot2")

some <- digits[1:120, ]
evaluation <- evaluate_embeddings(some$pixels, some$digit, clustering = FALSE)

html_of <- function(x, ...) {
  paste(unlist(lapply(report_parts(x, "Title", 20), function(part) part$html)), collapse = "\n")
}

test_that("every metric is there, and a plot of each type", {
  parts <- report_parts(evaluation, "Title", 20)
  html <- html_of(evaluation)
  names <- sub("_by_class$", "", names(evaluation$metrics))
  for (name in unique(names)) {
    expect_match(html, escape_html(name), fixed = TRUE)
  }
  pictures <- Filter(Negate(is.null), lapply(parts, function(part) part$picture))
  expect_length(pictures, length(plot_types))
  texts <- picture_texts(parts)
  expect_length(texts, length(plot_types))
  expect_match(texts, "^[A-Z]")
})

test_that("hard pairs and suspects are there with their rows and labels", {
  html <- html_of(evaluation)
  suspects <- suspect_labels(evaluation, 20)
  for (row in suspects$row) {
    expect_match(html, paste0("<td>", row, "</td>"), fixed = TRUE)
  }
  expect_match(html, similarity_text(evaluation$hardest$positive$similarity[[1]]), fixed = TRUE)
  few <- report_parts(evaluation, "Title", 0)
  expect_match(paste(unlist(few), collapse = " "), "None.", fixed = TRUE)
})

test_that("labels and names are text, and long ones are cut", {
  x <- some$pixels
  rownames(x) <- paste0("<img src=x onerror=alert(1)>", seq_len(120))
  labels <- c("<script>alert('1')</script>", strrep("long ", 1000), "&amp; \"\U0001f600\"")
  hostile <- evaluate_embeddings(x, labels[1 + (as.integer(some$digit) %% 3)], clustering = FALSE)
  html <- html_of(hostile)
  expect_no_match(html, "<script|<img|onerror=alert\\(1\\)>")
  expect_match(html, "&#60;script&#62;alert", fixed = TRUE)
  expect_match(html, "&#38;amp;", fixed = TRUE)
  expect_match(html, "&#128512;", fixed = TRUE)
  expect_lte(max(nchar(report_text(labels))), 80)
})

test_that("text is one line of valid characters", {
  expect_identical(report_text(c("a\nb", NA, "\u00e9")), c("a b", "-", "\u00e9"))
  expect_true(validUTF8(report_text("\xff\xfe")))
  expect_identical(report_text(factor("x")), "x")
  expect_identical(report_text("\u202eabc\u202c"), "abc")
})

test_that("an evaluation without pairs has a report, too", {
  distinct <- quiet_evaluation(five_embeddings(), 1:5)
  html <- html_of(distinct)
  expect_match(html, "there is no threshold", fixed = TRUE)
  expect_match(html, "None.", fixed = TRUE)
})

test_that("intervals of an evaluation have a column", {
  with <- evaluation
  with$intervals <- NULL
  expect_identical(with_intervals(data.frame(a = 1), with, "auc"), data.frame(a = 1))
  with$intervals <- data.frame(metric = "auc", lower = 0.5, upper = 0.75)
  table <- with_intervals(data.frame(metric = c("auc", "loss")), with, c("auc", "loss"))
  expect_identical(table$interval, c("0.5000 to 0.7500", "-"))
})
