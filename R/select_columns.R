# The columns that `columns` and `drop` select, of files and of data frames: names, positions, and
# helpers such as starts_with(), which are available only inside these arguments.

# The value of an argument as a list of names, positions and functions that find positions among
# names; NULL if it is not given. `quosure` is from rlang::enquo().
capture_columns <- function(quosure, argument, call) {
  value <- rlang::eval_tidy(quosure, data = column_helpers)
  if (is.null(value)) {
    return(NULL)
  }
  parts <- if (is.list(value)) value else list(value)
  for (part in parts) {
    check_column_part(part, argument, call)
  }
  parts
}

column_helpers <- list(
  starts_with = function(match) column_finder(function(names) which(startsWith(names, match))),
  ends_with = function(match) column_finder(function(names) which(endsWith(names, match))),
  contains = function(match) column_finder(function(names) grep(match, names, fixed = TRUE)),
  matches = function(match) column_finder(function(names) grep(match, names)),
  num_range = function(prefix, range) {
    column_finder(function(names) which(names %in% paste0(prefix, range)))
  },
  everything = function() column_finder(seq_along)
)

# A list, so that c() keeps it together with names and positions.
column_finder <- function(find) list(find)

check_column_part <- function(part, argument, call) {
  is_names <- is.character(part) && !anyNA(part)
  is_positions <- is.numeric(part) && all(is.finite(part) & part >= 1 & part == trunc(part))
  if (!is.function(part) && !is_names && !is_positions || length(part) == 0L) {
    wanted <- "names or numbers of columns, or a helper such as starts_with(\"e\")"
    stop_parameter(argument, part, wanted, call)
  }
}

# The positions of the parts, each once, among `count` columns of these names, or of none. Where a
# part finds nothing, stop_missing() gets the name or number, or NULL for a helper.
resolve_columns <- function(parts, names, count, stop_missing) {
  positions <- lapply(parts, function(part) {
    if (is.function(part)) {
      found <- if (!is.null(names)) part(names)
      if (length(found) == 0L) {
        stop_missing(NULL)
      }
    } else {
      found <- column_position(part, names)
      missing <- is.na(found) | found > count
      if (any(missing)) {
        stop_missing(part[missing][[1]])
      }
    }
    as.integer(found)
  })
  unique(unlist(positions))
}

column_position <- function(wanted, names) {
  if (!is.character(wanted)) {
    return(wanted)
  }
  position <- match(wanted, names)
  if (is_position_text(wanted) && is.na(position)) as.numeric(wanted) else position
}

# Text of the command may be the name of a column, or its number if no column has that name.
column_text <- function(text) structure(text, class = "column_text")

is_position_text <- function(text) inherits(text, "column_text") && grepl("^[1-9][0-9]*$", text)

# In the command: names, numbers, ranges of numbers, and prefixes followed by *, separated by
# commas.
parse_columns <- function(text) {
  if (is.null(text)) {
    return(NULL)
  }
  parts <- strsplit(text, ",", fixed = TRUE)[[1]]
  do.call(c, lapply(parts[parts != ""], parse_column_part))
}

parse_column_part <- function(part) {
  if (grepl("[*]$", part)) {
    column_helpers$starts_with(sub("[*]$", "", part))
  } else if (grepl("^[0-9]+[:-][0-9]+$", part)) {
    ends <- as.numeric(strsplit(part, "[:-]")[[1]])
    list(seq(ends[[1]], ends[[2]]))
  } else {
    list(column_text(part))
  }
}
