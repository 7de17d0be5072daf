# Detects formats from their first bytes, and gives remedies for those that cannot be read.

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

# The format of the first bytes after decompression, or NA.
magic_of <- function(file) {
  start <- read_start(file, 64L)
  is_start <- vapply(magic_bytes, function(bytes) {
    identical(start[seq_len(min(length(bytes), length(start)))], bytes)
  }, NA)
  is_safetensors <- length(start) > 10L && start[[9]] == charToRaw("{") && all(start[6:8] == 0)
  found <- c(names(magic_bytes)[is_start], if (is_safetensors) "safetensors", NA)[[1]]
  if (found %in% "npz" && !holds_arrays(file)) "zip" else found
}

# An archive of NumPy is a ZIP file of arrays.
holds_arrays <- function(file) {
  names <- tryCatch(utils::unzip(file, list = TRUE)$Name, error = function(error) "damaged.npy")
  any(endsWith(names, ".npy"))
}

# Their description and the remedy.
unreadable_formats <- list(
  hdf5 = c(
    "HDF5", "Write the array with `numpy.save()`, or read it with rhdf5 or hdf5r."
  ),
  safetensors = c(
    "safetensors", "In Python, write the tensor with `numpy.save(file, tensor.numpy())`."
  ),
  pickle = c(
    "a Python pickle, which may run any code",
    "In Python, write its array with `numpy.save()` or its table with `to_csv()`."
  ),
  pytorch = c(
    "a PyTorch archive", "In Python, write the tensor with `numpy.save(file, tensor.numpy())`."
  ),
  matlab = c("a MAT-file of Matlab", "Write the matrix with `writematrix(x, 'x.csv')`."),
  excel = c("an Excel workbook", "Save the sheet as CSV UTF-8."),
  fasttext = c(
    "a binary fastText model", "Give the .vec file that fastText writes with it."
  ),
  zstandard = c("compressed with Zstandard", "Decompress it, or compress it with gzip."),
  zip = c("a ZIP archive", "Unpack it and give the file in it."),
  sqlite = c("an SQLite database", "Write the table with `.mode csv` and `.output`."),
  rdata = c("written by `save()`", "Write one object with `saveRDS()`.")
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
