# The parts of a report of a comparison.

skip_if_not_installed("ggplot2")

some <- digits[1:120, ]
comparison <- compare_embeddings(
  all = some$pixels, half = some$pixels[, 1:32], eight = some$pixels[, 1:8],
  labels = some$digit, baseline = "half", resample = "rows"
)

html_of <- function(x) {
  paste(unlist(lapply(report_parts(x, "Title", 20), function(part) part$html)), collapse = "\n")
}

test_that("every metric and every difference is there, and a plot of each type", {
  html <- html_of(comparison)
  defined <- comparison$metrics[!is.na(comparison$metrics$estimate), ]
  for (cell in values_with_intervals(defined)) {
    expect_match(html, paste0(">", escape_html(cell), "</td>"), fixed = TRUE)
  }
  differences <- comparison$differences
  for (text in c(signed_text(differences$difference), p_text(differences$p_adjusted))) {
    expect_match(html, paste0(">", escape_html(text), "</td>"), fixed = TRUE)
  }
  expect_match(html, "<h2>all minus half</h2>", fixed = TRUE)
  expect_match(html, "<h2>eight minus half</h2>", fixed = TRUE)
  expect_no_match(html, "<td>nmi</td>")
  parts <- report_parts(comparison, "Title", 20)
  expect_length(picture_texts(parts), length(comparison_plots))
})

test_that("the sentences are those of the printed comparison", {
  html <- html_of(comparison)
  printed <- paste(format(comparison), collapse = " ")
  printed <- gsub(" +", " ", printed)
  sentences <- regmatches(html, gregexpr("<p>[^<]*</p>", html))[[1]]
  expect_length(sentences, 2)
  for (sentence in gsub("</?p>", "", sentences)) {
    expect_match(escape_html(printed), sentence, fixed = TRUE)
  }
})

test_that("facts are those of all embeddings", {
  facts <- report_facts(comparison)
  expect_identical(facts[["embeddings"]], "all, half and eight")
  expect_identical(facts[["differences to"]], "half")
  expect_identical(facts[["intervals"]], "95 %, for new rows")
  expect_identical(facts[["rows"]], "120")
  expect_identical(facts[["dimensions"]], "64, 32, 8")
  expect_identical(facts[["computed in"]], "float32")
})

test_that("a metric without an interval has its reason", {
  table <- comparison$differences
  expect_match(
    html_of(comparison), paste("none:", table$reason[table$metric == "tar_at_far_0.00001"][[1]]),
    fixed = TRUE
  )
  values <- values_with_intervals(data.frame(
    estimate = c(0.5, 0.25, NA), lower = c(0.4, NA, NA), upper = c(0.6, NA, NA)
  ))
  expect_identical(values, c("0.50000 (0.4000 to 0.6000)", "0.25000", "-"))
})

test_that("names are text, and long ones are cut but stay apart", {
  hostile <- comparison$evaluations
  long <- strrep("very long ", 50)
  names(hostile) <- c("<script>alert('1')</script>", paste0(long, 1:2))
  html <- html_of(compare_embeddings(hostile))
  expect_no_match(html, "<script")
  expect_match(html, "&#60;script&#62;alert", fixed = TRUE)
  columns <- regmatches(html, gregexpr("<th[^>]*>very long [^<]*</th>", html))[[1]]
  expect_length(unique(columns), 2)
})
