# Data frames from files.

frame <- function(...) {
  rds_file("x.rds", data.frame(..., check.names = FALSE))
  "x.rds"
}

test_that("columns are chosen, set aside and taken for names as in text", {
  local_folder()
  frame(id = 11:12, text = c("t", "u"), label = c("a", "b"), e1 = c(1, 3), e2 = c(2, 4))
  expected <- parts(square(), c("a", "b"), c("11", "12"), c("e1", "e2"))
  expect_identical(read_parts("x.rds", drop = "text"), expected)
  expect_identical(read_parts("x.rds", columns = starts_with("e")), expected)
  expect_identical(read_embeddings("x.rds", drop = "text")$source$set_aside, "text")
  expect_error(read_embeddings("x.rds"), "drop = \"text\"", fixed = TRUE)
  frame(n = 1:3, x = c(0.5, 0.1, 7))
  expect_identical(warning_classes(read_embeddings("x.rds")), "circleloss_warning_index")
})

test_that("a column of lists or a matrix is the embedding", {
  local_folder()
  frame(kind = c("a", "b"), v = I(list(c(1, 2), c(3, 4))), size = c(5, 6))
  expect_identical(read_parts("x.rds", "kind"), parts(square(), c("a", "b")))
  expect_identical(read_embeddings("x.rds", "kind")$source$set_aside, "size")
  rds_file("x.rds", digits)
  read <- read_embeddings("x.rds", "digit")
  expect_identical(unname(read$embeddings), unname(digits$pixels + 0))
})

test_that("names may be an element of a list", {
  local_folder()
  rds_file("x.rds", list(embeddings = square(), words = c("p", "q"), few = "p"))
  expect_identical(read_parts("x.rds", names = "words"), parts(square(), names = c("p", "q")))
  expect_error(read_embeddings("x.rds", names = "few"), class = "circleloss_error_file")
})
