# The binary format of word2vec.

float_bytes <- function(...) writeBin(c(...), raw(), size = 4L, endian = "little")

binary_words <- function(name, end = 10) {
  bytes_file(
    name, "2 2\n", "the ", float_bytes(1, 2), end, "caf", c(0xc3, 0xa9), " ", float_bytes(3, 4), end
  )
}

test_that("binary words are read, with and without line breaks", {
  local_folder()
  expected <- parts(square(), names = c("the", "caf\u00e9"))
  expect_identical(read_parts(binary_words("x.bin")), expected)
  expect_identical(read_parts(binary_words("x.vec")), expected)
  expect_identical(read_parts(binary_words("x.bin", raw())), expected)
  expect_identical(read_embeddings("x.bin")$source$format, "word2vec")
})

test_that("binary words that break off are refused", {
  local_folder()
  binary_words("x.bin")
  writeBin(readBin("x.bin", "raw", 20), "cut.bin")
  bytes_file("nan.bin", "1 1\na ", float_bytes(NaN))
  expect_refused("file", {
    read_embeddings("cut.bin")
    read_embeddings("nan.bin")
  })
})
