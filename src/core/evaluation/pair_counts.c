/* How many pairs of each kind an anchor has: those of its class and the others, less those that
 * groups leave out. */
#include "evaluation/pair_counts.h"

#include "base/memory.h"

/* References seen so far. Without groups all are of one, which no relation asks for. */
typedef struct {
  const circle_operands *operands;
  const int32_t *groups; /* of the references, sorted */
  size_t *in_group;      /* of each group, */
  size_t *in_class;      /* and those of the current class among them */
  size_t first, end;     /* the positions of that class */
} seen_references;

static size_t group_of(const int32_t *groups, size_t position) {
  return groups == NULL ? 0 : (size_t)groups[position];
}

static size_t largest_group(const circle_operand *operand) {
  size_t largest = 0;
  for (size_t i = 0; i < operand->rows; i++)
    if (group_of(operand->groups, i) > largest) largest = group_of(operand->groups, i);
  return largest;
}

static bool begin_counting(const circle_operands *operands, seen_references *seen) {
  const size_t of_anchors = largest_group(&operands->anchors);
  const size_t of_references = largest_group(operands->references);
  const size_t groups = 1 + (of_anchors > of_references ? of_anchors : of_references);
  *seen = (seen_references){.operands = operands, .groups = operands->references->groups};
  seen->in_group = circle_allocate_zeros(2 * groups, sizeof *seen->in_group);
  if (seen->in_group == NULL) return false;
  seen->in_class = seen->in_group + groups;
  return true;
}

static size_t related(circle_group_relation wanted, size_t all, size_t same) {
  if (wanted == CIRCLE_ANY_GROUPS) return all;
  return wanted == CIRCLE_EQUAL_GROUPS ? same : all - same;
}

/* Of an anchor with the references seen: `all`, `alike` of its class. */
static circle_pair_counts counts_of(const seen_references *seen, size_t anchor, size_t all,
                                    size_t alike) {
  const circle_settings *settings = &seen->operands->settings;
  const size_t group = group_of(seen->operands->anchors.groups, anchor);
  const size_t same = seen->in_group[group], both = seen->in_class[group];
  return (circle_pair_counts){
      .positives = related(circle_relation_of_positives(settings), alike, both),
      .negatives = related(circle_relation_of_negatives(settings), all - alike, same - both)};
}

static void forget_class(seen_references *seen) {
  for (size_t i = seen->first; i < seen->end; i++) seen->in_class[group_of(seen->groups, i)] = 0;
}

/* From the last anchor to the first, each before it is seen itself. */
static void count_later_pairs(seen_references *seen, const circle_class_bounds *bounds,
                              circle_pair_counts *counts) {
  const size_t rows = seen->operands->anchors.rows;
  for (size_t i = rows; i-- > 0;) {
    const size_t end = bounds[i].first_positive + bounds[i].positives;
    if (end != seen->end) {
      forget_class(seen);
      seen->first = bounds[i].first_positive;
      seen->end = end;
    }
    counts[i] = counts_of(seen, i, rows - (i + 1), end - (i + 1));
    seen->in_group[group_of(seen->groups, i)]++;
    seen->in_class[group_of(seen->groups, i)]++;
  }
}

static void count_all_pairs(seen_references *seen, const circle_class_bounds *bounds,
                            circle_pair_counts *counts) {
  const size_t references = seen->operands->references->rows;
  for (size_t i = 0; i < references; i++) seen->in_group[group_of(seen->groups, i)]++;
  for (size_t i = 0; i < seen->operands->anchors.rows; i++) {
    const size_t first = bounds[i].first_positive, end = first + bounds[i].positives;
    if (first != seen->first || end != seen->end) {
      forget_class(seen);
      seen->first = first;
      seen->end = end;
      for (size_t r = first; r < end; r++) seen->in_class[group_of(seen->groups, r)]++;
    }
    counts[i] = counts_of(seen, i, references, end - first);
  }
}

bool circle_count_pairs(const circle_operands *operands, const circle_class_bounds *bounds,
                        circle_pair_counts *counts) {
  seen_references seen;
  if (!begin_counting(operands, &seen)) return false;
  if (operands->symmetric)
    count_later_pairs(&seen, bounds, counts);
  else
    count_all_pairs(&seen, bounds, counts);
  circle_free(seen.in_group);
  return true;
}
