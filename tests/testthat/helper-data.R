# Random problems: unit embeddings with labels, and references where they are wanted.

# A problem is the list of arguments naive_pairs() takes, so that it goes to every function by
# do.call(). `noise` is the spread of a class: 0.3 separates the classes well, 3 hardly at all.
random_problem <- function(n, d, structure = "few", m = NULL, noise = 1, seed = 1, ...) {
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  labels <- random_labels(n, structure)
  problem <- list(labels = labels, embeddings = random_embeddings(labels, d, noise))
  if (!is.null(m)) {
    # Mostly labels that a query has, and some that no query has
    reference_labels <- c(labels, -1L)[sample.int(n + 1L, m, replace = TRUE)]
    problem$reference_labels <- reference_labels
    problem$references <- random_embeddings(reference_labels, d, noise)
  }
  c(problem, list(...))
}

# The parameters a problem does not name have the defaults of loss_circle()
with_defaults <- function(problem) {
  utils::modifyList(list(gamma = 80, margin = 0.4, remove_diagonal = TRUE), problem)
}

random_labels <- function(n, structure) {
  drawn_from <- function(classes) sample.int(classes, n, replace = TRUE)
  switch(structure,
    one = rep(7L, n),
    two = drawn_from(2L),
    few = drawn_from(5L),
    sorted = sort(drawn_from(5L)),
    many = drawn_from(max(n %/% 3L, 1L)),
    pairs = rep(seq_len(n), each = 2L, length.out = n),
    lopsided = ifelse(drawn_from(10L) > 1L, 0L, seq_len(n)),
    distinct = sample.int(n),
    stop("no such class structure: ", structure)
  )
}

class_structures <- c(
  "few", "one", "many", "two", "distinct", "sorted", "lopsided", "pairs"
)

random_embeddings <- function(labels, d, noise = 1) {
  classes <- match(labels, unique(labels))
  centre <- random_unit(max(classes, 0L), d)[classes, , drop = FALSE]
  naive_unit(centre + noise * random_unit(length(labels), d))
}

random_unit <- function(n, d) naive_unit(matrix(stats::rnorm(n * d), n, d))

random_rotation <- function(d) qr.Q(qr(matrix(stats::rnorm(d * d), d, d)))

smooth_problem <- function(...) {
  problem <- random_problem(...)
  stopifnot(is_smooth(problem))
  problem
}

# Do all pairs keep their distance from every clamp, so that the loss is smooth around?
is_smooth <- function(problem, gap = 0.005) {
  margin <- with_defaults(problem)$margin
  pairs <- naive_pairs_of(problem)
  used <- pairs$positive | pairs$negative
  all(1 - pairs$s[used] > gap) &&
    all(abs(margin + pairs$d[pairs$positive]) > gap) &&
    all(abs(1 + margin - pairs$d[pairs$negative]) > gap)
}

naive_pairs_of <- function(problem, dtype = "float64") {
  do.call(naive_pairs, c(problem, dtype = dtype))
}

naive_losses_of <- function(problem, dtype = "float64") {
  do.call(naive_losses, c(problem, dtype = dtype))
}

naive_gradient_of <- function(problem, ...) do.call(naive_gradient, c(problem, list(...)))

# Central differences of fourth order of `f` at `x`, entry by entry
central_difference <- function(f, x, h = 1e-4) {
  gradient <- 0 * x
  for (k in seq_along(x)) {
    at <- function(steps) {
      x[k] <- x[k] + steps * h
      f(x)
    }
    gradient[k] <- (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
  }
  gradient
}
