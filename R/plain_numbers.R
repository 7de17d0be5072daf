# Runs code that writes numbers with a decimal point. The option OutDec affects format(), and the
# locale LC_NUMERIC, which other libraries in the process may set, even sprintf() and JSON.
with_plain_numbers <- function(code) {
  locale <- Sys.getlocale("LC_NUMERIC")
  before <- options(OutDec = ".")
  on.exit(options(before))
  if (!(locale %in% c("C", "POSIX"))) {
    Sys.setlocale("LC_NUMERIC", "C")
    # R warns of any other locale than this
    on.exit(suppressWarnings(Sys.setlocale("LC_NUMERIC", locale)), add = TRUE)
  }
  force(code)
}
