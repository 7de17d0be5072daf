# The installation of the command.

skip_if_not_installed_command <- function() {
  skip_if(system.file("exec", "circleloss", package = "circleloss") == "", "the script")
}

test_that("the command is put into a folder, which is made", {
  skip_if_not_installed_command()
  local_folder()
  path <- file.path("new", "bin")
  shown <- suppressMessages(withVisible(install_cli(path)))
  expect_false(shown$visible)
  expect_true(file.exists(shown$value))
  expect_identical(dirname(shown$value), normalizePath(path, winslash = "/"))
  expect_true(has_mark(shown$value))
  skip_on_os("windows")
  expect_identical(format(file.mode(shown$value)), "755")
})

test_that("it is told where it is, and whether that is on the PATH", {
  skip_if_not_installed_command()
  folder <- local_folder()
  messages <- testthat::capture_messages(install_cli(folder))
  expect_length(messages, 2)
  expect_match(messages[[2]], "is not on the")
  before <- Sys.getenv("PATH")
  on.exit(Sys.setenv(PATH = before), add = TRUE)
  Sys.setenv(PATH = paste(folder, before, sep = .Platform$path.sep))
  messages <- testthat::capture_messages(install_cli(folder))
  expect_length(messages, 1)
  expect_match(messages, "The command is")
})

test_that("its own files are replaced, others only if that is wanted", {
  skip_if_not_installed_command()
  skip_on_os("windows")
  local_folder()
  suppressMessages({
    install_cli(".")
    expect_error(install_cli("."), NA)
    text_file("circleloss", "#!/bin/sh", "echo mine")
    expect_error(install_cli("."), class = "circleloss_error_install")
    expect_identical(readLines("circleloss"), c("#!/bin/sh", "echo mine"))
    install_cli(".", overwrite = TRUE)
    expect_true(has_mark("circleloss"))
    # A link is not followed
    file.rename("circleloss", "target")
    text_file("target", "mine")
    file.symlink("target", "circleloss")
    expect_error(install_cli("."), class = "circleloss_error_install")
    install_cli(".", overwrite = TRUE)
    expect_identical(readLines("target"), "mine")
    expect_identical(Sys.readlink("circleloss"), "")
  })
})

test_that("what cannot be is refused", {
  skip_if_not_installed_command()
  skip_on_os("windows")
  local_folder()
  text_file("file", "")
  error <- expect_error(install_cli("file/bin"), class = "circleloss_error_install")
  expect_match(error$path, "file/bin")
  dir.create("circleloss")
  expect_error(install_cli("."), class = "circleloss_error_install")
  expect_error(write_command("nonesuch/circleloss", "", NULL), class = "circleloss_error_install")
  expect_error(install_cli("file"), class = "circleloss_error_install")
  expect_error(installed_script(NULL, "stats"), class = "circleloss_error_install")
  expect_refused("parameter", {
    install_cli(1)
  })
  expect_refused("flag", {
    install_cli(".", overwrite = NA)
  })
})

test_that("nothing is written without a path unless the user agrees", {
  skip_if_not_installed_command()
  skip_on_os("windows")
  home <- local_folder()
  before <- Sys.getenv("HOME")
  options_before <- options(askYesNo = function(msg, default, ...) {
    expect_match(msg, "bin")
    expect_false(default)
    answer
  })
  on.exit(
    {
      Sys.setenv(HOME = before)
      options(options_before)
    },
    add = TRUE
  )
  Sys.setenv(HOME = home)
  rlang::local_interactive(FALSE)
  expect_error(install_cli(), class = "circleloss_error_install")
  rlang::local_interactive(TRUE)
  answer <- FALSE
  expect_null(install_cli())
  answer <- NA
  expect_null(install_cli())
  expect_identical(list.files(home, all.files = TRUE, no.. = TRUE), character())
  answer <- TRUE
  suppressMessages(command <- install_cli())
  expect_identical(command, file.path(normalizePath(home), ".local", "bin", "circleloss"))
})

test_that("the script quotes what it names", {
  lines <- command_lines("/a b/it's/circleloss", windows = FALSE)
  expect_identical(lines[[1]], "#!/bin/sh")
  expect_match(lines[[5]], "\"/a b/it's/circleloss\" \"$@\"", fixed = TRUE)
  lines <- command_lines("/a/circleloss", windows = FALSE)
  expect_match(lines[[5]], "'/a/circleloss'", fixed = TRUE)
  lines <- command_lines("C:/a b/circleloss", windows = TRUE)
  expect_identical(lines[[1]], "@echo off")
  expect_match(lines[[length(lines)]], "Rscript.exe\" \"C:/a b/circleloss\" %*", fixed = TRUE)
})

# `.ci/windows` runs both by cmd
test_that("the batch file is read in UTF-8 where a path needs it", {
  plain <- batch_lines("C:/R/Rscript.exe", "C:/100%/circleloss", "C:/a;C:/b c")
  expect_identical(
    plain,
    c(
      "if not defined R_LIBS set \"R_LIBS=C:/a;C:/b c\"",
      "\"C:/R/Rscript.exe\" \"C:/100%%/circleloss\" %*"
    )
  )
  lines <- batch_lines("C:/R/Rscript.exe", "C:/100%/circleloss", "C:/a;C:/\u00e9")
  expect_identical(lines[[2]], "chcp 65001 >nul")
  expect_identical(lines[[4]], plain[[2]])
  expect_identical(lines[[length(lines)]], "exit /b %status%")
})

test_that("what is said of the PATH is of the system", {
  expect_match(advice_on_path(windows = TRUE), "environment variables")
  expect_match(advice_on_path(windows = FALSE), "export PATH", fixed = TRUE)
})

test_that("every system has its folder for a user's programs", {
  expect_match(user_folder(windows = FALSE), "[.]local/bin$")
  before <- Sys.getenv("LOCALAPPDATA", NA)
  on.exit(if (is.na(before)) Sys.unsetenv("LOCALAPPDATA") else Sys.setenv(LOCALAPPDATA = before))
  Sys.setenv(LOCALAPPDATA = "C:/Local")
  expect_identical(user_folder(windows = TRUE), "C:/Local/Programs/circleloss")
})
