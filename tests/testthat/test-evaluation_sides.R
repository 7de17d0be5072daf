# What evaluate_embeddings() is given: data frames with their labels, and what was read from files.

x <- five_embeddings()
y <- five_labels()
pets <- data.frame(kind = c("cat", "cat", "dog", "dog", "eel"), u = x[, 1], v = x[, 2])
parts <- c("sizes", "metrics", "anchors", "classes", "hardest")
judged <- function(...) unclass(suppressWarnings(evaluate_embeddings(...)))[parts]
expected <- judged(x, pets$kind)

test_that("labels may be a column, by its bare name or as a string", {
  expect_identical(judged(pets, kind), expected)
  expect_identical(judged(pets, "kind"), expected)
  expect_identical(judged(pets, pets[["kind"]], columns = c("u", "v")), expected)
  expect_identical(judged(pets[-1], pets$kind), expected)
  name <- "kind"
  expect_identical(judged(pets, name), expected)
  expect_identical(judged(within(pets, kind <- factor(kind)), kind)$metrics, expected$metrics)
  expect_identical(do.call(evaluate_embeddings, list(pets, "kind"))$metrics, expected$metrics)
})

test_that("a wrapper hands on a name or a column", {
  by_string <- function(data, column) evaluate_embeddings(data, column)
  expect_identical(by_string(pets, "kind")$metrics, expected$metrics)
  by_name <- function(data, column) evaluate_embeddings(data, {{ column }})
  expect_identical(by_name(pets, kind)$metrics, expected$metrics)
  by_value <- function(...) evaluate_embeddings(...)
  expect_identical(by_value(pets, kind)$metrics, expected$metrics)
})

test_that("columns selects the embedding by name or number", {
  more <- cbind(pets, w = 1:5, note = "text")
  expect_identical(judged(more, kind, columns = c("u", "v")), expected)
  expect_identical(judged(more, kind, columns = c(2, 3)), expected)
  expect_identical(judged(more, kind, columns = 1:3), expected)
  expect_identical(judged(more, kind, columns = matches("^[uv]$")), expected)
  expect_identical(judged(more, kind, columns = c(starts_with("u"), "v")), expected)
  expect_identical(judged(cbind(x, 9), pets$kind, columns = 1:2), expected)
  against <- judged(more, kind, more, columns = c("u", "v"))
  expect_identical(against$metrics, judged(x, pets$kind, x, pets$kind)$metrics)
  expect_refused("parameter", {
    evaluate_embeddings(more, kind, columns = c("u", "vv"))
    evaluate_embeddings(iris, Species, columns = "Sepal.Widht")
    evaluate_embeddings(x, y, columns = "u")
    evaluate_embeddings(more, kind, columns = 6)
    evaluate_embeddings(more, kind, columns = starts_with("zz"))
    evaluate_embeddings(more, kind, columns = 0)
    evaluate_embeddings(more, kind, columns = TRUE)
    evaluate_embeddings(more, kind, columns = character())
  })
})

test_that("a vector outside goes on working", {
  labels <- pets$kind
  expect_silent(by_variable <- judged(pets[-1], labels))
  expect_identical(by_variable, expected)
  # Coordinates may be called as the labels are
  u <- pets$kind
  expect_identical(warning_classes(found <- evaluate_embeddings(pets[-1], u)), character())
  expect_identical(found$metrics, expected$metrics)
})

test_that("where a column and a variable have one name the column is taken, and said so", {
  kind <- pets$kind
  expect_identical(warning_classes(evaluate_embeddings(pets, kind)), character())
  kind <- rev(pets$kind)
  expect_identical(judged(pets, kind), expected)
  expect_identical(judged(pets, c(kind), columns = 2:3), judged(x, rev(pets$kind)))
  expect_warned("two_meanings", {
    evaluation <- evaluate_embeddings(pets, kind)
  })
  expect_identical(warning_classes(evaluate_embeddings(pets, "kind")), character())
})

test_that("columns that are no numbers are named, with what to do", {
  more <- transform(pets, note = "text")
  more$vector <- as.list(1:5)
  expect_refused("embeddings", {
    evaluate_embeddings(pets, pets$kind)
    evaluate_embeddings(more, kind)
    evaluate_embeddings(x, y, pets, y)
  })
})

test_that("a column that is not there is said to be missing", {
  by_name <- function(data, column) evaluate_embeddings(data, column)
  expect_refused("labels", {
    evaluate_embeddings(pets, kinds)
    evaluate_embeddings(pets, "kinds")
    evaluate_embeddings(pets, nonesuch)
    evaluate_embeddings(x, y, pets, "kinds")
    evaluate_embeddings(pets, factor(kind))
    by_name(pets, kind)
  })
})

test_that("labels that stay in the embedding are noticed", {
  numbered <- transform(pets, kind = y)
  expect_warned("label_column", {
    evaluation <- evaluate_embeddings(numbered, numbered$kind)
  })
  expect_identical(judged(numbered, kind)$metrics, expected$metrics)
})

test_that("references have their labels in the same column, or their own", {
  found <- judged(pets, kind, pets[1:3, ])
  expect_identical(found, judged(x, pets$kind, x[1:3, ], pets$kind[1:3]))
  expect_identical(judged(pets, kind, pets[1:3, ], kind), found)
  expect_identical(judged(pets, kind, pets[1:3, ], NULL), found)
  expect_identical(judged(x, pets$kind, pets[1:3, ], "kind"), found)
  expect_identical(judged(pets, kind, x, pets$kind), judged(x, pets$kind, x, pets$kind))
})

test_that("references in another order of columns are refused", {
  expect_refused("references", {
    evaluate_embeddings(pets, kind, pets[c("v", "kind", "u")])
  })
  renamed <- stats::setNames(pets, c("kind", "a", "b"))
  expect_identical(judged(pets, kind, renamed), judged(x, pets$kind, x, pets$kind))
})

test_that("what was read brings its labels and names", {
  rownames(x) <- c("Ada", "Bo", "Cy", "Di", "Ed")
  read <- new_labelled_embeddings(x, pets$kind, list(file = "pets.csv", format = "csv"))
  found <- read |> evaluate_embeddings()
  expect_identical(found$metrics, expected$metrics)
  expect_identical(found$anchors$name, rownames(x))
  expect_identical(judged(read, rev(pets$kind))$metrics, judged(x, rev(pets$kind))$metrics)
  expect_identical(judged(read, NULL)$metrics, expected$metrics)
  against <- judged(x, pets$kind, read)
  expect_identical(against$metrics, judged(x, pets$kind, x, pets$kind)$metrics)
  alone <- read
  alone["labels"] <- list(NULL)
  expect_refused("missing_argument", {
    evaluate_embeddings(alone)
    evaluate_embeddings(pets)
  })
})

test_that("a file goes straight into the evaluation", {
  local_folder()
  text_file("pets.csv", "label,u,v", paste(pets$kind, pets$u, pets$v, sep = ","))
  found <- read_embeddings("pets.csv") |> evaluate_embeddings()
  expect_identical(found$metrics, expected$metrics)
})

test_that("swapped arguments and a transposed matrix are recognised", {
  expect_refused("embeddings", {
    evaluate_embeddings(y, x)
    evaluate_embeddings(pets$kind, pets[-1])
    evaluate_embeddings(x, y, y, x)
    loss_circle(x, y)
    loss_circle_gradient(x, y)
  })
  expect_refused("labels", {
    evaluate_embeddings(t(x), y)
    loss_circle(y, t(x))
  })
  expect_refused("references", {
    evaluate_embeddings(x, y, t(x), y)
    loss_circle(y, x, 0:1, t(x))
  })
})


test_that("row numbers and ids in the embedding are noticed, unless they were chosen", {
  frame <- data.frame(
    id = c(90017, 90003, 90441, 90108, 90222), n = 11:15, kind = pets$kind, u = pets$u, v = pets$v
  )
  expect_warned("index", {
    evaluation <- evaluate_embeddings(frame, kind, dtype = "float64")
    evaluation <- evaluate_embeddings(frame[-1], kind)
  })
  expect_identical(judged(frame, kind, columns = c("u", "v")), expected)
  chosen <- warning_classes(evaluate_embeddings(frame, kind, columns = c("n", "u", "v")))
  expect_identical(chosen, character())
})
