# The options of the commands, and those of `circleloss evaluate`: their list, help and parsing.

evaluate_parser <- function(call) {
  need_package("optparse", "to read the options of the command", call)
  command_parser(
    "circleloss evaluate FILE [options]", evaluate_description, evaluate_epilogue, evaluate_options
  )
}

command_parser <- function(usage, description, epilogue, options) {
  optparse::OptionParser(
    usage = usage,
    description = description,
    epilogue = epilogue,
    add_help_option = FALSE,
    option_list = lapply(options, make_option)
  )
}

evaluate_description <- "
Evaluates the labelled embeddings in FILE: how well classes are separated, what
a nearest neighbour search would find, and the circle loss. FILE is CSV or TSV
(also compressed), vectors.tsv of TensorBoard's projector, word2vec or GloVe,
JSON lines, .rds, .npy, .npz, Parquet or Feather; - is standard input."

evaluate_epilogue <- "
Examples:
    circleloss evaluate embeddings.csv --labels species
    circleloss evaluate vectors.tsv --labels metadata.tsv --label-column kind
    circleloss evaluate queries.npy --labels queries.txt \\
        --ref gallery.npy --ref-labels gallery.txt --k 1,10
    circleloss evaluate embeddings.csv --json > evaluation.json
    circleloss evaluate embeddings.csv --plot roc.png --plot-type roc
    circleloss evaluate embeddings.csv --report report.html --quiet
    circleloss evaluate embeddings.csv --csv --operating-point far=0.001
    circleloss evaluate embeddings.csv --quiet \\
        --fail-if 'recall_at_1 < 0.95' --fail-if 'loss > 10'

Exit status:
    0  the embeddings were evaluated, and no condition holds
    1  a condition of --fail-if holds, or its metric is not defined
    2  the input cannot be used, or the metric of a condition has no positive or
       no negative pairs; a line on standard error gives the reason
  130  interrupted
"

# Name, placeholder of the value (NULL for a switch), help.
evaluate_options <- list(
  list("labels", "COLUMN|FILE", "a column, by name or number, or a file of labels [column label]"),
  list("label-column", "COLUMN", "the column of the file of labels, by name or number"),
  list("names", "COLUMN", "a column with names of the rows, no part of the embedding"),
  list("columns", "COLUMNS", "the columns of the embedding [all others]: names, numbers, 2:129 or
\t\tprefix*, separated by commas"),
  list("drop", "COLUMNS", "columns to drop, in the same form"),
  list("ref", "FILE", "references to compare the embeddings with [each other]"),
  list("ref-labels", "COLUMN|FILE", "labels of the references [the column of --labels]"),
  list("k", "NUMBERS", "numbers of neighbours, separated by commas [1,5,10]"),
  list("gamma", "NUMBER", "scale of the circle loss [80]"),
  list("margin", "NUMBER", "margin of the circle loss [0.4]"),
  list("dtype", "TYPE", "float64, float32, float16 or bfloat16 [float32]"),
  list("threads", "NUMBER", "threads to use [all processors]"),
  list("metric", "METRIC", "cosine, euclidean or inner_product [cosine]"),
  list("group", "COLUMN|FILE", "groups of the rows, such as cameras or speakers: see --same-group"),
  list("ref-group", "COLUMN|FILE", "groups of the references [the column of --group]"),
  list("same-group", "RULE", "exclude pairs of one group, or exclude_positives, or
\t\tonly_negatives: compare negatives within a group only [exclude]"),
  list("level", "NUMBER", "level of the intervals [0.95]"),
  list("resample", "WHAT", "what the intervals speak of: new classes, rows or groups [classes]"),
  list("json", NULL, "write the result as JSON"),
  list("csv", NULL, "write the metrics as CSV: metric,value,lower,upper"),
  list("plot", "FILE", "draw a plot into FILE: .png, .pdf or .svg"),
  list("plot-type", "TYPE", "similarity, circle, roc, cmc or classes [similarity]"),
  list("report", "FILE", "write a report into FILE: one .html page with numbers and plots"),
  list("operating-point", "LIMIT", "also the threshold for far=RATE (false accepts), tar=RATE (true
\t\taccepts) or equal-error"),
  list("fail-if", "CONDITION", "exit with status 1 if METRIC < NUMBER, or another of
\t\t<=, >, >=, ==, !=, holds; may be repeated"),
  list("format", "FORMAT", "csv, tsv, projector, word2vec, glove, json, rds, npy, npz, parquet
\t\tor feather [detected]"),
  list("header", NULL, "the first line of text names the columns [detected]"),
  list("no-header", NULL, "the first line of text is a row"),
  list("delimiter", "CHARACTER", "what separates fields of text [detected]"),
  list("decimal", "MARK", "decimal mark of text: . or , [.]"),
  list("encoding", "NAME", "encoding of text: UTF-8 or latin1 [UTF-8]"),
  list("quiet", NULL, "write no text and no warnings; --json and --csv still write"),
  list("version", NULL, "show the version and exit"),
  list("help", NULL, "show this help and exit")
)

make_option <- function(option) {
  is_switch <- is.null(option[[2]])
  optparse::make_option(
    c(switch(option[[1]], help = "-h", quiet = "-q"), paste0("--", option[[1]])),
    action = if (is_switch) "store_true" else "store",
    type = if (is_switch) "logical" else "character",
    dest = gsub("-", "_", option[[1]]),
    metavar = option[[2]],
    help = option[[3]]
  )
}

command_help <- function(parser) {
  lines <- utils::capture.output(optparse::print_help(parser))
  lines <- gsub("\t", "    ", lines, fixed = TRUE)
  # At most one blank line in a row, and none at the end
  blank <- lines == ""
  lines[!(blank & c(blank[-1], TRUE))]
}

# Parsing ----------------------------------------------------------------------------------------

# Gives files and options to `run`, which returns the status, unless they ask for help or the
# version.
run_parsed <- function(parser, arguments, output, call, run) {
  parsed <- parse_options(parser, arguments, call)
  if (isTRUE(parsed$options[["help"]])) {
    write_result(command_help(parser), output)
  } else if (isTRUE(parsed$options[["version"]])) {
    write_result(version_line(), output)
  } else {
    return(run(parsed$args, parsed$options))
  }
  status[["good"]]
}

# list(options, args), as unparsed text.
parse_options <- function(parser, arguments, call) {
  repeated <- take_conditions(join_negative(arguments), call)
  parsed <- tryCatch(
    optparse::parse_args2(parser, repeated$others, print_help_and_exit = FALSE),
    error = function(error) stop_parse(error, parser, call)
  )
  parsed$options$fail_if <- repeated$conditions
  parsed
}

# optparse keeps the last of several values, so all of --fail-if are taken out before.
take_conditions <- function(arguments, call) {
  alone <- which(arguments == "--fail-if")
  if (any(alone == length(arguments))) {
    stop_option("--fail-if", "--fail-if needs a condition", condition_remedy, call)
  }
  joined <- grep("^--fail-if=", arguments)
  positions <- sort(c(alone + 1L, joined))
  list(
    conditions = sub("^--fail-if=", "", arguments[positions]),
    others = arguments[setdiff(seq_along(arguments), c(alone, positions))]
  )
}

# optparse would take a negative number for an option.
join_negative <- function(arguments) {
  negative <- grepl("^-[.0-9]", arguments)
  takes_value <- c(FALSE, grepl("^--[^=]+$", arguments))[seq_along(arguments)]
  for (position in which(negative & takes_value)) {
    arguments[[position - 1L]] <- paste0(arguments[[position - 1L]], "=", arguments[[position]])
  }
  arguments[!(negative & takes_value)]
}

stop_parse <- function(error, parser, call) {
  problem <- problem_of_parser(conditionMessage(error))
  option <- sub("^no such option: ", "", problem)
  meant <- if (option != problem) closest_name(sub("^-+", "", option), options_of(parser))
  remedy <- if (is.null(meant) || is.na(meant)) {
    paste0("Try `circleloss ", strsplit(parser@usage, " ")[[1]][[3]], " --help`.")
  } else {
    paste0("Did you mean --", meant, "?")
  }
  stop_option(option, problem, remedy, call)
}

options_of <- function(parser) {
  sub("^--", "", vapply(parser@options, function(option) option@long_flag, ""))
}

# Versions of optparse differ in their wording: 'no such option: --x', 'long flag "x" is invalid',
# 'flag "x" requires an argument', with or without the call of getopt() before them.
problem_of_parser <- function(message) {
  message <- gsub("[[:space:]]+", " ", message)
  problem <- trimws(sub("^Error in getopt\\(.*\\) :", "", message))
  problem <- sub("^short flag \"(.*)\"", "-\\1", problem)
  problem <- sub("^(long )?flag \"(.*)\"", "--\\2", problem)
  sub("^(-.*) is invalid$", "no such option: \\1", problem)
}

# Values -----------------------------------------------------------------------------------------

parse_number <- function(text, option, call) {
  number <- suppressWarnings(as.numeric(text))
  if (is.na(number)) {
    problem <- paste0("--", option, " must be a number, not ", quote_text(text))
    stop_option(option, problem, "Try `circleloss evaluate --help`.", call)
  }
  number
}

parse_numbers <- function(text, option, call) {
  parts <- strsplit(paste0(text, ","), ",", fixed = TRUE)[[1]]
  vapply(parts, parse_number, 0, option = option, call = call, USE.NAMES = FALSE)
}

# A number may also be the name of a column.
parse_column <- function(text) if (!is.null(text)) column_text(text)
