# Checks of files, and the error of all readers.

# One line of text that names the file, the line and a remedy. The remedy writes an argument as
# `name = value`, which the command turns into its option. It is NULL if the problem includes one.
stop_file <- function(file, line, problem, remedy, call, parent = NULL) {
  place <- if (is.na(line)) "" else paste0(", line ", format_count(line))
  text <- if (is.null(remedy)) problem else paste0(problem, ". ", remedy)
  stop_circleloss(
    "file",
    "{.file {shown_path(file)}}{place}: {text}",
    file = shown_path(file),
    line = line,
    parent = parent,
    call = call
  )
}

# Standard input is copied to a file, since most readers read it twice.
keep_standard_input <- function(folder) {
  kept <- file.path(folder, standard_input)
  input <- file("stdin", "rb")
  on.exit(close(input))
  output <- file(kept, "wb")
  on.exit(close(output), add = TRUE)
  repeat {
    bytes <- readBin(input, "raw", 2^20)
    if (length(bytes) == 0L) {
      return(kept)
    }
    writeBin(bytes, output)
  }
}

standard_input <- "standard input"

shown_path <- function(file) if (basename(file) == standard_input) standard_input else file

check_file <- function(file, call) {
  if (!file.exists(file)) {
    remedy <- if (dir.exists(dirname(file))) {
      "Check its name."
    } else {
      paste0("Check its folder: there is no ", dirname(file), " either.")
    }
    stop_file(file, NA, "there is no such file", remedy, call)
  }
  if (dir.exists(file)) {
    stop_file(file, NA, "it is a folder", "Give the path of a file in it.", call)
  }
  if (file.access(file, 4) != 0) {
    stop_file(file, NA, "it may not be read", "Change its permissions.", call) # nocov
  }
  if (file.size(file) == 0) {
    stop_file(file, NA, "it is empty or a pipe", "Give a file with content.", call)
  }
}

check_extent <- function(embeddings, file, call) {
  if (nrow(embeddings) == 0L || ncol(embeddings) == 0L) {
    shape <- format_shape(dim(embeddings))
    problem <- paste("it holds no embeddings, its shape is", shape)
    stop_file(file, NA, problem, "Write one embedding per row.", call)
  }
}

# Refuses numbers that are not finite. `line_of` returns the line of a row, NULL if the file is not
# text; `describe` names the column of the file for a column of the matrix.
check_finite_in_file <- function(embeddings, file, line_of, call, describe = NULL) {
  # A sum is finite only if all its terms are, and takes no memory
  if (all(is.finite(colSums(embeddings)))) {
    return()
  }
  rows <- which(rowSums(!is.finite(embeddings)) > 0)
  if (length(rows) == 0L) {
    return()
  }
  row <- rows[[1]]
  column <- which(!is.finite(embeddings[row, ]))[[1]]
  value <- embeddings[row, column]
  shown <- if (is.na(value) && !is.nan(value)) "missing" else paste(value)
  in_row <- if (is.null(line_of)) paste0("row ", format_count(row), ", ")
  if (is.null(describe)) {
    describe <- function(column) describe_column(column, colnames(embeddings))
  }
  where <- describe(column)
  stop_file(
    file,
    if (is.null(line_of)) NA else line_of(row),
    paste0(in_row, where, " is ", shown),
    "Drop or correct such rows.",
    call
  )
}

describe_column <- function(position, names) {
  name <- names[position]
  if (is.null(name) || is.na(name) || name == "") {
    paste("column", position)
  } else {
    paste0("column ", position, " (", shorten(name), ")")
  }
}

# A text from a file, quoted and shortened.
quote_text <- function(text) encodeString(shorten(text), quote = "\"")

shorten <- function(text) {
  # Bytes that are not UTF-8 are shown in hexadecimal
  text <- iconv(text, "UTF-8", "UTF-8", sub = "byte")
  ifelse(nchar(text) > 30, paste0(substr(text, 1, 27), "..."), text)
}

# The message of a condition on one line, without its parents and bullets.
one_line <- function(condition) {
  condition$parent <- NULL
  message <- cli::ansi_strip(conditionMessage(condition))
  trimws(gsub("[[:space:]]+", " ", gsub("\n(x|i|!|[*]|\u2716|\u2139|\u2022) ", " ", message)))
}
