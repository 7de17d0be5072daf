# Learns an embedding of handwritten digits in one call, and asks on digits that were held out
# whether it is better than what there is without learning, or whether the difference is noise.
#
#   Rscript digits-demo.R [picture.png]
#
# Four embeddings are compared: the 64 raw pixels, their principal components, the linear
# discriminants of package MASS, and the map that circle_map() learns. All see only the digits of
# the fit.

library(circleloss)
for (package in c("ggplot2", "MASS")) {
  if (!requireNamespace(package, quietly = TRUE)) {
    stop("The demonstration needs a package: install.packages(\"", package, "\")")
  }
}

set.seed(1)
options(cli.progress_show_after = 0)
dimensions <- 16

# The data -------------------------------------------------------------------------------------

fitted <- sample(nrow(digits), 1198)
x_fitted <- digits$pixels[fitted, ]
y_fitted <- digits$digit[fitted]
x_new <- digits$pixels[-fitted, ]
y_new <- digits$digit[-fitted]

# Fit and predict ------------------------------------------------------------------------------

fit <- circle_map(x_fitted, y_fitted, dim = dimensions)
learnt <- predict(fit, x_new)

components <- predict(stats::prcomp(x_fitted, rank. = dimensions), x_new)

# Pixels that are constant within every digit are an error in MASS
within <- x_fitted - apply(x_fitted, 2, stats::ave, as.integer(y_fitted))
varies <- apply(within, 2, stats::sd) > 0.01
discriminants <- predict(MASS::lda(x_fitted[, varies], y_fitted), x_new[, varies])$x

# Better, or noise? ----------------------------------------------------------------------------

# New images of the same ten digits are the question, not new digits. The loss is that of the fit:
# with the gamma of deep networks a few worst pairs would rule it.
comparison <- compare_embeddings(
  pixels = x_new, pca = components, lda = discriminants, learnt = learnt,
  labels = y_new, baseline = "learnt", resample = "rows", gamma = 1, margin = 0.25
)

print(fit)
cli::cat_line()
print(comparison)

# The picture ----------------------------------------------------------------------------------

save_picture <- function(path) {
  grDevices::png(path, width = 9, height = 8, units = "in", res = 120)
  on.exit(grDevices::dev.off())
  grid::grid.newpage()
  grid::pushViewport(grid::viewport(layout = grid::grid.layout(2, 1)))
  print(ggplot2::autoplot(comparison, "similarity"), vp = grid::viewport(layout.pos.row = 1))
  print(ggplot2::autoplot(comparison), vp = grid::viewport(layout.pos.row = 2))
}

path <- c(commandArgs(trailingOnly = TRUE), "digits-demo.png")[[1]]
save_picture(path)
cli::cat_line()
cli::cat_line("The picture is ", path)
