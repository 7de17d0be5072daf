# The commands of this project. `make demo` and `make test` work on a fresh Debian machine: they
# first install what is missing, R included. Nothing is compiled inside the tree.

.PHONY: demo test core-tests install document site snapshots check coverage strict clang \
  sanitize words bench

# Trains an embedding of handwritten digits and saves a plot of it: digits-demo.png
demo:
	@.ci/set-up demo
	@.ci/install
	@Rscript inst/scripts/digits-demo.R digits-demo.png

# Runs everything that must pass
test:
	@.ci/set-up demo test
	@.ci/test

# For developers -----------------------------------------------------------------------------

# Installs the package with its vignettes
install:
	@.ci/set-up demo vignettes
	@.ci/install --vignettes

# Makes man/ and NAMESPACE from the comments in R/, and README.md from README.Rmd
document:
	@.ci/set-up demo test ci
	@.ci/document

# Builds the documentation site and checks its pages and links: docs/index.html
site:
	@.ci/set-up demo test ci
	@.ci/site docs

# Accepts the current messages as those that the tests expect
snapshots:
	@.ci/set-up demo test
	@.ci/snapshots

# Runs R CMD check --as-cran only
check:
	@.ci/set-up demo test
	@.ci/check

# Tests the C core without R
core-tests:
	@.ci/set-up demo test ci
	@tests/core/run

# Prints the line coverage of the tests, in R and C
coverage:
	@.ci/set-up demo test
	@.ci/coverage

# Runs the tests on other builds, see .ci/variant
strict clang sanitize:
	@.ci/set-up demo test ci
	@.ci/variant $@

# Lists misspelt words in the documentation
words:
	@.ci/set-up demo test ci
	@Rscript --no-init-file .ci/words.R .

# Measures speed and accuracy: makes bench/RESULTS.md and a plot, see bench/README.md
bench:
	@.ci/set-up demo test
	@bench/set-up
	@bench/speed
	@bench/growth
	@bench/growth --million
	@bench/training
	@bench/retrieval
	@bench/suspects
	@R_LIBS="$${BENCH_ENVIRONMENT:-bench/environment}/library" bench/maps
	@R_LIBS="$${BENCH_ENVIRONMENT:-bench/environment}/library" bench/busy
	@bench/accuracy
	@bench/report
