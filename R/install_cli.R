# Installs the command for scripts.

#' Install the command for scripts
#'
#' Installs the command `circleloss` into a folder on the shell's search path. The command evaluates
#' the embeddings in a file as [evaluate_embeddings()] does, writes the result as text, JSON or CSV,
#' and exits with a status that can stop a pipeline:
#'
#' ```sh
#' circleloss evaluate embeddings.csv --labels species
#' circleloss evaluate embeddings.csv --json > evaluation.json
#' circleloss evaluate embeddings.csv --fail-if 'recall_at_1 < 0.95'
#' ```
#'
#' `circleloss evaluate --help` lists all options. The command is a small script that calls this
#' package in this installation of R: run `install_cli()` again after R has moved, or delete the
#' script to uninstall it. The command needs the package optparse.
#'
#' @section Exit status:
#' * 0: the embeddings were evaluated, and no condition of `--fail-if` holds.
#' * 1: a condition holds, or its metric is not defined for these embeddings. A line on standard
#'   error names it.
#' * 2: the input cannot be used. A line on standard error names the file, the line and the remedy.
#' * 130: interrupted.
#'
#' Only the result goes to standard output.
#'
#' @param path The folder for the command; it is created if needed. `NULL`: the user's folder for
#'   programs (`~/.local/bin`, on Windows `Programs/circleloss` in the local application data),
#'   after you confirm. In a session that is not interactive, `path` is required.
#' @param overwrite Whether to replace a file of that name which this function has not written. Its
#'   own files are always replaced.
#'
#' @returns The path of the command, invisibly; `NULL` if you do not confirm.
#'
#' @section Errors:
#' `circleloss_error_install`, `circleloss_error_parameter` and `circleloss_error_flag`; see
#' [circleloss_conditions].
#'
#' @seealso [read_embeddings()] for the files that can be read.
#'
#' @examples
#' folder <- tempfile()
#' command <- install_cli(folder)
#' basename(command)
#'
#' unlink(folder, recursive = TRUE)
#' @export
install_cli <- function(path = NULL, overwrite = FALSE) {
  call <- environment()
  overwrite <- check_flag(overwrite, "overwrite", call)
  script <- installed_script(call)
  if (is.null(path)) {
    path <- agreed_folder(call)
    if (is.null(path)) {
      return(invisible())
    }
  }
  check_path(path, "path", call)
  folder <- make_folder(path, call)
  command <- file.path(folder, if (on_windows()) "circleloss.bat" else "circleloss")
  check_replaceable(command, overwrite, call)
  write_command(command, command_lines(script, on_windows()), call)
  tell_installed(command, folder)
  invisible(command)
}

on_windows <- function() .Platform$OS.type == "windows"

installed_script <- function(call, package = "circleloss") {
  script <- system.file("exec", "circleloss", package = package)
  if (script == "") {
    problem <- "This copy of the package has no command."
    stop_install(NULL, problem, "Install the package first.", call)
  }
  script
}

stop_install <- function(path, problem, remedy, call) {
  stop_circleloss(
    "install",
    c("{problem}", "i" = "{remedy}"),
    path = path,
    call = call
  )
}

# Folder -----------------------------------------------------------------------------------------

user_folder <- function(windows = on_windows()) {
  if (windows) {
    file.path(Sys.getenv("LOCALAPPDATA"), "Programs", "circleloss")
  } else {
    path.expand(file.path("~", ".local", "bin"))
  }
}

# The user's folder, NULL if they do not confirm.
agreed_folder <- function(call) {
  folder <- user_folder()
  if (!rlang::is_interactive()) {
    stop_install(
      NULL,
      "This session is not interactive: it cannot ask for the folder.",
      paste0("Give the folder: `install_cli(\"", folder, "\")`."),
      call
    )
  }
  question <- paste("Install the command circleloss in", folder, "?")
  agreed <- utils::askYesNo(question, default = FALSE)
  if (isTRUE(agreed)) folder
}

make_folder <- function(path, call) {
  path <- path.expand(path)
  made <- dir.exists(path) || suppressWarnings(dir.create(path, recursive = TRUE))
  if (!made) {
    stop_install(path, paste0("Cannot create the folder ", path, "."), "Give another one.", call)
  }
  normalizePath(path, winslash = "/")
}

# Command ----------------------------------------------------------------------------------------

command_mark <- "Written by circleloss::install_cli()"

check_replaceable <- function(command, overwrite, call) {
  if (dir.exists(command)) {
    stop_install(command, paste(command, "is a folder."), "Give another `path`.", call)
  }
  # The target of a link may be needed elsewhere, or not exist
  is_link <- !(Sys.readlink(command) %in% c("", NA))
  foreign <- is_link || file.exists(command) && !has_mark(command)
  if (foreign && !overwrite) {
    stop_install(
      command,
      paste(command, "exists and does not belong to this package."),
      "Give another `path`, or set `overwrite = TRUE`.",
      call
    )
  }
}

has_mark <- function(file) {
  any(grepl(command_mark, first_lines(file, 3L), fixed = TRUE, useBytes = TRUE))
}

# The script uses the library paths of this session.
command_lines <- function(script, windows) {
  rscript <- file.path(R.home("bin"), if (windows) "Rscript.exe" else "Rscript")
  libraries <- paste(.libPaths(), collapse = if (windows) ";" else ":")
  if (windows) {
    c("@echo off", paste("rem", command_mark), "setlocal", batch_lines(rscript, script, libraries))
  } else {
    c(
      "#!/bin/sh",
      paste("#", command_mark),
      paste0("R_LIBS=${R_LIBS-", shQuote(libraries, "sh"), "}"),
      "export R_LIBS",
      paste("exec", shQuote(rscript, "sh"), shQuote(script, "sh"), "\"$@\"")
    )
  }
}

# cmd takes a % for the beginning of a variable, and reads its file in the code page of the console:
# for paths that are not ASCII that is UTF-8 here, and what it was before at the end.
batch_lines <- function(rscript, script, libraries) {
  quoted <- function(text) paste0("\"", gsub("%", "%%", text, fixed = TRUE), "\"")
  lines <- c(
    paste("if not defined R_LIBS set", quoted(paste0("R_LIBS=", libraries))),
    paste(quoted(rscript), quoted(script), "%*")
  )
  if (!any(grepl("[^ -~]", lines, useBytes = TRUE))) {
    return(lines)
  }
  c(
    "for /f \"tokens=2 delims=:.\" %%p in ('chcp') do set \"page=%%p\"",
    "chcp 65001 >nul",
    lines,
    "set \"status=%errorlevel%\"",
    "chcp %page% >nul",
    "exit /b %status%"
  )
}

write_command <- function(command, lines, call) {
  unlink(command)
  written <- tryCatch(
    {
      writeLines(if (on_windows()) enc2utf8(lines) else lines, command, useBytes = on_windows())
      Sys.chmod(command, "0755", use_umask = FALSE)
      TRUE
    },
    error = function(error) FALSE,
    warning = function(warning) FALSE
  )
  if (!written) {
    stop_install(command, paste(command, "cannot be written."), "Give another `path`.", call)
  }
}

tell_installed <- function(command, folder) {
  cli::cli_inform(c("v" = "The command is {.file {command}}."))
  if (!is_on_path(folder)) {
    cli::cli_inform(c(
      "!" = "{.file {folder}} is not on the {.envvar PATH}, where shells look for commands.",
      "i" = advice_on_path(on_windows())
    ))
  }
}

# As cli takes it, which knows `folder`
advice_on_path <- function(windows) {
  if (windows) {
    "Add it to the variable Path: search Windows' settings for \"environment variables\"."
  } else {
    "Add it, for example by {.code export PATH=\"{folder}:$PATH\"} in {.file ~/.profile}."
  }
}

is_on_path <- function(folder, path = Sys.getenv("PATH")) {
  folders <- strsplit(path, .Platform$path.sep, fixed = TRUE)[[1]]
  normal <- function(x) normalizePath(x, winslash = "/", mustWork = FALSE)
  normal(folder) %in% normal(folders)
}
