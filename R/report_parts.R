# What is on the page of a report: parts, in their order. Each is a list of `html`, and where it has
# a plot `picture` and `text`, what the plot shows.

report_parts <- function(x, title, n) {
  with_plain_numbers(c(
    list(html_part(html_element("h1", title), html_facts(report_facts(x)))),
    body_parts(x, n),
    list(html_part(html_element("footer", version_line())))
  ))
}

# What was evaluated: texts with names.
report_facts <- function(x) UseMethod("report_facts")

# All between the facts and the foot.
body_parts <- function(x, n) UseMethod("body_parts")

body_parts.embedding_evaluation <- function(x, n) {
  c(
    list(numbers_part(x), retrieval_part(x)),
    lapply(plot_types, picture_part, x = x),
    list(
      thresholds_part(x),
      classes_part(x, n),
      pairs_part(x, "positive", "Least similar positive pairs", n),
      pairs_part(x, "negative", "Most similar negative pairs", n),
      suspects_part(x, n)
    )
  )
}

html_part <- function(...) list(html = c(...))

section_part <- function(title, ...) html_part(html_element("h2", title), ...)

# Numbers ----------------------------------------------------------------------------------------

report_facts.embedding_evaluation <- function(x) {
  c(
    "embeddings" = count_mark(x$sizes$anchors),
    "dimensions" = count_mark(x$sizes$dimensions),
    pair_facts(x),
    "computed in" = x$settings$dtype
  )
}

# The same for all evaluations that can be compared.
pair_facts <- function(x) {
  sizes <- x$sizes
  settings <- x$settings
  c(
    "compared with" = if (sizes$self) {
      "each other"
    } else {
      count_text(sizes$references, "reference")
    },
    "classes" = count_mark(sizes$classes),
    "positive pairs" = count_mark(sizes$pairs[["positive"]]),
    "negative pairs" = count_mark(sizes$pairs[["negative"]]),
    "embeddings without a positive" = count_mark(sizes$lone),
    "similarity" = similarity_title(list(x)),
    "groups" = sub("^Groups: ", "", group_line(settings$same_group)),
    "gamma" = format(settings$gamma),
    "margin" = format(settings$margin)
  )
}

# All metrics but those of retrieval, which have a table of their own.
numbers_part <- function(x) {
  metrics <- x$metrics[setdiff(names(x$metrics), retrieval_names(x))]
  section_part(
    "Numbers",
    html_table(
      with_intervals(
        data.frame(metric = names(metrics), value = digit_text(metrics, 5L)), x, names(metrics)
      ),
      numbers = "value"
    )
  )
}

retrieval_names <- function(x) {
  by_class <- grep("_by_class$", names(x$metrics), value = TRUE)
  c(sub("_by_class$", "", by_class), by_class)
}

retrieval_part <- function(x) {
  names <- grep("_by_class$", retrieval_names(x), value = TRUE, invert = TRUE)
  table <- data.frame(metric = names, mean = decimal_text(x$metrics[names]))
  table <- with_intervals(table, x, names)
  table[["mean over classes"]] <- decimal_text(x$metrics[paste0(names, "_by_class")])
  section_part(
    "Retrieval",
    html_element("p", paste(
      "Means over the embeddings that have a positive; over classes: the mean of each class first."
    )),
    html_table(table, numbers = c("mean", "mean over classes"))
  )
}

# A column of intervals, where the evaluation has them.
with_intervals <- function(table, x, metrics) {
  if (is.null(x$intervals)) {
    return(table)
  }
  ends <- vapply(metrics, metric_interval, c(0, 0), x = x)
  text <- paste(digit_text(ends[1, ], 4L), "to", digit_text(ends[2, ], 4L))
  table$interval <- ifelse(is.na(ends[1, ]), "-", text)
  table
}

# Plots ------------------------------------------------------------------------------------------

picture_part <- function(type, x) {
  picture <- ggplot2::autoplot(x, type)
  title <- picture$labels$title
  list(
    html = html_element("h2", title), picture = picture + ggplot2::labs(title = NULL), text = title
  )
}

# Thresholds -------------------------------------------------------------------------------------

thresholds_part <- function(x) {
  title <- "Thresholds"
  if (any(x$sizes$pairs == 0)) {
    return(section_part(
      title, html_element("p", "There are no pairs of both kinds, so there is no threshold.")
    ))
  }
  limits <- c(
    lapply(c(0.1, 0.01, 0.001, 1e-4), function(rate) {
      list(criterion = "false_accept_rate", value = rate)
    }),
    list(list(criterion = "equal_error", value = NA_real_))
  )
  points <- lapply(limits, new_operating_point, x = x)
  frames <- do.call(rbind, lapply(points, as.data.frame))
  table <- data.frame(
    limit = vapply(points, describe_limit, ""),
    threshold = similarity_text(frames$threshold),
    far = digit_text(frames$false_accept_rate, 3L),
    of = paste(count_mark(frames$false_accepts), "of", count_mark(frames$negative_pairs)),
    tar = digit_text(frames$true_accept_rate, 4L)
  )
  names(table) <- c(
    "limit", "threshold", "false accept rate", "false accepts", "true accept rate"
  )
  section_part(
    title,
    html_element("p", "Pairs at or above the threshold are accepted as one class."),
    html_table(table, numbers = names(table)[-1])
  )
}

# Tables -----------------------------------------------------------------------------------------

classes_part <- function(x, n) {
  classes <- utils::head(x$classes[order(-x$classes$loss), ], n)
  recall <- sprintf("recall_at_%d", x$settings$k[[1]])
  table <- data.frame(
    class = report_text(classes$label),
    embeddings = count_mark(classes$anchors),
    loss = digit_text(classes$loss),
    recall = decimal_text(classes[[recall]]),
    confused = report_text(classes$most_confused_with)
  )
  names(table)[4:5] <- c(gsub("_", " ", recall), "mistaken for")
  section_part(
    "Classes with the highest loss",
    html_table(table, numbers = names(table)[2:4])
  )
}

pairs_part <- function(x, kind, title, n) {
  pairs <- utils::head(x$hardest[[kind]], n)
  table <- data.frame(similarity = similarity_text(pairs$similarity))
  for (side in c("anchor", "reference")) {
    table[[side]] <- row_text(pairs[[side]], pairs[[paste0(side, "_name")]])
    table[[paste(side, "label")]] <- report_text(pairs[[paste0(side, "_label")]])
  }
  section_part(title, html_table(table, numbers = "similarity"))
}

suspects_part <- function(x, n) {
  suspects <- suspect_labels(x, n)
  table <- data.frame(
    row = row_text(suspects$row, suspects$name),
    label = report_text(suspects$label),
    suggested = report_text(suspects$suggested),
    score = digit_text(suspects$score, 3L),
    own = similarity_text(suspects$own_similarity),
    other = similarity_text(suspects$suggested_similarity)
  )
  names(table)[5:6] <- c("nearest of its label", "nearest of the suggested")
  section_part(
    "Suspect labels",
    html_element("p", paste(
      "Rows that are nearer to another class than to their own, the most suspect first: probably",
      "mislabelled, or between two classes."
    )),
    html_table(table, numbers = names(table)[4:6])
  )
}

row_text <- function(rows, names) {
  if (is.null(names)) count_mark(rows) else paste0(count_mark(rows), " ", report_text(names))
}

# Characters that make the text after them read from right to left, or end that.
turning <- "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"

# The beginning of labels and names on one line, as they are read; "-" for none.
report_text <- function(x) {
  text <- as.character(x)
  text[is.na(x)] <- "-"
  text <- gsub("[[:cntrl:]]", " ", as_valid_text(text))
  text <- gsub(turning, "", text, perl = TRUE)
  as.character(cli::ansi_strtrim(text, 80L, ellipsis = "..."))
}

as_valid_text <- function(text) {
  text <- enc2utf8(text)
  broken <- !validUTF8(text)
  text[broken] <- iconv(text[broken], "UTF-8", "UTF-8", sub = "byte")
  text
}

# The ends of a metric's interval, NA if it has none.
metric_interval <- function(x, metric) {
  row <- match(metric, x$intervals$metric)
  if (is.na(row)) c(NA_real_, NA_real_) else c(x$intervals$lower[[row]], x$intervals$upper[[row]])
}
