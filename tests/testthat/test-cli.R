# The command as such.

test_that("version and help are results", {
  version <- run_cli("--version")
  expect_identical(version$status, 0L)
  expect_identical(version$output, paste("circleloss", utils::packageVersion("circleloss")))
  expect_identical(version$errors, character())
  expect_identical(run_cli("-h"), run_cli("--help"))
  expect_snapshot(writeLines(run_cli("--help")$output))
})

test_that("what is no command is unusable", {
  expect_unusable({
    run_cli()
    run_cli("evalute")
    run_cli("--verbose")
  })
})

test_that("lines are UTF-8 whatever the language of the session", {
  place <- tempfile()
  connection <- file(place, "wb")
  write_result(c("caf\u00e9", iconv("\u00e9", "UTF-8", "latin1")), connection)
  close(connection)
  expect_identical(readBin(place, "raw", 100), charToRaw("caf\u00e9\n\u00e9\n"))
  unlink(place)
})

test_that("arguments become options", {
  expect_identical(words_of_command("Set `decimal = \",\"`."), "Set `--decimal ,`.")
  expect_identical(words_of_command("`header = TRUE`"), "`--header`")
  expect_identical(words_of_command("by `drop = c(\"a\", \"b c\")`."), "by `--drop a,b c`.")
  expect_identical(words_of_command("`header = FALSE`"), "`--no-header`")
  expect_identical(words_of_command("`label_column` or `labels`"), "`--label-column` or `--labels`")
  expect_identical(words_of_command("`labels` of labels"), "`--labels` of labels")
  expect_identical(words_of_command("set `metric = \"cosine\"`."), "set `--metric cosine`.")
})

test_that("an interrupt has a status of its own", {
  place <- tempfile()
  errors <- file(place, "wb")
  status <- with_status(rlang::interrupt(), errors)
  close(errors)
  expect_identical(status, 130L)
  expect_identical(readLines(place), "circleloss: interrupted")
  unlink(place)
})

test_that("errors of any kind are one line and a status", {
  place <- tempfile()
  errors <- file(place, "wb")
  expect_identical(with_status(stop("as it\nis"), errors), 2L)
  close(errors)
  expect_identical(readLines(place), "circleloss: as it is")
  unlink(place)
})

test_that("warnings and messages are lines on the error stream, unless it is quiet", {
  lines_of <- function(quiet) {
    place <- tempfile()
    errors <- file(place, "wb")
    value <- with_lines_for_conditions(
      {
        warning("one")
        message("two")
        3
      },
      errors, quiet
    )
    close(errors)
    on.exit(unlink(place))
    expect_identical(value, 3)
    readLines(place)
  }
  expect_identical(lines_of(FALSE), c("circleloss: one", "circleloss: two"))
  expect_identical(lines_of(TRUE), character())
})
