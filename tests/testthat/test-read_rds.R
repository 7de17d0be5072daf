# Objects that R has saved.

test_that("a matrix is read, with a column for the labels", {
  local_folder()
  rds_file("x.rds", square())
  expect_identical(read_parts("x.rds"), parts(square()))
  labelled <- cbind(x = c(1, 3), label = c(7, 8), y = c(2, 4))
  rds_file("x.rds", labelled)
  expected <- parts(square(), 7:8, columns = c("x", "y"))
  expect_identical(read_parts("x.rds"), expected)
  expect_identical(read_parts("x.rds", 2), expected)
  expect_identical(read_embeddings("x.rds")$source$labels, "column 2 (label)")
})

test_that("a data frame is read", {
  local_folder()
  rds_file("x.rds", iris)
  read <- read_embeddings("x.rds", "Species")
  expect_identical(read$labels, iris$Species)
  expect_identical(read$embeddings, as.matrix(iris[1:4]))
  rds_file("x.rds", data.frame(id = c("p", "q"), x = c(1, 3), y = c(2, 4)))
  expect_identical(
    read_parts("x.rds", names = "id"),
    parts(square(), names = c("p", "q"), columns = c("x", "y"))
  )
})

test_that("a list is read", {
  local_folder()
  rds_file("x.rds", list(embeddings = square(), labels = c("a", "b"), kind = 1:2))
  expect_identical(read_parts("x.rds"), parts(square(), c("a", "b")))
  expect_identical(read_parts("x.rds", "kind"), parts(square(), 1:2))
  rds_file("x.rds", list(embeddings = square()))
  expect_identical(read_parts("x.rds"), parts(square()))
  # What read_embeddings() has returned
  rds_file("y.rds", read_embeddings("x.rds"))
  expect_identical(read_parts("y.rds"), parts(square()))
  text_file("labels.txt", "a", "b")
  expect_identical(read_parts("x.rds", "labels.txt"), parts(square(), c("a", "b")))
})

test_that("other objects are refused", {
  local_folder()
  text_file("text.rds", "1,2")
  rds_file("vector.rds", 1:3)
  rds_file("function.rds", mean)
  rds_file("list.rds", list(1, 2))
  rds_file("frame.rds", data.frame(x = 1, kind = "a"))
  rds_file("nan.rds", cbind(x = c(1, 2), y = c(3, NaN)))
  rds_file("missing.rds", list(embeddings = square(), labels = c("a", NA)))
  rds_file("half.rds", list(embeddings = square(), labels = c(1, 1.5)))
  rds_file("few.rds", list(embeddings = square(), labels = 1))
  writeBin(readBin("frame.rds", "raw", 50), "cut.rds")
  expect_refused("file", {
    read_embeddings("text.rds")
    read_embeddings("vector.rds")
    read_embeddings("function.rds")
    read_embeddings("list.rds")
    read_embeddings("frame.rds")
    read_embeddings("frame.rds", "colour")
    read_embeddings("nan.rds")
    read_embeddings("missing.rds")
    read_embeddings("half.rds")
    read_embeddings("few.rds")
  })
  expect_error(read_embeddings("cut.rds"), class = "circleloss_error_file")
})

test_that("a package that is needed is asked for", {
  local_folder()
  strange <- asS4(structure(1, class = structure("Strange", package = "nonesuchpackage")))
  rds_file("x.rds", list(embeddings = strange))
  expect_error(read_embeddings("x.rds"), class = "circleloss_error_package")
})
