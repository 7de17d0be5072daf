# The loss and its gradient, computed by the workers of the user's plan.
#
# First the sums over the pairs of each anchor, shard by shard. Added up they give the losses and
# the value; and with these, shard by shard again, the gradient.

# The result of the engine: by this process, or by others.
compute_loss <- function(batch, settings, request) {
  if (is.null(batch$distribution)) {
    .Call(ffi_loss_circle, batch, settings, request)
  } else {
    distribute_loss(batch, settings, request)
  }
}

distribute_loss <- function(batch, settings, request) {
  work <- new_distributed_loss(batch, settings, request)
  on.exit(unlink(work$folder, recursive = TRUE))
  if (is_whole(work$shards)) {
    return(distribute_whole(work, request))
  }
  sums <- distribute_sums(work)
  if (sums$status != "ok") {
    return(sums)
  }
  total <- reduce_sums(sums, batch, settings)
  if (total$status != "ok" || is.null(request$weights)) {
    return(total)
  }
  gradient <- distribute_gradient(work, sums$blocks, total$scale, request)
  if (gradient$status != "ok") {
    return(gradient)
  }
  list(
    value = total$value, gradient = gradient$gradient, ref_gradient = gradient$ref_gradient,
    status = "ok", where = total$where, not_unit = total$not_unit
  )
}

# What all shards of a call have in common.
new_distributed_loss <- function(batch, settings, request) {
  folder <- tempfile("circleloss-")
  dir.create(folder)
  embeddings <- source_of_rows(batch$embeddings, settings, folder, request$call)
  references <- source_of_rows(batch$references, settings, folder, request$call)
  list(
    folder = folder,
    batch = batch,
    settings = settings[intersect(shard_settings, names(settings))],
    shards = shards_of(batch, batch$distribution),
    embeddings = embeddings,
    references = if (is.null(references)) embeddings else references,
    distribution = batch$distribution,
    call = request$call
  )
}

# References and names are not sent to workers.
shard_settings <- c(
  "gamma", "margin", "remove_diagonal", "dtype", "reduction", "normalize", "metric", "same_group",
  "k"
)

# One shard is the whole call, on one worker.
distribute_whole <- function(work, request) {
  batch <- work$batch
  request <- request[intersect(c("weights", "upstream", "kept_bytes", "in_bytes"), names(request))]
  found <- NULL
  task <- list(
    routine = "whole", settings = work$settings, request = request,
    batch = list(
      embeddings = work$embeddings, labels = batch$labels,
      references = if (!is.null(batch$references)) work$references,
      reference_labels = batch$reference_labels, sample_weight = batch$sample_weight,
      groups = batch$groups, reference_groups = batch$reference_groups
    )
  )
  receive <- function(shard, result) found <<- result
  run_shards(0, function(shard) task, receive, work$distribution, work$call)
  with_names_of_rows(found, batch)
}

# A gradient has the names of the rows and columns that it belongs to.
with_names_of_rows <- function(result, batch) {
  name <- function(gradient, x) {
    if (is.matrix(gradient) && is.matrix(x)) dimnames(gradient) <- dimnames(x)
    gradient
  }
  result["gradient"] <- list(name(result$gradient, batch$embeddings))
  result["ref_gradient"] <- list(name(result$ref_gradient, batch$references))
  result
}

# Shards -----------------------------------------------------------------------------------------

# The batch of one shard.
batch_of_shard <- function(work, shard) {
  shards <- work$shards
  batch <- work$batch
  anchors <- rows_of_block(shards$anchors, shards$anchor[[shard]])
  part <- list(
    embeddings = part_of_source(work$embeddings, anchors[[1]], length(anchors)),
    labels = batch$labels[anchors],
    groups = batch$groups[anchors]
  )
  kind <- shards$kind[[shard]]
  if (kind == "self") {
    return(part)
  }
  references <- rows_of_block(shards$references, shards$reference[[shard]])
  part$references <- part_of_source(work$references, references[[1]], length(references))
  part$reference_labels <- reference_codes_of(batch)[references]
  others <- if (is.null(batch$reference_groups)) batch$groups else batch$reference_groups
  part$reference_groups <- others[references]
  part$mutual <- kind == "mutual"
  part
}

# A pair takes those of its similarity and about 32 for its exponential.
multiplications_of <- function(work) {
  shards <- work$shards
  pairs <- shards$anchors$count[shards$anchor] * shards$references$count[shards$reference]
  pairs * ifelse(shards$kind == "self", 0.5, 1) * (ncol(work$batch$embeddings) + 32)
}

# Pairs of equal index are on the diagonal of the shards.
settings_of_shard <- function(work, shard) {
  settings <- work$settings
  on_diagonal <- work$shards$anchor[[shard]] == work$shards$reference[[shard]]
  settings$remove_diagonal <- isTRUE(settings$remove_diagonal) && on_diagonal
  settings
}

# What has been found so far, with why a shard has no result.
failed_at <- function(shard, result, found, work) {
  found$status <- result$status
  found$where <- where_in_whole(work, shard, result$where)
  found
}

# What the engine says of a row of a shard, of the same row of the whole.
where_in_whole <- function(work, shard, where) {
  shards <- work$shards
  is_reference <- where[[1]] == 2
  first <- if (is_reference) {
    shards$references$first[[shards$reference[[shard]]]]
  } else {
    shards$anchors$first[[shards$anchor[[shard]]]]
  }
  side <- if (is_reference && !is.null(work$batch$references)) 2 else 1
  c(side, where[[2]] + first - 1, where[[3]])
}

# Sums -------------------------------------------------------------------------------------------

# Returns list(blocks, status, where, not_unit): the sums of each block of anchors.
distribute_sums <- function(work) {
  shards <- work$shards
  blocks <- lapply(shards$anchors$count, function(count) matrix(0, 4L, count))
  found <- list(blocks = blocks, status = "ok", where = c(1, 0, 0), not_unit = numeric(6))
  make_task <- function(shard) {
    list(
      routine = "sums", batch = batch_of_shard(work, shard),
      settings = settings_of_shard(work, shard), request = list()
    )
  }
  receive <- function(shard, result) {
    if (result$status != "ok") {
      found <<- failed_at(shard, result, found, work)
      return(FALSE)
    }
    anchor <- shards$anchor[[shard]]
    found$blocks[[anchor]] <<- .Call(ffi_add_pair_sums, found$blocks[[anchor]], result$sums)
    if (!is.null(result$ref_sums)) {
      other <- shards$reference[[shard]]
      found$blocks[[other]] <<- .Call(ffi_add_pair_sums, found$blocks[[other]], result$ref_sums)
    }
    found$not_unit <<- add_not_unit(found$not_unit, result$not_unit, work, shard)
    TRUE
  }
  run_shards(multiplications_of(work), make_task, receive, work$distribution, work$call)
  found
}

# How many rows are not of unit length, the first of them and its length: each block is told of by
# the first shard that it is in.
add_not_unit <- function(known, more, work, shard) {
  shards <- work$shards
  anchor <- shards$anchor[[shard]]
  reference <- shards$reference[[shard]]
  if (reference == (if (shards$kind[[shard]] == "self") anchor else 1L)) {
    known[1:3] <- add_side(known[1:3], more[1:3], shards$anchors$first[[anchor]])
  }
  if (anchor == 1L && !is.null(work$batch$references)) {
    known[4:6] <- add_side(known[4:6], more[4:6], shards$references$first[[reference]])
  }
  known
}

add_side <- function(known, more, first_row) {
  if (more[[1]] == 0) {
    known
  } else if (known[[1]] == 0) {
    c(more[[1]], more[[2]] + first_row - 1, more[[3]])
  } else {
    c(known[[1]] + more[[1]], known[2:3])
  }
}

# Losses and value, as a result of the engine.
reduce_sums <- function(sums, batch, settings) {
  total <- .Call(ffi_reduce_pair_sums, do.call(cbind, sums$blocks), batch, settings)
  if (total$status == "ok") {
    total$not_unit <- sums$not_unit
  }
  total
}

# Gradients --------------------------------------------------------------------------------------

# The derivatives with respect to the losses.
factors_of <- function(batch, scale, request) {
  if (!is.null(request$upstream)) {
    request$upstream
  } else if (is.null(batch$sample_weight)) {
    rep(scale, nrow(batch$embeddings))
  } else {
    scale * batch$sample_weight
  }
}

# Returns list(gradient, ref_gradient, status, where).
distribute_gradient <- function(work, sums, scale, request) {
  shards <- work$shards
  batch <- work$batch
  in_bytes <- work$settings$dtype != "float64"
  factors <- factors_of(batch, scale, request)
  columns <- ncol(batch$embeddings)
  zeros <- function(count) matrix(0, count, columns)
  found <- list(
    gradient = lapply(shards$anchors$count, zeros),
    ref_gradient = if (!is.null(batch$references)) lapply(shards$references$count, zeros),
    status = "ok", where = c(1, 0, 0)
  )
  make_task <- function(shard) {
    part <- batch_of_shard(work, shard)
    anchor <- shards$anchor[[shard]]
    reference <- shards$reference[[shard]]
    mutual <- isTRUE(part$mutual)
    list(
      routine = "gradient", batch = part, settings = settings_of_shard(work, shard),
      request = list(
        weights = request$weights, in_bytes = in_bytes,
        sums = sums[[anchor]], upstream = factors[rows_of_block(shards$anchors, anchor)],
        ref_sums = if (mutual) sums[[reference]],
        ref_upstream = if (mutual) factors[rows_of_block(shards$references, reference)]
      )
    )
  }
  receive <- function(shard, result) {
    if (result$status != "ok") {
      found <<- failed_at(shard, result, found, work)
      return(FALSE)
    }
    anchor <- shards$anchor[[shard]]
    reference <- shards$reference[[shard]]
    found$gradient[[anchor]] <<-
      .Call(ffi_add_gradient, found$gradient[[anchor]], result$gradient)
    if (is.null(result$ref_gradient)) {
      return(TRUE)
    }
    # The references of a shard may be rows of the embeddings
    side <- if (is.null(batch$references)) "gradient" else "ref_gradient"
    found[[side]][[reference]] <<-
      .Call(ffi_add_gradient, found[[side]][[reference]], result$ref_gradient)
    TRUE
  }
  run_shards(3 * multiplications_of(work), make_task, receive, work$distribution, work$call)
  finish_gradient(found, batch, request)
}

finish_gradient <- function(found, batch, request) {
  if (found$status == "ok" && isTRUE(request$in_bytes)) {
    found$gradient <- .Call(ffi_floats_of_blocks, found$gradient)
  } else {
    found$gradient <- do.call(rbind, found$gradient)
  }
  if (!is.null(found$ref_gradient)) {
    found$ref_gradient <- do.call(rbind, found$ref_gradient)
  }
  with_names_of_rows(found, batch)
}
