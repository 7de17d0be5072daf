# The data set that comes with the package; data-raw/digits.R makes it.

#' Handwritten digits
#'
#' 1797 images of handwritten digits, 8 x 8 pixels each, written by 13 people, as an example for
#' [loss_circle()]: the pixels of an image, scaled to unit length, are an embedding of it, and the
#' digit is its label.
#'
#' @format A data frame with 1797 rows, one per image, and two columns:
#' \describe{
#'   \item{`digit`}{A factor with the levels `"0"` to `"9"`: the digit that was written.}
#'   \item{`pixels`}{An integer matrix with 64 columns: the pixels, row by row from the top left,
#'     from 0 (paper) to 16 (ink).}
#' }
#' Each pixel counts the dark points in a 4 x 4 block of a bitmap of 32 x 32 points.
#'
#' @source E. Alpaydin and C. Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI
#'   Machine Learning Repository, \doi{10.24432/C50P49}: the test part, complete and in its order.
#'
#' @section Licence:
#' The data are licensed under the Creative Commons Attribution 4.0 International licence
#' (CC BY 4.0), <https://creativecommons.org/licenses/by/4.0/>. Only the column types were changed.
#'
#' @examples
#' table(digits$digit)
#'
#' # Draw the first image: image() starts at the bottom left
#' pixels <- matrix(digits$pixels[1, ], nrow = 8)
#' image(pixels[, 8:1], col = gray(16:0 / 16), asp = 1, axes = FALSE, main = digits$digit[1])
#'
#' # The pixels as an embedding
#' loss_circle(digits$digit, unit_normalize(digits$pixels))
"digits"
