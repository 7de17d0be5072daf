# Parquet and Feather, with an installed package.

read_parquet <- function(file, form, call) {
  package <- installed_reader(c("nanoparquet", "arrow"), "Parquet", call)
  split_table(read_foreign_table(package, "read_parquet", file, call), file, form, call)
}

read_feather <- function(file, form, call) {
  package <- installed_reader("arrow", "Feather", call)
  split_table(read_foreign_table(package, "read_feather", file, call), file, form, call)
}

# The first installed one of the packages; if none is, the error names the last.
installed_reader <- function(packages, format, call) {
  installed <- Filter(function(package) requireNamespace(package, quietly = TRUE), packages)
  if (length(installed) == 0L) {
    need_package(packages[[length(packages)]], paste0("to read ", format), call)
  }
  installed[[1]]
}

read_foreign_table <- function(package, reader, file, call) {
  read <- getExportedValue(package, reader)
  table <- tryCatch(read(file), error = function(error) {
    stop_file(
      file, NA, paste("the package", package, "cannot read it"),
      "Copy or write it again, without types that R lacks.", call, parent = error
    )
  })
  table <- as.data.frame(table)
  table[] <- lapply(table, plain_list_column)
  table
}

# Lists of arrow have their own class.
plain_list_column <- function(column) {
  if (is.list(column) && !is.data.frame(column)) lapply(column, as.vector) else column
}
