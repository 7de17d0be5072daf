# Stored values of pytorch-metric-learning's AccuracyCalculator and of scikit-learn, on random and
# on adversarial data; data-raw/evaluation-reference.py made them and says what the cases are.

stored <- utils::read.csv(test_path("golden", "evaluation.csv.gz"), colClasses = "character")
cases <- split(stored, factor(stored$case, unique(stored$case)))

# Cases whose similarities tie: there the order of faiss's neighbours is arbitrary
tied <- c("ties", "ties_references", "all_equal")

numbers_of <- function(case, part) {
  rows <- case$value[case$part == part]
  if (length(rows) > 0) {
    unname(do.call(rbind, lapply(strsplit(rows, " "), as.numeric)))
  }
}

metrics_of_source <- function(case, source) {
  rows <- case[case$part == source, ]
  values <- suppressWarnings(as.numeric(sub("^nan$", "NA", rows$value)))
  stats::setNames(values, rows$name)
}

evaluation_of_case <- function(case) {
  quiet_evaluation(
    numbers_of(case, "embeddings"), numbers_of(case, "labels"),
    numbers_of(case, "ref_embeddings"), numbers_of(case, "ref_labels"),
    dtype = "float64", clustering = FALSE
  )
}

test_that("there are eleven cases", {
  expect_length(cases, 11)
  expect_true(all(tied %in% names(cases)))
})

# 1e-7: the peers' mean reciprocal rank is a float32
test_that("retrieval is that of pytorch-metric-learning", {
  for (name in names(cases)) {
    found <- evaluation_of_case(cases[[name]])$metrics
    for (source in c("ranked", if (!name %in% tied) "faiss")) {
      expected <- metrics_of_source(cases[[name]], source)
      expect_length(expected, 14)
      expect_identical(is.na(found[names(expected)]), is.na(expected), label = name)
      expect_equal(found[names(expected)], expected, tolerance = 1e-7, label = name)
    }
  }
})

test_that("verification and distributions are those of scikit-learn and NumPy", {
  for (name in names(cases)) {
    expected <- metrics_of_source(cases[[name]], "sklearn")
    expected <- expected[!names(expected) %in% c("nmi", "ami")]
    evaluation <- evaluation_of_case(cases[[name]])
    found <- c(evaluation$metrics, quantile_metrics(evaluation$quantiles))
    expect_equal(found[names(expected)], expected, tolerance = 1e-9, label = name)
  }
})

test_that("NMI and AMI are those of scikit-learn", {
  for (case in cases) {
    clusters <- numbers_of(case, "clusters")
    if (!is.null(clusters)) {
      labels <- numbers_of(case, "labels")
      expected <- metrics_of_source(case, "sklearn")[c("nmi", "ami")]
      found <- agreement(match(labels, unique(labels)), match(clusters, unique(clusters)))
      expect_within(found, expected, 1e-12)
    }
  }
})

test_that("the naive metrics are those of both, too", {
  skip_on_cran()
  for (name in names(cases)) {
    case <- cases[[name]]
    naive <- naive_metrics(list(
      embeddings = numbers_of(case, "embeddings"),
      labels = as.vector(numbers_of(case, "labels")),
      references = numbers_of(case, "ref_embeddings"),
      reference_labels = as.vector(numbers_of(case, "ref_labels"))
    ))
    expected <- c(metrics_of_source(case, "ranked"), metrics_of_source(case, "sklearn"))
    shared <- intersect(names(naive), names(expected))
    expect_gt(length(shared), 14)
    expect_equal(naive[shared], expected[shared], tolerance = 1e-7, label = name)
  }
})
