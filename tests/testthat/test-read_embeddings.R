# The reader as a whole: arguments, formats, labels.

test_that("the result has embeddings, labels and source", {
  local_folder()
  text_file("pets.csv", "label,x,y", "cat,1,0", "cat,0.8,0.6", "dog,0,1")
  pets <- read_embeddings("pets.csv")
  expect_s3_class(pets, "labelled_embeddings", exact = TRUE)
  expect_named(pets, c("embeddings", "labels", "source"))
  expect_identical(pets$labels, c("cat", "cat", "dog"))
  expect_identical(pets$embeddings, cbind(x = c(1, 0.8, 0), y = c(0, 0.6, 1)))
  expect_identical(
    pets$source,
    list(file = "pets.csv", format = "csv", labels = "column 1 (label)")
  )
})

test_that("the format is told from the name", {
  local_folder()
  format_of <- function(file) resolve_format(NULL, text_file(file, "1"), list(), NULL)
  expect_identical(format_of("a.csv"), "csv")
  expect_identical(format_of("a.csv.gz"), "csv")
  expect_identical(format_of("A.CSV.XZ"), "csv")
  expect_identical(format_of("other.tsv"), "tsv")
  expect_identical(format_of("a.tab"), "tsv")
  expect_identical(format_of("a.vec"), "word2vec")
  expect_identical(format_of("a.vec.bz2"), "word2vec")
  expect_identical(format_of("a.jsonl"), "json")
  expect_identical(format_of("a.RDS"), "rds")
  expect_identical(format_of("a.npy"), "npy")
  expect_identical(format_of("a.npz"), "npz")
})

test_that("the format is told from the first line", {
  local_folder()
  text_file("words.txt", "1 2", "the 1 2")
  text_file("table.txt", "1 2 3", "1 2 3")
  text_file("table", "1,2", "3,4")
  expect_identical(read_embeddings("words.txt")$source$format, "word2vec")
  expect_identical(read_embeddings("table.txt")$source$format, "csv")
  expect_identical(read_parts("table"), parts(square()))
  text_file("glove.txt", "the 1 2.5", ", 3 4", "of -1 0.5")
  text_file("lines", "{\"embedding\": [1, 2]}", "{\"embedding\": [3, 4]}")
  expect_identical(read_embeddings("glove.txt")$source$format, "glove")
  skip_if_not_installed("jsonlite")
  expect_identical(read_embeddings("lines")$source$format, "json")
})

test_that("tab-separated text with metadata beside it is the projector's", {
  local_folder()
  text_file("vectors.tsv", "1\t2", "3\t4")
  expect_identical(read_embeddings("vectors.tsv")$source$format, "tsv")
  text_file("metadata.tsv", "a", "b")
  text_file("labels.txt", "c", "d")
  expect_identical(read_embeddings("vectors.tsv")$source$format, "projector")
  expect_identical(read_embeddings("vectors.tsv", "labels.txt")$source$format, "tsv")
  expect_null(read_embeddings("vectors.tsv", format = "tsv")$labels)
})

test_that("a format that is given is taken", {
  local_folder()
  text_file("words.csv", "1 2", "the 3 4")
  expect_identical(
    read_parts("words.csv", format = "word2vec"),
    parts(rbind(c(3, 4)), names = "the")
  )
})

test_that("arguments are checked", {
  local_folder()
  text_file("x.csv", "1,2")
  expect_refused("parameter", {
    read_embeddings(1)
    read_embeddings(c("a", "b"))
    read_embeddings("x.csv", labels = c("a", "b"))
    read_embeddings("x.csv", labels = 0)
    read_embeddings("x.csv", label_column = 1.5)
    read_embeddings("x.csv", names = NA)
    read_embeddings("x.csv", format = "yaml")
    read_embeddings("x.csv", delimiter = "||")
    read_embeddings("x.csv", delimiter = 1)
    read_embeddings("x.csv", decimal = "'")
    read_embeddings("x.csv", encoding = "EBCDIC")
  })
  expect_refused("flag", {
    read_embeddings("x.csv", header = NA)
  })
  expect_refused("missing_argument", {
    read_embeddings()
  })
  expect_refused("dots", {
    read_embeddings("x.csv", NULL, "name")
    read_embeddings("x.csv", formt = "csv")
  })
})

test_that("what is no readable file is refused", {
  local_folder()
  dir.create("folder")
  file.create("empty.csv")
  expect_refused("file", {
    read_embeddings("nonesuch.csv")
    read_embeddings("nonesuch/x.csv")
    read_embeddings("folder")
    read_embeddings("empty.csv")
  })
})

test_that("an error has the file and the line as fields", {
  local_folder()
  text_file("x.csv", "a,b", "1,2", "3")
  error <- expect_error(read_embeddings("x.csv"), class = "circleloss_error_file")
  expect_identical(error$file, "x.csv")
  expect_identical(error$line, 3L)
  error <- expect_error(read_embeddings("y.csv"), class = "circleloss_error_file")
  expect_identical(error$line, NA)
})
