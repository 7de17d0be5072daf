# The commands of this project. `make demo` and `make test` work on a fresh Debian machine: what
# is missing there, R included, they install first. Nothing is compiled inside the tree.

.PHONY: demo test core-tests install document snapshots check coverage strict clang \
  sanitize words bench

# Learns an embedding of handwritten digits and saves a picture of it: digits-demo.png
demo:
	@.ci/set-up demo
	@.ci/install
	@Rscript inst/scripts/digits-demo.R digits-demo.png

# Everything that must pass
test:
	@.ci/set-up demo test
	@.ci/test

# For developers -----------------------------------------------------------------------------

# With the vignettes
install:
	@.ci/set-up demo vignettes
	@.ci/install --vignettes

# man/ and NAMESPACE from the comments in R/, README.md from README.Rmd
document:
	@.ci/set-up demo test ci
	@.ci/document

# The messages that the tests expect, as they are now
snapshots:
	@.ci/set-up demo test
	@.ci/snapshots

# R CMD check --as-cran alone
check:
	@.ci/set-up demo test
	@.ci/check

# Tests of the C core without R
core-tests:
	@.ci/set-up demo test ci
	@tests/core/run

# How many lines of R and C the tests reach
coverage:
	@.ci/set-up demo test
	@.ci/coverage

# The tests on other builds, see .ci/variant
strict clang sanitize:
	@.ci/set-up demo test ci
	@.ci/variant $@

# Misspelt words in the documentation
words:
	@.ci/set-up demo test ci
	@Rscript --no-init-file .ci/words.R .

# How fast and how exact: bench/RESULTS.md and a picture of it, see bench/README.md
bench:
	@.ci/set-up demo test
	@bench/set-up
	@bench/speed
	@bench/growth
	@bench/growth --million
	@bench/training
	@bench/retrieval
	@R_LIBS="$${BENCH_ENVIRONMENT:-bench/environment}/library" bench/busy
	@bench/accuracy
	@bench/report
