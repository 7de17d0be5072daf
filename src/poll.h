/* Between tiles the engine asks whether to stop: here R looks for an interrupt and shows progress.
 */
#ifndef CIRCLELOSS_POLL_H
#define CIRCLELOSS_POLL_H

#include <R.h>
#include <Rinternals.h>

#include <stdbool.h>

typedef struct {
  SEXP progress; /* NULL or function(fraction) */
  SEXP token;    /* of the interrupt or error under way, see R_ContinueUnwind() */
  bool unwinding;
  double begun, asked, shown; /* seconds */
  double start, length;       /* of the part of the work that is under way, in the whole */
  double fraction;            /* of the whole that is done */
} poll_state;

/* The token must be protected: token = PROTECT(R_MakeUnwindCont()). */
poll_state new_poll(SEXP progress, SEXP token);

/* A circle_poll: true if R wants to unwind. Nothing of the engine is jumped over. */
bool poll_r(void *state, double fraction);

/* After the engine has freed what it held: goes on with what poll_r() held up. Does not return if
 * there was anything. */
void continue_unwinding(const poll_state *state);

#endif
