# Sessions that write numbers with a comma, by option or by locale.

# A locale is made for the test where the machine has the means to do so.
local_comma_locale <- function(frame = parent.frame()) {
  skip_on_cran()
  skip_if(Sys.which("localedef") == "", "localedef is missing")
  folder <- tempfile("locales-")
  dir.create(folder)
  made <- suppressWarnings(system2(
    "localedef", c("-i", "de_DE", "-f", "UTF-8", file.path(folder, "de_DE.UTF-8")),
    stdout = FALSE, stderr = FALSE
  ))
  skip_if(made != 0, "sources of locales are missing")
  before <- Sys.getlocale("LC_NUMERIC")
  Sys.setenv(LOCPATH = folder)
  leave <- function() {
    Sys.unsetenv("LOCPATH")
    suppressWarnings(Sys.setlocale("LC_NUMERIC", before))
    unlink(folder, recursive = TRUE)
  }
  do.call(on.exit, list(as.call(list(leave)), add = TRUE), envir = frame)
  suppressWarnings(Sys.setlocale("LC_NUMERIC", "de_DE.UTF-8"))
}

# All that the package writes or makes of text.
everything_written <- function(file) {
  evaluation <- evaluate_embeddings(five_embeddings(), five_labels(), clustering = FALSE)
  read <- read_embeddings(file)
  list(
    evaluation = format(evaluation),
    summary = format(summary(evaluation)),
    instance = format(loss_circle(gamma = 80.5)),
    memory = format(circle_memory(size = 3)),
    embeddings = read$embeddings,
    labels = read$labels,
    loss = loss_circle(c(1e10, 1e10, 5, 5, 7), five_embeddings(), c("5", "7", "1e10"),
      five_embeddings()[1:3, ]),
    csv = run_cli("evaluate", file, "--csv", "--fail-if", "loss > 1.5"),
    json = run_cli("evaluate", file, "--json"),
    text = run_cli("evaluate", file, "--gamma", "2.5")
  )
}

test_that("numbers are written with a point, and read so, whatever the session's option", {
  skip_if_no_optparse()
  local_folder()
  file <- pets_file()
  expected <- everything_written(file)
  before <- options(OutDec = ",")
  on.exit(options(before), add = TRUE)
  expect_identical(everything_written(file), expected)
  expect_identical(getOption("OutDec"), ",")
})

test_that("numbers are written with a point, and read so, whatever the session's locale", {
  skip_if_no_optparse()
  local_folder()
  file <- pets_file()
  expected <- everything_written(file)
  local_comma_locale()
  skip_if(sprintf("%.1f", 1.5) != "1,5", "the locale is not taken")
  expect_identical(everything_written(file), expected)
  expect_identical(sprintf("%.1f", 1.5), "1,5")
})

test_that("the session is left as it was, also by an error", {
  before <- options(OutDec = ",")
  on.exit(options(before))
  expect_error(with_plain_numbers(stop("no")), "no")
  expect_identical(getOption("OutDec"), ",")
  expect_identical(with_plain_numbers(format(1.5)), "1.5")
})
