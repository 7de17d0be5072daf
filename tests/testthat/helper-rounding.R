# The four number types, in R: rounding to each of them, and their unit roundoff.

round_to <- function(x, dtype) {
  switch(dtype,
    float64 = x,
    float32 = round_to_float32(x),
    float16 = round_to_bits(x, digits = 11, smallest_exponent = -14, largest = 65504),
    bfloat16 = round_to_bits(
      x, digits = 8, smallest_exponent = -126, largest = (2 - 2^-7) * 2^127
    ),
    stop("no such dtype: ", dtype)
  )
}

# The 16-bit types compute in single: only the embeddings and the losses are rounded to them
compute_type <- function(dtype) if (dtype == "float64") "float64" else "float32"

# Half the distance of two neighbours of 1
unit_roundoff <- function(dtype) {
  switch(dtype, float64 = 2^-53, float32 = 2^-24, float16 = 2^-11, bfloat16 = 2^-8)
}

smallest_denormal <- function(dtype) {
  switch(dtype, float64 = 2^-1074, float32 = 2^-149, float16 = 2^-24, bfloat16 = 2^-133)
}

smallest_normal <- function(dtype) {
  switch(dtype, float64 = 2^-1022, float32 = 2^-126, float16 = 2^-14, bfloat16 = 2^-126)
}

round_to_float32 <- function(x) {
  bytes <- writeBin(as.vector(x, "double"), raw(), size = 4)
  x[] <- readBin(bytes, "double", n = length(x), size = 4)
  x
}

# To the nearest number of `digits` binary digits, ties to even, gradual underflow
round_to_bits <- function(x, digits, smallest_exponent, largest) {
  exponent <- pmax(floor(log2(abs(x))), smallest_exponent)
  spacing <- 2^(exponent - digits + 1)
  rounded <- round(x / spacing) * spacing
  rounded <- ifelse(abs(rounded) > largest, sign(x) * Inf, rounded)
  x[] <- ifelse(is.finite(x), rounded, x)
  x
}
