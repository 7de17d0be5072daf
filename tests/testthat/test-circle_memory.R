# A memory of past batches.

x <- five_embeddings()
y <- five_labels()

test_that("it starts empty, and no batch fits what is in it", {
  memory <- circle_memory(10)
  expect_s3_class(memory, "circle_memory", exact = TRUE)
  expect_identical(length(memory), 0L)
  expect_identical(memory$size, 10)
  expect_identical(memory$embeddings, matrix(0, 0, 0))
  expect_identical(memory$labels, integer())
  expect_error(
    loss_circle(y, x, memory$labels, memory$embeddings),
    class = "circleloss_error_references"
  )
})

test_that("the newest batch comes first, in its own order", {
  memory <- push(circle_memory(10), x[1:2, ], y[1:2])
  memory <- push(memory, x[3:5, ], y[3:5])
  expect_identical(memory$embeddings, x[c(3:5, 1:2), ])
  expect_identical(memory$labels, y[c(3:5, 1:2)])
  expect_identical(length(memory), 5L)
})

test_that("the oldest rows are dropped", {
  memory <- push(circle_memory(4), x[1:3, ], y[1:3])
  memory <- push(memory, x[4:5, ], y[4:5])
  expect_identical(memory$embeddings, x[c(4:5, 1:2), ])
  expect_identical(memory$labels, y[c(4:5, 1:2)])
  memory <- push(memory, x, y)
  expect_identical(memory$embeddings, x[1:4, ])
  expect_identical(memory$size, 4)
})

test_that("a memory is a value: what was there before stays", {
  empty <- circle_memory(4)
  before <- push(empty, x[1:2, ], y[1:2])
  push(before, x[3:4, ], y[3:4])
  expect_identical(length(empty), 0L)
  expect_identical(before$embeddings, x[1:2, ])
})

test_that("a batch without rows changes nothing", {
  memory <- push(circle_memory(4), x[0, ], integer())
  expect_identical(dim(memory$embeddings), c(0L, 2L))
  memory <- push(memory, x[1:2, ], y[1:2])
  expect_identical(push(memory, x[0, ], integer()), memory)
})

test_that("losses against a memory are those against all stored batches", {
  problem <- random_problem(60, 8, "few")
  batches <- split(seq_len(60), rep(1:4, each = 15))
  memory <- circle_memory(40)
  stored <- integer()
  for (batch in batches) {
    embeddings <- problem$embeddings[batch, ]
    labels <- problem$labels[batch]
    if (length(memory) > 0) {
      expect_identical(
        loss_circle_gradient(
          labels, embeddings, memory$labels, memory$embeddings, remove_diagonal = FALSE
        ),
        loss_circle_gradient(
          labels, embeddings, problem$labels[stored], problem$embeddings[stored, ],
          remove_diagonal = FALSE
        )
      )
    }
    memory <- push(memory, embeddings, labels)
    stored <- head(c(batch, stored), 40)
  }
  expect_identical(memory$embeddings, problem$embeddings[stored, ])
})

test_that("a batch pushed first is compared with itself and the batches before it", {
  problem <- random_problem(30, 8, "two")
  earlier <- 1:20
  batch <- 21:30
  memory <- push(circle_memory(30), problem$embeddings[earlier, ], problem$labels[earlier])
  memory <- push(memory, problem$embeddings[batch, ], problem$labels[batch])
  result <- loss_circle_gradient(
    problem$labels[batch], problem$embeddings[batch, ], memory$labels, memory$embeddings,
    reduction = "sum", dtype = "float64"
  )
  # All thirty rows in one batch, of which only the last ten are anchors
  whole <- loss_circle_gradient(
    problem$labels, problem$embeddings,
    upstream = as.numeric(seq_len(30) %in% batch), dtype = "float64"
  )
  gradient <- result$gradient + result$ref_gradient[seq_along(batch), ]
  expect_equal(gradient, whole$gradient[batch, ], tolerance = 1e-12)
  losses <- loss_circle(
    problem$labels, problem$embeddings, reduction = "none", dtype = "float64"
  )
  expect_equal(result$value, sum(losses[batch]), tolerance = 1e-12)
})

test_that("labels of every kind are kept, and still match", {
  labels_after <- function(first, second) {
    push(push(circle_memory(10), x[1:2, ], first), x[1:2, ], second)$labels
  }
  expect_identical(labels_after(1:2, 3:4), c(3L, 4L, 1L, 2L))
  expect_identical(labels_after(c(TRUE, FALSE), c(FALSE, FALSE)), c(FALSE, FALSE, TRUE, FALSE))
  expect_identical(labels_after(c(TRUE, FALSE), 3:4), c(3L, 4L, 1L, 0L))
  expect_identical(labels_after(c(2^40, 1), 3:4), c(3, 4, 2^40, 1))
  expect_identical(labels_after(c("a", "b"), factor(c("b", "c"))), c("b", "c", "a", "b"))
  expect_identical(labels_after(1:2, c("1", "b")), c("1", "b", "1", "2"))
  expect_identical(labels_after(factor(c("u", "v")), c(2, 3)), c("2", "3", "u", "v"))
})

test_that("integer64 labels are kept exactly", {
  skip_if_not_installed("bit64")
  long <- bit64::as.integer64("9007199254740992") + bit64::as.integer64(0:1)
  memory <- push(push(circle_memory(10), x[1:2, ], long), x[1:2, ], long)
  expect_identical(memory$labels, c(long, long))
  memory <- push(memory, x[1:2, ], 1:2)
  expect_identical(memory$labels[1:3], c("1", "2", "9007199254740992"))
})

test_that("embeddings may be whatever loss_circle() takes", {
  memory <- push(circle_memory(10), data.frame(u = c(1, 0), v = c(0, 1)), c("a", "b"))
  expect_identical(memory$embeddings, diag(2))
})

test_that("what is pushed is checked", {
  memory <- push(circle_memory(4), x, y)
  expect_refused("embeddings", {
    push(memory, 1:5, y)
    push(memory, x > 0, y)
    push(memory, rbind(x[1:4, ], c(0, NaN)), y)
    push(memory, cbind(x, 0), y)
  })
  expect_refused("labels", {
    push(memory, x, y[1:4])
    push(memory, x, 1)
    push(memory, x, c(1.5, 1:4))
    push(memory, x, c(NA, 1:4))
  })
  expect_refused("object", {
    push(x, x, y)
    push(NULL, x, y)
  })
  expect_refused("missing_argument", {
    push()
    push(memory)
    push(memory, x)
  })
})

test_that("size is a positive whole number", {
  expect_refused("size", {
    circle_memory(0)
    circle_memory(1.5)
    circle_memory(Inf)
    circle_memory("many")
    circle_memory(c(1, 2))
  })
  expect_refused("missing_argument", {
    circle_memory()
  })
})

test_that("a field that is none is refused, and so are changes", {
  memory <- circle_memory(4)
  expect_identical(names(memory), c("size", "embeddings", "labels"))
  expect_identical(memory[["size"]], 4)
  expect_refused("field", {
    memory$label
    memory[[1]]
    memory$size <- 5
    memory[["size"]] <- 5
  })
})

test_that("it prints what it is", {
  expect_snapshot({
    circle_memory(1000)
    push(circle_memory(1000), x, y)
    push(circle_memory(1000), x[1, , drop = FALSE], "a")
  })
  memory <- circle_memory(1)
  expect_type(format(memory), "character")
  capture.output(expect_invisible(print(memory)))
})
