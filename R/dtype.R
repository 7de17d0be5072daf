# The floating point type of the computation.

dtypes <- c("float64", "float32", "float16", "bfloat16")

# Keras's mixed policies keep variables in float32 and compute in the type after the _.
policies <- c(mixed_float16 = "float16", mixed_bfloat16 = "bfloat16")

resolve_dtype <- function(dtype, call) {
  if (is.null(dtype)) {
    return(config_floatx())
  }
  compute_dtype <- compute_dtype_of(dtype, call)
  if (is_one_of(compute_dtype, dtypes)) {
    as.character(compute_dtype)
  } else if (is_one_of(compute_dtype, names(policies))) {
    policies[[compute_dtype]]
  } else {
    stop_dtype("dtype", dtype, c(dtypes, names(policies)), call)
  }
}

# A policy is a list, or a Python object, with a compute dtype.
compute_dtype_of <- function(dtype, call) {
  if (is_python(dtype)) {
    python_attribute(dtype, "compute_dtype", call)
  } else if (is.list(dtype)) {
    unclass(dtype)[["compute_dtype"]]
  } else {
    dtype
  }
}

stop_dtype <- function(argument, value, choices, call) {
  stop_circleloss(
    "dtype",
    c(
      "{.arg {argument}} must name a floating point type, not {describe_value(value)}.",
      "i" = "The choices are {.val {choices}}.",
      "i" = if (argument == "dtype") {
        "{.code NULL} means {.code config_floatx()}; a policy object needs a
         {.field compute_dtype} that is one of these."
      }
    ),
    argument = argument,
    call = call
  )
}
