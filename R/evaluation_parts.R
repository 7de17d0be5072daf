# The parts of anchors that intervals are computed from: whole classes, rows of a class, or whole
# groups.
#
# What is not independent stays together: the anchors of a class or group, and all pairs of a row.

resample_kinds <- c("classes", "rows", "groups")

# More parts would make intervals hardly narrower, and counting their pairs slower.
most_parts <- 100L

# Returns list(code, stratum, size): the part of each anchor, and for each part its stratum and
# the number of classes, rows or groups in it. Parts of one stratum could have been exchanged.
parts_of_anchors <- function(batch, settings) {
  switch(settings$resample,
    classes = whole_parts(batch$class, settings$seed),
    rows = parts_of_rows(batch$class, settings$seed),
    groups = whole_parts(match(batch$groups, unique(batch$groups)), settings$seed)
  )
}

# Each class or group is a part; if there are too many they are dealt to the parts at random.
whole_parts <- function(class, seed) {
  classes <- max(class, 0L)
  of_class <- deal(classes, most_parts, seed)
  count <- max(of_class, 0L)
  list(code = of_class[class], stratum = rep(1L, count), size = tabulate(of_class, count))
}

# A stratum is a class, or several if there are too many. The rows of each class are dealt to the
# parts of its stratum at random.
parts_of_rows <- function(class, seed) {
  classes <- max(class, 0L)
  stratum_of_class <- deal(classes, most_parts %/% 2L, seed)
  strata <- max(stratum_of_class, 1L)
  per_stratum <- most_parts %/% strata
  stratum <- stratum_of_class[class]
  # From stratum to stratum and class to class, within a class in random order
  order <- order(stratum, class, with_seed(seed, sample.int(length(class))))
  place <- integer(length(class))
  place[order] <- sequence(tabulate(stratum, strata)) - 1L
  dealt <- (stratum - 1L) * per_stratum + place %% per_stratum + 1L
  known <- sort(unique(dealt))
  code <- match(dealt, known)
  list(
    code = code,
    stratum = (known - 1L) %/% per_stratum + 1L,
    size = tabulate(code, length(known))
  )
}

# Parts for `count` things: one each, or `most` of nearly equal size, chosen at random.
deal <- function(count, most, seed) {
  if (count <= most) {
    return(seq_len(count))
  }
  with_seed(seed, sample.int(count)) %% most + 1L
}

# The sums of the rows of `x` over each part, none of which is empty; missing numbers count as 0.
part_sums <- function(x, parts) {
  if (anyNA(x)) {
    x[is.na(x)] <- 0
  }
  sums <- rowsum(x, parts$code)
  rownames(sums) <- NULL
  sums
}
