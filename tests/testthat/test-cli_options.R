# The options of `circleloss evaluate`.

parse <- function(...) {
  parser <- evaluate_parser(NULL)
  parse_options(parser, c(...), NULL)
}

test_that("help lists all options", {
  skip_if_no_optparse()
  help <- run_cli("evaluate", "--help")
  expect_identical(help$status, 0L)
  expect_identical(help$errors, character())
  expect_lte(max(nchar(help$output)), 80)
  expect_identical(run_cli("evaluate", "x.csv", "-h")$output, help$output)
  expect_snapshot(writeLines(help$output))
})

test_that("the version may be asked for after the command", {
  skip_if_no_optparse()
  expect_identical(run_cli("evaluate", "--version"), run_cli("--version"))
})

test_that("options and files come in any order", {
  skip_if_no_optparse()
  parsed <- parse("--k=1,2", "x.csv", "--json", "--margin", "-0.5", "-q")
  expect_identical(parsed$args, "x.csv")
  expect_identical(parsed$options$k, "1,2")
  expect_identical(parsed$options$margin, "-0.5")
  expect_true(parsed$options$json)
  expect_true(parsed$options$quiet)
  expect_null(parsed$options$csv)
})

test_that("there may be several conditions", {
  skip_if_no_optparse()
  expect_identical(parse("x.csv")$options$fail_if, character())
  parsed <- parse("--fail-if", "loss > 1", "x.csv", "--fail-if=auc<0.5", "--csv")
  expect_identical(parsed$options$fail_if, c("loss > 1", "auc<0.5"))
  expect_identical(parsed$args, "x.csv")
  expect_true(parsed$options$csv)
})

test_that("what is no option is unusable", {
  skip_if_no_optparse()
  expect_unusable({
    run_cli("evaluate", "x.csv", "--lables", "kind")
    run_cli("evaluate", "x.csv", "--nonsense")
    run_cli("evaluate", "x.csv", "--gama", "3")
    run_cli("evaluate", "x.csv", "-x")
    run_cli("evaluate", "x.csv", "--labels")
    run_cli("evaluate", "x.csv", "--json=yes")
    run_cli("evaluate", "x.csv", "--fail-if")
    run_cli("evaluate")
    run_cli("evaluate", "x.csv", "y.csv")
    run_cli("evaluate", "x.csv", "--json", "--csv")
  })
})

test_that("every version of the parser is understood", {
  expect_identical(problem_of_parser("no such option: --lables"), "no such option: --lables")
  expect_identical(problem_of_parser("long flag \"lables\" is invalid"), "no such option: --lables")
  expect_identical(problem_of_parser("short flag \"x\" is invalid"), "no such option: -x")
  error <- "Error in getopt(spec = spec, opt = args) : \n  flag \"k\" requires an argument"
  expect_identical(problem_of_parser(error), "--k requires an argument")
  expect_identical(
    problem_of_parser("long flag \"json\" accepts no arguments"), "--json accepts no arguments"
  )
})

test_that("values that are none are unusable", {
  skip_if_no_optparse()
  expect_unusable({
    run_cli("evaluate", "x.csv", "--k", "one")
    run_cli("evaluate", "x.csv", "--k", "1,,2")
    run_cli("evaluate", "x.csv", "--k", "0")
    run_cli("evaluate", "x.csv", "--gamma", "-1")
    run_cli("evaluate", "x.csv", "--gamma", "")
    run_cli("evaluate", "x.csv", "--margin", "Inf")
    run_cli("evaluate", "x.csv", "--dtype", "float8")
    run_cli("evaluate", "x.csv", "--threads", "1.5")
  })
})

test_that("a column of the command is a name, or a number if none is called that", {
  expect_null(parse_column(NULL))
  expect_identical(column_position(parse_column("2"), c("a", "b")), 2)
  expect_identical(column_position(parse_column("2"), c("2", "b")), 1L)
  expect_identical(column_position(parse_column("2"), NULL), 2)
  expect_identical(column_position(parse_column("0"), c("a", "b")), NA_integer_)
})
