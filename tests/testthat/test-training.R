# The gradient in training loops of plain R: optim(), Adam, and the class-level form of the paper.

# Two thirds of the digits, and the others to try the result on.
digit_pixels <- unit_normalize(digits$pixels)
training_rows <- which(seq_len(1797) %% 3 != 2)
held_out_rows <- which(seq_len(1797) %% 3 == 2)

recall_at_1 <- function(embedding, label) {
  similarity <- tcrossprod(embedding)
  diag(similarity) <- -Inf
  mean(label[max.col(similarity, ties.method = "first")] == label)
}

# Value and gradient of the loss of pixels %*% map, with respect to the map.
loss_of_map <- function(map, rows, ...) {
  pixels <- digit_pixels[rows, ]
  loss <- loss_circle_gradient(digits$digit[rows], pixels %*% map, normalize = TRUE, ...)
  list(value = loss$value, gradient = crossprod(pixels, loss$gradient))
}

first_map <- function(dimensions) {
  stats::prcomp(digit_pixels[training_rows, ], center = FALSE)$rotation[, seq_len(dimensions)]
}

held_out_loss <- function(map) loss_of_map(map, held_out_rows)$value

held_out_recall <- function(map) {
  embedding <- unit_normalize(digit_pixels[held_out_rows, ] %*% map)
  recall_at_1(embedding, digits$digit[held_out_rows])
}

test_that("optim() learns by it", {
  skip_on_cran()
  map <- first_map(16)
  as_map <- function(parameters) matrix(parameters, nrow(map))
  fit <- stats::optim(
    as.vector(map),
    fn = function(parameters) loss_of_map(as_map(parameters), training_rows)$value,
    gr = function(parameters) as.vector(loss_of_map(as_map(parameters), training_rows)$gradient),
    method = "L-BFGS-B", control = list(maxit = 12)
  )
  expect_lt(fit$value, 0.8 * loss_of_map(map, training_rows)$value)
  expect_lt(held_out_loss(as_map(fit$par)), 0.95 * held_out_loss(map))
  expect_gt(held_out_recall(as_map(fit$par)), 0.95)
})

test_that("Adam learns by it, with a memory of past batches", {
  skip_on_cran()
  set.seed(1, "Mersenne-Twister", "Inversion", "Rejection")
  start <- map <- first_map(16)
  mean_gradient <- mean_square <- 0 * map
  memory <- circle_memory(256)
  for (step in 1:150) {
    batch <- sample(training_rows, 64)
    # A little noise against learning by heart
    pixels <- digit_pixels[batch, ] + stats::rnorm(64 * 64, sd = 0.03)
    embedding <- unit_normalize(pixels %*% map)
    memory <- push(memory, embedding, digits$digit[batch])
    # The references begin with the batch, whose own pairs are left out. normalize = TRUE takes the
    # gradient through the normalisation; rows of length 1 it leaves as they are.
    loss <- loss_circle_gradient(
      digits$digit[batch], pixels %*% map, memory$labels, memory$embeddings, normalize = TRUE
    )
    gradient <- crossprod(pixels, loss$gradient)
    mean_gradient <- 0.9 * mean_gradient + 0.1 * gradient
    mean_square <- 0.999 * mean_square + 0.001 * gradient^2
    direction <- (mean_gradient / (1 - 0.9^step)) / (sqrt(mean_square / (1 - 0.999^step)) + 1e-8)
    map <- map - 0.01 * direction
  }
  expect_lt(held_out_loss(map), 0.97 * held_out_loss(start))
  expect_gt(held_out_recall(map), 0.95)
})

# The class-level form: references are weight vectors of the classes --------------------------

class_problem <- function() {
  set.seed(2, "Mersenne-Twister", "Inversion", "Rejection")
  labels <- sample.int(4L, 12, replace = TRUE)
  list(labels = labels, embeddings = random_embeddings(labels, 6), weights = random_unit(4, 6))
}

test_that("the class-level loss is the pairwise one on the same similarities", {
  problem <- class_problem()
  losses <- loss_circle(
    problem$labels, problem$embeddings, 1:4, problem$weights,
    remove_diagonal = FALSE, reduction = "none", dtype = "float64"
  )
  # In a batch of one embedding and the four weight vectors, each with the label of its class, the
  # embedding has the same similarities to the others
  pairwise <- vapply(seq_along(losses), FUN.VALUE = 0, function(i) {
    batch <- rbind(problem$embeddings[i, ], problem$weights)
    loss_circle(c(problem$labels[i], 1:4), batch, reduction = "none", dtype = "float64")[[1]]
  })
  expect_equal(losses, pairwise, tolerance = 1e-13)
})

test_that("and so is its gradient, on both sides", {
  problem <- class_problem()
  upstream <- seq(0.5, 1.6, by = 0.1)
  result <- loss_circle_gradient(
    problem$labels, problem$embeddings, 1:4, problem$weights,
    remove_diagonal = FALSE, upstream = upstream, dtype = "float64"
  )
  gradient <- 0 * result$gradient
  ref_gradient <- 0 * result$ref_gradient
  for (i in seq_along(upstream)) {
    pairwise <- loss_circle_gradient(
      c(problem$labels[i], 1:4), rbind(problem$embeddings[i, ], problem$weights),
      upstream = c(upstream[i], 0, 0, 0, 0), dtype = "float64"
    )$gradient
    gradient[i, ] <- pairwise[1, ]
    ref_gradient <- ref_gradient + pairwise[-1, ]
  }
  expect_equal(result$gradient, gradient, tolerance = 1e-12)
  expect_equal(result$ref_gradient, ref_gradient, tolerance = 1e-12)
})

test_that("it is the formula of the paper for class-level labels", {
  # log(1 + exp(z_p) sum_j exp(z_n)) of one positive similarity, that to the weights of its class
  problem <- class_problem()
  similarity <- tcrossprod(problem$embeddings, problem$weights)
  gamma <- 8
  margin <- 0.25
  losses <- vapply(seq_along(problem$labels), FUN.VALUE = 0, function(i) {
    positive <- similarity[i, problem$labels[i]]
    negative <- similarity[i, -problem$labels[i]]
    z_p <- -gamma * max(1 + margin - positive, 0) * (positive - (1 - margin))
    z_n <- gamma * pmax(negative + margin, 0) * (negative - margin)
    log1p(exp(z_p) * sum(exp(z_n)))
  })
  expect_equal(
    loss_circle(
      problem$labels, problem$embeddings, 1:4, problem$weights, remove_diagonal = FALSE,
      gamma = gamma, margin = margin, reduction = "none", dtype = "float64"
    ),
    losses,
    tolerance = 1e-13
  )
})

test_that("weight vectors of the classes are learnt along with a map", {
  map <- first_map(16)
  label <- digits$digit[training_rows]
  pixels <- digit_pixels[training_rows, ]
  weights <- unit_normalize(rowsum(pixels %*% map, label))
  velocity <- list(0 * map, 0 * weights)
  value <- numeric(60)
  for (step in seq_along(value)) {
    loss <- loss_circle_gradient(
      label, pixels %*% map, levels(label), weights, remove_diagonal = FALSE, normalize = TRUE
    )
    velocity[[1]] <- 0.9 * velocity[[1]] - 0.002 * crossprod(pixels, loss$gradient)
    velocity[[2]] <- 0.9 * velocity[[2]] - 0.002 * loss$ref_gradient
    map <- map + velocity[[1]]
    weights <- weights + velocity[[2]]
    value[step] <- loss$value
  }
  expect_lt(value[60], 0.2 * value[1])
  similarity <- tcrossprod(digit_pixels[held_out_rows, ] %*% map, unit_normalize(weights))
  nearest <- levels(label)[max.col(similarity)]
  expect_gt(mean(nearest == digits$digit[held_out_rows]), 0.93)
})
