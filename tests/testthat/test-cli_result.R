# What the command writes.

test_that("numbers have as many digits as they surely keep", {
  expect_identical(
    exact_text(c(1, 0.1, 1 / 3, 1e-20, NA)),
    c("1", "0.1", "0.333333333333333", "1e-20", "NA")
  )
})

test_that("JSON keeps text as it is", {
  skip_if_not_installed("jsonlite")
  local_folder()
  labels <- c("caf\u00e9 \"one\"", "caf\u00e9 \"one\"", "b\\c", "b\\c")
  evaluation <- evaluate_embeddings(rbind(c(1, 0), c(1, 1), c(0, 1), c(-1, 1)), labels)
  json <- jsonlite::fromJSON(paste(result_as_json(evaluation, "a\"b.csv"), collapse = "\n"))
  expect_identical(json$file, "a\"b.csv")
  expect_setequal(json$classes$label, labels)
})

test_that("pictures are drawn into files", {
  skip_on_cran()
  skip_if_not_installed("ggplot2")
  skip_if_not(capabilities("cairo"), "Cairo")
  local_command_folder()
  pets_file()
  starts <- list(png = as.raw(c(0x89, 0x50)), pdf = charToRaw("%PDF"), svg = charToRaw("<?xml"))
  for (kind in names(starts)) {
    file <- paste0("picture.", kind)
    result <- run_cli("evaluate", "pets.csv", "--plot", file, "--quiet")
    expect_identical(result, list(status = 0L, output = character(), errors = character()))
    expect_identical(readBin(file, "raw", length(starts[[kind]])), starts[[kind]])
  }
  first <- readBin("picture.png", "raw", 1e6)
  run_cli("evaluate", "pets.csv", "--plot", "picture.png", "--plot-type", "roc", "--quiet")
  expect_false(identical(readBin("picture.png", "raw", 1e6), first))
})

test_that("pictures that cannot be drawn are unusable, before the work begins", {
  skip_on_cran()
  skip_if_not_installed("ggplot2")
  local_command_folder()
  expect_unusable({
    run_cli("evaluate", "nonesuch.csv", "--plot", "x.jpg")
    run_cli("evaluate", "nonesuch.csv", "--plot", "nonesuch/x.png")
    run_cli("evaluate", "nonesuch.csv", "--plot", "x.png", "--plot-type", "pie")
    run_cli("evaluate", "nonesuch.csv", "--plot-type", "roc")
  })
  dir.create("folder.png")
  expect_unusable({
    run_cli("evaluate", "nonesuch.csv", "--plot", "folder.png")
  })
  # Where not even root may write
  skip_if_not(dir.exists("/proc/self"))
  skip_if_not(capabilities("cairo"), "Cairo")
  pets_file()
  expect_unusable({
    run_cli("evaluate", "pets.csv", "--plot", "/proc/x.png", "--quiet")
  })
})

test_that("a device that cannot be opened is an error that names another", {
  # A place where nothing can be drawn stands for an R that cannot draw
  error <- expect_error(
    open_device("pdf", file.path("nonesuch", "x"), "picture", NULL),
    class = "circleloss_error_file"
  )
  expect_match(conditionMessage(error), "cannot draw .pdf", fixed = TRUE)
  expect_match(conditionMessage(error), "End its name in", fixed = TRUE)
})
