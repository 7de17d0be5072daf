# The files of the embedding projector.

vectors_and <- function(...) {
  text_file("vectors.tsv", "1\t2", "3\t4")
  text_file("metadata.tsv", ...)
  "vectors.tsv"
}

test_that("one column of metadata has no header", {
  local_folder()
  vectors_and("a", "b")
  expect_identical(read_parts("vectors.tsv"), parts(square(), c("a", "b")))
  expect_identical(
    read_embeddings("vectors.tsv")$source,
    list(file = "vectors.tsv", format = "projector", labels = "./metadata.tsv")
  )
  vectors_and("kind", "a", "b")
  expect_identical(read_embeddings("vectors.tsv", "kind")$labels, c("a", "b"))
})

test_that("several columns have one", {
  local_folder()
  vectors_and("id\tkind\tlabel", "1\tc\ta", "2\td\tb")
  expect_identical(read_embeddings("vectors.tsv")$labels, c("a", "b"))
  expect_identical(read_embeddings("vectors.tsv", "kind")$labels, c("c", "d"))
  expect_identical(read_embeddings("vectors.tsv", 1)$labels, 1:2)
  expect_identical(read_embeddings("vectors.tsv", label_column = "kind")$labels, c("c", "d"))
  expect_identical(
    read_embeddings("vectors.tsv", "metadata.tsv", label_column = "kind")$labels,
    c("c", "d")
  )
})

test_that("other names will do that go together", {
  local_folder()
  text_file("mnist_tensors.tsv", "1\t2", "3\t4")
  gzip_file("mnist_metadata.tsv.gz", "a", "b")
  expect_identical(read_embeddings("mnist_tensors.tsv")$labels, c("a", "b"))
  expect_identical(metadata_of("other.tsv"), NA_character_)
})

test_that("vectors may have a header if that is said", {
  local_folder()
  text_file("vectors.tsv", "x\ty", "1\t2", "3\t4")
  text_file("metadata.tsv", "a", "b")
  expect_identical(
    read_parts("vectors.tsv", header = TRUE),
    parts(square(), c("a", "b"), columns = c("x", "y"))
  )
})

test_that("files that do not go together are refused", {
  local_folder()
  text_file("x.tsv", "1\t2")
  vectors_and("a", "b", "c")
  expect_refused("file", {
    read_embeddings("x.tsv", format = "projector")
    read_embeddings("vectors.tsv")
  })
  vectors_and("id\tkind", "1\ta", "2\tb")
  expect_refused("file", {
    read_embeddings("vectors.tsv")
    read_embeddings("vectors.tsv", "colour")
    read_embeddings("vectors.tsv", 3)
  })
  vectors_and("id\tkind", "1\ta", "2")
  expect_refused("file", {
    read_embeddings("vectors.tsv", "kind")
  })
  vectors_and("a", "")
  text_file("vectors.tsv", "x\ty", "1\t2")
  expect_refused("file", {
    read_embeddings("vectors.tsv")
  })
})
