# The output of `circleloss evaluate` and `circleloss compare`: text, JSON or CSV, a plot, a report.

# What the job asks for. `lines` makes the text, JSON or CSV.
write_outputs <- function(x, job, title, lines, output, errors, call) {
  if (!is.null(job$plot)) {
    with_lines_for_conditions(draw_plot(x, job$plot, call), errors, job$quiet)
  }
  if (!is.null(job$report)) {
    with_lines_for_conditions(report_embeddings(x, job$report, title), errors, job$quiet)
  }
  if (!(job$quiet && job$format == "text")) {
    write_result(lines(), output)
  }
}

# `point` is an operating point or NULL.
format_result <- function(evaluation, format, file, point = NULL) {
  switch(format,
    json = result_as_json(evaluation, file, point),
    csv = result_as_csv(evaluation, point),
    text = cli::ansi_strip(c(evaluation_lines(evaluation), point_block(point)))
  )
}

point_block <- function(point) {
  if (!is.null(point)) {
    with_plain_numbers(c(
      "", title_line("Operating point", describe_limit(point)), point_lines(point)
    ))
  }
}

# The numbers of an operating point under names for CSV and conditions.
point_metrics <- function(point) {
  if (is.null(point)) {
    return(NULL)
  }
  numbers <- as.data.frame(point)
  numbers <- unlist(numbers[vapply(numbers, is.numeric, NA)])
  rlang::set_names(numbers, paste0("operating_", names(numbers)))
}

# With 15 digits, which a double always preserves, and a decimal point whatever the options are.
exact_text <- function(x) vapply(x, format, "", digits = 15L, decimal.mark = ".")

result_as_csv <- function(evaluation, point = NULL) {
  metrics <- c(evaluation$metrics, point_metrics(point))
  rows <- match(names(metrics), evaluation$intervals$metric)
  ends <- lapply(evaluation$intervals[rows, c("lower", "upper")], exact_text)
  c(
    "metric,value,lower,upper",
    paste(names(metrics), exact_text(unname(metrics)), ends$lower, ends$upper, sep = ",")
  )
}

result_as_json <- function(evaluation, file, point = NULL) {
  settings <- evaluation$settings
  # A list even if it is one number
  settings$k <- I(settings$k)
  sizes <- evaluation$sizes
  sizes$pairs <- as.list(sizes$pairs)
  result <- list(
    version = package_version_text(),
    file = file,
    settings = settings,
    sizes = sizes,
    metrics = as.list(evaluation$metrics),
    intervals = evaluation$intervals,
    classes = evaluation$classes
  )
  if (!is.null(point)) {
    result$operating_point <- c(
      as.list(as.data.frame(point)), intervals_reason = point_reason(point)
    )
  }
  json_lines(result)
}

json_lines <- function(result) {
  json <- jsonlite::toJSON(
    result,
    auto_unbox = TRUE, digits = NA, na = "null", null = "null", pretty = TRUE, factor = "string"
  )
  strsplit(json, "\n", fixed = TRUE)[[1]]
}

# Plot -------------------------------------------------------------------------------------------

devices <- c("png", "pdf", "svg")

# list(file, type, device), or NULL if no plot is asked for.
parse_plot <- function(options, call, types) {
  file <- options[["plot"]]
  if (is.null(file)) {
    if (!is.null(options[["plot_type"]])) {
      stop_option("--plot-type", "--plot-type needs --plot", "Give it a file to draw into.", call)
    }
    return(NULL)
  }
  need_package("ggplot2", "to draw a plot", call)
  device <- tolower(tools::file_ext(file))
  if (!(device %in% devices)) {
    remedy <- paste0("End its name in .", paste(devices, collapse = ", ."), ".")
    stop_file(file, NA, "plots in that format cannot be drawn", remedy, call)
  }
  if (!dir.exists(dirname(file))) {
    stop_file(file, NA, "its folder does not exist", "Create it first.", call)
  }
  if (dir.exists(file)) {
    stop_file(file, NA, "it is a folder", "Give the path of a file.", call)
  }
  type <- options[["plot_type"]]
  type <- if (is.null(type)) types[[1]] else check_choice(type, types, "plot_type", call)
  list(file = file, type = type, device = device)
}

# The file of a report, or NULL if none is asked for.
parse_report <- function(file, call) {
  if (!is.null(file)) {
    check_report_file(file, call)
    need_report_tools(call)
  }
  file
}

# Inches, and dots per inch of a bitmap
plot_width <- 8
plot_height <- 5
plot_resolution <- 150

draw_plot <- function(evaluation, plot, call) {
  drawing <- ggplot2::autoplot(evaluation, type = plot$type)
  # Drawn elsewhere first, so that a failure leaves no partial file
  place <- tempfile(fileext = paste0(".", plot$device))
  on.exit(unlink(place))
  open_device(plot$device, place, plot$file, call)
  tryCatch(print(drawing), finally = grDevices::dev.off())
  if (!suppressWarnings(file.copy(place, plot$file, overwrite = TRUE))) {
    stop_file(plot$file, NA, "it cannot be written", "Check its permissions.", call)
  }
}

bitmap_type <- function() if (capabilities("cairo")) "cairo" else getOption("bitmapType")

# Cairo writes labels in any script; pdf() only those of one encoding.
open_pdf <- function(place) {
  open <- if (capabilities("cairo")) grDevices::cairo_pdf else grDevices::pdf
  open(place, plot_width, plot_height)
}

# Bitmaps need Cairo or a display, SVG needs Cairo. An R without them gives an error or only a
# warning.
open_device <- function(device, place, file, call) {
  refused <- function(condition) {
    stop_file(
      file, NA, paste0("this R cannot draw .", device), "End its name in .pdf.", call,
      parent = condition
    )
  }
  tryCatch(
    switch(device,
      png = grDevices::png(
        place, plot_width, plot_height, units = "in", res = plot_resolution, type = bitmap_type()
      ),
      pdf = open_pdf(place),
      svg = grDevices::svg(place, plot_width, plot_height)
    ),
    error = refused,
    warning = refused
  )
}
