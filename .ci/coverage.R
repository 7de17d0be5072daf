# Prints the line coverage of the tests, in R and C, for the package in the given folder.

folder <- commandArgs(trailingOnly = TRUE)
Sys.setenv(NOT_CRAN = "true")

coverage <- covr::package_coverage(folder)
lines <- covr::tally_coverage(coverage, by = "line")
percent <- function(lines) sprintf("%.1f %%", 100 * mean(lines$value > 0))
in_r <- startsWith(lines$filename, "R/")

files <- split(lines, lines$filename)
missed <- vapply(files, function(file) paste(file$line[file$value == 0], collapse = " "), "")
cat(sprintf("%-32s %8s  %s\n", names(files), vapply(files, percent, ""), missed), sep = "")
cat("\nR: ", percent(lines[in_r, ]), "   C: ", percent(lines[!in_r, ]),
  "   both: ", percent(lines), "\n", sep = "")
