/* The engine polls between tiles: R checks for an interrupt and shows progress; pages of files that
 * have been read are given back.
 *
 * An interrupt, or an error in the progress bar, is a long jump, which would leak the engine's
 * memory. R_UnwindProtect() lets us catch the jump, have the engine stop and free, and then
 * continue it. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */

#include "poll.h"

#include <setjmp.h>
#include <time.h>

#include "embeddings_file.h"

#define SECONDS_BETWEEN_DROPS 0.0005
#define SECONDS_BETWEEN_QUESTIONS 0.05
#define SECONDS_BETWEEN_PROGRESS 0.1
#define SECONDS_BEFORE_PROGRESS 2.0

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

poll_state new_poll(SEXP batch, SEXP progress, SEXP token) {
  const double now = seconds();
  return (poll_state){.batch = batch,
                      .progress = progress,
                      .token = token,
                      .begun = now,
                      .asked = now,
                      .length = 1.0};
}

static SEXP question(void *context) {
  poll_state *state = context;
  R_CheckUserInterrupt();
  const bool due = state->asked - state->begun >= SECONDS_BEFORE_PROGRESS &&
                   state->asked - state->shown >= SECONDS_BETWEEN_PROGRESS;
  if (state->progress == R_NilValue || !due) return R_NilValue;
  state->shown = state->asked;
  SEXP fraction = PROTECT(Rf_ScalarReal(state->fraction));
  SEXP call = PROTECT(Rf_lang2(state->progress, fraction));
  Rf_eval(call, R_GlobalEnv);
  UNPROTECT(2);
  return R_NilValue;
}

static void jump_back(void *context, Rboolean jumping) {
  if (jumping) longjmp(*(jmp_buf *)context, 1);
}

/* While rows are packed, in the order of their labels, their file would soon be in memory a second
 * time: each page that is touched brings its neighbours. */
static void give_pages_back(poll_state *state, double now) {
  if (now - state->dropped < SECONDS_BETWEEN_DROPS) return;
  drop_pages_of(state->batch);
  state->dropped = now;
}

bool poll_r(void *context, double fraction) {
  poll_state *state = context;
  const double now = seconds();
  give_pages_back(state, now);
  if (now - state->asked < SECONDS_BETWEEN_QUESTIONS) return false;
  state->asked = now;
  state->fraction = state->start + state->length * fraction;
  jmp_buf here;
  if (setjmp(here) != 0) {
    state->unwinding = true;
    return true;
  }
  R_UnwindProtect(question, state, jump_back, &here, state->token);
  return false;
}

void continue_unwinding(const poll_state *state) {
  if (state->unwinding) R_ContinueUnwind(state->token);
}
