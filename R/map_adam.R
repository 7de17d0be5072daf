# Minimising the loss of many rows by Adam (Kingma and Ba, 2015), on batches that are balanced by
# class, with earlier batches as references (see circle_memory.R).

adam_rate <- 0.01
adam_forget <- c(0.9, 0.999)

# `gradient_at(step, vector)` is the gradient of one batch. After every step `report(step, vector)`
# is called, and says whether to go on. The rate falls to zero along half a cosine.
minimise_adam <- function(gradient_at, vector, steps, report) {
  mean <- square <- 0 * vector
  # A rate of 0.01 changes each number by about a hundredth of the typical one
  rate <- adam_rate * sqrt(mean(vector^2))
  for (step in seq_len(steps)) {
    gradient <- gradient_at(step, vector)
    mean <- adam_forget[[1]] * mean + (1 - adam_forget[[1]]) * gradient
    square <- adam_forget[[2]] * square + (1 - adam_forget[[2]]) * gradient^2
    unbiased <- c(mean = 1, square = 1) - adam_forget^step
    now <- rate * (1 + cos(pi * (step - 1) / steps)) / 2
    move <- (mean / unbiased[[1]]) / (sqrt(square / unbiased[[2]]) + 1e-12)
    vector <- vector - now * move
    if (!report(step, vector)) {
      break
    }
  }
  vector
}

# The gradient of batches drawn from the rows: as many rows of every class, or of as many classes as
# fit if there are many. The batch and what is in memory are its references. `recent_loss()` is the
# mean loss of the last 20 batches, NA until the memory is full.
new_batch_gradient <- function(x, codes, start, settings, decay) {
  begin <- layer_vector(start)
  scale <- decay / sum(start$linear^2)
  draw <- new_batch_draw(codes, settings$batch)
  memory <- list(images = matrix(0, 0, ncol(start$linear)), codes = integer())
  losses <- numeric()

  gradient_at <- function(step, vector) {
    layers <- layers_like(start, vector)
    rows <- draw()
    forward <- map_forward(layers, x[rows, , drop = FALSE])
    # A memory of the first steps would hold images of another map
    images <- rbind(forward$images, memory$images)
    labels <- c(codes[rows], memory$codes)
    loss <- loss_circle_gradient(
      codes[rows], forward$images, labels, images,
      gamma = settings$gamma, margin = settings$margin, reduction = "sum", normalize = TRUE,
      dtype = settings$dtype
    )
    newest <- seq_len(min(nrow(images), settings$memory))
    memory <<- list(images = images[newest, , drop = FALSE], codes = labels[newest])
    per_row <- 1 / (settings$gamma * length(rows))
    # A loss grows with the number of references
    if (length(newest) >= settings$memory) {
      losses <<- c(losses, loss$value * per_row)
    }
    own <- seq_along(rows)
    gradient <- loss$gradient + loss$ref_gradient[own, , drop = FALSE]
    layer_vector(map_backward(layers, forward, gradient)) * per_row +
      2 * scale * (vector - begin)
  }
  recent_loss <- function() if (length(losses) > 0L) mean(utils::tail(losses, 20L)) else NA_real_
  list(gradient_at = gradient_at, recent_loss = recent_loss)
}

# Least rows of a class in a batch
rows_of_class <- 4L

# A function that draws the rows of a batch. Each class has its rows in random order, and begins
# anew when they are used up.
new_batch_draw <- function(codes, size) {
  rows <- split(seq_along(codes), codes)
  rows <- rows[lengths(rows) > 1L]
  each <- max(rows_of_class, size %/% length(rows))
  classes <- min(length(rows), max(size %/% each, 2L))
  order <- lapply(rows, shuffled)
  used <- integer(length(rows))

  take <- function(class) {
    count <- min(each, length(rows[[class]]))
    if (used[[class]] + count > length(rows[[class]])) {
      order[[class]] <<- shuffled(rows[[class]])
      used[[class]] <<- 0L
    }
    taken <- order[[class]][used[[class]] + seq_len(count)]
    used[[class]] <<- used[[class]] + count
    taken
  }
  function() unlist(lapply(sample.int(length(rows), classes), take), use.names = FALSE)
}

shuffled <- function(x) x[sample.int(length(x))]
