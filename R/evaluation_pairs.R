# Evaluations without meaning: without positive or without negative pairs, or with all similarities
# equal. Their numbers are defined, and look good; R warns, and the command refuses to check a
# condition.

warn_of_pairs <- function(evaluation, batch, call) {
  sizes <- evaluation$sizes
  grouped <- evaluation$settings$same_group != "include"
  if (sizes$anchors == 0L || sizes$references == 0L) {
    warn_no_rows(sizes, call)
  } else if (!sizes$self && share_no_label(batch)) {
    warn_no_common_labels(batch$label_values, batch$reference_label_values, "labels", call)
  } else if (sizes$pairs[["positive"]] == 0) {
    warn_no_positives(sizes, grouped, call)
  } else if (!has_negatives(sizes)) {
    warn_no_negatives(sizes, grouped, call)
  } else if (all_pairs_alike(evaluation)) {
    warn_equal_pairs(evaluation, call)
  }
}

# Whether any anchor has both a positive and a negative. If none has, every search finds only
# positives.
has_negatives <- function(sizes) sizes$pairs[["negative"]] > 0 && sizes$counted > 0

share_no_label <- function(batch) !any(batch$labels %in% reference_codes_of(batch))

# The curve then has only its two ends.
all_pairs_alike <- function(evaluation) nrow(evaluation$roc) == 2L

warn_no_rows <- function(sizes, call) {
  warn_circleloss(
    "no_rows",
    "{.arg {if (sizes$anchors == 0L) 'embeddings' else 'ref_embeddings'}} has no rows: there is
     nothing to evaluate.",
    call = call
  )
}

warn_no_positives <- function(sizes, grouped, call) {
  if (grouped) {
    warn_circleloss(
      "no_positives",
      c(
        "There is no positive pair: no label occurs in two groups.",
        "i" = "{.arg same_group} says which pairs of {.arg group} are left out."
      ),
      call = call
    )
    return()
  }
  warn_circleloss(
    "no_positives",
    c(
      "There is no positive pair: no label occurs twice.",
      "x" = "{.arg labels} has {count_text(sizes$classes, 'class')} for
             {count_of(sizes$anchors, 'embedding')}, so nothing can be found.",
      "i" = "Are these labels, and not the names or numbers of the rows?"
    ),
    call = call
  )
}

warn_no_negatives <- function(sizes, grouped, call) {
  warn_circleloss(
    "no_negatives",
    c(
      "There is no negative pair for any embedding that has a positive one.",
      "x" = if (grouped) {
        "{.arg group} leaves out all others: see {.arg same_group}."
      } else if (sizes$classes == 1L) {
        "All {count_of(sizes$anchors, 'embedding')} have the same label, so every search result is
         right."
      } else {
        "Every search result is right."
      },
      "i" = if (!grouped) "An evaluation needs at least two classes."
    ),
    call = call
  )
}

warn_equal_pairs <- function(evaluation, call) {
  similarity <- evaluation$metrics[["positive_mean"]]
  warn_circleloss(
    "equal_pairs",
    c(
      "All pairs have the same similarity, {format_length(similarity)}: neighbours are ordered by
       index alone.",
      "i" = if (evaluation$sizes$dimensions == 1L && evaluation$settings$metric == "cosine") {
        "Rows of a single number become 1 or -1 when they are normalised."
      } else if (similarity == 0) {
        "Are all rows of {.arg embeddings} zero?"
      } else {
        "Are all rows of {.arg embeddings} equal?"
      }
    ),
    similarity = similarity,
    call = call
  )
}

# Also used for a loss, which is 0 without common labels.
warn_no_common_labels <- function(labels, reference_labels, argument, call) {
  shown <- function(labels) first_few(encodeString(as.character(unique(labels)), quote = "\""), 40)
  warn_circleloss(
    "no_common_labels",
    c(
      "No label of {.arg {argument}} occurs among the labels of the references: there is no positive
       pair.",
      "x" = "{.arg {argument}}: {shown(labels)}",
      "x" = "references: {shown(reference_labels)}"
    ),
    call = call
  )
}

# The command's conditions -----------------------------------------------------------------------

# The kind of pair that a metric needs and lacks: "positive", "negative" or NULL.
missing_pairs <- function(metric, sizes) {
  if (startsWith(metric, "negative_")) {
    if (sizes$pairs[["negative"]] == 0) "negative"
  } else if (sizes$pairs[["positive"]] == 0) {
    "positive"
  } else if (!startsWith(metric, "positive_") && !has_negatives(sizes)) {
    "negative"
  }
}
