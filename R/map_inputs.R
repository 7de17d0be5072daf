# The rows that a map is fitted to or applied to: matrices, data frames and formulas.
#
# Inputs are list(x, y, columns, blueprint): a double matrix without names, labels, the names of the
# columns or NULL, and what package hardhat needs to make the same columns of new data, or NULL.

matrix_inputs <- function(x, y, call) {
  if (inherits(x, "labelled_embeddings")) {
    x <- x$embeddings
  }
  check_not_swapped(y, x, "y", "x", call)
  x <- finite_matrix(x, "x", call)
  new_inputs(x, y, colnames(x), NULL, call)
}

# Columns of text and factors become one column of 0 and 1 for each level.
frame_inputs <- function(x, y, call) {
  if (all(vapply(x, is.numeric, NA))) {
    return(matrix_inputs(x, y, call))
  }
  need_package("hardhat", "for columns that are not numbers", call)
  check_frame_columns(x, call)
  molded <- by_hardhat(hardhat::mold(~., text_as_factors(x), blueprint = new_blueprint()), call)
  molded_inputs(molded, y, call)
}

formula_inputs <- function(formula, data, call) {
  need_package("hardhat", "to fit by a formula", call)
  if (!is.data.frame(data)) {
    stop_parameter("data", data, "a data frame", call)
  }
  data <- text_as_factors(data)
  molded <- by_hardhat(hardhat::mold(formula, data, blueprint = new_blueprint()), call)
  molded_inputs(molded, only_outcome(molded$outcomes, call), call)
}

recipe_inputs <- function(recipe, data, call) {
  need_package("hardhat", "to fit by a recipe", call)
  need_package("recipes", "to fit by a recipe", call)
  molded <- by_hardhat(hardhat::mold(recipe, data), call)
  molded_inputs(molded, only_outcome(molded$outcomes, call), call)
}

new_blueprint <- function() {
  hardhat::default_formula_blueprint(intercept = FALSE, indicators = "one_hot")
}

molded_inputs <- function(molded, y, call) {
  x <- finite_matrix(molded$predictors, "x", call)
  new_inputs(x, y, colnames(x), molded$blueprint, call)
}

new_inputs <- function(x, y, columns, blueprint, call) {
  labels <- as_labels(y, "y", call)
  check_labels_fit(labels, "y", x, "x", call)
  list(x = unname(x), y = labels, columns = columns, blueprint = blueprint)
}

only_outcome <- function(outcomes, call) {
  if (ncol(outcomes) != 1L) {
    stop_circleloss(
      "labels",
      c(
        "There must be one column of labels, not {ncol(outcomes)}.",
        "i" = "In a formula it is the left side: {.code Species ~ .}"
      ),
      argument = "x",
      call = call
    )
  }
  outcomes[[1]]
}

finite_matrix <- function(x, argument, call) {
  x <- as_embeddings(x, argument, call)
  check_finite(x, argument, call)
  x
}

check_frame_columns <- function(x, call) {
  known <- function(column) {
    is.numeric(column) || is.factor(column) || is.character(column) || is.logical(column)
  }
  foreign <- which(!vapply(x, known, NA))
  if (length(foreign) > 0L) {
    stop_column(as.list(x), foreign[[1]], "x", call)
  }
}

text_as_factors <- function(x) {
  text <- vapply(x, function(column) is.character(column) || is.logical(column), NA)
  x[text] <- lapply(x[text], function(column) {
    # The order of the levels does not depend on the locale
    factor(column, levels = sort(unique(as.character(column)), method = "radix"))
  })
  x
}

# New rows -------------------------------------------------------------------------------------

# The rows in the columns of the fit, as a double matrix with the names of the rows.
new_rows <- function(new_data, inputs, call) {
  if (!is.null(inputs$blueprint)) {
    return(forged_rows(new_data, inputs$blueprint, call))
  }
  if (inherits(new_data, "labelled_embeddings")) {
    new_data <- new_data$embeddings
  }
  names <- if (length(dim(new_data)) == 2L && !isS4(new_data)) colnames(new_data)
  if (!is.null(inputs$columns) && !is.null(names)) {
    check_has_columns(names, inputs$columns, call)
    new_data <- if (is.data.frame(new_data)) {
      as.data.frame(new_data)[inputs$columns]
    } else {
      new_data[, inputs$columns, drop = FALSE]
    }
  }
  x <- finite_matrix(new_data, "new_data", call)
  if (ncol(x) != inputs$count) {
    stop_columns(
      c(
        "{.arg new_data} must have {count_of(inputs$count, 'column')}, as the rows of the fit, not
         {ncol(x)}.",
        "i" = if (nrow(x) == inputs$count) {
          "If a row is a column of it, use {.code t(new_data)}."
        }
      ),
      call,
      columns = character()
    )
  }
  x
}

forged_rows <- function(new_data, blueprint, call) {
  need_package("hardhat", "for columns that are not numbers", call)
  if (!is.data.frame(new_data)) {
    stop_parameter("new_data", new_data, "a data frame with the columns of the fit", call)
  }
  types <- blueprint$ptypes$predictors
  check_has_columns(names(new_data), names(types), call)
  new_data <- as.data.frame(new_data)
  for (name in names(types)[vapply(types, is.factor, NA)]) {
    new_data[[name]] <- known_levels(new_data[[name]], levels(types[[name]]), name, call)
  }
  x <- by_hardhat(hardhat::forge(new_data, blueprint)$predictors, call)
  x <- finite_matrix(x, "new_data", call)
  if (.row_names_info(new_data) > 0L) {
    rownames(x) <- row.names(new_data)
  }
  x
}

known_levels <- function(column, levels, name, call) {
  text <- as.character(column)
  unknown <- setdiff(text[!is.na(text)], levels)
  if (length(unknown) > 0L) {
    stop_columns(
      c(
        "Column {.field {name}} of {.arg new_data} must have levels that the fit had.",
        "x" = "It had no {.val {unknown[[1]]}}."
      ),
      call,
      columns = name
    )
  }
  factor(text, levels = levels)
}

check_has_columns <- function(names, needed, call) {
  missing <- setdiff(needed, names)
  if (length(missing) > 0L) {
    stop_columns(
      c(
        "{.arg new_data} must have the columns of the fit.",
        "x" = "{cli::qty(length(missing))}Column{?s} {.field {missing}} {?is/are} missing."
      ),
      call,
      columns = missing
    )
  }
  repeated <- names[duplicated(names) & names %in% needed]
  if (length(repeated) > 0L) {
    stop_columns("Column {.field {repeated[[1]]}} is there twice.", call, columns = repeated)
  }
}

stop_columns <- function(message, call, columns, envir = parent.frame()) {
  stop_circleloss("columns", message, columns = columns, call = call, envir = envir)
}

# What hardhat finds wrong, as an error of this package.
by_hardhat <- function(code, call) {
  tryCatch(code, error = function(error) {
    reason <- conditionMessage(error)
    stop_columns(
      c("The columns do not fit.", "x" = "{reason}"), call,
      columns = character()
    )
  })
}
