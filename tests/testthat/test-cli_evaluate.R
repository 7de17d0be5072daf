# `circleloss evaluate FILE`, inside of this session.

json_of <- function(result) {
  jsonlite::fromJSON(paste(result$output, collapse = "\n"), simplifyVector = TRUE)
}

test_that("the report is that of the evaluation", {
  local_command_folder()
  pets_file()
  output <- good_output("evaluate", "pets.csv")
  pets <- read_embeddings("pets.csv")
  evaluation <- evaluate_embeddings(pets$embeddings, pets$labels)
  # Without what is said of R's functions at the end
  expect_identical(output, utils::head(cli::ansi_strip(format(evaluation)), -2))
})

test_that("JSON has all that a script may want", {
  skip_if_not_installed("jsonlite")
  local_command_folder()
  pets_file()
  result <- run_cli("evaluate", "pets.csv", "--json", "--k", "1", "--quiet")
  expect_identical(result$status, 0L)
  json <- json_of(result)
  pets <- read_embeddings("pets.csv")
  evaluation <- evaluate_embeddings(pets$embeddings, pets$labels, k = 1)
  expect_named(json, c(
    "version", "file", "settings", "sizes", "metrics", "intervals", "classes"
  ))
  expect_identical(json$version, format(utils::packageVersion("circleloss")))
  expect_identical(json$file, "pets.csv")
  expect_identical(json$settings$k, 1L)
  expect_identical(json$settings$metric, "cosine")
  expect_identical(json$sizes$anchors, 6L)
  expect_identical(json$sizes$pairs$positive, 3L)
  expect_named(json$metrics, names(evaluation$metrics))
  expect_equal(json$metrics$loss, evaluation$metrics[["loss"]], tolerance = 1e-14)
  expect_identical(json$classes$label, c("cat", "dog", "eel"))
  expect_equal(json$classes$loss, evaluation$classes$loss, tolerance = 1e-14)
  # One number is a list too
  expect_match(paste(result$output, collapse = ""), "\"k\": [1]", fixed = TRUE)
})

test_that("CSV has a line for every metric", {
  local_command_folder()
  pets_file()
  result <- run_cli("evaluate", "pets.csv", "--csv")
  expect_identical(result$status, 0L)
  expect_identical(result$output[[1]], "metric,value,lower,upper")
  table <- utils::read.csv(text = result$output)
  pets <- read_embeddings("pets.csv")
  metrics <- evaluate_embeddings(pets$embeddings, pets$labels)$metrics
  expect_identical(table$metric, names(metrics))
  expect_equal(table$value, unname(metrics), tolerance = 1e-14)
})

test_that("what is not defined is null or NA", {
  skip_if_not_installed("jsonlite")
  local_command_folder()
  text_file("one.csv", "label,x,y", "a,1,0", "b,0,1")
  json <- run_cli("evaluate", "one.csv", "--json")$output
  expect_match(json, "\"recall_at_1\": null", all = FALSE)
  expect_true("recall_at_1,NA,NA,NA" %in% run_cli("evaluate", "one.csv", "--csv")$output)
  failed <- run_cli("evaluate", "one.csv", "--fail-if", "recall_at_1 < 0.5")
  expect_identical(failed$status, 2L)
  expect_match(failed$errors, "there is no positive pair for recall_at_1", all = FALSE)
})

test_that("an operating point is in every form of the result", {
  skip_if_not_installed("jsonlite")
  local_command_folder()
  pets_file(near = TRUE)
  pets <- read_embeddings("pets.csv")
  evaluation <- evaluate_embeddings(pets$embeddings, pets$labels)
  point <- operating_point(evaluation, far = 0.25)
  row <- as.data.frame(point)
  asked <- c("evaluate", "pets.csv", "--operating-point", "far=0.25")
  json <- json_of(run_cli(asked, "--json"))$operating_point
  expect_named(json, c(names(row), "intervals_reason"))
  expect_equal(json$threshold, point$threshold, tolerance = 1e-14)
  expect_equal(json$true_accept_rate, point$true_accept_rate, tolerance = 1e-14)
  expect_null(json$false_accept_rate_lower)
  csv <- utils::read.csv(text = run_cli(asked, "--csv")$output)
  value <- rlang::set_names(csv$value, csv$metric)
  expect_equal(value[["operating_threshold"]], point$threshold, tolerance = 1e-14)
  expect_equal(value[["operating_false_accept_rate"]], point$false_accept_rate)
  expect_equal(value[["operating_negative_pairs"]], 12)
  text <- run_cli(asked)$output
  expect_identical(
    utils::tail(text, 5), c(point_block(point)[-1])
  )
  expect_match(utils::tail(text, 5)[[1]], "^Operating point +false accept rate at most 0.25$")
  failed <- run_cli(asked, "--quiet", "--fail-if", "operating_true_accept_rate < 1")
  expect_identical(failed$status, 1L)
  for (limit in c("tar=0.5", "equal-error")) {
    expect_identical(run_cli("evaluate", "pets.csv", "--operating-point", limit)$status, 0L)
  }
})

test_that("a limit that is none is unusable, before the work begins", {
  local_command_folder()
  text_file("distinct.csv", "label,x,y", "a,1,0", "b,0,1")
  expect_unusable({
    run_cli("evaluate", "nonesuch.csv", "--operating-point", "0.01")
    run_cli("evaluate", "nonesuch.csv", "--operating-point", "far=low")
    run_cli("evaluate", "nonesuch.csv", "--operating-point", "far=2")
    run_cli("evaluate", "nonesuch.csv", "--operating-point", "tar=0")
    run_cli("evaluate", "distinct.csv", "--operating-point", "far=0.1", "--quiet")
  })
})

test_that("a report is written beside the result", {
  skip_on_cran()
  skip_if_no_report()
  local_command_folder()
  pets_file()
  result <- run_cli("evaluate", "pets.csv", "--report", "pets.html", "--quiet")
  expect_identical(result, list(status = 0L, output = character(), errors = character()))
  page <- readLines("pets.html", encoding = "UTF-8")
  expect_match(page, "<title>Evaluation of pets.csv</title>", all = FALSE, fixed = TRUE)
  expect_unusable({
    run_cli("evaluate", "nonesuch.csv", "--report", "nonesuch/pets.html")
  })
})

test_that("options reach the reader and the evaluation", {
  skip_if_not_installed("jsonlite")
  local_command_folder()
  text_file("x.txt", "kind;x;y;id", "a;0,8;0,6;p", "a;1;0;q", "b;0;1;r", "b;0,6;0,8;s")
  before <- circleloss_threads()
  result <- run_cli(
    "evaluate", "x.txt", "--labels", "kind", "--names", "id", "--decimal", ",", "--delimiter", ";",
    "--header", "--format", "csv", "--encoding", "UTF-8", "--k", "2,1", "--gamma", "40",
    "--margin", "0.25", "--dtype", "float64", "--threads", "1",
    "--metric", "inner_product", "--json"
  )
  expect_identical(circleloss_threads(), before)
  expect_identical(result$errors, character())
  settings <- json_of(result)$settings
  expect_identical(settings$k, 1:2)
  expect_identical(settings$gamma, 40L)
  expect_identical(settings$margin, 0.25)
  expect_identical(settings$dtype, "float64")
  expect_identical(settings$metric, "inner_product")
  text_file("headless.csv", "0,1,2,3", "0,4,5,6", "1,2,1,1", "1,5,3,3")
  result <- run_cli("evaluate", "headless.csv", "--no-header", "--labels", "1", "--json")
  expect_identical(json_of(result)$sizes$anchors, 4L)
})

test_that("references have labels of their own, or in the column of that name", {
  skip_if_not_installed("jsonlite")
  local_command_folder()
  pets_file("queries.csv")
  pets_file("gallery.csv", near = TRUE)
  both <- c("evaluate", "queries.csv", "--json", "--ref", "gallery.csv")
  json <- json_of(run_cli(both))
  expect_false(json$sizes$self)
  expect_identical(json_of(run_cli(both, "--labels", "label")), json)
  text_file("labels.txt", "cat", "cat", "dog", "dog", "eel", "eel")
  expect_identical(json_of(run_cli(both, "--ref-labels", "label")), json)
  text_file("gallery.csv", "1,0", "0,1.1", "0,1", "-0.1,1", "-1,0", "-1,-0.1")
  expect_identical(json_of(run_cli(both, "--ref-labels", "labels.txt")), json)
})

test_that("groups are a column, which is no part of the embedding, or a file", {
  skip_if_not_installed("jsonlite")
  local_command_folder()
  frame <- data.frame(
    kind = rep(c("a", "b"), each = 6), x = c(1, 2, 3, 2, 1, 1, 0, 1, 0, 0, 2, 1), y = (1:12)^2 / 10,
    plate = rep(c("p", "q", "r"), 4)
  )
  utils::write.csv(frame, "plates.csv", row.names = FALSE)
  expected <- evaluate_embeddings(
    frame[c("x", "y")], frame$kind,
    group = frame$plate, same_group = "only_negatives"
  )
  rule <- c("--labels", "kind", "--same-group", "only_negatives", "--json")
  json <- json_of(run_cli("evaluate", "plates.csv", "--group", "plate", rule))
  expect_identical(json$settings$same_group, "only_negatives")
  expect_equal(json$metrics$auc, expected$metrics[["auc"]])
  expect_identical(json$sizes$dimensions, 2L)

  writeLines(frame$plate, "plates.txt")
  utils::write.csv(frame[-4], "bare.csv", row.names = FALSE)
  of_file <- json_of(run_cli("evaluate", "bare.csv", "--group", "plates.txt", rule))
  expect_identical(of_file$metrics, json$metrics)

  # References: the column of that name, or one of their own
  both <- c("evaluate", "plates.csv", "--ref", "more.csv", "--labels", "kind", "--json")
  utils::write.csv(frame[12:1, ], "more.csv", row.names = FALSE)
  json <- json_of(run_cli(both, "--group", "plate"))
  names(frame)[[4]] <- "tray"
  utils::write.csv(frame[12:1, ], "more.csv", row.names = FALSE)
  expect_identical(
    json_of(run_cli(both, "--group", "plate", "--ref-group", "tray"))$metrics, json$metrics
  )
  expect_identical(run_cli(both, "--group", "plate")$status, 2L)
  expect_identical(run_cli("evaluate", "-", "--group", "plate")$status, 2L)
})

test_that("conditions decide the status, after the result", {
  local_command_folder()
  pets_file()
  good <- run_cli("evaluate", "pets.csv", "--fail-if", "recall_at_1 < 0.95")
  expect_identical(good$status, 0L)
  failed <- run_cli(
    "evaluate", "pets.csv", "--csv", "--fail-if", "recall_at_1 < 0.95", "--fail-if", "auc>=1"
  )
  expect_identical(failed$status, 1L)
  expect_identical(failed$output[[1]], "metric,value,lower,upper")
  expect_identical(failed$errors, "circleloss: failed: auc>=1 (auc is 1)")
  silent <- run_cli("evaluate", "pets.csv", "--quiet", "--fail-if", "auc>=1")
  expect_identical(silent$status, 1L)
  expect_identical(silent$output, character())
})

test_that("warnings are lines on the error stream", {
  local_command_folder()
  text_file("x.csv", "label,x,y", "a,2,0", "a,1,1", "b,0,2", "b,-1,2")
  loud <- run_cli("evaluate", "x.csv", "--metric", "inner_product")
  quiet <- run_cli("evaluate", "x.csv", "--metric", "inner_product", "--quiet")
  expect_identical(quiet$errors, character())
  expect_identical(quiet$output, character())
  expect_match(loud$errors, "^circleloss: .* set `--metric cosine`")
  expect_identical(loud$status, quiet$status)
})

test_that("unusable input is one line", {
  local_command_folder()
  pets_file()
  text_file("ragged.csv", "label,x", "a,1", "b")
  text_file("text.csv", "x,y", "1,2", "3,four")
  text_file("comma.csv", "label;x", "a;0,5")
  text_file("unlabelled.csv", "x,y", "1,2", "3,4")
  text_file("wide.csv", "label,x,y,z", "cat,1,2,3")
  text_file("large.csv", "label,x,y,w", "a,1e308,0,0", "a,-1e308,0,0", "b,1e308,0,0")
  text_file("vast.csv", "label,x,y", "cat,1e308,1")
  bytes_file("text.rds", "none")
  expect_unusable({
    run_cli("evaluate", "nonesuch.csv")
    run_cli("evaluate", ".")
    run_cli("evaluate", "ragged.csv")
    run_cli("evaluate", "text.csv")
    run_cli("evaluate", "comma.csv")
    run_cli("evaluate", "text.rds")
    run_cli("evaluate", "unlabelled.csv")
    run_cli("evaluate", "pets.csv", "--labels", "kind")
    run_cli("evaluate", "pets.csv", "--format", "yaml")
    run_cli("evaluate", "pets.csv", "--ref", "unlabelled.csv")
    run_cli("evaluate", "pets.csv", "--ref", "wide.csv")
    run_cli("evaluate", "large.csv", "--metric", "inner_product")
    run_cli("evaluate", "pets.csv", "--metric", "inner_product", "--ref", "vast.csv")
    run_cli("evaluate", "pets.csv", "--fail-if", "loss")
    run_cli("evaluate", "pets.csv", "--fail-if", "F1 < 2", "--csv")
  })
})

test_that("a number is the column called so, if there is one", {
  local_command_folder()
  text_file("x.csv", "0,1,2,3,4", "1,0,0,0,7", "1,0.1,0,0,7", "0,1,0,0,8", "0,1,0.1,0,8")
  labels <- function(...) run_cli("evaluate", "x.csv", "--csv", ...)
  by_name <- labels("--labels", "4")
  expect_identical(by_name$status, 0L)
  expect_true("recall_at_1,1,NA,NA" %in% by_name$output)
})

test_that("columns are chosen by the command", {
  local_command_folder()
  text_file(
    "x.csv", "text,e1,e2,label", "t,1,0,a", "u,1,0.1,a", "v,0,1,b", "w,0.1,1,b"
  )
  chosen <- run_cli("evaluate", "x.csv", "--csv", "--columns", "e*")
  expect_identical(chosen$status, 0L)
  expect_identical(run_cli("evaluate", "x.csv", "--csv", "--columns", "2:3"), chosen)
  expect_identical(run_cli("evaluate", "x.csv", "--csv", "--drop", "text"), chosen)
  expect_unusable({
    run_cli("evaluate", "x.csv")
    run_cli("evaluate", "x.csv", "--drop", "colour")
  })
})
