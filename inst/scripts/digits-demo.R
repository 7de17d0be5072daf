# Learns an embedding of handwritten digits with the Circle loss, and shows what it is worth on
# digits that were held out.
#
#   Rscript digits-demo.R [picture.png]
#
# An embedding here is a linear map: 64 pixels times a matrix of 64 x 16. Three embeddings are
# scored: the raw pixels, their first 16 principal components, where training starts, and what
# training makes of them.

library(circleloss)
if (!requireNamespace("ggplot2", quietly = TRUE)) {
  stop("The picture needs the package ggplot2: install.packages(\"ggplot2\")")
}

set.seed(1)
options(cli.progress_show_after = 0)
dimensions <- 16
steps <- 400
batch_size <- 256
rate <- 0.01
pixel_noise <- 0.03
margin <- 0.4

# The data -------------------------------------------------------------------------------------

pixels <- unit_normalize(digits$pixels)
train <- sample(nrow(pixels), 1198)
x_train <- pixels[train, ]
y_train <- digits$digit[train]
x_test <- pixels[-train, ]
y_test <- digits$digit[-train]

# Training -------------------------------------------------------------------------------------

# The embedding is x %*% map. By the chain rule, t(x) %*% (gradient of the loss with respect to
# the embedding) is the gradient with respect to the map. A little noise in the pixels keeps the
# map from learning its training digits by heart.
loss_of_map <- function(map, rows) {
  x <- x_train[rows, ] + rnorm(length(rows) * ncol(x_train), sd = pixel_noise)
  loss <- loss_circle_gradient(y_train[rows], x %*% map, margin = margin, normalize = TRUE)
  list(value = loss$value, gradient = crossprod(x, loss$gradient))
}

# Adam (Kingma and Ba 2015), with a rate that falls to 0.
train_map <- function(map) {
  mean_gradient <- 0 * map
  mean_square <- 0 * map
  value <- NA
  cli::cli_progress_bar(
    total = steps,
    format = "Training {cli::pb_bar} {cli::pb_current}/{cli::pb_total}, loss {signif(value, 3)}"
  )
  for (step in seq_len(steps)) {
    loss <- loss_of_map(map, sample(nrow(x_train), batch_size))
    value <- loss$value
    mean_gradient <- 0.9 * mean_gradient + 0.1 * loss$gradient
    mean_square <- 0.999 * mean_square + 0.001 * loss$gradient^2
    direction <- (mean_gradient / (1 - 0.9^step)) / sqrt(mean_square / (1 - 0.999^step) + 1e-16)
    map <- map - rate * (1 - (step - 1) / steps) * direction
    cli::cli_progress_update()
  }
  map
}

principal_components <- prcomp(x_train, center = FALSE)$rotation[, 1:dimensions]
learned <- train_map(principal_components)

# What they are worth on the held-out digits ---------------------------------------------------

evaluate_map <- function(map) evaluate_embeddings(x_test %*% map, y_test, margin = margin)

evaluations <- list(
  "raw pixels" = evaluate_map(diag(ncol(pixels))),
  "principal components" = evaluate_map(principal_components),
  "learned" = evaluate_map(learned)
)

row_of_table <- function(evaluation) {
  metrics <- evaluation$metrics
  data.frame(
    "dimensions" = evaluation$sizes$dimensions,
    "circle loss" = sprintf("%.1f", metrics[["loss"]]),
    "recall at 1" = percent(metrics[["recall_at_1"]]),
    "MAP@R" = percent(metrics[["map_at_r"]]),
    "pairs in order" = percent(metrics[["auc"]]),
    check.names = FALSE
  )
}

percent <- function(share) sprintf("%.1f %%", 100 * share)

print_table <- function(table) {
  lines <- utils::capture.output(print(table))
  cli::cat_line(cli::style_bold(lines[[1]]))
  cli::cat_rule(width = nchar(lines[[1]]))
  cli::cat_line(lines[-1])
}

cli::cat_line()
cli::cat_line(nrow(x_test), " digits held out of training, ", nrow(x_train), " trained on")
cli::cat_line()
print_table(do.call(rbind, lapply(evaluations, row_of_table)))
cli::cat_line()
cli::cat_line("circle loss: of the held-out digits, lower is better")
cli::cat_line("recall at 1: the most similar held-out digit is the same digit")
cli::cat_line("MAP@R: a digit's own kind comes first among its neighbours")
cli::cat_line("pairs in order: a pair of equal digits is more similar than a pair of unequal ones")

# The picture ----------------------------------------------------------------------------------

before_and_after <- function(type) {
  ggplot2::autoplot(
    evaluations[["raw pixels"]], type,
    compare = list("after: learned" = evaluations[["learned"]]), name = "before: raw pixels"
  )
}

save_picture <- function(path) {
  grDevices::png(path, width = 9, height = 8, units = "in", res = 120)
  on.exit(grDevices::dev.off())
  grid::grid.newpage()
  grid::pushViewport(grid::viewport(layout = grid::grid.layout(2, 2, heights = c(0.45, 0.55))))
  place <- function(row, column) {
    grid::viewport(layout.pos.row = row, layout.pos.col = column)
  }
  print(before_and_after("similarity"), vp = place(1, 1:2))
  print(before_and_after("roc"), vp = place(2, 1))
  print(before_and_after("classes"), vp = place(2, 2))
}

path <- c(commandArgs(trailingOnly = TRUE), "digits-demo.png")[[1]]
save_picture(path)
cli::cat_line()
cli::cat_line("The picture is ", path)
