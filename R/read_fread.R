# The one place where data.table's fread() is called, which reads all delimited text.
#
# Everything it could guess is given. Rows that it drops are found by comparing its number of rows
# with that of the file.

# The columns after the first `skip` lines, of the given classes: "numeric", "character", or "NULL"
# for those to skip. NULL if fread() fails. Columns of numbers that hold something else have another
# type than double.
fread_columns <- function(text, skip, classes, na_strings = "NA") {
  tryCatch(
    suppressWarnings(data.table::fread(
      file = text$path,
      header = FALSE,
      sep = text$delimiter,
      quote = "",
      dec = text$decimal,
      skip = skip,
      colClasses = classes,
      na.strings = na_strings,
      strip.white = TRUE,
      blank.lines.skip = TRUE,
      fill = FALSE,
      encoding = c("UTF-8" = "UTF-8", latin1 = "Latin-1")[[text$encoding]],
      nThread = circleloss_threads(),
      showProgress = FALSE,
      data.table = FALSE
    )),
    error = function(error) NULL
  )
}

# The fields of one record, as text.
fread_fields <- function(record, text) {
  file <- tempfile()
  on.exit(unlink(file))
  writeLines(record, file, useBytes = TRUE)
  text$path <- file
  fields <- fread_columns(text, 0L, "character", NULL)
  fields <- unlist(fields, use.names = FALSE)
  plain_fields(if (text$encoding == "latin1") enc2utf8(fields) else fields, text)
}
