# A worker written in R: `worker.R circleloss`, or `worker.R plain` for the formula on whole
# matrices, as it would be written without a package. See workbench.py for the commands.

# The two implementations ----------------------------------------------------------------------

# Each takes a problem, what to compute and a type, and returns the call that computes it. A result
# is one number or N, or a list of value and gradients.

circleloss <- function(problem, kind, type) {
  y <- problem$labels
  x <- problem$anchors
  ref_y <- if (problem$separate) problem$reference_labels
  ref_x <- if (problem$separate) problem$references
  same <- !problem$separate
  gamma <- problem$gamma
  margin <- problem$margin
  if (kind %in% c("ranking", "evaluation")) {
    return(judge(problem, kind, type))
  }
  loss_circle <- circleloss::loss_circle
  loss_circle_gradient <- circleloss::loss_circle_gradient
  switch(kind,
    value = function() {
      loss_circle(y, x, ref_y, ref_x, same, gamma, margin, dtype = type)
    },
    losses = function() {
      loss_circle(y, x, ref_y, ref_x, same, gamma, margin, dtype = type, reduction = "none")
    },
    gradient = function() {
      loss_circle_gradient(y, x, ref_y, ref_x, same, gamma, margin, dtype = type)
    },
    detached = function() {
      loss_circle_gradient(
        y, x, ref_y, ref_x, same, gamma, margin,
        dtype = type, weights = "detached", normalize = TRUE
      )
    }
  )
}

# Judging embeddings: `ranking` is the engine's pass over all pairs, `evaluation` everything but
# k-means.
judge <- function(problem, kind, type) {
  x <- problem$anchors
  y <- problem$labels
  if (kind == "evaluation") {
    return(function() circleloss::evaluate_embeddings(x, y, dtype = type, clustering = FALSE))
  }
  internal <- function(name) utils::getFromNamespace(name, "circleloss")
  settings <- list(k = c(1L, 5L, 10L), metric = "cosine", dtype = type)
  batch <- internal("new_evaluation_batch")(x, y, NULL, NULL, NULL)
  engine_evaluation <- internal("engine_evaluation")
  function() {
    result <- engine_evaluation(batch, settings, NULL)
    precision <- colMeans(result$precision_at_k, na.rm = TRUE)
    recall <- vapply(settings$k, function(k) mean(result$anchors$first_rank <= k, na.rm = TRUE), 0)
    c(precision, recall)
  }
}

plain <- function(problem, kind, type) {
  function() plain_loss(problem, with_gradient = kind != "value")
}

plain_loss <- function(problem, with_gradient) {
  gamma <- problem$gamma
  margin <- problem$margin
  distance <- pmax(1 - tcrossprod(problem$anchors, problem$references), 0)
  equal <- outer(problem$labels, problem$reference_labels, "==")
  positive_logit <- -gamma * pmax(margin + distance, 0) * (margin - distance)
  positive_logit[!equal] <- -Inf
  if (!problem$separate) diag(positive_logit) <- -Inf
  negative_logit <- gamma * pmax(1 + margin - distance, 0) * (1 - margin - distance)
  negative_logit[equal] <- -Inf
  positive <- log_sum_exp(positive_logit)
  negative <- log_sum_exp(negative_logit)
  exponent <- positive$value + negative$value
  losses <- pmax(exponent, 0) + log1p(exp(-abs(exponent)))
  value <- sum(losses) / sum(losses > 0)
  if (!with_gradient) {
    return(value)
  }
  weight <- exp(exponent - losses) / sum(losses > 0)
  towards <- 2 * gamma * weight * (
    negative$share * (distance < 1 + margin) * (1 - distance) - positive$share * distance
  )
  if (problem$separate) {
    list(value, towards %*% problem$references, crossprod(towards, problem$anchors))
  } else {
    list(value, (towards + t(towards)) %*% problem$anchors)
  }
}

# Of every row, and the share of each entry in it.
log_sum_exp <- function(logits) {
  greatest <- logits[cbind(seq_len(nrow(logits)), max.col(logits, "first"))]
  terms <- exp(logits - greatest)
  total <- rowSums(terms)
  list(value = greatest + log(total), share = terms / total)
}

# The commands ---------------------------------------------------------------------------------

read_problem <- function(folder) {
  words <- scan(file.path(folder, "problem.txt"), quiet = TRUE)
  problem <- list(gamma = words[[4]], margin = words[[5]], separate = words[[3]] > 0)
  side <- function(name, rows) {
    points <- readBin(file.path(folder, paste0(name, ".float64")), "double", rows * words[[2]])
    labels <- readBin(file.path(folder, paste0(name, "_labels.int32")), "integer", rows)
    list(points = matrix(points, rows, byrow = TRUE), labels = labels)
  }
  anchors <- side("anchors", words[[1]])
  references <- if (problem$separate) side("references", words[[3]]) else anchors
  c(problem, list(
    anchors = anchors$points, labels = anchors$labels,
    references = references$points, reference_labels = references$labels
  ))
}

# A field of what the kernel says of this process, in bytes.
memory <- function(field) {
  line <- grep(field, readLines("/proc/self/status"), value = TRUE)
  1024 * as.numeric(gsub("[^0-9]", "", line))
}

# What compute() returns, and how much the process grew by it at its peak.
extra_bytes <- function(compute) {
  gc()
  before <- memory("VmRSS")
  writeLines("5", "/proc/self/clear_refs") # the peak starts anew
  result <- compute()
  list(result = result, bytes = max(memory("VmHWM") - before, 0))
}

# All numbers of a result, matrices row by row.
write_numbers <- function(result, file) {
  parts <- if (is.list(result)) result else list(result)
  by_row <- lapply(parts, function(part) if (is.matrix(part)) as.vector(t(part)) else part)
  writeBin(unlist(by_row), file)
}

seconds_per_call <- function(compute, calls) {
  start <- Sys.time()
  for (call in seq_len(calls)) compute()
  as.numeric(Sys.time() - start, units = "secs") / calls
}

versions <- function(name) {
  version <- c("R", paste(R.version$major, R.version$minor, sep = "."))
  if (name == "circleloss") {
    c(
      version, "circleloss", format(utils::packageVersion("circleloss")),
      "kernels", .Call(circleloss:::ffi_instruction_set, NULL)
    )
  } else {
    c(version, "BLAS", basename(dirname(utils::sessionInfo()$BLAS)))
  }
}

serve <- function(name) {
  implementation <- get(name)
  commands <- file("stdin", "r")
  problem <- NULL
  while (length(line <- readLines(commands, 1)) > 0) {
    words <- strsplit(line, " ")[[1]]
    answer <- switch(words[[1]],
      data = {
        problem <- read_problem(words[[2]])
        NULL
      },
      result = {
        measured <- extra_bytes(implementation(problem, words[[2]], words[[3]]))
        write_numbers(measured$result, words[[4]])
        measured$bytes
      },
      time = {
        compute <- implementation(problem, words[[2]], words[[3]])
        if (name == "circleloss") circleloss::circleloss_threads(as.integer(words[[4]]))
        replicate(as.integer(words[[6]]), seconds_per_call(compute, as.integer(words[[5]])))
      },
      versions = versions(name)
    )
    cat("=", answer, "\n")
    flush(stdout())
  }
}

serve(commandArgs(trailingOnly = TRUE)[[1]])
