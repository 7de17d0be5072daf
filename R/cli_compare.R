# `circleloss compare FILE FILE ...`: reads, evaluates, compares, and checks the conditions.

cli_compare <- function(arguments, output, errors) {
  call <- environment()
  run_parsed(compare_parser(call), arguments, output, call, function(files, options) {
    # Everything that can be is checked before the work begins
    job <- new_comparison_job(files, options, call)
    comparison <- with_lines_for_conditions(compare_files(job, options, call), errors, job$quiet)
    check_conditions_exist(job$conditions, comparison, call)
    title <- paste("Comparison of", and_list(names(job$files)))
    lines <- function() format_comparison(comparison, job)
    write_outputs(comparison, job, title, lines, output, errors, call)
    report_differences(job, comparison, errors)
  })
}

new_comparison_job <- function(files, options, call) {
  files <- name_files(files, call)
  conditions <- lapply(options[["fail_if"]], parse_difference, names = names(files), call = call)
  job <- c(
    list(
      files = files,
      references = parse_references(options[["ref"]], files, call),
      baseline = check_baseline(options[["baseline"]], names(files), call),
      conditions = conditions,
      significant = isTRUE(options[["fail_unless_significant"]])
    ),
    common_job(options, comparison_plots, call)
  )
  job$settings$clustering <- FALSE
  check_significance_asked(job, call)
  job
}

# By the names of the files without folder and extension, or as NAME=FILE.
name_files <- function(files, call) {
  if (length(files) < 2L) {
    stop_option(
      "FILE", "two files are needed, or more", "Write `circleloss compare FILE FILE`.", call
    )
  }
  named <- grepl("^[A-Za-z][A-Za-z0-9_]*=", files)
  names <- sub("[.].*$", "", basename(files))
  names[named] <- sub("=.*$", "", files[named])
  files[named] <- sub("^[^=]*=", "", files[named])
  if (anyDuplicated(names)) {
    problem <- paste("two files are called", quote_text(names[duplicated(names)][[1]]))
    stop_option("FILE", problem, "Name them: NAME=FILE.", call)
  }
  rlang::set_names(files, names)
}

# One file of references for each of the files.
parse_references <- function(text, files, call) {
  if (is.null(text)) {
    return(NULL)
  }
  references <- strsplit(text, ",", fixed = TRUE)[[1]]
  if (length(references) != length(files)) {
    problem <- sprintf("--ref must name %d files, not %d", length(files), length(references))
    stop_option("ref", problem, "Separate them by commas, in the order of the files.", call)
  }
  rlang::set_names(references, names(files))
}

compare_files <- function(job, options, call) {
  evaluations <- lapply(rlang::set_names(names(job$files)), function(name) {
    options[["ref"]] <- if (!is.null(job$references)) job$references[[name]]
    evaluate_files(list(file = job$files[[name]], settings = job$settings), options, call)
  })
  check_comparable(evaluations, call)
  new_comparison(evaluations, job$baseline)
}

# Conditions -------------------------------------------------------------------------------------

difference_remedy <- "Write it as 'b.map_at_r - a.map_at_r < 0' or 'b.map_at_r < 0.8'."

# list(text, terms, comparison, number); a term is list(embedding, metric), and the second is
# subtracted from the first.
parse_difference <- function(text, names, call) {
  pattern <- "^\\s*(\\S+?)(?:\\s+-\\s+(\\S+?))?\\s*(<=|>=|==|!=|<|>)\\s*(\\S+)\\s*$"
  parts <- regmatches(text, regexec(pattern, text, perl = TRUE))[[1]]
  number <- suppressWarnings(as.numeric(c(parts, rep(NA, 5L))[[5]]))
  if (is.na(number)) {
    problem <- paste0(
      quote_text(text), " is not a condition: a metric of an embedding or the difference of two, ",
      "one of ", paste(names(comparisons), collapse = " "), ", and a number"
    )
    stop_option("--fail-if", problem, difference_remedy, call)
  }
  terms <- lapply(setdiff(parts[2:3], ""), parse_term, names = names, text = text, call = call)
  list(text = trimws(text), terms = terms, comparison = parts[[4]], number = number)
}

# "pca.map_at_r": an embedding by its name, or by its place as a letter.
parse_term <- function(term, names, text, call) {
  known <- c(names, letters[seq_along(names)])
  fits <- known[startsWith(term, paste0(known, "."))]
  if (length(fits) == 0L) {
    problem <- paste0(quote_text(text), ": ", quote_text(term), " is not a metric of an embedding")
    remedy <- paste0("There are ", paste(paste0(names, ".METRIC"), collapse = ", "), ".")
    stop_option("--fail-if", problem, remedy, call)
  }
  name <- fits[[which.max(nchar(fits))]]
  embedding <- if (name %in% names) name else names[[match(name, letters)]]
  list(embedding = embedding, metric = substring(term, nchar(name) + 2L))
}

check_conditions_exist <- function(conditions, comparison, call) {
  for (condition in conditions) {
    for (term in condition$terms) {
      evaluation <- comparison$evaluations[[term$embedding]]
      asked <- list(list(text = condition$text, metric = term$metric))
      check_metrics_exist(asked, evaluation$metrics, call)
      check_pairs_behind(asked, evaluation$sizes, call)
    }
  }
}

# Significance is that of a difference to the baseline in one metric.
check_significance_asked <- function(job, call) {
  if (!job$significant) {
    return()
  }
  differences <- Filter(function(condition) length(condition$terms) == 2L, job$conditions)
  if (length(differences) == 0L) {
    stop_option(
      "fail-unless-significant", "--fail-unless-significant needs a difference in --fail-if",
      difference_remedy, call
    )
  }
  for (condition in differences) {
    embeddings <- vapply(condition$terms, `[[`, "", "embedding")
    metrics <- vapply(condition$terms, `[[`, "", "metric")
    if (metrics[[1]] != metrics[[2]] || sum(embeddings == job$baseline) != 1L) {
      problem <- paste0(
        condition$text, " has no p value: it is not the difference of one metric to that of ",
        job$baseline
      )
      stop_option("fail-unless-significant", problem, "--baseline names another baseline.", call)
    }
  }
}

# Reports the conditions that hold, and the differences that are not significant; returns the
# status. What is not defined counts as a failure.
report_differences <- function(job, comparison, errors) {
  failures <- c(
    unlist(lapply(job$conditions, failure_of, comparison = comparison)),
    if (job$significant) insignificant(job, comparison)
  )
  lapply(failures, complain, errors = errors)
  if (length(failures) > 0L) status[["failed"]] else status[["good"]]
}

# A line if the condition holds.
failure_of <- function(condition, comparison) {
  values <- vapply(condition$terms, function(term) {
    comparison$evaluations[[term$embedding]]$metrics[[term$metric]]
  }, 0)
  value <- if (length(values) == 2L) values[[1]] - values[[2]] else values
  if (is.na(value)) {
    paste0("failed: ", condition$text, " (it is not defined for these embeddings)")
  } else if (comparisons[[condition$comparison]](value, condition$number)) {
    paste0("failed: ", condition$text, " (it is ", exact_text(value), ")")
  }
}

# A line for each difference that is not. Here p is adjusted over the differences that are asked
# for, since they were chosen beforehand.
insignificant <- function(job, comparison) {
  conditions <- Filter(function(condition) length(condition$terms) == 2L, job$conditions)
  table <- comparison$differences
  p <- vapply(conditions, function(condition) {
    name <- setdiff(vapply(condition$terms, `[[`, "", "embedding"), job$baseline)
    metric <- condition$terms[[1]]$metric
    c(table$p_value[table$embedding == name & table$metric == metric], NA_real_)[[1]]
  }, 0)
  adjusted <- stats::p.adjust(p, "holm")
  told <- !is.na(adjusted) & adjusted < 1 - comparison$level
  texts <- vapply(conditions, `[[`, "", "text")
  shown <- paste("p is", exact_text(signif(adjusted, 3)))
  shown[is.na(adjusted)] <- "it has no p value"
  paste0("failed: ", texts, " is not significant (", shown, ")")[!told]
}

# Output -----------------------------------------------------------------------------------------

format_comparison <- function(comparison, job) {
  switch(job$format,
    json = comparison_as_json(comparison, job),
    csv = comparison_as_csv(comparison$differences),
    text = cli::ansi_strip(comparison_lines(comparison))
  )
}

comparison_as_csv <- function(differences) {
  differences$reason <- NULL
  numbers <- vapply(differences, is.numeric, NA)
  differences[numbers] <- lapply(differences[numbers], exact_text)
  differences$embedding <- encode_csv(differences$embedding)
  c(paste(names(differences), collapse = ","), do.call(paste, c(unname(differences), sep = ",")))
}

encode_csv <- function(text) {
  ifelse(grepl("[\",\n]", text), paste0("\"", gsub("\"", "\"\"", text), "\""), text)
}

comparison_as_json <- function(comparison, job) {
  settings <- comparison$evaluations[[1]]$settings
  settings$k <- I(settings$k)
  result <- list(
    version = package_version_text(),
    files = as.list(job$files),
    baseline = comparison$baseline,
    settings = settings,
    metrics = comparison$metrics,
    differences = comparison$differences
  )
  json_lines(result)
}

# Options ----------------------------------------------------------------------------------------

compare_parser <- function(call) {
  need_package("optparse", "to read the options of the command", call)
  command_parser(
    "circleloss compare FILE FILE ... [options]", compare_description, compare_epilogue,
    compare_options()
  )
}

compare_description <- "
Evaluates embeddings of the same rows, and tells which differences are more than
chance: for every metric the difference to the first file, with an interval and
a p value adjusted for the number of metrics. Files are those of `circleloss
evaluate`, NAME=FILE gives one a name."

compare_epilogue <- "
Examples:
    circleloss compare old.csv new.csv --labels species
    circleloss compare raw=a/x.npy pca=b/x.npy --labels labels.txt --json
    circleloss compare old.csv new.csv --report report.html --quiet
    circleloss compare old.csv new.csv --quiet \\
        --fail-if 'new.map_at_r - old.map_at_r < 0' --fail-unless-significant
    circleloss compare old.csv new.csv --fail-if 'b.recall_at_1 < 0.9'

Conditions name a metric of an embedding by its name or, in the order of the
files, by a letter: b.map_at_r.

Exit status:
    0  the embeddings were compared, and no condition holds
    1  a condition of --fail-if holds or is not defined, or its difference is not
       significant
    2  the input cannot be used; a line on standard error gives the reason
  130  interrupted
"

# Those of `evaluate` but for what belongs to one embedding.
compare_options <- function() {
  own <- list(
    list("baseline", "NAME", "the embedding that the others are compared with [the first]"),
    list("ref", "FILES", "references of each file, separated by commas [each other]"),
    list("plot-type", "TYPE", "differences, similarity, circle, roc, cmc or classes [differences]"),
    list("csv", NULL, "write the differences as CSV"),
    list("fail-if", "CONDITION", "exit with status 1 if a condition holds, such as
\t\t'b.map_at_r - a.map_at_r < 0'; may be repeated"),
    list("fail-unless-significant", NULL, "exit with status 1 unless the differences of --fail-if
\t\thave a p value below 1 - level, adjusted for their number")
  )
  names <- vapply(own, `[[`, "", 1L)
  others <- Filter(function(option) {
    !(option[[1]] %in% c(names, "operating-point"))
  }, evaluate_options)
  c(own, others)
}
