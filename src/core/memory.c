/* Memory aligned for the widest vector registers. C11's aligned_alloc() is missing on some
 * platforms, so the block is aligned by hand and remembers where it began. */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *circle_allocate(size_t count, size_t size) {
  const size_t extra = CIRCLE_ALIGNMENT + sizeof(void *);
  if (size != 0 && count > (SIZE_MAX - extra) / size) return NULL;
  char *begin = malloc(count * size + extra);
  if (begin == NULL) return NULL;
  uintptr_t first = (uintptr_t)(begin + sizeof(void *));
  size_t shift = (CIRCLE_ALIGNMENT - first % CIRCLE_ALIGNMENT) % CIRCLE_ALIGNMENT;
  char *aligned = begin + sizeof(void *) + shift;
  memcpy(aligned - sizeof(void *), &begin, sizeof(void *));
  return aligned;
}

void *circle_allocate_zeros(size_t count, size_t size) {
  void *memory = circle_allocate(count, size);
  return memory == NULL ? NULL : memset(memory, 0, count * size);
}

void circle_free(void *memory) {
  if (memory == NULL) return;
  void *begin;
  memcpy(&begin, (char *)memory - sizeof(void *), sizeof(void *));
  free(begin);
}
