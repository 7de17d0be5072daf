# Files of NumPy. skip_if_no_numpy() is too strict here: numbers pass through a file, so that any
# NumPy will do.

# Runs code of Python in the working folder.
python <- function(code) {
  folder <- normalizePath(".", winslash = "/")
  reticulate::py_run_string(
    paste0("import os, numpy\nos.chdir('", folder, "')\n", code),
    convert = FALSE
  )
}

test_that("arrays of any type and order are read", {
  skip_if_numpy_missing()
  local_folder()
  for (type in c("float16", "float32", "float64", ">f4", "int8", "uint16", "int64")) {
    python(paste0("numpy.save('x.npy', numpy.array([[1, 2], [3, 4]], dtype='", type, "'))"))
    expect_identical(read_parts("x.npy"), parts(square()))
  }
  python("numpy.save('x.npy', numpy.array([[1., 3.], [2., 4.]]).T)")
  expect_identical(read_parts("x.npy"), parts(square()))
  python("numpy.save('x.npy', numpy.arange(6.).reshape(3, 2))")
  expect_identical(read_parts("x.npy", 1), parts(cbind(c(1, 3, 5)), c(0L, 2L, 4L)))
})

test_that("labels are an array of their own", {
  skip_if_numpy_missing()
  local_folder()
  python("
numpy.save('x.npy', numpy.array([[1., 2.], [3., 4.]]))
numpy.save('numbers.npy', numpy.array([5, 2**60]))
numpy.save('small.npy', numpy.array([[5], [6]], dtype='uint8'))
numpy.save('whole.npy', numpy.array([5., -6.], dtype='float32'))
numpy.save('table.npy', numpy.array([[5, 1], [6, 2]]))
numpy.save('text.npy', numpy.array(['a', '\u00e9']))
numpy.savez('labels.npz', labels=numpy.array([1, 2]), other=numpy.array([3, 4]))
")
  labels <- function(...) read_embeddings("x.npy", ...)$labels
  expect_identical(labels("numbers.npy"), c("5", "1152921504606846976"))
  expect_identical(labels("small.npy"), 5:6)
  expect_identical(labels("whole.npy"), c(5L, -6L))
  expect_identical(labels("table.npy", label_column = 2), 1:2)
  expect_identical(labels("text.npy"), c("a", "\u00e9"))
  expect_identical(labels("labels.npz"), 1:2)
  expect_identical(labels("labels.npz", label_column = "other"), 3:4)
})

test_that("archives are read", {
  skip_if_numpy_missing()
  local_folder()
  python("
values = numpy.array([[1., 2.], [3., 4.]])
numpy.savez('one.npz', values=values, label=numpy.array(['a', 'b']))
numpy.savez_compressed('named.npz', embeddings=values, other=values, kind=numpy.array([1, 2]))
")
  expect_identical(read_parts("one.npz"), parts(square(), c("a", "b")))
  expect_identical(read_parts("named.npz", "kind"), parts(square(), 1:2))
  expect_identical(read_parts("named.npz"), parts(square()))
  expect_identical(read_embeddings("one.npz")$source$labels, "array \"label\"")
})

test_that("names are an array, files may be compressed", {
  skip_if_numpy_missing()
  local_folder()
  python("
import gzip
values = numpy.array([[1., 2.], [3., 4.]])
numpy.savez('x.npz', embeddings=values, words=numpy.array(['p', 'q']))
numpy.save(gzip.open('x.npy.gz', 'wb'), values)
")
  expect_identical(read_parts("x.npz", names = "words"), parts(square(), names = c("p", "q")))
  expect_identical(read_parts("x.npz", columns = 1), parts(cbind(c(1, 3))))
  expect_identical(read_parts("x.npy.gz"), parts(square()))
})

test_that("arrays of anything but real numbers are refused", {
  skip_if_numpy_missing()
  local_folder()
  python("
numpy.save('bool.npy', numpy.array([[True, False]]))
numpy.save('complex.npy', numpy.array([[1j, 2]]))
numpy.save('date.npy', numpy.array([['2020-01-01']], dtype='datetime64[D]'))
numpy.savez('text.npz', embeddings=numpy.array([['a', 'b']]))
numpy.savez('vector.npz', embeddings=numpy.array([1., 2.]))
numpy.savez('mask.npz', embeddings=numpy.eye(2), mask=numpy.eye(2) > 0)
numpy.save('x.npy', numpy.array([[1.], [2.]]))
numpy.save('clabels.npy', numpy.array([1j, 2]))
")
  expect_refused("file", {
    read_embeddings("bool.npy")
    read_embeddings("complex.npy")
    read_embeddings("date.npy")
    read_embeddings("text.npz")
    read_embeddings("vector.npz")
    read_embeddings("mask.npz")
    read_embeddings("x.npy", "clabels.npy")
  })
})

test_that("other arrays are refused", {
  skip_if_numpy_missing()
  local_folder()
  python("
numpy.save('vector.npy', numpy.array([1., 2.]))
numpy.save('nan.npy', numpy.array([[1., numpy.nan]]))
numpy.save('whole.npy', numpy.array([5., -6.], dtype='float32'))
numpy.save('table.npy', numpy.array([[5, 1], [6, 2]]))
numpy.save('text.npy', numpy.array([['a', 'b'], ['c', 'd']]))
numpy.save('object.npy', numpy.array([[1, 'a']], dtype=object), allow_pickle=True)
numpy.save('x.npy', numpy.array([[1., 2.], [3., 4.]]))
numpy.save('half.npy', numpy.array([1., 1.5]))
numpy.savez('none.npz', a=numpy.array([1.]))
numpy.savez('two.npz', a=numpy.eye(2), b=numpy.eye(2))
numpy.savez('object.npz', embeddings=numpy.array([[1, 'a']], dtype=object))
")
  text_file("text.npz", "1,2")
  expect_refused("file", {
    read_embeddings("vector.npy")
    read_embeddings("nan.npy")
    read_embeddings("text.npy")
    read_embeddings("object.npy")
    read_embeddings("none.npz")
    read_embeddings("two.npz")
    read_embeddings("object.npz")
    read_embeddings("text.npz")
    read_embeddings("two.npz", "colour")
    read_embeddings("x.npy", "half.npy")
    read_embeddings("x.npy", "vector.npy", label_column = 2)
    read_embeddings("x.npy", "none.npz", label_column = "b")
  })
})

test_that("a Python without NumPy is named", {
  expect_refused("package", {
    stop_no_numpy(simpleError("No module named numpy"), NULL)
  })
})
