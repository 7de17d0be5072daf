# Files of NumPy, written byte by byte. `numbers` are float64, float32 or, as `raw`, anything.

write_test_npy <- function(file, x, descr = "<f4", fortran = FALSE, version = 1L,
                           shape = sprintf("(%d, %d)", nrow(x), ncol(x)), extra_blanks = 0L,
                           drop_bytes = 0L) {
  size <- as.integer(sub("^[^0-9]*", "", descr))
  endian <- if (startsWith(descr, ">")) "big" else "little"
  values <- if (fortran) as.vector(x) else as.vector(t(x))
  bytes <- if (size == 2L) {
    writeBin(half_bits(values), raw(), size = 2L, endian = endian)
  } else {
    writeBin(values, raw(), size = size, endian = endian)
  }
  text <- sprintf(
    "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, if (fortran) "True" else "False",
    shape
  )
  before <- if (version == 1L) 10L else 12L
  text <- paste0(text, strrep(" ", (-(before + nchar(text) + 1L)) %% 64L + extra_blanks), "\n")
  length <- writeBin(nchar(text), raw(), size = if (version == 1L) 2L else 4L, endian = "little")
  magic <- as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0))
  writeBin(c(magic, length, charToRaw(text), bytes[seq_len(length(bytes) - drop_bytes)]), file)
  file
}

# The bits of the nearest half of numbers between 2^-24 and 65504, ties away from zero.
half_bits <- function(x) {
  exponent <- pmax(floor(log2(pmax(abs(x), 2^-24))), -14)
  steps <- floor(abs(x) / 2^(exponent - 10) + 0.5)
  bits <- as.integer(steps + (exponent + 14) * 1024)
  bits[x == 0] <- 0L
  ifelse(x < 0, bits - 32768L, bits)
}

half_of_bits <- function(bits) {
  bits <- bits %% 65536L
  sign <- ifelse(bits >= 32768L, -1, 1)
  exponent <- bits %/% 1024L %% 32L
  fraction <- bits %% 1024L
  sign * ifelse(exponent == 0L, fraction * 2^-24, (1024 + fraction) * 2^(exponent - 25))
}
