# The settings of a loss, shared by a direct call and a loss instance.

new_settings <- function(ref_labels, ref_embeddings, remove_diagonal, gamma, margin, reduction,
                         name, dtype, call) {
  settings <- list(
    ref_labels = if (!is.null(ref_labels)) as_labels(ref_labels, "ref_labels", call),
    ref_embeddings = if (!is.null(ref_embeddings)) {
      as_embeddings_of_type(ref_embeddings, "ref_embeddings", call)
    },
    remove_diagonal = check_flag(remove_diagonal, "remove_diagonal", call),
    gamma = check_gamma(gamma, call),
    margin = check_margin(margin, call),
    reduction = resolve_reduction(reduction, call),
    name = check_name(name, call),
    dtype = resolve_dtype(dtype, call)
  )
  if (!is.null(ref_labels) && !is.null(ref_embeddings)) {
    check_labels_fit(
      settings$ref_labels, "ref_labels", settings$ref_embeddings, "ref_embeddings", call
    )
  }
  settings
}
