# k-means clusters and their agreement with the labels.

# Agreement ------------------------------------------------------------------------------------

# The expected mutual information by its definition: the mean over all ways to permute the clusters
enumerated_information <- function(class, cluster) {
  permutations <- function(x) {
    if (length(x) <= 1L) {
      return(list(x))
    }
    unlist(lapply(seq_along(x), function(i) {
      lapply(permutations(x[-i]), function(rest) c(x[[i]], rest))
    }), recursive = FALSE)
  }
  mean(vapply(permutations(cluster), naive_information, 0, class = class))
}

naive_information <- function(class, cluster) {
  both <- table(class, cluster) / length(class)
  independent <- outer(rowSums(both), colSums(both))
  sum(ifelse(both > 0, both * log(both / independent), 0))
}

test_that("the expected information is the mean over all permutations", {
  skip_on_cran()
  for (partitions in list(
    list(c(1, 1, 2, 2, 3, 3), c(1, 2, 2, 2, 1, 3)),
    list(c(1, 1, 1, 1, 2, 2, 2), c(1, 1, 2, 2, 2, 3, 3)),
    list(c(1, 1, 1, 1, 1, 2), c(1, 1, 1, 1, 2, 2)),
    list(1:6, c(1, 1, 1, 2, 2, 2))
  )) {
    expect_equal(
      expected_information(tabulate(partitions[[1]]), tabulate(partitions[[2]])),
      enumerated_information(partitions[[1]], partitions[[2]])
    )
  }
})

test_that("NMI and AMI are what their definitions say", {
  set.seed(1, "Mersenne-Twister", "Inversion", "Rejection")
  class <- match(sample.int(4, 80, TRUE), 1:4)
  cluster <- ifelse(stats::runif(80) < 0.6, class, sample.int(5, 80, TRUE))
  information <- naive_information(class, cluster)
  entropies <- vapply(list(class, cluster), FUN.VALUE = 0, function(x) {
    shares <- prop.table(table(x))
    -sum(shares * log(shares))
  })
  expected <- expected_information(tabulate(class), tabulate(cluster))
  expect_equal(agreement(class, cluster), c(
    nmi = information / mean(entropies),
    ami = (information - expected) / (mean(entropies) - expected)
  ))
})

test_that("names of clusters do not matter, nor which side is which", {
  class <- c(1, 1, 2, 2, 3, 3, 3)
  cluster <- c(1, 1, 1, 2, 2, 3, 3)
  expect_equal(agreement(class, cluster), agreement(class, c(3, 1, 2)[cluster]))
  expect_equal(agreement(class, cluster), agreement(cluster, class))
  expect_equal(agreement(class, c(2, 2, 3, 3, 1, 1, 1)), c(nmi = 1, ami = 1))
})

test_that("trivial partitions have the values of scikit-learn", {
  expect_identical(agreement(rep(1, 5), rep(1, 5)), c(nmi = 1, ami = 1))
  expect_identical(agreement(rep(1, 5), c(1, 1, 2, 2, 2)), c(nmi = 0, ami = 0))
  expect_identical(agreement(c(1, 1, 2, 2, 2), rep(1, 5)), c(nmi = 0, ami = 0))
  expect_equal(agreement(1:5, 1:5), c(nmi = 1, ami = 1))
  expect_identical(agreement(1, 1), c(nmi = 1, ami = 1))
})

# k-means --------------------------------------------------------------------------------------

blobs <- function(class, d = 4, noise = 0.1) {
  set.seed(1, "Mersenne-Twister", "Inversion", "Rejection")
  diag(10, d)[class, ] + noise * matrix(stats::rnorm(length(class) * d), length(class))
}

test_that("clusters that are apart are found", {
  class <- rep(1:4, c(30, 20, 10, 3))
  clusters <- with_seed(1, cluster_rows(blobs(class), 4))
  expect_equal(agreement(class, clusters), c(nmi = 1, ami = 1))
})

test_that("it is as good as the best of many random starts", {
  x <- unit_normalize(digits$pixels[1:300, ])
  own <- with_seed(1, cluster_rows(x, 10))
  within <- function(clusters) {
    sum(vapply(split(seq_along(clusters), clusters), function(rows) {
      sum(scale(x[rows, , drop = FALSE], scale = FALSE)^2)
    }, 0))
  }
  best <- with_seed(1, stats::kmeans(x, 10, nstart = 20, iter.max = 30)$tot.withinss)
  expect_lt(within(own), 1.05 * best)
})

test_that("fewer distinct rows than clusters are a cluster each", {
  x <- rbind(c(1, 0), c(0, 1), c(1, 0), c(0, 1))
  clusters <- with_seed(1, cluster_rows(x, 3))
  expect_equal(agreement(c(1, 2, 1, 2), clusters), c(nmi = 1, ami = 1))
  expect_identical(with_seed(1, cluster_rows(x * 0, 2)), rep(1L, 4))
  expect_setequal(with_seed(1, cluster_rows(diag(3), 3)), 1:3)
  expect_identical(with_seed(1, cluster_rows(matrix(0, 3, 0), 2)), rep(1L, 3))
})

test_that("one cluster and one row are no special case", {
  expect_equal(with_seed(1, cluster_rows(blobs(rep(1, 5)), 1)), rep(1, 5))
  expect_identical(with_seed(1, cluster_rows(matrix(1), 1)), 1L)
})

test_that("centres are never drawn twice", {
  for (seed in 1:20) {
    chosen <- with_seed(seed, spread_centres(blobs(c(1, 1, 2, 3)), 4)$chosen)
    expect_identical(anyDuplicated(chosen), 0L)
    expect_identical(with_seed(seed, draw_one(c(0, 0, 2, 0))), 3L)
  }
})

# In an evaluation -----------------------------------------------------------------------------

cluster_as_given <- function(x, class, settings) {
  evaluate_clustering(list(embeddings = x, class = class), c(settings, metric = "euclidean"), NULL)
}

test_that("it is left out where it is not wanted, or would take long", {
  class <- rep(1:4, 10)
  x <- blobs(class)
  settings <- list(seed = 1L)
  none <- c(nmi = NA_real_, ami = NA_real_)
  expect_equal(cluster_as_given(x, class, settings), c(nmi = 1, ami = 1))
  settings$clustering <- FALSE
  expect_identical(cluster_as_given(x, class, settings), none)
  long <- array(0, c(1e5, 10))
  expect_identical(cluster_as_given(long, rep(1:1000, 100), list(seed = 1L)), none)
  expect_identical(cluster_as_given(x[0, ], integer(), list(clustering = TRUE, seed = 1L)), none)
})

test_that("the seed decides, and the session's random numbers do not", {
  class <- rep(1:4, 10)
  x <- blobs(class, noise = 20)
  of_seed <- function(seed) cluster_as_given(x, class, list(clustering = TRUE, seed = seed))
  first <- of_seed(1L)
  stats::runif(1)
  expect_identical(of_seed(1L), first)
  expect_false(identical(of_seed(2L), first))
})
