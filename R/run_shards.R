# Runs shards on the workers of the user's plan: sends them out, gives those of lost workers to
# others, keeps finished ones, and hands the results on in their order.

# make_task(shard) returns the task of a shard, see compute_shard(). receive(shard, result) is
# called for 1, 2, ... count; if it returns FALSE, the others are not computed.
run_shards <- function(count, make_task, receive, distribution, call) {
  begin_checkpoint(distribution$checkpoint, call)
  previous <- options(future.globals.maxSize = Inf)
  on.exit(options(previous))
  pool <- new_pool(count, make_task, distribution, call)
  on.exit(end_pool(pool), add = TRUE)
  progress <- shard_progress(count)
  for (shard in seq_len(count)) {
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

# `waiting`: shards to be sent out, in order; `running`: by shard, list(shard, future, since, task);
# `results`: finished shards that nobody has asked for yet.
new_pool <- function(count, make_task, distribution, call) {
  pool <- new.env(parent = emptyenv())
  pool$waiting <- seq_len(count)
  pool$running <- list()
  pool$results <- list()
  pool$failures <- integer(count)
  pool$sent <- list()
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

# Works until the result of this shard is there.
wait_for <- function(pool, shard) {
  name <- as.character(shard)
  pause <- 0.001
  while (is.null(pool$results[[name]])) {
    if (pool$is_broken && length(pool$running) == 0L) {
      repair_workers(pool)
    }
    send_out(pool, shard)
    if (collect(pool)) {
      pause <- 0.001
    } else if (is.null(pool$results[[name]])) {
      Sys.sleep(pause)
      pause <- min(2 * pause, 0.1)
    }
  }
  result <- pool$results[[name]]
  pool$results[[name]] <- NULL
  result
}

# Sending ------------------------------------------------------------------------------------------

# Most shards that are out at a time: a batch system takes any number.
most_running <- 1000L

# As many as there are workers. Finished ones of an earlier call come from the checkpoint. A plan
# that lost a worker is left to finish before it is repaired. Results that wait for the awaited one
# take memory: they must not become too many.
send_out <- function(pool, awaited) {
  workers <- min(future::nbrOfWorkers(), most_running)
  while (!pool$is_broken && length(pool$waiting) > 0L && length(pool$running) < workers) {
    shard <- pool$waiting[[1]]
    if (shard > awaited && length(pool$results) >= 4 * workers) {
      break
    }
    pool$waiting <- pool$waiting[-1]
    task <- pool$make_task(shard)
    task$version <- shard_version()
    file <- checkpoint_file(task, pool$distribution$checkpoint)
    result <- read_shard(file)
    if (is.null(result)) {
      send_shard(pool, shard, task, file)
    } else {
      pool$results[[as.character(shard)]] <- result
    }
  }
}

send_shard <- function(pool, shard, task, file) {
  name <- as.character(shard)
  task$sent <- pool$sent[[name]]
  future <- tryCatch(new_future(task, shard), error = function(error) error)
  job <- list(shard = shard, future = future, since = Sys.time(), task = task, file = file)
  if (inherits(future, "error")) {
    lose(pool, job, conditionMessage(future))
  } else {
    pool$running[[name]] <- job
  }
}

# The function belongs to the namespace of the package, which workers load.
new_future <- function(task, shard) {
  future::future(
    compute_shard(task),
    globals = list(compute_shard = compute_shard, task = task), packages = "circleloss",
    seed = NULL, stdout = NA, label = paste("circleloss shard", shard)
  )
}

# Collecting ---------------------------------------------------------------------------------------

# Whether any shard came back, or was lost.
collect <- function(pool) {
  any <- FALSE
  for (job in pool$running) {
    done <- tryCatch(future::resolved(job$future), error = function(error) TRUE)
    late <- !done &&
      as.double(Sys.time() - job$since, units = "secs") > pool$distribution$time_limit
    if (done || late) {
      pool$running[[as.character(job$shard)]] <- NULL
      any <- TRUE
    }
    if (done) {
      take_result(pool, job)
    } else if (late) {
      end_worker(job$future)
      lose(pool, job, paste(
        "it has taken longer than", format_count(pool$distribution$time_limit), "seconds"
      ))
    }
  }
  any
}

take_result <- function(pool, job) {
  result <- tryCatch(
    future::value(job$future),
    FutureError = function(error) error,
    error = function(error) stop_failed_shard(job$shard, error, pool$call)
  )
  if (inherits(result, "FutureError")) {
    lose(pool, job, conditionMessage(result))
  } else if (!is.null(result$missing)) {
    send_rows(pool, job, result$missing)
  } else {
    if (!is.null(job$file) && result$status == "ok") {
      write_shard(result, job$file, pool$call)
    }
    pool$results[[as.character(job$shard)]] <- result
  }
}

# The worker sees no such file: the shard goes out again, with the bytes.
send_rows <- function(pool, job, keys) {
  sources <- job$task$batch[c("embeddings", "references")]
  for (source in sources) {
    if (isTRUE(source$key %in% keys)) {
      pool$sent[[as.character(job$shard)]][[source$key]] <- bytes_of_source(source, pool$call)
    }
  }
  send_shard(pool, job$shard, job$task, job$file)
  pool$sent[[as.character(job$shard)]] <- NULL
}

# A lost shard is the next to be sent out.
lose <- function(pool, job, why) {
  shard <- job$shard
  pool$failures[[shard]] <- pool$failures[[shard]] + 1L
  pool$is_broken <- TRUE
  why <- sub("\n.*", "", why)
  if (pool$failures[[shard]] >= pool$distribution$attempts) {
    stop_lost_shard(shard, pool$failures[[shard]], why, pool$call)
  }
  pool$waiting <- c(shard, pool$waiting)
  cli::cli_inform(
    c("!" = "Shard {format_count(shard)} is given to another worker: {why}"),
    class = "circleloss_message_shard"
  )
}

stop_lost_shard <- function(shard, attempts, why, call) {
  stop_circleloss(
    "shard",
    c(
      "Shard {format_count(shard)} failed {count_of(attempts, 'time')}.",
      "x" = "{why}",
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
    c(
      "A worker could not compute shard {format_count(shard)}.",
      "i" = "Is {.pkg circleloss} installed there, in this version?"
    ),
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
