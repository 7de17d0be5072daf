# Formats that are told from their first bytes, whatever the name; and those that cannot be read,
# with what to do instead.

magic_bytes <- lapply(list(
  npy = c(0x93, utf8ToInt("NUMPY")),
  npz = c(utf8ToInt("PK"), 3, 4),
  parquet = utf8ToInt("PAR1"),
  feather = utf8ToInt("ARROW1"),
  feather = utf8ToInt("FEA1"),
  hdf5 = c(0x89, utf8ToInt("HDF\r\n")),
  matlab = utf8ToInt("MATLAB 5.0 MAT-file"),
  fasttext = c(0xba, 0x16, 0x4f, 0x2f),
  pickle = c(0x80, 0x02), pickle = c(0x80, 0x03), pickle = c(0x80, 0x04), pickle = c(0x80, 0x05),
  zstandard = c(0x28, 0xb5, 0x2f, 0xfd),
  rdata = utf8ToInt("RDX2"), rdata = utf8ToInt("RDX3"),
  rds = c(utf8ToInt("X\n"), 0, 0, 0),
  sqlite = utf8ToInt("SQLite format 3")
), as.raw)

# The name of what the first bytes begin, or NA. Compression is taken off.
magic_of <- function(file) {
  start <- read_start(file, 64L)
  is_start <- vapply(magic_bytes, function(bytes) {
    identical(start[seq_len(min(length(bytes), length(start)))], bytes)
  }, NA)
  is_safetensors <- length(start) > 10L && start[[9]] == charToRaw("{") && all(start[6:8] == 0)
  found <- c(names(magic_bytes)[is_start], if (is_safetensors) "safetensors", NA)[[1]]
  if (found %in% "npz" && !holds_arrays(file)) "zip" else found
}

# An archive of NumPy is a ZIP file of its arrays.
holds_arrays <- function(file) {
  names <- tryCatch(utils::unzip(file, list = TRUE)$Name, error = function(error) "damaged.npy")
  any(endsWith(names, ".npy"))
}

# What they are, and what to do.
unreadable_formats <- list(
  hdf5 = c(
    "HDF5", "Write the array by `numpy.save()`, or read it by a package such as rhdf5 or hdf5r."
  ),
  safetensors = c(
    "safetensors", "In Python, write the tensor by `numpy.save(file, tensor.numpy())`."
  ),
  pickle = c(
    "a pickle of Python, which may run any code",
    "In Python, write its array by `numpy.save()` or its table by `to_csv()`."
  ),
  pytorch = c(
    "an archive of PyTorch", "In Python, write the tensor by `numpy.save(file, tensor.numpy())`."
  ),
  matlab = c("a MAT-file of Matlab", "Write the matrix by `writematrix(x, 'x.csv')`."),
  excel = c("a workbook of Excel", "Save the sheet as CSV UTF-8."),
  fasttext = c(
    "a binary model of fastText", "Give the file .vec that fastText writes beside it."
  ),
  zstandard = c("compressed by Zstandard", "Decompress it, or compress it by gzip."),
  zip = c("a ZIP archive", "Unpack it, and give the file in it."),
  sqlite = c("a data base of SQLite", "Write the table by `.mode csv` and `.output`."),
  rdata = c("what `save()` writes", "Write one object by `saveRDS()`.")
)

unreadable_extensions <- c(
  h5 = "hdf5", hdf5 = "hdf5", hdf = "hdf5", keras = "hdf5", safetensors = "safetensors",
  pkl = "pickle", pickle = "pickle", joblib = "pickle", pt = "pytorch", pth = "pytorch",
  mat = "matlab", xlsx = "excel", xls = "excel", zst = "zstandard", sqlite = "sqlite",
  db = "sqlite", rdata = "rdata", rda = "rdata"
)

stop_if_unreadable <- function(file, found, call) {
  kind <- c(
    if (found %in% "zip") unname(unreadable_extensions[extension(file)]),
    if (found %in% names(unreadable_formats)) found,
    if (is.na(found) || found == "npz") unname(unreadable_extensions[extension(file)])
  )
  kind <- kind[!is.na(kind)]
  if (length(kind) > 0L) {
    what <- unreadable_formats[[kind[[1]]]]
    stop_file(file, NA, paste("it is", what[[1]]), what[[2]], call)
  }
}
