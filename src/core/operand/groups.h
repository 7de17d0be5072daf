/* Groups of rows: cameras, speakers, plates, and which pairs of them count. */
#ifndef CIRCLE_GROUPS_H
#define CIRCLE_GROUPS_H

#include "circle_loss.h"

typedef enum {
  CIRCLE_ANY_GROUPS,
  CIRCLE_EQUAL_GROUPS,
  CIRCLE_DIFFERENT_GROUPS
} circle_group_relation;

static inline circle_group_relation circle_relation_of_positives(const circle_settings *settings) {
  const bool differ = settings->group_rule == CIRCLE_OTHER_GROUPS ||
                      settings->group_rule == CIRCLE_OTHER_GROUP_POSITIVES;
  return differ ? CIRCLE_DIFFERENT_GROUPS : CIRCLE_ANY_GROUPS;
}

static inline circle_group_relation circle_relation_of_negatives(const circle_settings *settings) {
  if (settings->group_rule == CIRCLE_OTHER_GROUPS) return CIRCLE_DIFFERENT_GROUPS;
  return settings->group_rule == CIRCLE_SAME_GROUP_NEGATIVES ? CIRCLE_EQUAL_GROUPS
                                                             : CIRCLE_ANY_GROUPS;
}

static inline bool circle_is_related(circle_group_relation wanted, bool same) {
  return wanted == CIRCLE_ANY_GROUPS || same == (wanted == CIRCLE_EQUAL_GROUPS);
}

#endif
