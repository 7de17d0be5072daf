# Embeddings in files: formats, use as a matrix, and files that change under our hands.

float32_of <- function(x) {
  array(readBin(writeBin(as.vector(x), raw(), size = 4), "double", length(x), size = 4), dim(x))
}
digits_part <- function(rows = 1:60) {
  unit_normalize(digits$pixels[rows, ])
}

test_that("all types, orders and versions of .npy give the numbers in them", {
  x <- float32_of(digits_part())
  halves <- array(half_of_bits(half_bits(as.vector(x))), dim(x))
  wanted <- list("<f4" = x, "<f8" = x, "<f2" = halves)
  for (descr in names(wanted)) {
    for (fortran in c(FALSE, TRUE)) {
      for (version in 1:3) {
        file <- write_test_npy(tempfile(), x, descr, fortran, version)
        opened <- open_embeddings(file)
        expect_identical(as.matrix(opened), wanted[[descr]])
        expect_identical(dim(opened), dim(x))
      }
    }
  }
})

test_that("every half is read as the number it is", {
  bits <- setdiff(0:65535, c(0x7c00:0x7fff, 0xfc00:0xffff)) # neither infinite nor NaN
  half <- matrix(half_of_bits(bits), ncol = 8)
  file <- tempfile()
  write_test_npy(file, matrix(0, nrow(half), 8), "<f2")
  start <- file.size(file) - 2 * length(bits)
  content <- readBin(file, "raw", start)
  writeBin(
    c(content, writeBin(as.integer(t(matrix(bits, ncol = 8))), raw(), size = 2)), file
  )
  expect_identical(as.matrix(open_embeddings(file)), half)

  for (special in c(0x7c00L, 0xfc00L, 0x7e00L)) {
    bits <- writeBin(rep(special, 2), raw(), size = 2)
    file <- write_test_npy(tempfile(), matrix(0, 1, 2), "<f2")
    content <- readBin(file, "raw", file.size(file) - 4)
    writeBin(c(content, bits), file)
    expect_false(any(is.finite(as.matrix(open_embeddings(file)))))
    expect_error(loss_circle(1, open_embeddings(file)), class = "circleloss_error_embeddings")
  }
})

test_that("a file is used like a matrix", {
  x <- float32_of(digits_part())
  opened <- open_embeddings(write_test_npy(tempfile(), x))
  expect_identical(opened[3, 20], x[3, 20])
  expect_identical(opened[c(5, 2), ], x[c(5, 2), ])
  expect_identical(opened[-(1:50), 1:3], x[-(1:50), 1:3])
  expect_identical(opened[x[, 20] > 0.1, ], x[x[, 20] > 0.1, ])
  expect_identical(opened[7, , drop = FALSE], x[7, , drop = FALSE])
  expect_identical(opened[, 20], x[, 20])
  expect_identical(opened[integer(), ], x[integer(), ])
  expect_identical(head(opened, 2), head(x, 2))
  expect_identical(nrow(opened), nrow(x))
  expect_error(opened[61, ], class = "circleloss_error_parameter")
  expect_error(opened["a", ], class = "circleloss_error_parameter")
  expect_error(opened[1], class = "circleloss_error_parameter")
})

test_that("results are those of the matrix, bit for bit", {
  x <- digits_part(1:150)
  y <- digits$digit[1:150]
  for (descr in c("<f8", "<f4", "<f2")) {
    for (fortran in c(FALSE, TRUE)) {
      opened <- open_embeddings(write_test_npy(tempfile(), x, descr, fortran))
      same <- as.matrix(opened)
      for (dtype in c("float32", "float64", "bfloat16")) {
        expect_identical(
          suppressWarnings(loss_circle(y, opened, reduction = "none", dtype = dtype)),
          suppressWarnings(loss_circle(y, same, reduction = "none", dtype = dtype))
        )
      }
      expect_identical(
        loss_circle_gradient(y, opened, normalize = TRUE),
        loss_circle_gradient(y, same, normalize = TRUE)
      )
      expect_identical(
        loss_circle(y[1:20], same[1:20, ], y, opened), loss_circle(y[1:20], same[1:20, ], y, same)
      )
    }
  }
})

test_that("an evaluation and a comparison take files", {
  x <- float32_of(digits_part(1:200))
  y <- digits$digit[1:200]
  opened <- open_embeddings(write_test_npy(tempfile(), x))
  for (metric in c("cosine", "euclidean")) {
    of_file <- evaluate_embeddings(opened, y, metric = metric)
    of_matrix <- evaluate_embeddings(x, y, metric = metric)
    expect_identical(of_file[names(of_file) != "call"], of_matrix[names(of_matrix) != "call"])
  }
  compared <- compare_embeddings(a = opened, b = x, labels = y, resample = "rows")
  expect_true(all(compared$differences$difference == 0, na.rm = TRUE))
})

test_that("float32 numbers without a header are opened by their dimensions", {
  x <- float32_of(digits_part())
  file <- tempfile()
  writeBin(as.vector(t(x)), file, size = 4)
  expect_identical(as.matrix(open_embeddings(file, 64)), x)
  expect_identical(as.matrix(open_embeddings(file, c(60, 64))), x)
  expect_error(open_embeddings(file, 63), class = "circleloss_error_file")
  expect_error(open_embeddings(file, c(61, 64)), class = "circleloss_error_file")
  expect_error(open_embeddings(file), class = "circleloss_error_file")
  for (wrong in list(0, 1.5, NA, "a", 1:3, numeric())) {
    expect_error(open_embeddings(file, wrong), class = "circleloss_error_parameter")
  }
})

test_that("a file that is cut short, changes or disappears is an error", {
  x <- digits_part()
  y <- digits$digit[1:60]
  file <- write_test_npy(tempfile(), x)
  opened <- open_embeddings(file)
  bytes <- readBin(file, "raw", 1e6)

  writeBin(bytes[seq_len(length(bytes) - 1000L)], file)
  expect_error(loss_circle(y, opened), "shorter", class = "circleloss_error_file")
  expect_error(opened[1, ], class = "circleloss_error_file")
  writeBin(bytes, file)
  Sys.setFileTime(file, Sys.time() + 10)
  expect_error(evaluate_embeddings(opened, y), "changed", class = "circleloss_error_file")
  opened <- open_embeddings(file)
  unlink(file)
  expect_error(loss_circle(y, opened), "gone", class = "circleloss_error_file")
})

test_that("numbers that vanish during a call end it with an error, not the session", {
  skip_on_os("windows") # where a mapped file cannot be cut short
  x <- digits_part()
  file <- write_test_npy(tempfile(), x, "<f8")
  opened <- open_embeddings(file)
  close(file(file, "wb"))
  # As if it happened right after the check
  opened$seen <- state_of_file(file)
  expect_error(opened[60, 64], "could not be read", class = "circleloss_error_file")
  expect_error(loss_circle(1:60, opened), "could not be read", class = "circleloss_error_file")
})

test_that("an object that was saved opens its file again", {
  x <- float32_of(digits_part())
  opened <- open_embeddings(write_test_npy(tempfile(), x))
  saved <- tempfile()
  saveRDS(opened, saved)
  loaded <- readRDS(saved)
  expect_identical(as.matrix(loaded), x)
  expect_identical(loss_circle(1:60 %% 3, loaded), loss_circle(1:60 %% 3, x))
  loss <- loss_circle(ref_labels = 1:60 %% 3, ref_embeddings = opened)
  saveRDS(loss, saved)
  expect_identical(readRDS(saved)(1:60 %% 3, x), loss(1:60 %% 3, x))
})

test_that("files that cannot be opened are refused with the reason", {
  x <- digits_part()
  bad <- list(
    integers = list(descr = "<i4"), big = list(descr = ">f4"), complex = list(descr = "<c8"),
    records = list(descr = "<V4"),
    flat = list(shape = "(3840,)"), deep = list(shape = "(60, 8, 8)"),
    short = list(drop_bytes = 3L), odd = list(extra_blanks = 1L)
  )
  for (name in names(bad)) {
    file <- do.call(write_test_npy, c(list(tempfile(), x), bad[[name]]))
    expect_error(open_embeddings(file), class = "circleloss_error_file", label = name)
  }
  magic <- as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59))
  contents <- list(
    charToRaw("x"), magic, c(magic, as.raw(c(1, 0))), c(magic, as.raw(c(1, 0, 255, 255))),
    c(magic, as.raw(c(2, 0, 255, 255, 255, 255))), c(magic, as.raw(c(1, 0, 2, 0)), raw(2)),
    c(magic, as.raw(c(1, 0, 2, 0)), charToRaw("{}")), charToRaw(strrep("a", 1000))
  )
  for (content in contents) {
    file <- tempfile()
    writeBin(content, file)
    expect_error(open_embeddings(file), class = "circleloss_error_file")
  }
  expect_error(open_embeddings("no such file"), class = "circleloss_error_file")
  expect_error(open_embeddings(1), class = "circleloss_error_parameter")
})

test_that("a gradient is written into a file", {
  x <- float32_of(digits_part())
  y <- digits$digit[1:60]
  opened <- open_embeddings(write_test_npy(tempfile(), x))
  file <- tempfile(fileext = ".npy")
  written <- loss_circle_gradient(y, opened, gradient_file = file)
  wanted <- loss_circle_gradient(y, x)
  expect_identical(written$value, wanted$value)
  # Of float32 the last step is in double
  expect_identical(as.matrix(written$gradient), float32_of(wanted$gradient))
  expect_identical(as.matrix(open_embeddings(file)), float32_of(wanted$gradient))
  expect_match(format(written)[[3]], "60 x 64 in ")
  expect_length(list.files(dirname(file), "^circleloss-.*npy"), 0L)
  expect_error(
    loss_circle_gradient(y, x, gradient_file = file.path(tempdir(), "no", "folder.npy")),
    class = "circleloss_error_file"
  )
})

test_that("an open file prints as what it is", {
  x <- digits_part(1:3)
  folder <- tempfile()
  dir.create(folder)
  before <- setwd(folder)
  on.exit(setwd(before))
  write_test_npy("x.npy", x)
  expect_snapshot(open_embeddings("x.npy"))
  write_test_npy("y.npy", x, "<f8", fortran = TRUE)
  expect_snapshot(open_embeddings("y.npy"))
})
