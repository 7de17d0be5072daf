# How labelled embeddings are printed.

test_that("labelled embeddings are printed", {
  source <- list(file = "pets.csv", format = "csv", labels = "column 1 (label)")
  pets <- new_labelled_embeddings(diag(3), c("cat", "cat", "dog"), source)
  expect_snapshot(pets)
  utils::capture.output(printed <- withVisible(print(pets)))
  expect_identical(printed, list(value = pets, visible = FALSE))
  expect_snapshot(new_labelled_embeddings(diag(1), 5L, source))
  words <- matrix(1:200 / 7, 100, dimnames = list(paste0("word", 1:100), NULL))
  source <- list(file = "words.vec", format = "word2vec")
  expect_snapshot(new_labelled_embeddings(words, NULL, source))
  expect_snapshot(new_labelled_embeddings(words, 1:100, c(source, labels = "labels.txt")))
  source <- c(source, list(set_aside = c("path", "text")))
  expect_snapshot(new_labelled_embeddings(cbind(e1 = 1, e2 = 2), NULL, source))
})

test_that("the first of many fit a line", {
  expect_identical(first_few("a"), "a")
  expect_identical(first_few(c("a", "b")), "a, b")
  long <- strrep("a", 80)
  expect_identical(first_few(c(long, "b")), paste0(long, ", ..."))
  expect_identical(first_few(1:30), paste0(paste(1:14, collapse = ", "), ", ..."))
})
