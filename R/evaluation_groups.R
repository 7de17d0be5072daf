# Groups of rows (cameras, speakers, plates), whose pairs an evaluation leaves out.

group_rules <- c("exclude", "exclude_positives", "only_negatives")

# list(groups, reference_groups): codes from 0 on, equal for equal groups; an empty list without
# groups.
group_codes <- function(group, ref_group, batch, call) {
  check_groups_complete(group, ref_group, batch, call)
  if (is.null(group)) {
    return(list())
  }
  group <- as_labels(group, "group", call)
  check_labels_fit(group, "group", batch$embeddings, "embeddings", call)
  if (!is.null(ref_group)) {
    ref_group <- as_labels(ref_group, "ref_group", call)
    check_labels_fit(ref_group, "ref_group", batch$references, "ref_embeddings", call)
  }
  codes <- code_labels(group, ref_group, call)
  known <- unique(unlist(codes))
  lapply(
    list(groups = codes[[1]], reference_groups = codes[[2]]),
    function(codes) if (!is.null(codes)) match(codes, known) - 1L
  )
}

check_groups_complete <- function(group, ref_group, batch, call) {
  has_references <- !is.null(batch$references)
  if (is.null(group) && !is.null(ref_group)) {
    stop_groups(
      "group", "{.arg ref_group} needs {.arg group}.",
      "It has the groups of the rows of {.arg embeddings}.", call
    )
  }
  if (!is.null(group) && is.null(ref_group) && has_references) {
    stop_groups(
      "ref_group", "{.arg group} needs {.arg ref_group}, since there are references.",
      "It has the groups of the rows of {.arg ref_embeddings}.", call
    )
  }
  if (!is.null(ref_group) && !has_references) {
    stop_groups(
      "ref_group", "{.arg ref_group} needs {.arg ref_embeddings}.",
      "Without them {.arg group} has the groups of both rows of a pair.", call
    )
  }
}

check_groups_to_resample <- function(settings, call) {
  if (settings$resample == "groups" && settings$same_group == "include") {
    stop_circleloss(
      "parameter",
      c(
        "{.code resample = \"groups\"} needs {.arg group}.",
        "i" = "Its intervals speak of new groups, such as speakers or cameras."
      ),
      parameter = "resample", call = call
    )
  }
}

stop_groups <- function(argument, problem, hint, call) {
  stop_circleloss("references", c(problem, "i" = hint), argument = argument, call = call)
}
