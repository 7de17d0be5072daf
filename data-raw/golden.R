# Packs the golden cases of the reference implementation for the tests.
#
#   Rscript data-raw/golden.R cases.json tests/testthat/golden/cases.rds
#
# cases.json holds one JSON object per case. The values were made by Keras 3.16.0 (commit
# 3422977a5e38) on NumPy 1.24, the gradients by automatic differentiation of the same code on
# PyTorch 1.13; tests/testthat/golden/README.md says what each field means. Numbers keep their
# 17 digits, so each double of the .rds is the double that was computed. What the tests do not
# use is left out; the .rds spares them a JSON reader.

paths <- commandArgs(trailingOnly = TRUE)
if (length(paths) != 2) {
  stop("Usage: Rscript data-raw/golden.R cases.json cases.rds")
}

fields <- c(
  "id", "description", "how", "dtype", "reduction", "gamma", "margin", "remove_diagonal",
  "y_true", "y_pred", "ref_labels", "ref_embeddings", "sample_weight",
  "value", "value_f64", "grad_pred", "grad_ref"
)

pack_case <- function(case) {
  # lapply() keeps an absent field as NULL, where `case[fields]` would drop the name
  packed <- lapply(stats::setNames(fields, fields), function(field) case[[field]])
  stopifnot(is.matrix(packed$y_pred), length(packed$y_true) == nrow(packed$y_pred))
  packed
}

cases <- lapply(jsonlite::fromJSON(paths[[1]], simplifyDataFrame = FALSE), pack_case)
names(cases) <- vapply(cases, function(case) case$id, "")
stopifnot(!anyDuplicated(names(cases)))

saveRDS(cases, paths[[2]], version = 2, compress = "xz")
