# A worker on another machine, as far as a network and folders of its own make one: the bits of this
# process, from rows that were sent once. Called by .ci/distribution with the command that runs
# another command there, and the library.

arguments <- commandArgs(trailingOnly = TRUE)
library(circleloss)

nodes <- parallelly::makeClusterPSOCK(
  "10.211.0.2", master = "10.211.0.1", port = 11999, rshcmd = arguments[[1]], rshopts = character(),
  revtunnel = FALSE, homogeneous = TRUE, rscript_libs = arguments[[2]],
  rscript_envs = c(TMPDIR = Sys.getenv("TMPDIR")), connectTimeout = 60, tries = 1L
)
set.seed(1)
x <- unit_normalize(matrix(rnorm(3000 * 40), 3000))
y <- sample.int(20, 3000, replace = TRUE)
file <- tempfile(fileext = ".bin")
writeBin(as.vector(t(x)), file, size = 4)
in_file <- open_embeddings(file, 40)

sent <- 0
suppressMessages(trace(
  "bytes_of_source", where = asNamespace("circleloss"), print = FALSE,
  tracer = quote(assign("sent", get("sent", globalenv()) + prod(source$layout$rows), globalenv()))
))
compute <- function() {
  shards <- distribution(rows = 1000)
  list(
    loss_circle_gradient(y, x, distribute = shards),
    loss_circle_gradient(y, in_file, dtype = "float64", distribute = shards),
    unclass(evaluate_embeddings(x, y, clustering = FALSE, distribute = shards))[-1]
  )
}
expected <- compute()
stopifnot(sent == 0)
future::plan(future::cluster, workers = nodes)
there <- future::value(future::future(c(Sys.info()[["nodename"]], file.exists(file))))
print(there)
stopifnot(identical(there[[2]], "FALSE"), identical(compute(), expected))
# Each block of the matrix and of the file once, and all rows for the evaluation
cat(sent, "rows were sent\n")
stopifnot(sent == 3000 * 3)
future::plan("sequential")
parallel::stopCluster(nodes)
