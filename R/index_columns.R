# Columns that number the rows: not dimensions, though they hold numbers.
#
# A column with a name that other programs use for row numbers becomes the row names, if its content
# agrees. Content alone is no proof, and gives a warning.

# Names that always mean row numbers.
sure_index_names <-
  "^(unnamed: [0-9.]+|[.]{3}[0-9]+|row[._ ]?names?|__index_level_[0-9]+__|level_0)$"

# Names with other meanings too: a coordinate, the first column of a matrix, a class number.
likely_index_names <- "^(index|idx|id|rn|row|row_?(nr|id|index|number)|x|v1)$"

has_index_name <- function(names) {
  found <- grepl(sure_index_names, names, ignore.case = TRUE, useBytes = TRUE) |
    grepl(likely_index_names, names, ignore.case = TRUE, useBytes = TRUE)
  found & !is_coordinate(names)
}

# x, v1, X beside Y, X1 or X2, and V1 beside V2 are dimensions; R writes X for a column without a
# name.
is_coordinate <- function(names) {
  names == "x" | names == "v1" |
    names == "X" & any(names %in% c("Y", "X1", "X2")) |
    names == "V1" & any(names == "V2")
}

# Whether the content of such a column, numbers or their text, does number the rows.
numbers_rows <- function(name, content) {
  if (length(content) == 0L || anyNA(content) || anyDuplicated(content)) {
    return(FALSE)
  }
  if (is.character(content) && !all(grepl("^-?[0-9]+([.]0*)?$", content, useBytes = TRUE))) {
    # Names, if none of them is a number
    return(!any(is_number(content, ".")))
  }
  numbers <- as.double(content)
  whole <- all(numbers == trunc(numbers))
  whole && (is_surely_index(name) || are_consecutive(numbers))
}

# Names that whole numbers have only as an index.
is_surely_index <- function(names) {
  grepl(sure_index_names, names, ignore.case = TRUE, useBytes = TRUE) |
    names %in% c("index", "Index", "idx", "id", "Id", "ID")
}

are_consecutive <- function(numbers) all(diff(numbers) == 1)

# Warning ----------------------------------------------------------------------------------------

# Warns of columns that look like row numbers or ids. `columns` is a matrix, or a list of columns
# such as a data frame; `positions` are those among all columns of the file or data frame, which
# have `names`, or NULL. `argument` is the name of the data frame, NULL for a file.
warn_index_columns <- function(columns, names, call, positions = NULL, argument = NULL) {
  own_names <- if (is.null(positions)) names else names[positions]
  found <- find_index_columns(columns, own_names)
  if (length(found) == 0L) {
    return(invisible())
  }
  found <- if (is.null(positions)) found else positions[found]
  shown <- vapply(utils::head(found, 3L), describe_column, "", names = names)
  further <- length(found) - length(shown)
  listed <- paste0(
    sub("^c", "C", paste(shown, collapse = ", ")),
    if (further > 0L) paste(" and", format_count(further), "more")
  )
  # As a variable, since cli would evaluate braces in a name
  code <- gsub("`", "", drop_code(found, names), fixed = TRUE)
  warn_circleloss(
    "index",
    c(
      paste0(
        "{listed}", if (!is.null(argument)) " of {.arg {argument}}",
        " {cli::qty(length(found))}look{?s/} like row numbers or ids, and {?is/are} part of the
         embedding."
      ),
      "i" = if (is.null(argument)) {
        "Drop {cli::qty(length(found))}{?it/them} with {.code {code}}."
      } else {
        "{.arg columns} selects the columns of the embedding, by name or number."
      }
    ),
    columns = found,
    call = call
  )
}

# By content or by name.
find_index_columns <- function(columns, names) {
  sort(union(index_like_columns(columns), whole_by_name(columns, names)))
}

# Whole numbers under the name of an index, though not distinct.
whole_by_name <- function(columns, names) {
  Filter(function(j) {
    numbers <- if (is.matrix(columns)) columns[, j] else columns[[j]]
    is.numeric(numbers) && all(is.finite(numbers) & numbers == trunc(numbers))
  }, which(is_surely_index(names)))
}

# A matrix with only consecutive numbers is a toy example, not a table with an index.
index_like_columns <- function(columns) {
  count <- if (is.matrix(columns)) ncol(columns) else length(columns)
  column <- if (is.matrix(columns)) function(j) columns[, j] else function(j) columns[[j]]
  rows <- if (is.matrix(columns)) nrow(columns) else if (count > 0L) NROW(column(1L)) else 0L
  if (count < 2L || rows < 3L) {
    return(integer())
  }
  # The first rows rule out nearly all columns
  start <- if (is.matrix(columns)) columns[1:3, , drop = FALSE]
  start_of <- function(j) if (is.null(start)) utils::head(column(j), 3L) else start[, j]
  candidates <- Filter(function(j) is_whole_and_distinct(start_of(j)), seq_len(count))
  found <- Filter(function(j) is_index_like(column, j, count), candidates)
  if (length(found) == count) integer() else found
}

is_whole_and_distinct <- function(x) {
  is.numeric(x) && is.null(dim(x)) && !is.factor(x) && all(is.finite(x)) && all(x == trunc(x)) &&
    !anyDuplicated(x)
}

# Consecutive, or ids: distinct whole numbers, much larger than the other columns.
is_index_like <- function(column, position, count) {
  numbers <- column(position)
  if (!is_whole_and_distinct(numbers)) {
    return(FALSE)
  }
  if (are_consecutive(as.double(numbers))) {
    return(TRUE)
  }
  largest <- max(abs(numbers))
  if (largest < 1000) {
    return(FALSE)
  }
  others <- utils::head(setdiff(seq_len(count), position), 20L)
  sizes <- vapply(others, function(j) largest_of(column(j)), 0)
  largest > 10 * stats::median(sizes)
}

largest_of <- function(x) if (is.numeric(x)) max(0, abs(x), na.rm = TRUE) else 0
