/* The engine for callers in other languages, by way of a shared library: plain numbers, pointers
 * and functions that may be called from any thread, several at once.
 *
 * Training calls twice: circleloss_losses() on the way forward, and circleloss_gradient() with the
 * state that it left and the derivatives of whatever was made of the losses on the way back. All
 * memory belongs to the caller and is not touched after a call has returned. */
#ifndef CIRCLELOSS_FOREIGN_H
#define CIRCLELOSS_FOREIGN_H

#include <stdint.h>

/* A library and its caller fit if they agree in this number: it changes with everything below. */
#define CIRCLELOSS_ABI 2

#if defined(_WIN32)
#define CIRCLELOSS_PUBLIC __declspec(dllexport)
#elif defined(__GNUC__)
#define CIRCLELOSS_PUBLIC __attribute__((visibility("default")))
#else
#define CIRCLELOSS_PUBLIC
#endif

/* Numbers of `type`, 0 for double and 1 for float; strides count numbers. */
typedef struct {
  void *values;
  int64_t rows, columns, row_stride, column_stride;
  int32_t type;
} circleloss_matrix;

/* Codes as in circle_loss.h: `dtype` is a circle_dtype, `pair_weights` a circle_pair_weights. */
typedef struct {
  circleloss_matrix embeddings;
  circleloss_matrix references;    /* read only where has_references is not 0 */
  const int32_t *labels;           /* one for each embedding */
  const int32_t *reference_labels; /* one for each reference, or NULL: `labels` */
  double gamma, margin;
  int32_t has_references;
  int32_t remove_diagonal;
  int32_t dtype;
  int32_t pair_weights;
  int32_t threads; /* 0: as many as the environment allows */
} circleloss_problem;

/* What went wrong, and where: a circle_status, the side (1 embeddings, 2 references), and row and
 * column counted from 0. not_unit: rows of either side whose length is not 1. */
typedef struct {
  int32_t status, side;
  int64_t row, column;
  int64_t not_unit[2];
} circleloss_report;

/* The call itself makes no sense; every other status is that of the engine. */
#define CIRCLELOSS_BAD_CALL (-1)

CIRCLELOSS_PUBLIC int32_t circleloss_abi(void);

/* How many bytes the engine keeps from call to call. A limit from 0 on is the new limit of them;
 * with a negative one nothing changes. */
CIRCLELOSS_PUBLIC int64_t circleloss_scratch(int64_t limit);

/* Bytes of the state for this many embeddings. */
CIRCLELOSS_PUBLIC int64_t circleloss_state_size(int64_t rows);

/* losses: one double for each embedding. state: circleloss_state_size() bytes for
 * circleloss_gradient(), or NULL. Returns the status of the report. */
CIRCLELOSS_PUBLIC int32_t circleloss_losses(const circleloss_problem *problem, double *losses,
                                            void *state, circleloss_report *report);

/* state: of circleloss_losses() on the same problem. upstream: derivatives by the losses. The
 * gradients are as large as embeddings and references. The latter's is read, and written, only
 * where there are references; NULL: they are constants, which saves a third of the work. */
CIRCLELOSS_PUBLIC int32_t circleloss_gradient(const circleloss_problem *problem, const void *state,
                                              const double *upstream,
                                              const circleloss_matrix *gradient,
                                              const circleloss_matrix *reference_gradient,
                                              circleloss_report *report);

/* Losses to one number, or to one for each: `reduction` is a circle_reduction. sample_weight may be
 * NULL. upstream: the derivatives of the number, or of the sum, by the losses; may be NULL. */
CIRCLELOSS_PUBLIC int32_t circleloss_reduce(int32_t reduction, int64_t count, const double *losses,
                                            const double *sample_weight, double *value,
                                            double *upstream, circleloss_report *report);

#endif
