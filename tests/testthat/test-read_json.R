# JSON of several shapes.

test_that("lines, arrays and columns are read", {
  skip_if_not_installed("jsonlite")
  local_folder()
  expected <- parts(square(), c("a", "b"))
  text_file(
    "x.jsonl", "{\"embedding\": [1, 2], \"label\": \"a\", \"text\": \"t, \\\"u\\\"\"}", "",
    "{\"embedding\": [3, 4], \"label\": \"b\", \"text\": null}"
  )
  expect_identical(read_parts("x.jsonl"), expected)
  expect_identical(read_embeddings("x.jsonl")$source$set_aside, "text")
  text_file(
    "x.json", "[{\"vector\": [1, 2], \"label\": \"a\"},", " {\"vector\": [3, 4], \"label\": \"b\"}]"
  )
  expect_identical(read_parts("x.json"), expected)
  text_file("x.json", "{\"embeddings\": [[1, 2], [3, 4]], \"labels\": [\"a\", \"b\"]}")
  expect_identical(read_parts("x.json"), expected)
  text_file(
    "x.json", "{\"e\": {\"0\": [1, 2], \"1\": [3, 4]}, \"label\": {\"0\": \"a\", \"1\": \"b\"}}"
  )
  expect_identical(read_parts("x.json"), expected)
  text_file("x.json", "{\"object\": \"list\", \"data\": [{\"embedding\": [1, 2]}]}")
  expect_identical(read_parts("x.json"), parts(rbind(c(1, 2))))
  text_file("x.json", "[[1, 2], [3, 4]]")
  expect_identical(read_parts("x.json"), parts(square()))
  text_file("x.json", "{\"x\": 1, \"y\": 2, \"label\": 9007199254740993}")
  expect_identical(
    read_parts("x.json"),
    parts(rbind(c(1, 2)), "9007199254740993", columns = c("x", "y"))
  )
})

test_that("what is no table of embeddings is refused", {
  skip_if_not_installed("jsonlite")
  local_folder()
  text_file("cut.jsonl", "{\"embedding\": [1, 2]}", "{\"embedding\": [3,")
  text_file("ragged.jsonl", "{\"embedding\": [1, 2]}", "{\"embedding\": [3]}")
  text_file("text.jsonl", "{\"embedding\": [1, 2]}", "{\"embedding\": [3, \"b\"]}")
  text_file("none.json", "5")
  text_file("columns.json", "{\"a\": [1, 2], \"b\": [1]}")
  text_file("null.jsonl", "{\"embedding\": [1, 2]}", "{\"embedding\": null}")
  expect_refused("file", {
    read_embeddings("cut.jsonl")
    read_embeddings("ragged.jsonl")
    read_embeddings("text.jsonl")
    read_embeddings("none.json")
    read_embeddings("columns.json")
    read_embeddings("null.jsonl")
  })
})
