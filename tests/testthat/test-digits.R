# The data set, and that it goes into the loss as it is.

test_that("digits holds 1797 labelled images of 64 pixels", {
  expect_s3_class(digits, "data.frame", exact = TRUE)
  expect_named(digits, c("digit", "pixels"))
  expect_equal(dim(digits$pixels), c(1797, 64))
  expect_type(digits$pixels, "integer")
  expect_equal(range(digits$pixels), c(0, 16))
  expect_equal(levels(digits$digit), paste(0:9))
})

test_that("digits is the published test part", {
  # The class distribution that the repository states
  expect_equal(as.vector(table(digits$digit)), c(178, 182, 177, 183, 181, 182, 181, 179, 174, 180))
  expect_equal(as.character(digits$digit[1:10]), paste(0:9))
  expect_equal(digits$pixels[1, 1:8], c(0, 0, 5, 13, 9, 1, 0, 0))
  expect_equal(digits$pixels[1797, 57:64], c(0, 1, 8, 12, 14, 12, 1, 0))
})

test_that("rows of digits are embeddings and labels", {
  few <- digits[seq(1, 1797, by = 20), ]
  embeddings <- unit_normalize(few$pixels)
  loss <- loss_circle(few$digit, embeddings, dtype = "float64")
  expect_gt(loss, 0)
  expect_equal(loss, loss_circle(as.integer(few$digit), embeddings, dtype = "float64"))
})
