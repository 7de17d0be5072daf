# Embeddings that are one field each.

test_that("lists of any writing are read", {
  local_folder()
  expected <- parts(rbind(c(0.1, 0.2), c(0.3, -4)), c("a", "b"))
  written <- list(
    c("[0.1, 0.2]", "[0.3, -4]"), c("[0.1 0.2]", "[ 0.3 -4. ]"), c("(0.1,0.2)", "(0.3,-4e0)"),
    c("{0.1,0.2}", "{0.3,-4}"), c("[[0.1, 0.2]]", "[[0.3, -4]]"),
    c("array([0.1, 0.2], dtype=float32)", "array([0.3, -4. ], dtype=float32)"),
    c("tensor([0.1000, 0.2000])", "tensor([0.3000, -4.0000], device='cuda:0')"),
    c("[0.1\n 0.2]", "[0.3\n -4]")
  )
  for (lists in written) {
    text_file("x.csv", "text,embedding,label", sprintf("t,\"%s\",%s", lists, c("a", "b")))
    expect_identical(read_parts("x.csv"), expected)
  }
  expect_identical(read_embeddings("x.csv")$source$set_aside, "text")
})

test_that("lists that do not fit are refused", {
  local_folder()
  write <- function(name, ...) text_file(name, "label,embedding", paste0("a,\"", c(...), "\""))
  write("short.csv", "[1, 2]", "[3]")
  write("dots.csv", "[1 2]", "[1 ... 2]")
  write("empty.csv", "[1, 2]", "[]")
  write("text.csv", "[1, 2]", "[1, b]")
  write("nan.csv", "[1, 2]", "[1, nan]")
  expect_refused("file", {
    read_embeddings("short.csv")
    read_embeddings("dots.csv")
    read_embeddings("empty.csv")
    read_embeddings("text.csv")
    read_embeddings("nan.csv")
  })
})
