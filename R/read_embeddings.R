# Reads labelled embeddings: detects the format, calls its reader, and adds the labels.

#' Read labelled embeddings from a file
#'
#' Reads common file formats of embeddings, with their labels, for [evaluate_embeddings()]. The
#' [command for scripts][install_cli] reads files the same way.
#'
#' @section Formats:
#' The format is detected from the extension of the file, or else from its first bytes, unless
#' `format` is given. Text may be compressed with gzip, bzip2 or xz.
#'
#' * `"csv"`, `"tsv"`: one embedding per row, read by [data.table::fread()]. Fields are separated by
#'   tabs if the name ends in `.tsv`, else by the first of tabs, semicolons, commas, `|` and white
#'   space that all of the first lines contain. A header is detected; it may follow Excel's `sep=;`
#'   and comments after `#`, the last of which may itself be the header. An embedding may also be
#'   one field, such as `"[0.1, 0.2]"`.
#' * `"projector"`: the pair of files of TensorBoard's embedding projector: `vectors.tsv` with
#'   numbers only, and `metadata.tsv` in the same folder with the labels. Other names may be used if
#'   one has `vectors` or `tensors` where the other has `metadata`.
#' * `"word2vec"`: the text format of word2vec and fastText, or the binary format of word2vec. The
#'   first line counts words and dimensions; then follow words and their numbers. Words become row
#'   names. Those that are not in UTF-8 are read as Latin-1, with a warning.
#' * `"glove"`: the same without the line of counts. Words may contain blanks.
#' * `"json"`: one object per line, such as `{"embedding": [0.1, 0.2], "label": "a"}`, an array of
#'   objects, or an object of columns. It needs the package jsonlite.
#' * `"rds"`: a matrix, a data frame, or a list of `embeddings` and `labels`, from [saveRDS()].
#' * `"npy"`, `"npz"`: arrays of NumPy. A `.npy` file of floating point numbers needs no Python, and
#'   [open_embeddings()] need not even read it. All others are read by NumPy through the package
#'   reticulate. From `.npz` the array `embeddings` is read, or else the only one with two
#'   dimensions. No Python is downloaded: set one up with `reticulate::py_require("numpy")`,
#'   `reticulate::use_python()` or the environment variable `RETICULATE_PYTHON`.
#' * `"parquet"`, `"feather"`: columns of numbers, or one column of lists. They need the package
#'   nanoparquet (Parquet only) or arrow.
#'
#' @section Columns:
#' All columns must hold numbers, except those of labels and row names and those not selected by
#' `columns` and `drop`. If there is one column of lists, it is the embedding. Printing the result
#' shows which columns are the embedding, and which were set aside.
#'
#' A column that numbers the rows is not a dimension. It becomes the row names if it has a name that
#' other programs use for it (such as `Unnamed: 0`, `...1`, `X`, `V1`, `index` or `id`) and its
#' content agrees. Other columns of consecutive whole numbers, or of large distinct ones, give a
#' warning.
#'
#' @section Labels:
#' Without `labels`, they are those of the column (in `.npz` and `.rds`, the array or element)
#' `label` or `labels`, if there is one. Labels in text that are all whole numbers, also written
#' `1.0` or `1e+00`, become integers, unless that would merge two labels such as `"1"` and `"01"`.
#' `NA` is a missing label, `"NA"` in quotes a label.
#'
#' A file of labels may be text with one label per line, a table like TensorBoard's `metadata.tsv`,
#' `.rds`, `.npy` or `.npz`. As in TensorBoard, text has a header if it has several columns,
#' if `label_column` is a name, or if its only column begins with `label` and has a line too many;
#' otherwise its first line is a label.
#'
#' @param file The path of the file, or `"-"` for standard input.
#' @param labels The labels: a column of `file`, by name or number, or else the path of a file of
#'   labels. A name that is both means the column.
#' @param ... Must be empty. The arguments after it are given by name.
#' @param columns,drop The columns of `file` that form the embedding, and those to drop: names,
#'   numbers, or both in a list; or `starts_with("e")`, `ends_with()`, `contains()`, `matches()`,
#'   `num_range()` and `everything()`, which are available inside these arguments.
#' @param label_column The column of the file of labels, by name or number, if it has several.
#' @param names The column of `file` that holds the row names, by name or number. By default a first
#'   column without a name, as [write.csv()] and pandas write it. In `.npz` and lists in `.rds`, an
#'   array or element.
#' @param format One of the formats below, or `NULL` to detect it.
#' @param header Whether the first line of text names the columns, or `NULL` to detect it.
#' @param delimiter The character that separates the fields of text, or `NULL` to detect it. `" "`
#'   means any white space.
#' @param decimal The decimal mark of text, `"."` or `","`.
#' @param encoding The encoding of text, `"UTF-8"` or `"latin1"`.
#'
#' @returns A list of class `labelled_embeddings`:
#'
#' * `embeddings`: a matrix of finite doubles, one embedding per row.
#' * `labels`: a vector with a label for every row, or `NULL` if there are none.
#' * `source`: a list of `file`, `format` and `labels`, the origin of the labels, and `set_aside`,
#'   the columns that are not part of the result, if any.
#'
#' @section Errors and warnings:
#' `circleloss_error_file` if a file cannot be read, with the fields `file` and `line` (`NA` without
#' a line), `circleloss_error_parameter`, `_flag`, `_dots`, `_package` and `_python`; the warnings
#' `circleloss_warning_index` and `circleloss_warning_encoding`. See [circleloss_conditions].
#'
#' @examples
#' file <- tempfile(fileext = ".csv")
#' writeLines(c("label,x,y", "cat,1,0", "cat,0.8,0.6", "dog,0,1"), file)
#' read_embeddings(file)
#'
#' # Labels in a separate file
#' labels <- tempfile(fileext = ".txt")
#' writeLines(c("tabby", "siamese", "poodle"), labels)
#' vectors <- tempfile(fileext = ".tsv")
#' writeLines(c("1\t0", "0.8\t0.6", "0\t1"), vectors)
#' read_embeddings(vectors, labels)$labels
#' @export
read_embeddings <- function(file, labels = NULL, ..., columns = NULL, drop = NULL,
                            label_column = NULL, names = NULL, format = NULL, header = NULL,
                            delimiter = NULL, decimal = ".", encoding = "UTF-8") {
  call <- environment()
  need_argument(file, "Give the path of a file of embeddings.", call)
  if (...length() > 0L) {
    stop_read_dots(dot_names(...), call)
  }
  form <- new_form(
    labels, capture_columns(rlang::enquo(columns), "columns", call),
    capture_columns(rlang::enquo(drop), "drop", call), label_column, names, header, delimiter,
    decimal, encoding, call
  )
  read_by_form(file, form, format, call)
}

# How to read a file: the arguments above, checked. `mapped`: embeddings may be those of
# open_embeddings().
new_form <- function(labels, columns, drop, label_column, names, header, delimiter, decimal,
                     encoding, call, mapped = FALSE) {
  form <- list(
    labels = check_column(labels, "labels", call),
    columns = columns,
    drop = drop,
    label_column = check_column(label_column, "label_column", call),
    names = check_column(names, "names", call),
    header = if (!is.null(header)) check_flag(header, "header", call),
    delimiter = if (!is.null(delimiter)) check_delimiter(delimiter, call),
    decimal = check_choice(decimal, c(".", ","), "decimal", call),
    encoding = check_choice(encoding, c("UTF-8", "latin1"), "encoding", call),
    mapped = mapped,
    # For temporary files of readers
    folder = tempfile("circleloss-")
  )
  check_delimiter_and_decimal(form, call)
  form
}

read_by_form <- function(file, form, format, call) {
  check_path(file, "file", call)
  dir.create(form$folder)
  on.exit(unlink(form$folder, recursive = TRUE))
  if (file == "-") {
    file <- keep_standard_input(form$folder)
  }
  check_file(file, call)
  format <- resolve_format(format, file, form, call)
  content <- read_content(reader_of(format), file, form, call)
  check_extent(content$embeddings, file, call)
  content <- add_labels_of_file(content, file, form, call)
  new_labelled_embeddings(
    content$embeddings,
    content$labels,
    c(
      list(file = shown_path(file), format = format, labels = content$labels_from),
      if (length(content$set_aside) > 0L) content["set_aside"]
    )
  )
}

# Any other error in a reader becomes one about the file.
read_content <- function(reader, file, form, call) {
  tryCatch(reader(file, form, call), error = function(error) {
    if (inherits(error, "circleloss_error")) {
      rlang::cnd_signal(error)
    }
    stop_file(
      file, NA, paste("it cannot be read:", one_line(error)), "Check or write it again.", call,
      parent = error
    )
  })
}

# Every reader takes the file, its form (new_form()) and the call. It returns a list of
#   embeddings    a matrix of finite doubles, or an open file if the form allows it
#   labels        those found in the file itself, or NULL
#   labels_from   their origin, as text
#   label_file    the separate file of labels, or NULL
#   set_aside     the columns that are neither embedding nor labels nor row names, or NULL
reader_of <- function(format) {
  switch(format,
    csv = read_delimited,
    tsv = read_delimited,
    projector = read_projector,
    word2vec = read_word2vec,
    glove = read_glove,
    json = read_json,
    rds = read_rds,
    npy = read_npy,
    npz = read_npz,
    parquet = read_parquet,
    feather = read_feather
  )
}

# Format -----------------------------------------------------------------------------------------

formats <- c(
  "csv", "tsv", "projector", "word2vec", "glove", "json", "rds", "npy", "npz", "parquet", "feather"
)

resolve_format <- function(format, file, form, call) {
  if (!is.null(format)) {
    return(check_choice(format, formats, "format", call))
  }
  magic <- magic_of(file)
  stop_if_unreadable(file, magic, call)
  switch(extension(file),
    csv = "csv",
    tsv = ,
    tab = if (is_projector(file, form)) "projector" else "tsv",
    vec = if (is_glove(first_lines(file, 20L), form)) "glove" else "word2vec",
    json = ,
    jsonl = ,
    ndjson = "json",
    rds = "rds",
    npy = "npy",
    npz = "npz",
    parquet = ,
    pq = "parquet",
    feather = ,
    arrow = "feather",
    if (magic %in% formats) magic else format_of_text(file, form)
  )
}

# The first lines may not be text.
format_of_text <- function(file, form) {
  lines <- first_lines(file, 20L)
  lines <- lines[!is_blank(lines)]
  start <- c(lines, "")[[1]]
  if (grepl(counts_pattern, start, useBytes = TRUE) && is.null(form$delimiter)) {
    "word2vec"
  } else if (grepl("^ *([[] *)?[{]\"", start, useBytes = TRUE)) {
    "json"
  } else if (is_glove(lines, form)) {
    "glove"
  } else {
    "csv"
  }
}

# Words and numbers separated by blanks, if no argument names a column.
is_glove <- function(lines, form) {
  asked <- form[c("labels", "columns", "drop", "names", "header", "delimiter")]
  pattern <- "^[^\t ]+( -?[0-9.]+(e[-+]?[0-9]+)?){2,} *\r?$"
  words <- sub(" .*", "", lines, useBytes = TRUE)
  fits <- grepl(pattern, lines, useBytes = TRUE) & !is_number(words, ".")
  all(vapply(asked, is.null, NA)) && length(lines) > 0L && fits[[1]] && mean(fits) > 0.6
}

# In lower case, without that of compression.
extension <- function(file) {
  tolower(tools::file_ext(sub("[.](gz|bz2|xz)$", "", file, ignore.case = TRUE)))
}

# Whether a tab-separated file has metadata in its folder, and no other labels are asked for.
is_projector <- function(file, form) {
  metadata <- metadata_of(file)
  other <- is.character(form$labels) && file.exists(form$labels)
  !is.na(metadata) && !other
}

# Arguments --------------------------------------------------------------------------------------

stop_read_dots <- function(names, call) {
  known <- setdiff(names(formals(read_embeddings)), c("file", "labels", "..."))
  stop_circleloss(
    "dots",
    c(
      if (names[[1]] == "") {
        "Only {.arg file} and {.arg labels} may be given without a name."
      } else {
        "There is no argument {.arg {names[[1]]}}."
      },
      "i" = "The others are {.arg {known}}."
    ),
    call = call
  )
}

check_path <- function(path, argument, call) {
  if (!is_string(path) || path == "") {
    stop_parameter(argument, path, "one path", call)
  }
}

check_delimiter_and_decimal <- function(form, call) {
  if (identical(form$delimiter, form$decimal)) {
    stop_parameter("delimiter", form$delimiter, "different from the decimal mark", call)
  }
}

check_column <- function(column, argument, call) {
  is_position <- is_whole_number(column) && column >= 1
  if (!is.null(column) && !is_string(column) && !is_position) {
    stop_parameter(argument, column, "one name or number of a column", call)
  }
  column
}

check_delimiter <- function(delimiter, call) {
  if (!is.character(delimiter) || !identical(nchar(delimiter, "bytes"), 1L)) {
    stop_parameter("delimiter", delimiter, "one character", call)
  }
  delimiter
}
