# Arrays and tensors of Python. The tensors are small classes of Python that behave as those of
# the libraries do; NumPy is real.

x <- five_embeddings()
y <- five_labels()

test_that("arrays of NumPy are embeddings, of any floating or integer type", {
  skip_if_no_numpy()
  expect_identical(loss_circle(y, array_of(x, "float64")), loss_circle(y, x))
  expect_identical(loss_circle(y, x, y, array_of(x, "float64")), loss_circle(y, x, y, x))
  whole <- matrix(c(1, 0, 2, 3, 4, 5), 2)
  for (type in c("float16", "float32", "float64", "int8", "uint16", "int32", "int64", "uint64")) {
    expect_identical(as_embeddings(array_of(whole, type), "x", NULL), whole)
  }
  expect_identical(as_embeddings(array_of(whole, "float64")$T, "x", NULL), t(whole))
  expect_identical(as_embeddings(numpy()$zeros(c(0L, 3L)), "x", NULL), matrix(0, 0, 3))
})

test_that("arrays of NumPy are labels, of any type", {
  skip_if_no_numpy()
  types <- c(
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32",
    "float64", "U", "O"
  )
  for (type in types) {
    expect_identical(loss_circle(array_of(y, type), x), loss_circle(y, x))
  }
  expect_identical(loss_circle(array_of(y, "int64")$reshape(5L, 1L), x), loss_circle(y, x))
  expect_identical(as_labels(array_of(c(1, 0), "bool"), "y", NULL), c(TRUE, FALSE))
  expect_identical(as_labels(array_of(c("a", "\u00e9"), "U"), "y", NULL), c("a", "\u00e9"))
  expect_identical(as_labels(array_of(c("a", "\u00e9"), "O"), "y", NULL), c("a", "\u00e9"))
  expect_identical(as_labels(array_of(numeric(), "int64"), "y", NULL), integer())
})

test_that("64-bit labels are compared exactly", {
  skip_if_no_numpy()
  long <- numpy()$add(array_of(rep(2^53, 5), "int64"), array_of(c(0, 1, 0, 1, 5), "int64"))
  expect_identical(loss_circle(long, x), loss_circle(c(0, 1, 0, 1, 5), x))
  expect_identical(as_labels(array_of(2^63, "uint64"), "y", NULL), "9223372036854775808")
  expect_identical(as_labels(array_of(-2^63, "int64"), "y", NULL), "-9223372036854775808")
  skip_if_not_installed("bit64")
  both <- bit64::as.integer64("9007199254740992") + bit64::as.integer64(c(0, 1, 0, 1, 5))
  expect_identical(
    loss_circle(long, x, ref_labels = both),
    loss_circle(c(0, 1, 0, 1, 5), x, ref_labels = c(0, 1, 0, 1, 5))
  )
})

test_that("arrays and lists of Python are weights and upstream derivatives", {
  skip_if_no_numpy()
  weights <- c(2, 1, 0, 3, 5)
  expected <- loss_circle(y, x, sample_weight = weights)
  expect_identical(loss_circle(y, x, sample_weight = array_of(weights, "float32")), expected)
  column <- array_of(weights, "int64")$reshape(5L, 1L)
  expect_identical(loss_circle(y, x, sample_weight = column), expected)
  expect_identical(
    loss_circle(y, x, sample_weight = numpy()$array(2)),
    loss_circle(y, x, sample_weight = 2)
  )
  expect_identical(
    loss_circle_gradient(y, x, upstream = array_of(weights, "float64")),
    loss_circle_gradient(y, x, upstream = weights)
  )
  expect_identical(loss_circle(reticulate::r_to_py(as.list(y)), x), loss_circle(y, x))
})

test_that("what is not right in R is not right in Python", {
  skip_if_no_numpy()
  expect_error(loss_circle(y, array_of(x, "bool")), class = "circleloss_error_embeddings")
  expect_error(loss_circle(y, array_of(x, "complex128")), class = "circleloss_error_embeddings")
  expect_error(loss_circle(y, array_of(1:5, "float64")), class = "circleloss_error_embeddings")
  expect_error(loss_circle(y, numpy()$zeros(c(5L, 2L, 2L))), class = "circleloss_error_embeddings")
  expect_error(loss_circle(array_of(x, "float64"), x), class = "circleloss_error_labels")
  expect_error(loss_circle(array_of(c(1, NaN), "float64"), x), class = "circleloss_error_labels")
  expect_error(loss_circle(array_of(x, "complex64"), x), class = "circleloss_error_labels")
  ragged <- reticulate::r_to_py(list(list(1, 2), list(3)))
  expect_error(loss_circle(y, ragged), class = "circleloss_error_embeddings")
  expect_error(
    loss_circle(y, x, sample_weight = array_of(letters[1:5], "U")),
    class = "circleloss_error_sample_weight"
  )
})

# Tensors --------------------------------------------------------------------------------------

tensors <- function() {
  reticulate::py_run_string("
import numpy

class CirclelossPyTorchLike:
    '''Gives its numbers only when detached, on the processor, dense and double.'''

    def __init__(self, values, floating, ready=()):
        self.values, self.floating, self.ready = values, floating, set(ready)

    def step(self, name):
        return CirclelossPyTorchLike(self.values, self.floating, self.ready | {name})

    def detach(self):
        return self.step('detached')

    def cpu(self):
        return self.step('cpu')

    def to_dense(self):
        return self.step('dense')

    def double(self):
        return self.step('double')

    @property
    def is_sparse(self):
        return 'dense' not in self.ready

    def is_floating_point(self):
        return self.floating

    def __array__(self, *arguments, **options):
        needed = {'detached', 'cpu', 'dense'} | ({'double'} if self.floating else set())
        if self.ready != needed:
            raise TypeError(f'not ready: {self.ready}')
        return numpy.asarray(self.values)

class CirclelossJaxLike:
    '''Is read by NumPy.'''

    def __init__(self, values):
        self.values = values

    def __array__(self, *arguments, **options):
        return numpy.asarray(self.values)

class CirclelossPolicy:
    def __init__(self, compute_dtype):
        self.compute_dtype = compute_dtype
", convert = FALSE)
}

test_that("tensors like those of PyTorch are read", {
  skip_if_no_numpy()
  tensor <- tensors()$CirclelossPyTorchLike
  expect_identical(loss_circle(y, tensor(numpy()$array(x), TRUE)), loss_circle(y, x))
  expect_identical(loss_circle(tensor(array_of(y, "int64"), FALSE), x), loss_circle(y, x))
  expect_identical(
    loss_circle(y, x, sample_weight = tensor(array_of(1:5, "float64"), TRUE)),
    loss_circle(y, x, sample_weight = 1:5)
  )
})

test_that("tensors like those of TensorFlow and JAX are read", {
  skip_if_no_numpy()
  tensor <- tensors()$CirclelossJaxLike
  expect_identical(loss_circle(y, tensor(numpy()$array(x))), loss_circle(y, x))
  expect_identical(loss_circle(tensor(array_of(y, "int64")), x), loss_circle(y, x))
})

test_that("references of Python become R's when they are bound", {
  skip_if_no_numpy()
  references <- numpy()$array(diag(2))
  loss <- loss_circle(ref_labels = array_of(0:1, "int64"), ref_embeddings = references)
  expect_identical(loss$ref_embeddings, diag(2))
  expect_identical(loss$ref_labels, 0:1)
  before <- loss(y, x)
  references$fill(0)
  expect_identical(loss(y, x), before)
})

test_that("the compute type of a policy of Python is used", {
  skip_if_no_numpy()
  policy <- tensors()$CirclelossPolicy
  expect_identical(loss_circle(dtype = policy("float64"))$dtype, "float64")
  expect_identical(loss_circle(dtype = policy("mixed_bfloat16"))$dtype, "bfloat16")
  expect_error(loss_circle(dtype = policy("int8")), class = "circleloss_error_dtype")
  expect_error(loss_circle(dtype = policy(3)), class = "circleloss_error_dtype")
  expect_error(loss_circle(dtype = numpy()$array(1)), class = "circleloss_error_dtype")
})

test_that("a Python object that NumPy makes nothing of is refused", {
  skip_if_no_numpy()
  thing <- reticulate::import_builtins(convert = FALSE)$object()
  expect_refused("embeddings", {
    loss_circle(y, thing)
  })
  expect_error(loss_circle(thing, x), class = "circleloss_error_labels")
  expect_error(loss_circle(y, x, sample_weight = thing), class = "circleloss_error_sample_weight")
})

test_that("rows that were rounded to 16 bits are of length 1 as far as these can be", {
  skip_if_no_numpy()
  reticulate::py_run_string("
class CirclelossBfloat16(CirclelossJaxLike):
    dtype = 'bfloat16'
")
  rounded <- round_to(unit_normalize(matrix(sin(1:350), 50)), "bfloat16")
  expect_gt(max(abs(sqrt(rowSums(rounded^2)) - 1)), unit_tolerance)
  labels <- rep(1:5, 10)
  numbers <- numpy()$array(rounded)
  tensor <- reticulate::import_main(convert = FALSE)$CirclelossBfloat16
  expect_identical(
    warning_classes(loss_circle(labels, rounded)), "circleloss_warning_not_unit"
  )
  expect_identical(warning_classes(loss_circle(labels, tensor(numbers))), character())
  expect_identical(warning_classes(
    loss_circle(labels, tensor(numbers), labels, tensor(numbers))
  ), character())
  # Beyond that it warns, of the rows that are
  longer <- rounded
  longer[7, ] <- 1.02 * longer[7, ]
  warning <- expect_warning(loss_circle(labels, tensor(numpy()$array(longer))))
  expect_identical(warning$rows[["y_pred"]], 1)
  expect_match(conditionMessage(warning), "is row 7")
  # float16 is finer
  half <- array_of(1.002 * diag(3), "float16")
  expect_identical(warning_classes(loss_circle(1:3, half)), character())
  half <- array_of(1.003 * diag(3), "float16")
  expect_identical(warning_classes(loss_circle(1:3, half)), "circleloss_warning_not_unit")
})

test_that("symbolic tensors are sent to as_keras_loss()", {
  skip_if_no_numpy()
  reticulate::py_run_string("
class KerasTensor:
    pass

class CirclelossMeta:
    is_meta = True
")
  symbolic <- reticulate::import_main(convert = FALSE)
  expect_refused("embeddings", {
    loss_circle(y, symbolic$KerasTensor())
    loss_circle(y, symbolic$CirclelossMeta())
  })
  expect_refused("labels", {
    loss_circle(symbolic$KerasTensor(), x)
  })
})

test_that("an old reticulate and NumPy 2 do not fit", {
  expect_null(check_numpy_fits("1.26.4", package_version("1.28"), NULL))
  expect_null(check_numpy_fits("2.1.0", package_version("1.38"), NULL))
  expect_refused("python", {
    check_numpy_fits("2.1.0", package_version("1.28"), NULL)
  })
})

test_that("an object whose Python is gone is refused", {
  skip_if_no_numpy()
  gone <- unserialize(serialize(numpy()$array(x), NULL))
  error <- expect_error(loss_circle(y, gone), class = "circleloss_error_embeddings")
  expect_match(conditionMessage(error$parent), "Python session that has ended")
  expect_error(loss_circle(dtype = gone), class = "circleloss_error_dtype")
})

# A Python that nobody has chosen ----------------------------------------------------------------

test_that("reticulate is not asked for a Python that it would have to download", {
  skip_on_cran()
  skip_if_not_installed("callr")
  skip_if_not_installed("reticulate", "1.41")
  home <- tempfile("home-")
  dir.create(home)
  on.exit(unlink(home, recursive = TRUE))
  chosen <- c("RETICULATE_PYTHON", "RETICULATE_PYTHON_ENV", "RETICULATE_PYTHON_FALLBACK",
    "RETICULATE_USE_MANAGED_VENV", "VIRTUAL_ENV")
  library <- dirname(system.file(package = "circleloss"))
  leaves <- callr::r(
    function(library, chosen) {
      Sys.unsetenv(chosen)
      setwd(Sys.getenv("HOME"))
      loadNamespace("circleloss", lib.loc = c(library, .libPaths()))
      writeLines("no array", "x.npy")
      leaf_of <- function(code) tryCatch(code, error = function(error) class(error)[[1]])
      list(
        npy = leaf_of(circleloss::read_embeddings("x.npy")),
        module = leaf_of(circleloss::import_circleloss()),
        keras = leaf_of(circleloss::as_keras_loss(circleloss::loss_circle())),
        started = reticulate::py_available(initialize = FALSE)
      )
    },
    list(library, chosen),
    wd = home,
    env = c(callr::rcmd_safe_env(), HOME = home, WORKON_HOME = home)
  )
  expect_identical(leaves, list(
    npy = "circleloss_error_python", module = "circleloss_error_python",
    keras = "circleloss_error_python", started = FALSE
  ))
})

test_that("a Python is set up where it is named or its packages are declared", {
  expect_true(is_chosen_python(list(forced = "RETICULATE_PYTHON")))
  expect_false(is_chosen_python(list(forced = "PATH")))
  expect_false(is_chosen_python(list()))
  expect_false(is_chosen_python(NULL))
  own <- list(requested_from = "reticulate", packages = "numpy")
  other <- list(requested_from = "R_GlobalEnv", packages = "torch")
  expect_false(has_python_requirements(list(history = list(own))))
  expect_true(has_python_requirements(list(history = list(own, other))))
})

test_that("advice fits the version of reticulate", {
  expect_identical(python_advice("numpy", "1.28"), "reticulate::py_install(\"numpy\")")
  expect_identical(python_advice("numpy", "1.41"), "reticulate::py_require(\"numpy\")")
  expect_identical(
    python_advice(c("keras>=3.7.0", "torch"), "1.41"),
    "reticulate::py_require(c(\"keras>=3.7.0\", \"torch\"))"
  )
})

test_that("masked arrays are refused if anything is masked", {
  skip_if_no_numpy()
  masked <- function(mask) numpy()$ma$array(numpy()$array(x), mask = numpy()$array(mask))
  expect_identical(as_embeddings(masked(x > 5), "x", NULL), x)
  error <- expect_error(
    as_embeddings(masked(x == 1), "x", NULL),
    class = "circleloss_error_embeddings"
  )
  expect_match(conditionMessage(error$parent), "mask")
})
