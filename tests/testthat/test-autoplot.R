# The entry of the pictures: arguments, and what autoplot() and plot() return.

skip_if_not_installed("ggplot2")

evaluations <- good_and_bad(40)
good <- evaluations$good
bad <- evaluations$bad

test_that("every type draws without a word, alone and in comparison", {
  skip_on_cran()
  for (type in plot_types) {
    expect_silent(built <- ggplot2::ggplot_build(ggplot2::autoplot(good, type)))
    expect_s3_class(built$plot, "ggplot")
    expect_silent(drawn_silently(ggplot2::autoplot(good, type)))
    expect_silent(drawn_silently(ggplot2::autoplot(good, type, compare = list(bad = bad))))
  }
})

test_that("the first type is the default", {
  expect_identical(ggplot2::autoplot(good)$labels, ggplot2::autoplot(good, "similarity")$labels)
})

test_that("plot() draws and returns the plot invisibly", {
  on_null_device({
    expect_invisible(drawn <- plot(good, "roc", compare = list(bad = bad), name = "good"))
  })
  expect_s3_class(drawn, "ggplot")
  expected <- ggplot2::autoplot(good, "roc", compare = list(bad = bad), name = "good")
  expect_identical(ggplot2::layer_data(drawn, 4), ggplot2::layer_data(expected, 4))
})

test_that("a plot can be added to", {
  titled <- ggplot2::autoplot(good, "classes") + ggplot2::labs(title = "mine")
  expect_identical(titled$labels$title, "mine")
})

test_that("titles, axes and captions say what is drawn", {
  for (type in plot_types) {
    labels <- ggplot2::autoplot(good, type)$labels
    expect_match(labels$title, "^[A-Z]")
    expect_match(labels$subtitle, "[0-9]|highest")
    expect_false(is.null(labels$caption))
    if (type != "classes") {
      expect_match(as.character(labels$x), "similarity|rate|rank")
      expect_match(as.character(labels$y), "similarity|rate|density")
    }
  }
})

test_that("evaluations come in order under their names, the first under `name`", {
  name <- function(...) names(name_evaluations(good, ..., call = NULL))
  expect_identical(name(NULL, "this"), "this")
  expect_identical(name(list(), "this"), "this")
  expect_identical(name(list(b = bad, a = good), "pixels"), c("pixels", "b", "a"))
  expect_identical(name_evaluations(good, list(b = bad), "a", NULL), list(a = good, b = bad))
})

test_that("a list of evaluations is drawn as by `compare`", {
  for (type in plot_types) {
    of_list <- ggplot2::autoplot(evaluations, type)
    expected <- ggplot2::autoplot(good, type, compare = list(bad = bad), name = "good")
    expect_identical(of_list$labels, expected$labels)
    for (layer in seq_along(expected$layers)) {
      expect_identical(ggplot2::layer_data(of_list, layer), ggplot2::layer_data(expected, layer))
    }
  }
})

test_that("lists of other things are left to ggplot2", {
  expect_error(ggplot2::autoplot(list(a = 1)), class = "rlang_error")
  expect_error(ggplot2::autoplot(list()), class = "rlang_error")
})

test_that("another scale of colours recolours everything and keeps the words", {
  for (type in c("similarity", "roc", "cmc", "classes")) {
    drawn <- ggplot2::autoplot(evaluations, type)
    words <- legend_words(drawn)
    suppressMessages(drawn <- drawn + ggplot2::scale_colour_manual(values = c("red", "green")))
    expect_identical(legend_words(drawn), words)
    drawn_colours <- unlist(lapply(seq_along(drawn$layers), function(layer) {
      data <- ggplot2::layer_data(drawn, layer)
      data[intersect(c("colour", "fill"), names(data))]
    }))
    guides <- c("red", "green", "white", guide_colour, "grey20", NA)
    expect_identical(setdiff(drawn_colours, guides), character())
    expect_true(all(c("red", "green") %in% drawn_colours))
  }
})

test_that("a legend does not name what has no rows", {
  distinct <- evaluation_to_draw(five_embeddings(), 1:5)
  both <- list(good = good, distinct = distinct)
  for (type in c("roc", "cmc", "classes")) {
    drawn <- ggplot2::autoplot(both, type)
    expect_match(legend_words(drawn), "^good\n")
    expect_match(drawn$labels$caption, "\nNo curve: distinct$")
  }
})

# What is refused ------------------------------------------------------------------------------

test_that("type is one of the types", {
  expect_refused("parameter", {
    plot(good, "rocs")
    ggplot2::autoplot(good, 1)
    ggplot2::autoplot(good, NULL)
    ggplot2::autoplot(good, c("roc", "circle"))
    ggplot2::autoplot(good, NA_character_)
  })
})

test_that("pairs are one of the choices", {
  expect_refused("parameter", {
    ggplot2::autoplot(good, "circle", pairs = "softest")
    ggplot2::autoplot(evaluations, "circle", pairs = NULL)
  })
})

test_that("a list holds evaluations with names that differ", {
  expect_refused("compare", {
    ggplot2::autoplot(list(good, bad))
    ggplot2::autoplot(list(good = good, other = 1:3))
    ggplot2::autoplot(list(a = good, a = bad))
  })
  expect_warned("ignored_argument", {
    drawn <- ggplot2::autoplot(evaluations, "roc", pair = "mean")
  })
})

test_that("name is a string", {
  expect_refused("parameter", {
    ggplot2::autoplot(good, name = 1)
    plot(good, name = NULL)
  })
})

test_that("compare is a list of evaluations", {
  expect_refused("compare", {
    ggplot2::autoplot(good, compare = bad)
    plot(good, compare = "bad")
    plot(good, compare = list(bad = bad, other = 1:3))
    plot(good, compare = list(bad = NULL))
  })
})

test_that("compare has names that differ", {
  expect_refused("compare", {
    plot(good, compare = list(bad))
    plot(good, compare = list(bad = bad, bad))
    plot(good, compare = rlang::set_names(list(bad), NA))
    plot(good, compare = list(a = bad, b = good, a = bad))
    plot(good, compare = list(this = bad))
    plot(good, compare = list("{x}" = bad), name = "{x}")
  })
})

test_that("arguments that are left over do not pass in silence", {
  expect_refused("dots", {
    plot(good, "roc", list(bad = bad))
    ggplot2::autoplot(good, "roc", bad, bad)
  })
  expect_warned("ignored_argument", {
    drawn <- ggplot2::autoplot(good, "roc", compar = list(bad = bad))
  })
})
