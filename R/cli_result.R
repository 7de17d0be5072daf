# The output of `circleloss evaluate`: text, JSON or CSV, and a plot.

format_result <- function(evaluation, format, file) {
  switch(format,
    json = result_as_json(evaluation, file),
    csv = result_as_csv(evaluation),
    text = cli::ansi_strip(evaluation_lines(evaluation))
  )
}

# With 15 digits, which a double always preserves, and a decimal point whatever the options are.
exact_text <- function(x) vapply(x, format, "", digits = 15L, decimal.mark = ".")

result_as_csv <- function(evaluation) {
  metrics <- evaluation$metrics
  c("metric,value", paste0(names(metrics), ",", exact_text(unname(metrics))))
}

result_as_json <- function(evaluation, file) {
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
    classes = evaluation$classes
  )
  json <- jsonlite::toJSON(
    result,
    auto_unbox = TRUE, digits = NA, na = "null", null = "null", pretty = TRUE, factor = "string"
  )
  strsplit(json, "\n", fixed = TRUE)[[1]]
}

# Plot -------------------------------------------------------------------------------------------

devices <- c("png", "pdf", "svg")

# list(file, type, device), or NULL if no plot is asked for.
parse_plot <- function(options, call) {
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
  type <- if (is.null(type)) plot_types[[1]] else check_choice(type, plot_types, "plot_type", call)
  list(file = file, type = type, device = device)
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
        place, plot_width, plot_height, units = "in", res = plot_resolution,
        type = if (capabilities("cairo")) "cairo" else getOption("bitmapType")
      ),
      pdf = grDevices::pdf(place, plot_width, plot_height),
      svg = grDevices::svg(place, plot_width, plot_height)
    ),
    error = refused,
    warning = refused
  )
}
