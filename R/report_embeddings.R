# The report of an evaluation or a comparison: one HTML page. inst/report/ has its template,
# report_parts.R and report_comparison.R what is on it.

#' Write a report
#'
#' Writes an evaluation or a comparison into one HTML file that can be opened anywhere. The page of
#' an evaluation has its numbers, plots, thresholds, classes, hardest pairs and suspect labels; that
#' of a comparison tells which embedding is better, and has the metrics of each, their differences
#' with intervals, and the plots of all side by side.
#'
#' The page holds all that it shows, plots included, and loads nothing from a network. Labels and
#' names are shown as text, whatever characters are in them; of long ones the beginning. The same
#' result gives the same page.
#'
#' Packages rmarkdown and ggplot2 are needed, and the program pandoc, which RStudio includes. An
#' existing file is replaced.
#'
#' @param x A result of [evaluate_embeddings()] or [compare_embeddings()].
#' @param file The file to write, such as `"report.html"`. Its folder must exist.
#' @param title The heading, a string. `NULL`: `"Evaluation of embeddings"` or `"Comparison of
#'   embeddings"`.
#' @param n The most rows in the tables of pairs, suspects and classes of an evaluation, a whole
#'   number.
#'
#' @returns `file`, invisibly.
#'
#' @section Errors:
#' `circleloss_error_parameter` (`file`, `title`, `n`), `circleloss_error_evaluation`,
#' `circleloss_error_file` if it cannot be written, `circleloss_error_package` if rmarkdown, ggplot2
#' or pandoc is missing; see [circleloss_conditions].
#'
#' @seealso [evaluate_embeddings()], [compare_embeddings()]; `circleloss evaluate` and `circleloss
#'   compare` with `--report report.html` in scripts, see [install_cli()].
#' @examplesIf FALSE
#' # Takes some seconds
#' evaluation <- evaluate_embeddings(digits$pixels, digits$digit)
#' report_embeddings(evaluation, "report.html")
#'
#' components <- evaluate_embeddings(prcomp(digits$pixels)$x[, 1:16], digits$digit)
#' comparison <- compare_embeddings(pixels = evaluation, components = components)
#' report_embeddings(comparison, "comparison.html")
#' @export
report_embeddings <- function(x, file, title = NULL, n = 20) {
  call <- environment()
  need_argument(x, "It is a result of {.fn evaluate_embeddings} or {.fn compare_embeddings}.", call)
  need_argument(file, "It is the file to write, such as {.file report.html}.", call)
  check_reported(x, call)
  check_report_file(file, call)
  if (is.null(title)) {
    title <- paste(if (is_evaluation(x)) "Evaluation" else "Comparison", "of embeddings")
  } else if (!is_string(title)) {
    stop_parameter("title", title, "one string", call)
  }
  check_row_count(n, "rows", call)
  need_report_tools(call)
  write_report(report_parts(x, title, n), title, file, call)
  invisible(file)
}

check_reported <- function(x, call) {
  if (!is_evaluation(x) && !is_comparison(x)) {
    stop_circleloss(
      "evaluation",
      "{.arg x} must be a result of {.fn evaluate_embeddings} or {.fn compare_embeddings}, not
       {.obj_type_friendly {x}}.",
      argument = "x",
      call = call
    )
  }
}

check_report_file <- function(file, call) {
  if (!is_string(file) || file == "") {
    stop_parameter("file", file, "the name of a file", call)
  }
  if (!dir.exists(dirname(file))) {
    stop_file(file, NA, "its folder does not exist", "Create it first.", call)
  }
  if (dir.exists(file)) {
    stop_file(file, NA, "it is a folder", "Give the path of a file.", call)
  }
}

# From this version on pandoc knows blocks of raw HTML.
needed_pandoc <- "2.0"

need_report_tools <- function(call, pandoc = needed_pandoc) {
  need_package("rmarkdown", "to write a report", call)
  need_package("ggplot2", "to draw the plots of a report", call)
  if (!rmarkdown::pandoc_available(pandoc)) {
    stop_circleloss(
      "package",
      c(
        "The program pandoc {pandoc} or later is needed to write a report.",
        "i" = "Install it from {.url https://pandoc.org}; Debian and Ubuntu have the package
               {.pkg pandoc}."
      ),
      package = "pandoc",
      call = call
    )
  }
}

# Made elsewhere first, so that a failure leaves no partial file.
write_report <- function(parts, title, file, call) {
  folder <- tempfile("report-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  template <- system.file("report", c("report.Rmd", "report.css"), package = "circleloss")
  file.copy(template, folder)
  page <- rmarkdown::render(
    file.path(folder, "report.Rmd"),
    output_format = rmarkdown::html_document(
      theme = NULL, highlight = NULL, mathjax = NULL, css = "report.css",
      pandoc_args = c("--metadata", paste0("pagetitle=", title))
    ),
    envir = rlang::new_environment(list(parts = parts), parent = asNamespace("circleloss")),
    quiet = TRUE
  )
  if (!suppressWarnings(file.copy(page, file, overwrite = TRUE))) {
    stop_file(file, NA, "it cannot be written", "Check its permissions.", call)
  }
}

# Arguments of the device that draws: bitmaps need Cairo or a display.
picture_device <- function() {
  list(type = bitmap_type())
}

picture_texts <- function(parts) {
  unlist(lapply(parts, function(part) if (!is.null(part$picture)) part$text))
}
