# The text format of word2vec.

test_that("words become names", {
  local_folder()
  # The original tool ends lines by a blank
  text_file("x.vec", "3 2", "the 1 2 ", "NA 3 4 ", "\"caf\u00e9 5 6 ")
  expect_identical(
    read_parts("x.vec"),
    parts(rbind(square(), c(5, 6)), names = c("the", "NA", "\"caf\u00e9"))
  )
})

test_that("labels are in a file", {
  local_folder()
  text_file("x.vec", "2 2", "the 1 2", "a 3 4")
  text_file("labels.txt", "noun", "verb")
  expect_identical(read_embeddings("x.vec", "labels.txt")$labels, c("noun", "verb"))
})

test_that("malformed files are refused", {
  local_folder()
  text_file("counts.vec", "the 1 2", "a 3 4")
  text_file("few.vec", "3 2", "the 1 2", "a 3 4")
  text_file("many.vec", "1 2", "the 1 2", "a 3 4")
  text_file("none.vec", "0 2")
  text_file("ragged.vec", "2 2", "the 1 2", "a 3")
  text_file("one.vec", "2 1", "the 1", "new york 2")
  text_file("text.vec", "2 2", "the 1 2", "a 3 b")
  text_file("nan.vec", "2 2", "the 1 2", "a 3 NaN")
  text_file("good.vec", "1 1", "a 1")
  expect_refused("file", {
    read_embeddings("counts.vec", format = "word2vec")
    read_embeddings("few.vec")
    read_embeddings("many.vec")
    read_embeddings("none.vec")
    read_embeddings("ragged.vec")
    read_embeddings("one.vec")
    read_embeddings("text.vec")
    read_embeddings("nan.vec")
    read_embeddings("good.vec", "kind")
    read_embeddings("good.vec", 1)
    read_embeddings("good.vec", names = 1)
  })
})

test_that("words that are not in UTF-8 are read as Latin-1, with a warning", {
  local_folder()
  bytes_file("latin1.vec", "2 1\ncaf", 0xe9, " 1\nb 2\n")
  expect_warning(
    read <- read_embeddings("latin1.vec"), class = "circleloss_warning_encoding"
  )
  expect_identical(rownames(read$embeddings), c("caf\u00e9", "b"))
  # Where the session can print it
  skip_if_not(l10n_info()[["UTF-8"]])
  expect_warned("encoding", {
    read_embeddings("latin1.vec")
  })
})

test_that("GloVe has no counts, and words of any kind", {
  local_folder()
  text_file("glove.6B.txt", "the 1 2.5", "\" 3 4", ". . 5 6", "NA 7 -8e-1", "'s 0 1")
  read <- read_embeddings("glove.6B.txt")
  expect_identical(read$source$format, "glove")
  expect_identical(
    read$embeddings,
    matrix(
      c(1, 3, 5, 7, 0, 2.5, 4, 6, -0.8, 1), 5,
      dimnames = list(c("the", "\"", ". .", "NA", "'s"), NULL)
    )
  )
  text_file("glove.txt", "the 1 2.5", "a 3")
  expect_error(read_embeddings("glove.txt", format = "glove"), class = "circleloss_error_file")
})

test_that("dimensions may be chosen by number", {
  local_folder()
  text_file("x.vec", "2 3", "the 1 2 5", "a 3 4 6")
  expect_identical(read_parts("x.vec", columns = 1:2), parts(square(), names = c("the", "a")))
  expect_identical(read_parts("x.vec", drop = 3), parts(square(), names = c("the", "a")))
})
