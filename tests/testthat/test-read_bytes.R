# The bytes of a text. What becomes of them is in test-read_file.R.

test_that("lines, mark and quotes are found in one pass", {
  local_folder()
  found <- plain_bytes(bytes_file("x", c(0xef, 0xbb, 0xbf), "a\n\"b\""), getwd(), NULL)
  expect_identical(found[c("lines", "mark", "quoted", "returns")],
    list(lines = 2, mark = TRUE, quoted = TRUE, returns = FALSE))
  expect_identical(plain_bytes(bytes_file("x", "a\n"), getwd(), NULL)$lines, 1)
  expect_true(plain_bytes(bytes_file("x", "a\rb"), getwd(), NULL)$returns)
  expect_false(plain_bytes(bytes_file("x", "a\r\nb\r\n"), getwd(), NULL)$returns)
})

test_that("compression is told from the bytes", {
  local_folder()
  gzip_file("x", "a")
  expect_identical(compression_of("x"), "gzip")
  expect_identical(readLines(plain_bytes("x", getwd(), NULL)$path), "a")
  expect_identical(compression_of(text_file("x", "BZ")), "none")
})
