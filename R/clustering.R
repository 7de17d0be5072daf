# Clustering: how well clusters of the embeddings agree with their labels.

# Up to this many rows x columns x classes, k-means takes at most about ten seconds.
large_clustering <- 2e8

# NMI and AMI of the labels and as many clusters as there are classes. `batch$class` holds codes
# from 1 on without gaps.
evaluate_clustering <- function(batch, settings, call) {
  x <- batch$embeddings
  class <- batch$class
  wanted <- settings$clustering
  if (is.null(wanted)) {
    wanted <- prod(dim(x)) * max(class, 0) <= large_clustering
  }
  if (!wanted || length(class) == 0L) {
    return(c(nmi = NA_real_, ami = NA_real_))
  }
  x <- if (settings$metric == "cosine") unit_rows(x, "embeddings", call) else as.matrix(x)
  clusters <- with_seed(settings$seed, cluster_rows(x, max(class)))
  agreement(class, clusters)
}

# k-means ----------------------------------------------------------------------------------------

cluster_rows <- function(x, count) {
  start <- spread_centres(x, count)
  if (all(start$distance == 0)) {
    # No more distinct rows than clusters: each is its own cluster
    return(start$nearest)
  }
  # Without the warning that it did not converge
  suppressWarnings(stats::kmeans(x, x[start$chosen, , drop = FALSE], iter.max = 30)$cluster)
}

# k-means++: each centre is a row, drawn with a probability proportional to the squared distance
# from the centres so far. So centres are distinct, and fewer than `count` if there are not that
# many distinct rows. Returns the chosen rows, and for each row the nearest of them and the squared
# distance to it.
spread_centres <- function(x, count) {
  columns <- t(x)
  squared_distance <- function(row) colSums((columns - columns[, row])^2)
  chosen <- sample.int(nrow(x), 1L)
  distance <- squared_distance(chosen)
  nearest <- rep(1L, nrow(x))
  while (length(chosen) < count && any(distance > 0)) {
    chosen <- c(chosen, draw_one(distance))
    from_new <- squared_distance(chosen[[length(chosen)]])
    nearest[from_new < distance] <- length(chosen)
    distance <- pmin(distance, from_new)
  }
  list(chosen = chosen, nearest = nearest, distance = distance)
}

# One index, with a probability proportional to its weight; never one of weight 0.
draw_one <- function(weights) {
  possible <- which(weights > 0)
  sums <- cumsum(weights[possible])
  drawn <- stats::runif(1, max = sums[[length(sums)]])
  possible[[min(findInterval(drawn, sums) + 1L, length(possible))]]
}

# Agreement --------------------------------------------------------------------------------------

# The normalised and the adjusted mutual information of two partitions, given as codes from 1 on.
# Both are 1 if each partition has one part only.
agreement <- function(class, cluster) {
  classes <- tabulate(class)
  clusters <- tabulate(cluster)
  if (length(classes) == 1L && length(clusters) == 1L) {
    return(c(nmi = 1, ami = 1))
  }
  if (length(classes) == 1L || length(clusters) == 1L) {
    return(c(nmi = 0, ami = 0))
  }
  both <- tabulate(class + (cluster - 1) * length(classes), length(classes) * length(clusters))
  information <- max(entropy(classes) + entropy(clusters) - entropy(both), 0)
  highest <- (entropy(classes) + entropy(clusters)) / 2
  expected <- expected_information(classes, clusters)
  # Equal up to rounding if every row is its own class and its own cluster
  adjusted <- if (highest - expected > 1e-14 * highest) {
    (information - expected) / (highest - expected)
  } else {
    1
  }
  c(nmi = information / highest, ami = adjusted)
}

entropy <- function(sizes) {
  shares <- sizes[sizes > 0] / sum(sizes)
  -sum(shares * log(shares))
}

# The expected mutual information of random partitions into parts of these sizes is
#
#   sum over parts a, b and over n of    n / N log(N n / (a b)) Pr(n)
#
# where n, the number of rows in both parts, is hypergeometric: a draws of N rows, b of them marked.
# Parts of equal size have equal terms, so each pair of sizes is computed once, times its frequency.
expected_information <- function(classes, clusters) {
  total <- sum(classes)
  class_sizes <- unique(classes)
  cluster_sizes <- unique(clusters)
  class_times <- tabulate(match(classes, class_sizes))
  cluster_times <- tabulate(match(clusters, cluster_sizes))
  of_class_size <- function(a) {
    fewest <- pmax(1, a + cluster_sizes - total)
    many <- pmin(a, cluster_sizes) - fewest + 1
    b <- rep(cluster_sizes, many)
    n <- sequence(many, fewest)
    term <- n / total * (log(total * n) - log(a * b)) * stats::dhyper(n, a, total - a, b)
    sum(rep(cluster_times, many) * term)
  }
  sum(class_times * vapply(class_sizes, of_class_size, 0))
}
