# The naive Circle loss: the formulas, line by line, on full N x M matrices.
# It defines what is correct; nothing in it is meant to be fast.
#
#   s = <x, r>    d = max(1 - s, 0)
#   positive pair: equal labels, and not the removed diagonal       negative pair: other labels
#   zp = -gamma * max(margin + d, 0) * (margin - d)       P = logsumexp of zp over the positives
#   zn = gamma * max(1 + margin - d, 0) * (1 - margin - d)   Q = logsumexp of zn over the negatives
#   L  = softplus(P + Q), 0 where either set is empty
#
# Arguments are those of the package: `references` NULL stands for the embeddings themselves,
# `reference_labels` NULL for `labels`. Embeddings and losses are rounded to `dtype`; the arithmetic
# in between stays in double.

# Pairs ----------------------------------------------------------------------------------------

# The argument lists of the functions below, so that a test can write down a problem once and
# hand it to each of them by do.call().
naive_pairs <- function(labels, embeddings, reference_labels = NULL, references = NULL,
                        remove_diagonal = TRUE, gamma = 80, margin = 0.4, dtype = "float64") {
  x <- round_to(embeddings, dtype)
  r <- if (is.null(references)) x else round_to(references, dtype)
  a <- labels
  b <- if (is.null(reference_labels)) labels else reference_labels
  stopifnot(length(a) == nrow(x), length(b) == nrow(r), ncol(x) == ncol(r))

  s <- tcrossprod(x, r)
  d <- at_least(1 - s, 0)
  same <- outer(a, b, "==")
  diagonal <- row(s) == col(s)
  positive <- same & !(remove_diagonal & diagonal)
  negative <- !same

  zp <- -gamma * at_least(margin + d, 0) * (margin - d)
  zn <- gamma * at_least(1 + margin - d, 0) * (1 - margin - d)
  p <- row_logsumexp(zp, positive)
  q <- row_logsumexp(zn, negative)
  # An anchor without positives or without negatives has P + Q = -Inf and so the loss 0
  losses <- softplus(p + q)

  list(
    x = x, r = r, s = s, d = d, positive = positive, negative = negative,
    zp = zp, zn = zn,
    p = p, q = q, losses = losses
  )
}

naive_losses <- function(labels, embeddings, reference_labels = NULL, references = NULL,
                         remove_diagonal = TRUE, gamma = 80, margin = 0.4, dtype = "float64") {
  pairs <- naive_pairs(
    labels, embeddings, reference_labels, references, remove_diagonal, gamma, margin, dtype
  )
  round_to(pairs$losses, dtype)
}

# Reductions -----------------------------------------------------------------------------------

naive_reduce <- function(losses, reduction = "mean", sample_weight = NULL, dtype = "float64") {
  w <- naive_weights(losses, sample_weight)
  divisor <- naive_divisor(losses, reduction, w, dtype)
  if (is_unreduced(reduction)) {
    w * losses
  } else if (divisor == 0) {
    0
  } else {
    sum(w * losses) / divisor
  }
}

# u = d(reduced value) / dL, with the anchors that count held fixed
naive_upstream <- function(losses, reduction = "mean", sample_weight = NULL, dtype = "float64") {
  w <- naive_weights(losses, sample_weight)
  divisor <- naive_divisor(losses, reduction, w, dtype)
  if (divisor == 0) 0 * w else w / divisor
}

naive_weights <- function(losses, sample_weight) {
  if (is.null(sample_weight)) rep(1, length(losses)) else sample_weight + 0 * losses
}

naive_divisor <- function(losses, reduction, w, dtype) {
  counts <- round_to(losses, dtype) > 0
  if (is_unreduced(reduction)) {
    return(1)
  }
  switch(reduction,
    sum = 1,
    mean = ,
    sum_over_batch_size = sum(counts),
    mean_with_sample_weight = sum(w * counts),
    stop("no such reduction: ", reduction)
  )
}

is_unreduced <- function(reduction) is.null(reduction) || reduction == "none"

# Gradient -------------------------------------------------------------------------------------

# Returns value, gradient and ref_gradient (NULL where the references are the embeddings), as
# loss_circle_gradient() does.
naive_gradient <- function(labels, embeddings, reference_labels = NULL, references = NULL,
                           remove_diagonal = TRUE, gamma = 80, margin = 0.4, dtype = "float64",
                           reduction = "mean", sample_weight = NULL, weights = "differentiated",
                           upstream = NULL, normalize = FALSE) {
  rows <- if (normalize) naive_unit(embeddings) else embeddings
  reference_rows <- if (normalize && !is.null(references)) naive_unit(references) else references
  pairs <- naive_pairs(
    labels, rows, reference_labels, reference_rows, remove_diagonal, gamma, margin, dtype
  )
  losses <- round_to(pairs$losses, dtype)
  u <- if (is.null(upstream)) naive_upstream(losses, reduction, sample_weight, dtype) else upstream

  g <- u * naive_probability(pairs) * naive_slope(pairs, gamma, margin, weights)
  if (is.null(references)) {
    grad_x <- (g + t(g)) %*% pairs$x
    grad_r <- NULL
  } else {
    grad_x <- g %*% pairs$r
    grad_r <- t(g) %*% pairs$x
  }
  if (normalize) {
    grad_x <- through_normalization(grad_x, embeddings)
    grad_r <- if (!is.null(grad_r)) through_normalization(grad_r, references)
  }

  list(
    value = naive_reduce(losses, reduction, sample_weight, dtype),
    gradient = grad_x,
    ref_gradient = grad_r
  )
}

# dL_i / dz_ij = sigmoid(P_i + Q_i) * exp(z_ij - P_i), with Q_i for a negative pair
naive_probability <- function(pairs) {
  t <- pairs$p + pairs$q
  of_positive <- stats::plogis(t) * exp(pairs$zp - pairs$p)
  of_negative <- stats::plogis(t) * exp(pairs$zn - pairs$q)
  probability <- by_pair(pairs, of_positive, of_negative)
  probability[!is.finite(t), ] <- 0
  probability
}

# dz / ds: of the formula as it stands, or with the pair weights held constant
naive_slope <- function(pairs, gamma, margin, weights) {
  d <- pairs$d
  if (weights == "differentiated") {
    slope_p <- -2 * gamma * d * (pairs$s < 1 & margin + d > 0)
    slope_n <- 2 * gamma * (1 - d) * (pairs$s < 1 & 1 + margin - d > 0)
  } else {
    slope_p <- -gamma * at_least(margin + d, 0)
    slope_n <- gamma * at_least(1 + margin - d, 0)
  }
  by_pair(pairs, slope_p, slope_n)
}

# One matrix for the positive pairs, another for the negative ones, 0 for what is neither
by_pair <- function(pairs, of_positive, of_negative) {
  out <- array(0, dim(pairs$d))
  out[pairs$negative] <- of_negative[pairs$negative]
  out[pairs$positive] <- of_positive[pairs$positive]
  out
}

# Rows -----------------------------------------------------------------------------------------

naive_unit <- function(x) {
  length <- row_length(x)
  x / ifelse(length > 0, length, 1)
}

# y = x / |x|, so a gradient g in y is (g - <g, y> y) / |x| in x; a zero row stays zero
through_normalization <- function(g, x) {
  y <- naive_unit(x)
  length <- row_length(x)
  tangential <- g - rowSums(g * y) * y
  tangential * ifelse(length > 0, 1 / length, 0)
}

# Scaled by the largest entry, so that neither tiny nor huge rows under- or overflow
row_length <- function(x) {
  largest <- apply(abs(x), 1, max, 0)
  scale <- ifelse(largest > 0, largest, 1)
  scale * sqrt(rowSums((x / scale)^2))
}

# Arithmetic -----------------------------------------------------------------------------------

# pmax() in the shape of `x`
at_least <- function(x, floor) {
  x[x < floor] <- floor
  x
}

row_logsumexp <- function(z, keep) {
  z[!keep] <- -Inf
  largest <- apply(z, 1, max, -Inf)
  shift <- ifelse(is.finite(largest), largest, 0)
  shift + log(rowSums(exp(z - shift)))
}

softplus <- function(t) pmax(t, 0) + log1p(exp(-abs(t)))
