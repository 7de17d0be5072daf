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
  bytes_file("latin1.vec", "1 1\ncaf", 0xe9, " 1\n")
  bytes_file("binary.vec", "1 1\na ", c(0, 0, 128, 63), "\n")
  text_file("good.vec", "1 1", "a 1")
  expect_refused("file", {
    read_embeddings("counts.vec")
    read_embeddings("few.vec")
    read_embeddings("many.vec")
    read_embeddings("none.vec")
    read_embeddings("ragged.vec")
    read_embeddings("one.vec")
    read_embeddings("text.vec")
    read_embeddings("nan.vec")
    read_embeddings("latin1.vec")
    read_embeddings("binary.vec")
    read_embeddings("good.vec", "kind")
    read_embeddings("good.vec", 1)
  })
})
