# Runs shards on the workers of the user's plan: sends them out, gives those of lost workers to
# others, keeps finished ones, and hands the results on in their order.

# make_task(shard) returns the task of a shard, see compute_shard(). receive(shard, result) is
# called for 1, 2, ... in order; if it returns FALSE, the others are not computed. `work`: of each
# shard, in multiplications.
run_shards <- function(work, make_task, receive, distribution, call) {
  begin_checkpoint(distribution$checkpoint, call)
  previous <- options(future.globals.maxSize = Inf)
  on.exit(options(previous))
  pool <- new_pool(work, make_task, distribution, call)
  on.exit(end_pool(pool), add = TRUE)
  progress <- shard_progress(length(work))
  for (shard in seq_along(work)) {
    result <- wait_for(pool, shard)
    progress()
    if (isFALSE(receive(shard, result))) {
      break
    }
  }
}

# Steps for progressr; nothing where it is missing.
shard_progress <- function(count, envir = parent.frame()) {
  if (requireNamespace("progressr", quietly = TRUE)) {
    progressr::progressor(steps = count, envir = envir)
  } else {
    function() NULL
  }
}

# `waiting`: shards to be sent out, in order; `running`: jobs, list(shards, tasks, files, future,
# since); `results`: finished shards that nobody has asked for yet, by their numbers.
new_pool <- function(work, make_task, distribution, call) {
  pool <- new.env(parent = emptyenv())
  pool$work <- work
  pool$waiting <- seq_along(work)
  pool$running <- list()
  pool$results <- list()
  pool$failures <- integer(length(work))
  pool$is_broken <- FALSE
  pool$restore <- NULL
  pool$make_task <- make_task
  pool$distribution <- distribution
  pool$call <- call
  pool
}

end_pool <- function(pool) {
  for (job in pool$running) {
    cancel_future(job$future)
  }
  if (!is.null(pool$restore)) {
    future::plan(pool$restore)
  }
}

# Works until the result of this shard is there. Looking for it takes some milliseconds, so pauses
# grow with the time that nothing has happened.
wait_for <- function(pool, shard) {
  name <- as.character(shard)
  since <- Sys.time()
  while (is.null(pool$results[[name]])) {
    if (pool$is_broken && length(pool$running) == 0L) {
      repair_workers(pool)
    }
    send_out(pool, shard)
    if (collect(pool)) {
      # Before the caller works on the result
      send_out(pool, shard)
      since <- Sys.time()
    } else if (is.null(pool$results[[name]])) {
      idle <- as.double(Sys.time() - since, units = "secs")
      Sys.sleep(min(max(0.01 * idle, 0.001), 0.5))
    }
  }
  result <- pool$results[[name]]
  pool$results[[name]] <- NULL
  result
}

# Sending ------------------------------------------------------------------------------------------

# Most jobs that are out at a time: a batch system takes any number.
most_running <- 1000L

# Multiplications of some twenty seconds. A job takes 0.1 to 0.2 s on its way and back, so small
# shards share one.
work_of_job <- 1.2e12

# As many as there are workers. Finished shards of an earlier call come from the checkpoint. A plan
# that lost a worker is left to finish before it is repaired. Results that wait for the awaited one
# take memory: they must not become too many.
send_out <- function(pool, awaited) {
  workers <- min(future::nbrOfWorkers(), most_running)
  while (!pool$is_broken && length(pool$waiting) > 0L && length(pool$running) < workers) {
    if (pool$waiting[[1]] > awaited && length(pool$results) >= 100 * workers) {
      break
    }
    job <- next_job(pool, workers)
    if (length(job$shards) > 0L) {
      send_job(pool, job)
    }
  }
}

# The next shards of those that wait: enough work, but not the share of another worker. One that was
# lost goes alone: it may be what ended the worker.
next_job <- function(pool, workers) {
  waiting <- length(pool$waiting)
  most <- if (workers == 1) waiting else ceiling(waiting / (2 * workers))
  job <- list(shards = integer(), tasks = list(), files = list())
  while (length(pool$waiting) > 0L && length(job$shards) < most &&
           sum(pool$work[job$shards]) < work_of_job) {
    shard <- pool$waiting[[1]]
    is_lost <- pool$failures[[shard]] > 0L
    if (is_lost && length(job$shards) > 0L) {
      break
    }
    pool$waiting <- pool$waiting[-1]
    task <- pool$make_task(shard)
    task$version <- shard_version()
    file <- checkpoint_file(task, pool$distribution$checkpoint)
    result <- read_shard(file)
    if (is.null(result)) {
      job$shards <- c(job$shards, shard)
      job$tasks <- c(job$tasks, list(task))
      job$files <- c(job$files, list(file))
    } else {
      pool$results[[as.character(shard)]] <- result
    }
    if (is_lost) {
      break
    }
  }
  job
}

send_job <- function(pool, job) {
  job$since <- Sys.time()
  job$future <- tryCatch(new_future(job$tasks, job$shards), error = function(error) error)
  if (inherits(job$future, "error")) {
    lose(pool, job, conditionMessage(job$future))
  } else {
    pool$running <- c(pool$running, list(job))
  }
}

# The function belongs to the namespace of the package, which workers load.
new_future <- function(tasks, shards) {
  future::future(
    compute_shards(tasks),
    globals = list(compute_shards = compute_shards, tasks = tasks), packages = "circleloss",
    seed = NULL, stdout = NA,
    # The name of a job in a batch system, whose templates seldom quote it
    label = paste0("circleloss-shards-", paste(range(shards), collapse = "-"))
  )
}

# Collecting ---------------------------------------------------------------------------------------

# Whether any job came back, or was lost.
collect <- function(pool) {
  jobs <- pool$running
  limit <- pool$distribution$time_limit
  done <- vapply(jobs, function(job) {
    tryCatch(future::resolved(job$future), error = function(error) TRUE)
  }, NA)
  late <- !done & vapply(jobs, function(job) {
    as.double(Sys.time() - job$since, units = "secs") > limit * length(job$shards)
  }, NA)
  pool$running <- jobs[!done & !late]
  for (job in jobs[done]) {
    take_results(pool, job)
  }
  for (job in jobs[late]) {
    end_worker(job$future)
    lose(pool, job, paste("it has taken longer than", format_count(limit), "seconds"))
  }
  any(done | late)
}

take_results <- function(pool, job) {
  # What a shard itself runs into is returned; an error here is one of the worker, or on the way
  results <- tryCatch(future::value(job$future), error = function(error) error)
  if (inherits(results, "error")) {
    return(lose(pool, job, conditionMessage(results)))
  }
  if (!is.null(results$error)) {
    stop_failed_shard(job$shards[[1]], results$error, pool$call)
  }
  missing <- unlist(lapply(results, function(result) result$missing))
  if (length(missing) > 0L) {
    return(send_rows(pool, job, unique(missing)))
  }
  for (i in seq_along(results)) {
    if (!is.null(job$files[[i]]) && results[[i]]$status == "ok") {
      write_shard(results[[i]], job$files[[i]], pool$call)
    }
    pool$results[[as.character(job$shards[[i]])]] <- results[[i]]
  }
}

# The worker sees no such file: the shards go out again, with the bytes that any of them needs.
send_rows <- function(pool, job, keys) {
  for (i in seq_along(job$tasks)) {
    for (source in job$tasks[[i]]$batch[c("embeddings", "references")]) {
      if (isTRUE(source$key %in% keys)) {
        job$tasks[[i]]$sent[[source$key]] <- bytes_of_source(source, pool$call)
        keys <- setdiff(keys, source$key)
      }
    }
  }
  send_job(pool, job)
}

# Lost shards are the next to be sent out.
lose <- function(pool, job, why) {
  forget_future(job$future)
  pool$failures[job$shards] <- pool$failures[job$shards] + 1L
  pool$is_broken <- TRUE
  why <- sub("\n.*", "", why)
  failed <- job$shards[pool$failures[job$shards] >= pool$distribution$attempts]
  if (length(failed) > 0L) {
    stop_lost_shard(failed[[1]], pool$failures[[failed[[1]]]], why, pool$call)
  }
  pool$waiting <- sort(c(job$shards, pool$waiting))
  shards <- format_count(job$shards)
  cli::cli_inform(
    c("!" = "{cli::qty(shards)}Shard{?s} {shards} {?is/are} given to another worker: {why}"),
    class = "circleloss_message_shard"
  )
}

stop_lost_shard <- function(shard, attempts, why, call) {
  stop_circleloss(
    "shard",
    c(
      "Shard {format_count(shard)} failed {count_of(attempts, 'time')}.",
      "x" = "{why}",
      "i" = "Is {.pkg circleloss} installed there, in this version?",
      "i" = "Do the workers have enough memory? Smaller {.code distribution(rows = )} need less."
    ),
    shard = shard, attempts = attempts, call = call
  )
}

# Not a lost worker, so another one would not do better.
stop_failed_shard <- function(shard, error, call) {
  if (inherits(error, "circleloss_error")) {
    rlang::cnd_signal(error)
  }
  stop_circleloss(
    "shard",
    "A worker could not compute shard {format_count(shard)}.",
    shard = shard, attempts = 1L, parent = error, call = call
  )
}

# Workers ------------------------------------------------------------------------------------------

# Where package future knows how; otherwise the worker goes on, and nobody asks for the result.
cancel_future <- function(future) {
  cancel <- get0("cancel", asNamespace("future"), mode = "function")
  if (!is.null(cancel)) {
    tryCatch(cancel(future, interrupt = TRUE), error = function(error) NULL)
  }
}

# future.batchtools counts a job that was cancelled as one that runs, and fails over it again each
# time that a job is sent out: as a finished one it is dropped.
forget_future <- function(future) {
  if (inherits(future, "BatchtoolsFuture") && is.null(future$result)) {
    future$result <- future::FutureResult(value = NULL)
    future$state <- "finished"
  }
}

# A process of this machine that does not answer is ended by the system.
end_worker <- function(future) {
  cancel_future(future)
  process <- tryCatch(
    future$workers[[future$node]]$session_info,
    error = function(error) NULL
  )
  here <- identical(process$system$nodename, Sys.info()[["nodename"]])
  if (here && is.numeric(process$process$pid) &&
        !isTRUE(tryCatch(future::resolved(future), error = function(error) TRUE))) {
    tools::pskill(process$process$pid, tools::SIGKILL)
  }
}

# New workers in place of those that are gone, if the plan is one that can have them. Called while
# nothing runs.
repair_workers <- function(pool) {
  pool$is_broken <- FALSE
  plan <- future::plan("list")
  nodes <- formals(plan[[1]])$workers
  if (inherits(plan[[1]], "multisession")) {
    future::plan("sequential")
    future::plan(plan)
  } else if (inherits(nodes, "cluster")) {
    repaired <- repair_nodes(nodes, pool$call)
    if (is.null(pool$restore)) {
      pool$restore <- plan
    }
    plan[[1]] <- future::tweak(plan[[1]], workers = repaired)
    future::plan(plan)
  }
}

repair_nodes <- function(nodes, call) {
  alive <- vapply(nodes, function(node) {
    !isFALSE(tryCatch(parallelly::isNodeAlive(node), error = function(error) NA))
  }, NA)
  clone <- get0("cloneNode", asNamespace("parallelly"), mode = "function")
  for (node in which(!alive)) {
    again <- if (!is.null(clone)) tryCatch(clone(nodes[[node]]), error = function(error) NULL)
    if (!is.null(again)) {
      nodes[[node]] <- again
      alive[[node]] <- TRUE
    }
  }
  if (!any(alive)) {
    stop_circleloss(
      "shard",
      c("No worker is left.", "i" = "Start others, and set a new {.fn future::plan}."),
      call = call
    )
  }
  nodes[alive]
}
