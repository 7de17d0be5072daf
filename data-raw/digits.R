# Makes data/digits.rda from digits.csv.gz, which stands beside this script.
#
#   Rscript data-raw/digits.R            from the root of the package
#
# The table is the test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin and
# C. Kaynak, UCI Machine Learning Repository, CC BY 4.0, doi:10.24432/C50P49): one image a line,
# the digit first, then the 64 pixels row by row. Nothing is left out or changed, only the type
# of the columns.

table <- utils::read.csv(file.path("data-raw", "digits.csv.gz"), colClasses = "integer")
pixels <- unname(as.matrix(table[-1]))

stopifnot(
  identical(dim(table), c(1797L, 65L)),
  all(table$digit %in% 0:9),
  identical(range(pixels), c(0L, 16L))
)

digits <- data.frame(digit = factor(table$digit, levels = 0:9))
digits$pixels <- pixels

dir.create("data", showWarnings = FALSE)
save(digits, file = file.path("data", "digits.rda"), version = 2, compress = "xz")
