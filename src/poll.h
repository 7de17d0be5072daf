/* The engine polls between tiles: R checks for an interrupt and shows progress; pages of files that
 * have been read are given back. */
#ifndef CIRCLELOSS_POLL_H
#define CIRCLELOSS_POLL_H

#include <R.h>
#include <Rinternals.h>

#include <stdbool.h>

typedef struct {
  SEXP batch;    /* whose files are read */
  SEXP progress; /* NULL or function(fraction) */
  SEXP token;    /* of a pending interrupt or error, see R_ContinueUnwind() */
  bool unwinding;
  double begun, asked, shown, dropped; /* seconds */
  double start, length;                /* of the current part, in fractions of the whole */
  double fraction;                     /* of the whole that is done */
} poll_state;

/* The token must be protected: token = PROTECT(R_MakeUnwindCont()). */
poll_state new_poll(SEXP batch, SEXP progress, SEXP token);

/* A circle_poll: true if R wants to unwind. No frame of the engine is jumped over. */
bool poll_r(void *state, double fraction);

/* To be called after the engine has freed its memory: continues a jump that poll_r() caught, and
 * then does not return. */
void continue_unwinding(const poll_state *state);

#endif
