/* Memory aligned for the widest vector registers, with a cache of freed blocks. */
#ifndef CIRCLE_MEMORY_H
#define CIRCLE_MEMORY_H

#include <stddef.h>

#define CIRCLE_ALIGNMENT 64

/* count * size bytes, or NULL (also where the product overflows). Zero bytes are fine. */
void *circle_allocate(size_t count, size_t size);
/* The same, zeroed. */
void *circle_allocate_zeros(size_t count, size_t size);
void circle_free(void *memory);

/* How much the cache may hold. */
size_t circle_cache_capacity(void);

#endif
