# `circleloss evaluate FILE`: reads, evaluates, writes the result and checks the conditions.

cli_evaluate <- function(arguments, output, errors) {
  call <- environment()
  run_parsed(evaluate_parser(call), arguments, output, call, function(files, options) {
    # Everything that can be is checked before the work begins
    job <- new_evaluation_job(files, options, call)
    evaluation <- with_lines_for_conditions(
      evaluate_files(job, options, call), errors, job$quiet
    )
    point <- if (!is.null(job$limit)) {
      with_lines_for_conditions(chosen_point(evaluation, job, call), errors, job$quiet)
    }
    metrics <- c(evaluation$metrics, point_metrics(point))
    check_metrics_exist(job$conditions, metrics, call)
    title <- paste("Evaluation of", job$file)
    lines <- function() format_result(evaluation, job$format, job$file, point)
    write_outputs(evaluation, job, title, lines, output, errors, call)
    check_pairs_behind(job$conditions, evaluation$sizes, call)
    report_conditions(job$conditions, metrics, errors)
  })
}

new_evaluation_job <- function(files, options, call) {
  c(
    list(
      file = check_one_file(files, call),
      conditions = lapply(options[["fail_if"]], parse_condition, call = call),
      limit = parse_limit(options[["operating_point"]], call)
    ),
    common_job(options, plot_types, call)
  )
}

# What both commands do.
common_job <- function(options, plots, call) {
  list(
    settings = parse_settings(options, call),
    format = parse_result_format(options, call),
    plot = parse_plot(options, call, plots),
    report = parse_report(options[["report"]], call),
    quiet = isTRUE(options[["quiet"]])
  )
}

check_one_file <- function(files, call) {
  if (length(files) != 1L) {
    problem <- if (length(files) == 0L) {
      "no file is given"
    } else {
      paste("one file is expected, not", length(files))
    }
    stop_option("FILE", problem, "Write `circleloss evaluate FILE`.", call)
  }
  files
}

parse_settings <- function(options, call) {
  given <- function(name) !is.null(options[[name]])
  number <- function(name) parse_number(options[[name]], name, call)
  settings <- list(
    k = if (given("k")) check_k(parse_numbers(options[["k"]], "k", call), call),
    gamma = if (given("gamma")) check_gamma(number("gamma"), call),
    margin = if (given("margin")) check_margin(number("margin"), call),
    dtype = if (given("dtype")) resolve_dtype(options[["dtype"]], call),
    threads = if (given("threads")) check_threads(number("threads"), "{.arg threads}", call),
    level = if (given("level")) check_level(number("level"), call),
    resample = if (given("resample")) {
      check_choice(options[["resample"]], resample_kinds, "resample", call)
    },
    metric = if (given("metric")) {
      check_choice(options[["metric"]], known_metrics, "metric", call)
    },
    same_group = if (given("same_group")) {
      check_choice(options[["same_group"]], group_rules, "same_group", call)
    }
  )
  settings[lengths(settings) > 0L]
}

# far=RATE, tar=RATE or equal-error as arguments of operating_point(); NULL if none is asked for.
parse_limit <- function(text, call) {
  if (is.null(text)) {
    return(NULL)
  }
  parts <- regmatches(text, regexec("^(far|tar)=(.+)$", text))[[1]]
  rate <- suppressWarnings(as.numeric(c(parts, NA, NA, NA)[[3]]))
  if (text %in% c("equal-error", "equal_error")) {
    list(equal_error = TRUE)
  } else if (!is.na(rate)) {
    name <- parts[[2]]
    check_limit(if (name == "far") rate, if (name == "tar") rate, FALSE, call)
    rlang::set_names(list(rate), name)
  } else {
    problem <- paste0("--operating-point must be a limit, not ", quote_text(text))
    stop_option("operating-point", problem, "Write far=0.001, tar=0.95 or equal-error.", call)
  }
}

parse_result_format <- function(options, call) {
  if (isTRUE(options[["json"]]) && isTRUE(options[["csv"]])) {
    stop_option("--csv", "--json and --csv exclude each other", "Give one of them.", call)
  }
  if (isTRUE(options[["json"]])) {
    need_package("jsonlite", "to write JSON", call)
    "json"
  } else if (isTRUE(options[["csv"]])) {
    "csv"
  } else {
    "text"
  }
}

# Evaluation -------------------------------------------------------------------------------------

evaluate_files <- function(job, options, call) {
  queries <- read_labelled(job$file, options, parse_column(options[["labels"]]), "labels", call)
  references <- if (!is.null(options[["ref"]])) {
    read_labelled(options[["ref"]], options, reference_labels_of(options), "ref_labels", call)
  }
  settings <- job$settings
  settings$group <- read_group(job$file, options, "group", call)
  if (!is.null(settings$group) && !is.null(options[["ref"]])) {
    settings$ref_group <- read_group(options[["ref"]], options, "ref_group", call)
  }
  if (!is.null(settings[["threads"]])) {
    before <- thread_state$requested
    on.exit(circleloss_threads(before))
    circleloss_threads(settings[["threads"]])
    settings[["threads"]] <- NULL
  }
  evaluated_from_files(
    do.call(evaluate_embeddings, c(
      list(queries$embeddings, queries$labels, references$embeddings, references$labels),
      settings
    )),
    job$file, options[["ref"]], call
  )
}

chosen_point <- function(evaluation, job, call) {
  tryCatch(
    do.call(operating_point, c(list(evaluation), job$limit)),
    circleloss_error_evaluation = function(error) {
      stop_file(job$file, NA, one_line(error), NULL, call)
    }
  )
}

# References have their labels in the same column as the embeddings, unless told otherwise.
reference_labels_of <- function(options) {
  own <- parse_column(options[["ref_labels"]])
  if (is.null(own) && !is.null(options[["labels"]]) && !file.exists(options[["labels"]])) {
    own <- parse_column(options[["labels"]])
  }
  own
}

read_labelled <- function(file, options, labels, argument, call) {
  form <- new_form(
    labels,
    columns = parse_columns(options[["columns"]]),
    drop = dropped_columns(options, file),
    label_column = parse_column(options[["label_column"]]),
    names = parse_column(options[["names"]]),
    header = if (isTRUE(options[["no_header"]])) FALSE else options[["header"]],
    delimiter = options[["delimiter"]],
    decimal = if (is.null(options[["decimal"]])) "." else options[["decimal"]],
    encoding = if (is.null(options[["encoding"]])) "UTF-8" else options[["encoding"]],
    call = call,
    mapped = TRUE
  )
  content <- read_by_form(file, form, options[["format"]], call)
  if (is.null(content$labels)) {
    remedy <- paste0("Name a column or a file of labels with `", argument, "`.")
    stop_file(file, NA, "it has no labels", remedy, call)
  }
  content
}

# The groups are read as labels are, the labels being one more column to drop. References have them
# in the same column as the embeddings, unless told otherwise.
read_group <- function(file, options, name, call) {
  given <- if (is.null(options[[name]])) options[["group"]] else options[[name]]
  if (is.null(given)) {
    return(NULL)
  }
  if (file == "-") {
    stop_option("--group", "standard input can be read only once", "Give a file.", call)
  }
  options$drop <- join_columns(c(options$drop, own_column(options, file, "labels")))
  options$group <- options$ref_group <- options$label_column <- NULL
  read_labelled(file, options, parse_column(given), name, call)$labels
}

# The option for the queries, or for the references where they have one of their own; NULL unless it
# is a column of the file itself.
own_column <- function(options, file, name) {
  of_references <- if (identical(file, options[["ref"]])) options[[paste0("ref_", name)]]
  given <- if (is.null(of_references)) options[[name]] else of_references
  if (!is.null(given) && !file.exists(given)) given
}

dropped_columns <- function(options, file) {
  parse_columns(join_columns(c(options[["drop"]], own_column(options, file, "group"))))
}

join_columns <- function(columns) if (length(columns) > 0L) paste(columns, collapse = ",")

# Turns errors about embeddings or labels into errors about their file.
evaluated_from_files <- function(code, file, reference_file, call) {
  of_file <- function(error) {
    of_references <- startsWith(c(error$argument, "")[[1]], "ref_")
    stop_file(if (of_references) reference_file else file, NA, one_line(error), NULL, call)
  }
  tryCatch(
    code,
    circleloss_error_embeddings = of_file,
    circleloss_error_labels = of_file,
    circleloss_error_references = of_file,
    circleloss_error_overflow = of_file,
    circleloss_error_memory = of_file
  )
}
