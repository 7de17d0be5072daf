# The files of TensorBoard's embedding projector: vectors without a header, and metadata.

read_projector <- function(file, form, call) {
  metadata <- metadata_of(file)
  if (is.na(metadata)) {
    stop_file(
      file, NA, "there is no file of metadata in its folder",
      "Name the two files vectors.tsv and metadata.tsv, or name the file of labels with `labels`.",
      call
    )
  }
  column <- if (is.null(form$label_column)) form$labels else form$label_column
  header <- isTRUE(form$header)
  vectors <- utils::modifyList(form, list(header = header, delimiter = "\t", labels = metadata))
  content <- read_delimited(file, vectors, call)
  content$label_column <- column
  content
}

# The file of metadata that belongs to a file of vectors, NA if there is none.
metadata_of <- function(file) {
  name <- sub("vectors|tensors", "metadata", basename(file), ignore.case = TRUE)
  stem <- sub("[.](gz|bz2|xz)$", "", file.path(dirname(file), name), ignore.case = TRUE)
  candidates <- paste0(stem, c("", ".gz", ".bz2", ".xz"))
  found <- candidates[name != basename(file) & file.exists(candidates)]
  c(found, NA)[[1]]
}
