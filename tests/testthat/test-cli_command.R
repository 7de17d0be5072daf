# The command from end to end: exec/circleloss in a process of its own.

command_script <- function() {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_no_optparse()
  skip_if_not_installed("callr")
  script <- system.file("exec", "circleloss", package = "circleloss")
  # The tests of an attached source tree have no library to load the package from
  installed <- file.exists(system.file("Meta", "package.rds", package = "circleloss"))
  skip_if_not(script != "" && installed, "an installed package")
  script
}

run_command_line <- function(program, ...) {
  streams <- list(output = tempfile(), errors = tempfile())
  on.exit(unlink(unlist(streams)))
  status <- system2(
    program, shQuote(c(...)),
    stdout = streams$output, stderr = streams$errors, env = "R_PROFILE_USER=/dev/null"
  )
  lines <- lapply(streams, readLines)
  list(status = status, output = lines$output, errors = lines$errors)
}

run_script <- function(...) {
  run_command_line(file.path(R.home("bin"), "Rscript"), command_script(), ...)
}

test_that("the script hands over arguments and status", {
  script <- command_script()
  local_folder()
  pets_file("my pets.csv")
  expect_identical(run_script("--version"), run_cli("--version"))
  expect_identical(run_script("--help"), run_cli("--help"))
  good <- run_script("evaluate", "my pets.csv", "--csv")
  expect_identical(good, run_cli("evaluate", "my pets.csv", "--csv"))
  failed <- run_script("evaluate", "my pets.csv", "--quiet", "--fail-if", "auc > 0.5")
  expect_identical(failed$status, 1L)
  expect_identical(failed$output, character())
  expect_identical(failed$errors, "circleloss: failed: auc > 0.5 (auc is 1)")
  unusable <- run_script("evaluate", "other.csv")
  expect_identical(unusable, run_cli("evaluate", "other.csv"))
})

test_that("the installed command runs from anywhere", {
  command_script()
  local_folder()
  pets_file()
  suppressMessages(command <- install_cli("my bin"))
  expect_identical(run_command_line(command, "--version"), run_cli("--version"))
  result <- run_command_line(command, "evaluate", "pets.csv", "--fail-if", "loss > 1000", "-q")
  expect_identical(result, list(status = 0L, output = character(), errors = character()))
})

test_that("standard input is a file", {
  script <- command_script()
  local_folder()
  pets_file()
  rscript <- file.path(R.home("bin"), "Rscript")
  output <- system2(
    rscript, shQuote(c(script, "evaluate", "-", "--csv")),
    stdin = "pets.csv", stdout = TRUE, env = "R_PROFILE_USER=/dev/null"
  )
  expect_identical(output, run_cli("evaluate", "pets.csv", "--csv")$output)
  file.create("empty")
  output <- suppressWarnings(system2(
    rscript, shQuote(c(script, "evaluate", "-")),
    stdin = "empty", stdout = TRUE, stderr = TRUE, env = "R_PROFILE_USER=/dev/null"
  ))
  expect_match(output, "'standard input': it is empty", fixed = TRUE)
})

# Limit in seconds: far above what a slow machine needs, so that it only catches a hang
end_limit <- 120

test_that("an interrupt ends it with status 130", {
  script <- command_script()
  local_folder()
  set.seed(1)
  rows <- 1e5
  saveRDS(
    list(embeddings = matrix(stats::rnorm(rows * 16), rows), labels = rep(1:1000, rows / 1000)),
    "large.rds"
  )
  # Tells when the command has the package, and so is ready for an interrupt
  text_file(
    "profile.R",
    "setHook(packageEvent('circleloss', 'onLoad'), function(...) file.create('ready'))"
  )
  child <- callr::rscript_process$new(callr::rscript_process_options(
    script = script,
    cmdargs = c("evaluate", "large.rds", "--threads", "2"),
    stdout = "output", stderr = "errors",
    env = c(callr::rcmd_safe_env(), R_PROFILE_USER = "profile.R"),
    user_profile = TRUE
  ))
  on.exit(child$kill(), add = TRUE, after = FALSE)
  deadline <- Sys.time() + end_limit
  while (!file.exists("ready") && child$is_alive() && Sys.time() < deadline) {
    Sys.sleep(0.1)
  }
  expect_true(file.exists("ready"))
  # Well into the work, which takes more than that on any machine
  Sys.sleep(2)
  child$interrupt()
  child$wait(1000 * end_limit)
  expect_identical(child$get_exit_status(), 130L)
  expect_identical(readLines("errors"), "circleloss: interrupted")
  expect_identical(readLines("output"), character())
})
