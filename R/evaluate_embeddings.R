# The exported function, its arguments, and the object it builds from the engine's results.

#' Evaluate embeddings
#'
#' Measures what a single loss does not show: how well positive and negative pairs are separated,
#' what a search for nearest neighbours would find, and which classes and pairs fail.
#'
#' Every row of `embeddings` is an anchor, or query. It is compared with every reference: all other
#' rows, or all rows of `ref_embeddings` if they are given. Nothing is sampled, and no matrix of
#' pairs is stored. Neighbours of equal similarity are ordered by index, so the same input gives the
#' same result for any number of threads.
#'
#' A number that is not defined is `NA`: the retrieval metrics of an anchor without positives, the
#' loss of an anchor without positives or without negatives, the area under the curve if all pairs
#' are positive. Averages are over the defined values.
#'
#' Row names are shown beside row numbers.
#'
#' @section Data frames:
#' If `embeddings` is a data frame, `labels` may name one of its columns: `Species` or `"Species"`.
#' That column is no part of the embedding; all others, or those of `columns`, must be numeric.
#'
#' A bare name is first looked up in the data frame. If a variable of that name holds other labels,
#' one for each row, a warning says that the column was used; `c(Species)` is the variable. A column
#' of numbers that are not whole cannot be labels, so there the variable is used. Any other
#' expression is evaluated as usual.
#'
#' @section Metrics:
#' Rows are multiplied as they are, in the type `dtype`, and then divided by their lengths, the
#' roots of their products with themselves. So cosines that are equal are equal numbers wherever
#' products are exact, as they are of codes of -1 and 1, of counts and of other whole numbers: up to
#' \eqn{2^{24}}{2^24} in `"float32"`, \eqn{2^{26}}{2^26} in `"float64"`. Equal rows have the cosine
#' 1, and none is larger. A row of zeros has the cosine 0 with all rows.
#'
#' For `"euclidean"` similarities, thresholds included, are minus the distances. They are computed
#' from products in double, whatever the `dtype` that the numbers are rounded to, of rows from which
#' a point in the middle of the references is subtracted. Squared distances are off by some 1e-16 of
#' the square of the data's width; of whole numbers they are exact. The Circle loss belongs to
#' inner products of unit rows: for distances it is `NA`.
#'
#' @section Groups:
#' Pictures of one camera, recordings of one speaker or wells of one plate are similar for reasons
#' that are no merit of an embedding. `group` leaves out such pairs, from every number: the loss,
#' ranks, similarities and hardest pairs.
#'
#' * `same_group = "exclude"`: an anchor is compared with rows of other groups only. With speakers
#'   as groups this asks whether a sound is recognised across speakers. With an id as the group of
#'   queries and references, a query that is also among the references does not find itself.
#' * `"exclude_positives"`: rows of the same label and group are left out, those of other labels and
#'   the same group stay: the rule of the data set Market-1501 (Zheng et al. 2015).
#' * `"only_negatives"`: positives are those of all groups, negatives those of the same group.
#'
#' Anchors of one class may then have different numbers of positives; averages over classes are
#' those of the anchors for which a number is defined.
#'
#' @section Circle loss:
#' `loss` is that of [loss_circle()] with the default reduction (`NA` if no anchor has both a
#' positive and a negative). Two numbers put it into perspective:
#'
#' * `loss_perfect`: the loss if all positives had similarity 1 and all negatives 0. Anchor \eqn{i}
#'   with \eqn{P_i} positives and \eqn{N_i} negatives then has
#'   \eqn{L_i = \log(1 + P_i N_i e^{-2 \gamma \max(m, 0)^2})}{
#'   log(1 + P N exp(-2 gamma max(m, 0)^2))}.
#' * `loss_chance`: the loss with the labels (of the references, if given) permuted at random, once,
#'   with the random numbers of `seed`.
#'
#' The loss of a class is the mean over its anchors that have both kinds of pairs.
#'
#' @section Retrieval:
#' The references are ranked by their similarity to the anchor. With R the number of its positives:
#'
#' | metric | for one anchor |
#' |---|---|
#' | `precision_at_k` | positives among the first k, divided by k |
#' | `recall_at_k` | 1 if there is a positive among the first k, else 0 |
#' | `r_precision` | share of positives among the first R |
#' | `map_at_r` | sum of the precisions at those of the first R ranks that hold a positive, over R |
#' | `mean_average_precision` | the same over all ranks |
#' | `mean_reciprocal_rank` | 1 / rank of the first positive |
#' | `mean_inverse_negative_penalty` | R / rank of the last positive |
#'
#' The precision is divided by k even if there are fewer than k references. The metrics are means
#' over all anchors that have a positive; the others are "lone" anchors. With the suffix `_by_class`
#' they are averaged within each class first, so that small classes weigh as much as large ones.
#' These are the definitions of Musgrave et al. (2020), section 3.2, and of the `AccuracyCalculator`
#' of pytorch-metric-learning; the last is the mINP of Ye et al. (2022). The share of anchors whose
#' first positive is within rank k, for every k, is the cumulative match characteristic:
#' `as.data.frame(x, what = "cmc")`.
#'
#' @section Verification:
#' A threshold on the similarity decides whether a pair is of the same class. If the references are
#' the embeddings themselves, each pair counts once. The true accept rate (TAR) is the share of
#' positive pairs at or above the threshold, the false accept rate (FAR) that of negative pairs.
#'
#' * `auc`: the area under the curve of TAR against FAR; the probability that a positive pair is
#'   more similar than a negative one, ties counted half.
#' * `equal_error_rate`: FAR where it equals 1 - TAR, on the curve drawn with straight lines between
#'   neighbouring thresholds.
#' * `tar_at_far_0.1` ... `tar_at_far_0.00001`: the largest TAR of all thresholds whose FAR is not
#'   above the limit. With fewer than 1 / limit negative pairs it is the TAR without false accepts.
#'
#' Up to \eqn{2^{22}}{2^22} pairs these are exact. Beyond that, pairs are counted in 65,536 equal
#' bins of similarity, from -1 to 1. The error of `auc` is then at most `auc_error`,
#' \eqn{\sum_b p_b n_b / (2 P N)}{sum(p n) / (2 P N)} over the bins; `auc_error` is 0 if `auc` is
#' exact. Thresholds are the lower edges of bins: the rates `tar_at_far_` are never too large, and
#' too small by at most the share of positive pairs in one bin. The error of `equal_error_rate` is
#' at most the share of negative pairs in one bin, that of quantiles one bin.
#'
#' @section Similarities:
#' `positive_mean`, `positive_sd`, `negative_mean` and `negative_sd` are taken over all pairs.
#' `overlap` is the overlapping coefficient of the two distributions: the sum over equal bins of
#' \eqn{\min(p_b / P, n_b / N)}{min(p / P, n / N)}, 0 if they are disjoint and 1 if they are equal.
#' The bins span the range of the similarities. There are
#' \eqn{2 \sqrt[3]{\min(P, N)}}{2 min(P, N)^(1/3)} of them (Rice's rule), at most 512. The densities
#' use the same bins.
#'
#' @section Clustering:
#' `nmi` and `ami` compare the labels with k-means clusters of the embeddings, as many as there are
#' classes: the normalised and the adjusted mutual information, both with the mean of the two
#' entropies as the upper bound, as in scikit-learn. `ami` is adjusted for the expectation of Vinh
#' et al. (2010). k-means is [stats::kmeans()], started with k-means++ (Arthur and Vassilvitskii
#' 2007) and the random numbers of `seed`.
#'
#' With `clustering = NULL` this is skipped, and `nmi` and `ami` are `NA`, if rows x columns x
#' classes exceed 2e8. Up to this size it takes at most about ten seconds.
#'
#' @section Intervals:
#' `intervals` says how far each metric would be expected to differ in another sample. Anchors of a
#' class are not independent, nor are two pairs with a row in common, so whole parts of the anchors
#' are reweighted, with what the one pass over the pairs has counted for each (the infinitesimal
#' jackknife of Jaeckel 1972). What is sampled makes a difference, and must be chosen:
#'
#' * `resample = "classes"`: new classes, as where faces, products or animals are searched that were
#'   not there in training. A part is a class; of more than 100 classes several form a part, at
#'   random. This is the default, since embeddings are mostly evaluated to be used with classes yet
#'   unknown, and since its intervals are the wider ones of the two as a rule: whether the classes
#'   have been trained on cannot be seen from the embeddings.
#' * `resample = "rows"`: new rows of the same classes, as many of each. A part holds some of the
#'   rows of a class, or of several classes. Use it where the classes are all there are, such as the
#'   ten digits.
#' * `resample = "groups"`: new groups, see Groups: new speakers, cameras or patients with the same
#'   classes. A part is a group. Rows of one group are alike, so with `"rows"` intervals are too
#'   narrow where groups are what is sampled.
#'
#' References that are not the embeddings are held fixed: then the intervals speak of new queries.
#' Bounds are those of Student's t distribution, for rates on the scale of log-odds, for the loss
#' and standard deviations on that of logarithms. They are approximate:
#'
#' * Anchors move each other's retrieval metrics and losses, as neighbours. With classes this is
#'   allowed for by three degrees of freedom. With rows and groups the own part of an anchor is
#'   multiplied by 2 (each pair has two rows), by 1.25 where only the first positives count
#'   (`recall_at_k`, `precision_at_1`, `mean_reciprocal_rank`; with rows by up to 2 for anchors of
#'   few positives), by 1.6 for `precision_at_k` with rows, and for the loss, in which the hardest
#'   positive counts most, by 2.4 with rows and 3 with groups, as for
#'   `mean_inverse_negative_penalty` with groups. All but the first of these numbers were found by
#'   simulation.
#' * The jackknife counts what is particular to a pair of classes with both of them, and so its
#'   variance twice (Efron and Stein 1981); in `negative_mean` and `negative_sd` nothing else varies
#'   where the directions of classes are random. For these two it is estimated from the negatives of
#'   each two of up to 100 classes, and counted once; what is left of the variance is that of single
#'   classes, less half of its own standard deviation, since it cannot be below 0 and would be too
#'   large on average where there is none. In other metrics of pairs the positives vary more; only
#'   the false accept rate of [operating_point()] depends on negatives alone, and its intervals are
#'   up to 1.4 times too wide.
#' * Similarities are counted in 1024 bins. Of more than two million pairs all negatives are counted
#'   for each part where they are as similar as the first 3 % of them are, judged from 100 rows, and
#'   below that at least one in eight.
#' * With very unequal classes those of `tar_at_far_` at the lowest rates rest on the positives of a
#'   few large classes, and are too narrow: they cover the truth in 90 to 92 % of cases.
#' * Metrics close to 1 have an interval only if several parts differ, such as `recall_at_5` of easy
#'   classes. Those that have one then see more mistakes than others do, and are too wide.
#'
#' The script `bench/coverage` of the source measures how often intervals of 95 % cover the truth.
#' Where they would not be honest they are `NA`, and `reason` tells why: with fewer than 8 classes
#' or groups (20 for `positive_sd`), with classes or groups so unequal that they tell no more than 5
#' equal ones (by their anchors, or by the pairs that the metric is of), with fewer than 10 false
#' accepts for `tar_at_far_`, where the parts agree but for one or two, and for `nmi` and `ami`.
#'
#' @section Errors and warnings:
#' Errors have the class `circleloss_error` and one of `circleloss_error_missing_argument`,
#' `_embeddings`, `_labels`, `_references`, `_parameter`, `_flag`, `_dtype`, `_dots`, `_threads`,
#' `_overflow`, `_memory` and `_package`.
#'
#' Warnings say that the numbers mean little (`circleloss_warning_no_rows`, `_no_positives`,
#' `_no_negatives`, `_no_common_labels`, `_equal_pairs`), that columns may be wrong
#' (`_label_column`, `_index`, `_two_meanings`), or for inner products that rows are not of length 1
#' (`_not_unit`). See [circleloss_conditions].
#'
#' @param embeddings The embeddings to evaluate, N x D, one per row: anything that [loss_circle()]
#'   takes as `y_pred`, a result of [read_embeddings()], or a data frame that includes the labels.
#' @param labels Their labels: anything that [loss_circle()] takes as `y_true`, or a column of the
#'   data frame `embeddings`, see Data frames. Not needed for a result of [read_embeddings()] with
#'   labels. The tables show them as they were given.
#' @param ref_embeddings The references, M x D. `NULL`: each row of `embeddings` is compared with
#'   all others.
#' @param ref_labels The labels of the references, in the same forms. `NULL`: those read with the
#'   references, the column that `labels` named if they have it, or else `labels`, with M = N.
#' @param ... Must be empty. The arguments after it are given by name.
#' @param k The numbers of neighbours for `precision_at_k` and `recall_at_k`: positive whole
#'   numbers.
#' @param columns The columns of `embeddings` and `ref_embeddings` that form the embedding: names,
#'   numbers, or a helper such as `starts_with("e")`, as in [read_embeddings()]. `NULL`: all but
#'   the labels.
#' @param metric What makes rows similar: `"cosine"`, the cosine of their angle; `"euclidean"`,
#'   their distance; `"inner_product"`. See Metrics.
#' @param group,ref_group The groups of the rows (camera, speaker, patient, plate, session, or an
#'   id), in the forms that `labels` may take, a column included. `ref_group = NULL`: the column
#'   that `group` named, if the references have it. See Groups.
#' @param same_group What becomes of pairs whose rows belong to the same group: `"exclude"` leaves
#'   them out, `"exclude_positives"` only those of equal labels; `"only_negatives"` leaves out the
#'   negative pairs of different groups instead.
#' @param gamma,margin Parameters of the loss, see [loss_circle()].
#' @param dtype The floating point type of the computation, see [loss_circle()].
#' @param clustering `TRUE` or `FALSE`: whether to cluster the embeddings. `NULL`: if it does not
#'   take long, see Clustering.
#' @param level The level of the intervals, a number between 0 and 1.
#' @param resample The population that the intervals speak of: new `"classes"`, new `"rows"` of the
#'   same classes, or new `"groups"`; see Intervals.
#' @param seed A whole number, the seed of the random numbers for chance, clustering and the parts
#'   of the intervals. The random numbers of the session are not affected.
#' @param distribute `TRUE`, or the settings that [distribution()] makes: the work is shared between
#'   processes or machines. `NULL`: the option `circleloss.distribute`.
#'
#' @returns An object of class `embedding_evaluation`. It has methods for [print()], [format()],
#'   [summary()], [as.data.frame()], [tidy()], [glance()] and [augment()], see
#'   [embedding_evaluation]; [hardest_pairs()] lists the pairs that fail worst. It is a list of
#'   * `call`, `settings`: the call and its settings.
#'   * `sizes`: the numbers of `anchors`, `references`, `dimensions` and `classes`; `self`, whether
#'     the references are the embeddings; `pairs`, positive and negative; `counted`, the anchors
#'     with both a positive and a negative; `lone`, those without a positive.
#'   * `metrics`: the metrics above, a named numeric vector.
#'   * `intervals`: a data frame with one row per metric: its `estimate`, the `lower` and the
#'     `upper` bound, the `standard_error`, the number of `parts`, and the `reason` if there is no
#'     interval.
#'   * `inference`: the parts of the anchors, their counts of pairs, their influences on the metrics
#'     and those of each two classes, for [compare_embeddings()] and [operating_point()].
#'   * `quantiles`: a data frame of `probability`, `positive` and `negative`: quantiles of the
#'     similarities.
#'   * `roc`: a data frame of `threshold`, `false_accept_rate` and `true_accept_rate`: the curve, in
#'     at most 2000 points.
#'   * `thresholds`: a data frame of `threshold`, `false_accepts` and `true_accepts`, the numbers of
#'     pairs: the thresholds from which [operating_point()] chooses.
#'   * `density`: a data frame of `similarity` (the middle of a bin), `positive` and `negative`:
#'     densities.
#'   * `anchors`: a data frame with one row per anchor: its `label` and `loss`, its numbers of
#'     `positives` and `negatives`, the ranks of the first and the last positive, its retrieval
#'     metrics, the rows and similarities of the `nearest` reference, the nearest and the least
#'     similar positive and the most similar negative, the mean similarities of its positives and
#'     negatives, and the soft ones: of the one pair that would have the same sum in the loss as all
#'     of them. Where rows have names, they are in `name`,
#'     `nearest_name`, `nearest_positive_name`, `hardest_positive_name` and `hardest_negative_name`.
#'   * `classes`: a data frame with one row per class of the anchors. `most_confused_with` is the
#'     most frequent wrong class of the nearest references, or `NA`.
#'   * `hardest`: the 1000 least similar positive and the 1000 most similar negative pairs, two data
#'     frames.
#'
#' @source Musgrave, Belongie and Lim (2020), "A Metric Learning Reality Check", arXiv 2003.08505,
#'   \doi{10.48550/arXiv.2003.08505}.
#'
#'   Ye, Shen, Lin, Xiang, Shao and Hoi (2022), "Deep Learning for Person Re-identification: A
#'   Survey and Outlook", IEEE Transactions on Pattern Analysis and Machine Intelligence 44,
#'   2872-2893.
#'
#'   Vinh, Epps and Bailey (2010), "Information Theoretic Measures for Clusterings Comparison",
#'   Journal of Machine Learning Research 11, 2837-2854.
#'
#'   Jaeckel (1972), "The Infinitesimal Jackknife", Bell Laboratories Memorandum MM 72-1215-11.
#'
#'   Efron and Stein (1981), "The Jackknife Estimate of Variance", Annals of Statistics 9, 586-596.
#'
#'   Zheng et al. (2015), "Scalable Person Re-identification: A Benchmark", International Conference
#'   on Computer Vision, \doi{10.1109/ICCV.2015.133}.
#'
#'   Arthur and Vassilvitskii (2007), "k-means++: The Advantages of Careful Seeding", Proceedings of
#'   the 18th ACM-SIAM Symposium on Discrete Algorithms, 1027-1035.
#'
#' @seealso [embedding_evaluation] for what can be done with the result, [hardest_pairs()].
#'
#' @examples
#' # The pixels of 500 digits as an embedding of them
#' some <- digits[1:500, ]
#' evaluation <- evaluate_embeddings(some$pixels, some$digit)
#' evaluation
#'
#' # A data frame that includes the labels
#' evaluate_embeddings(iris, Species)
#'
#' # Numbers for a script
#' evaluation$metrics[["recall_at_1"]]
#'
#' # Queries against references
#' queries <- digits[501:600, ]
#' evaluate_embeddings(queries$pixels, queries$digit, some$pixels, some$digit)
#' @export
evaluate_embeddings <- function(embeddings, labels, ref_embeddings = NULL, ref_labels = NULL, ...,
                                k = c(1, 5, 10), columns = NULL,
                                metric = c("cosine", "euclidean", "inner_product"), group = NULL,
                                ref_group = NULL,
                                same_group = c("exclude", "exclude_positives", "only_negatives"),
                                gamma = 80, margin = 0.4, dtype = NULL, clustering = NULL,
                                level = 0.95, resample = c("classes", "rows", "groups"), seed = 1,
                                distribute = NULL) {
  call <- environment()
  need_argument(embeddings, "It is the matrix of embeddings, one per row.", call)
  if (...length() > 0L) {
    check_no_dots(dot_names(...), formals(evaluate_embeddings), call)
  }
  columns <- capture_columns(rlang::enquo(columns), "columns", call)
  settings <- new_evaluation_settings(
    k, metric, same_group, gamma, margin, dtype, clustering, level, resample, seed, call
  )
  if (missing(labels) && !inherits(embeddings, "labelled_embeddings")) {
    stop_no_labels(embeddings, call)
  }
  queries <- split_side(
    embeddings, if_given(rlang::enquo(labels)), if_given(rlang::enquo(group)), columns,
    c("embeddings", "labels", "group"), call
  )
  if (is.null(queries$labels)) {
    stop_no_labels(embeddings, call)
  }
  references <- split_references(
    ref_embeddings, if_given(rlang::enquo(ref_labels)), if_given(rlang::enquo(ref_group)), columns,
    queries, call
  )
  batch <- new_evaluation_batch(
    queries$embeddings, queries$labels, references$embeddings, references$labels, call
  )
  batch <- c(batch, group_codes(queries$group, references$group, batch, call))
  settings$same_group <- if (is.null(batch$groups)) "include" else settings$same_group
  check_groups_to_resample(settings, call)
  batch$distribution <- resolve_distribution(distribute, call)
  evaluation <- guard_memory(batch, call, evaluate_batch(batch, settings, call))
  warn_of_pairs(evaluation, batch, call)
  structure(c(list(call = match.call()), evaluation), class = "embedding_evaluation")
}

# The parts of the object.
evaluate_batch <- function(batch, settings, call) {
  parts <- parts_of_anchors(batch, settings)
  pairs <- engine_evaluation(batch, settings, call, parts)
  loss <- evaluate_circle_loss(pairs, batch, settings, call)
  nmi_ami <- evaluate_clustering(batch, settings, call)

  verification <- verify(pairs$similarities)
  anchors <- anchor_table(pairs, loss$anchors, batch, settings)
  retrieval <- retrieval_of_anchors(anchors, settings$k)
  sizes <- evaluation_sizes(pairs, batch)
  metrics <- c(
    loss$values,
    retrieval_metrics(retrieval, batch$class),
    verification$metrics,
    similarity_metrics(pairs$moments),
    overlap = verification$overlap,
    nmi_ami
  )
  inference <- new_inference(
    parts, pairs, anchors, retrieval, batch$class, settings, sizes
  )
  list(
    settings = settings,
    sizes = sizes,
    metrics = metrics,
    intervals = interval_table(metrics, inference, settings$level),
    inference = inference,
    quantiles = verification$quantiles,
    roc = verification$roc,
    thresholds = verification$thresholds,
    density = verification$density,
    anchors = anchors,
    classes = class_table(anchors, retrieval, batch, settings$k),
    hardest = lapply(pairs$hardest, pair_table, batch = batch)
  )
}

# Arguments --------------------------------------------------------------------------------------

# References may have their labels in the same column as the embeddings.
split_references <- function(x, labels, group, columns, queries, call) {
  if (is.null(x)) {
    return(list(
      labels = if (!is.null(labels)) rlang::eval_tidy(labels),
      group = if (!is.null(group)) rlang::eval_tidy(group)
    ))
  }
  column_of <- function(name) if (is.data.frame(x) && isTRUE(name %in% names(x))) rlang::quo(!!name)
  if (is.null(labels) && !is.null(column_of(queries$column))) {
    labels <- column_of(queries$column)
  }
  if (is.null(group)) {
    group <- column_of(queries$group_column)
  }
  split_side(x, labels, group, columns, c("ref_embeddings", "ref_labels", "ref_group"), call)
}

stop_no_labels <- function(embeddings, call) {
  stop_missing_argument(
    "labels",
    if (is.data.frame(embeddings)) {
      "They may be a column: {.code evaluate_embeddings(embeddings, label)}."
    } else if (inherits(embeddings, "labelled_embeddings")) {
      "The file had none: use {.code read_embeddings(file, labels)}."
    } else {
      "Both {.arg embeddings} and {.arg labels} are needed."
    },
    call
  )
}

new_evaluation_settings <- function(k, metric, same_group, gamma, margin, dtype, clustering, level,
                                    resample, seed, call) {
  list(
    k = check_k(k, call),
    metric = match_choice(metric, known_metrics, "metric", call),
    same_group = match_choice(same_group, group_rules, "same_group", call),
    gamma = check_gamma(gamma, call),
    margin = check_margin(margin, call),
    dtype = resolve_dtype(dtype, call),
    clustering = if (!is.null(clustering)) check_flag(clustering, "clustering", call),
    level = check_level(level, call),
    resample = match_choice(resample, resample_kinds, "resample", call),
    seed = check_seed(seed, call)
  )
}

known_metrics <- c("cosine", "euclidean", "inner_product")

check_k <- function(k, call) {
  whole <- is.numeric(k) && !is.object(k) && length(k) > 0L && all(is.finite(k)) &&
    all(k >= 1) && all(k == trunc(k)) && all(k <= .Machine$integer.max)
  if (!whole) {
    stop_parameter("k", k, "whole numbers of neighbours, each 1 or more", call)
  }
  sort(unique(as.integer(k)))
}

check_level <- function(level, call) {
  good <- is.numeric(level) && length(level) == 1L && !is.na(level) && level > 0 && level < 1
  if (!good) {
    stop_parameter("level", level, "one number between 0 and 1, such as 0.95", call)
  }
  as.numeric(level)
}

check_seed <- function(seed, call) {
  if (!is_whole_number(seed) || abs(seed) > .Machine$integer.max) {
    stop_parameter("seed", seed, "one whole number", call)
  }
  as.integer(seed)
}

# The input of the engine, and for the tables the labels as they were given and `class`, the
# position of each anchor's label in `classes`. `argument` is the name of the embeddings in
# messages.
new_evaluation_batch <- function(embeddings, labels, ref_embeddings, ref_labels, call) {
  embeddings <- as_embeddings_of_type(embeddings, "embeddings", call)
  labels <- as_labels(labels, "labels", call)
  check_labels_fit(labels, "labels", embeddings, "embeddings", call)
  if (!is.null(ref_embeddings)) {
    ref_embeddings <- as_embeddings_of_type(ref_embeddings, "ref_embeddings", call)
  }
  if (!is.null(ref_labels)) {
    ref_labels <- as_labels(ref_labels, "ref_labels", call)
  }
  check_evaluation_references(ref_embeddings, ref_labels, embeddings, call)

  codes <- code_labels(labels, ref_labels, call)
  known <- sort_classes(label_values(labels, call), codes[[1]])
  list(
    argument = "embeddings",
    embeddings = embeddings,
    labels = codes[[1]],
    references = ref_embeddings,
    reference_labels = codes[[2]],
    names = row_names_of(embeddings),
    reference_names = row_names_of(if (is.null(ref_embeddings)) embeddings else ref_embeddings),
    label_values = label_values(labels, call),
    reference_label_values = label_values(if (is.null(ref_labels)) labels else ref_labels, call),
    classes = known$values,
    class = match(codes[[1]], known$codes)
  )
}

check_evaluation_references <- function(references, reference_labels, embeddings, call) {
  if (!is.null(references)) {
    check_references(references, reference_labels, embeddings, c("embeddings", "labels"), call)
    check_column_order(embeddings, references, call)
    if (!is.null(reference_labels)) {
      check_labels_fit(reference_labels, "ref_labels", references, "ref_embeddings", call)
    }
  } else if (!is.null(reference_labels)) {
    stop_circleloss(
      "references",
      c(
        "{.arg ref_labels} needs {.arg ref_embeddings}.",
        "i" = "Without {.arg ref_embeddings} the embeddings are compared with each other, and
               {.arg labels} are their only labels."
      ),
      argument = "ref_labels",
      call = call
    )
  }
}

# Names that merely number the rows are dropped.
row_names_of <- function(x) {
  names <- rownames(x)
  if (!identical(names, as.character(seq_len(nrow(x))))) names
}

# The codes of the references' labels, which may be those of the anchors.
reference_codes_of <- function(batch) {
  if (is.null(batch$reference_labels)) batch$labels else batch$reference_labels
}

# Labels for the tables: as they were given, but integer64 as text, since bit64 may not be available
# when the tables are read.
label_values <- function(labels, call) {
  if (is_integer64(labels)) integer64_to_text(labels, call) else labels
}

# The classes among the labels in ascending order, factors in that of their levels: their values
# and their codes. The order does not depend on the locale.
sort_classes <- function(values, codes) {
  first <- which(!duplicated(codes))
  first <- first[order(values[first], method = "radix")]
  list(values = values[first], codes = codes[first])
}

# Sizes and simple metrics -----------------------------------------------------------------------

evaluation_sizes <- function(pairs, batch) {
  anchors <- pairs$anchors
  self <- is.null(batch$references)
  list(
    anchors = nrow(batch$embeddings),
    references = nrow(if (self) batch$embeddings else batch$references),
    dimensions = ncol(batch$embeddings),
    classes = length(batch$classes),
    self = self,
    pairs = vapply(pairs$moments, function(moments) moments[[1]], 0),
    counted = sum(anchors$positives > 0 & anchors$negatives > 0),
    lone = sum(anchors$positives == 0)
  )
}

similarity_metrics <- function(moments) {
  defined <- function(moments, at) if (moments[[1]] > 0) moments[[at]] else NA_real_
  c(
    positive_mean = defined(moments$positive, 2L), positive_sd = defined(moments$positive, 3L),
    negative_mean = defined(moments$negative, 2L), negative_sd = defined(moments$negative, 3L)
  )
}
