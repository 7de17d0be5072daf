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
library(ggplot2)

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

# Scores on the held-out digits ----------------------------------------------------------------

maps <- list(
  "raw pixels" = diag(ncol(pixels)),
  "principal components" = principal_components,
  "learned" = learned
)

embed <- function(x, map) unit_normalize(x %*% map)

# Cosine similarities of all pairs of held-out digits, each pair once.
pair_similarities <- function(map) {
  similarity <- tcrossprod(embed(x_test, map))
  pairs <- upper.tri(similarity)
  same <- outer(y_test, y_test, "==")[pairs]
  data.frame(similarity = similarity[pairs], pair = ifelse(same, "positive", "negative"))
}

# The share of held-out digits whose nearest training digit is the same digit.
nearest_neighbour_accuracy <- function(map) {
  similarity <- tcrossprod(embed(x_test, map), embed(x_train, map))
  mean(y_train[max.col(similarity, ties.method = "first")] == y_test)
}

# How often a positive pair is more similar than a negative one, over all such couples: the area
# under the ROC curve, by ranks.
separation <- function(pairs) {
  positive <- pairs$pair == "positive"
  count <- as.numeric(sum(positive))
  ranks <- rank(pairs$similarity)
  (sum(ranks[positive]) - count * (count + 1) / 2) / (count * sum(!positive))
}

score <- function(map) {
  data.frame(
    "dimensions" = ncol(map),
    "circle loss" = round(loss_circle(y_test, embed(x_test, map), margin = margin), 1),
    "nearest neighbour" = percent(nearest_neighbour_accuracy(map)),
    "pairs in order" = percent(separation(pair_similarities(map))),
    check.names = FALSE
  )
}

percent <- function(share) sprintf("%.1f %%", 100 * share)

print_scores <- function(scores) {
  lines <- utils::capture.output(print(scores))
  cli::cat_line(cli::style_bold(lines[[1]]))
  cli::cat_rule(width = nchar(lines[[1]]))
  cli::cat_line(lines[-1])
}

cli::cat_line()
cli::cat_line(nrow(x_test), " digits held out of training, ", nrow(x_train), " trained on")
cli::cat_line()
print_scores(do.call(rbind, lapply(maps, score)))
cli::cat_line()
cli::cat_line("circle loss: of the held-out digits, lower is better")
cli::cat_line("nearest neighbour: the nearest training digit is the same digit")
cli::cat_line("pairs in order: a pair of equal digits is more similar than a pair of unequal ones")

# The picture ----------------------------------------------------------------------------------

# Both colours and the ten below are told apart by colour-blind people too.
pair_colours <- c(positive = "#0072B2", negative = "#D55E00")
digit_colours <- c(
  "#332288", "#117733", "#CC6677", "#88CCEE", "#AA4499",
  "#999933", "#882255", "#44AA99", "#DDAA33", "#444444"
)

shown <- c("before: raw pixels" = "raw pixels", "after: learned" = "learned")

# One row for each thing shown, of all shown embeddings.
for_shown <- function(make) {
  frames <- lapply(names(shown), function(title) {
    cbind(make(maps[[shown[[title]]]]), embedding = factor(title, levels = names(shown)))
  })
  do.call(rbind, frames)
}

plane <- function(map) {
  places <- prcomp(embed(x_test, map))$x[, 1:2]
  data.frame(first = places[, 1], second = places[, 2], digit = y_test)
}

look <- theme_minimal(base_size = 11) +
  theme(
    legend.position = "none",
    panel.grid.minor = element_blank(),
    plot.title.position = "plot",
    strip.text = element_text(face = "bold", hjust = 0)
  )

similarity_plot <- ggplot(for_shown(pair_similarities), aes(similarity, fill = pair)) +
  geom_density(aes(colour = pair), alpha = 0.35) +
  geom_vline(xintercept = c(margin, 1 - margin), linetype = "dashed", colour = "grey40") +
  facet_wrap(~embedding) +
  scale_fill_manual(values = pair_colours, aesthetics = c("fill", "colour")) +
  labs(
    title = "Similarity of positive (equal digits) and negative pairs",
    subtitle = sprintf(
      "dashed: the loss wants negative pairs below %s, positive ones above %s", margin, 1 - margin
    ),
    x = "cosine similarity", y = "density"
  ) +
  look +
  theme(
    legend.position = c(0.01, 0.98), legend.justification = c(0, 1),
    legend.title = element_blank(), panel.spacing = grid::unit(1.5, "lines")
  )

plane_plot <- ggplot(for_shown(plane), aes(first, second, colour = digit, label = digit)) +
  geom_text(size = 2.6) +
  facet_wrap(~embedding, scales = "free") +
  scale_colour_manual(values = digit_colours) +
  labs(
    title = "The embedding in two dimensions (principal components)",
    x = NULL, y = NULL
  ) +
  look +
  theme(axis.text = element_blank(), panel.spacing = grid::unit(1.5, "lines"))

save_picture <- function(path) {
  grDevices::png(path, width = 8, height = 8, units = "in", res = 120)
  on.exit(grDevices::dev.off())
  grid::grid.newpage()
  grid::pushViewport(grid::viewport(layout = grid::grid.layout(2, 1, heights = c(0.4, 0.6))))
  print(similarity_plot, vp = grid::viewport(layout.pos.row = 1))
  print(plane_plot, vp = grid::viewport(layout.pos.row = 2))
}

path <- c(commandArgs(trailingOnly = TRUE), "digits-demo.png")[[1]]
save_picture(path)
cli::cat_line()
cli::cat_line("The picture is ", path)
