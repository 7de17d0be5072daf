# Names in plots.

family <- "\U1F468\u200D\U1F469\u200D\U1F467"
flag <- "\U1F1E9\U1F1EA"
chinese <- strrep("\u5b57", 20)

test_that("names are cut in the middle by the columns they take", {
  expect_identical(shorten_names(c("short", "exactly-ten"), 11), c("short", "exactly-ten"))
  expect_identical(shorten_names("abcdefghijklmnop", 11), "abcd...mnop")
  cut <- shorten_names(chinese, 11)
  expect_identical(cut, "\u5b57\u5b57...\u5b57\u5b57")
  expect_lte(display_width(cut), 11)
})

test_that("an emoji is not cut apart", {
  for (emoji in c(family, flag)) {
    cut <- shorten_names(strrep(emoji, 20), 11)
    expect_identical(gsub(emoji, "", cut, fixed = TRUE), "...")
    lines <- strsplit(wrap_names(strrep(emoji, 8), 10), "\n", fixed = TRUE)[[1]]
    expect_identical(gsub(emoji, "", lines, fixed = TRUE), c("", ""))
  }
})

test_that("a name is broken after a sign near its middle, into lines that fit", {
  expect_identical(wrap_names("resnet50_imagenet", 12), "resnet50_\nimagenet")
  expect_identical(wrap_names("the last of them", 10), "the last\nof them")
  expect_identical(wrap_names("abcdefghijklmn", 10), "abcdefg\nhijklmn")
  random <- c(letters, " ", "_", ".", "\u5b57", family)
  set.seed(1)
  for (length in 1:60) {
    name <- paste(sample(random, length, replace = TRUE), collapse = "")
    for (width in c(8, 13, 30)) {
      lines <- strsplit(wrap_names(name, width), "\n", fixed = TRUE)[[1]]
      expect_lte(length(lines), 2)
      expect_true(all(display_width(lines) <= width))
    }
  }
})

test_that("dots that stand for letters stay together", {
  lines <- strsplit(wrap_names(strrep("abcdefghi", 5), 12), "\n", fixed = TRUE)[[1]]
  expect_match(paste(lines, collapse = "|"), "...", fixed = TRUE)
})

test_that("what is no text becomes text", {
  expect_identical(printable_text("a\nb\tc"), "a b c")
  expect_identical(printable_text("a\xffb"), "a<ff>b")
  expect_identical(printable_text(factor("x")), "x")
})

test_that("names that became equal are numbered", {
  expect_identical(distinct_names(c("a", "b", "a", "a")), c("a", "b", "a (2)", "a (3)"))
})

test_that("names that are equal when shortened are still told apart", {
  skip_if_not_installed("ggplot2")
  long <- paste0(strrep("a", 40), c("b", "c"), strrep("a", 40))
  same <- rlang::set_names(good_and_bad(40), long)
  for (type in plot_types) {
    expect_silent(drawn_silently(ggplot2::autoplot(same, type)))
  }
})
