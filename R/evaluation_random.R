# Random numbers that are the same in every session, and do not affect those of the session.

with_seed <- function(seed, code) {
  had_seed <- exists(".Random.seed", globalenv(), inherits = FALSE)
  before <- if (had_seed) get(".Random.seed", globalenv(), inherits = FALSE)
  kinds <- RNGkind()
  on.exit(restore_random(before, kinds))
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  code
}

restore_random <- function(seed, kinds) {
  # R warns whenever the old kind of sample() is chosen
  suppressWarnings(RNGkind(kinds[[1]], kinds[[2]], kinds[[3]]))
  if (is.null(seed)) {
    rm(".Random.seed", envir = globalenv())
  } else {
    assign(".Random.seed", seed, envir = globalenv())
  }
}
