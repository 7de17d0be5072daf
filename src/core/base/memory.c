/* Memory aligned for the widest vector registers, and a cache of freed blocks.
 *
 * Large blocks use huge pages where the system grants them: otherwise megabytes of packed rows,
 * read tile by tile, cost a TLB miss for nearly every panel.
 *
 * Fresh memory costs a page fault per 4096 bytes: a tenth of the time of a training loop over a few
 * thousand rows. So large blocks are cached for the next call, up to a limit; the oldest are
 * evicted first. A thread that finds the cache locked bypasses it. */
#define _DEFAULT_SOURCE /* madvise() */

#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "circle_loss.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

/* C11's aligned_alloc() is missing on some platforms, so blocks are aligned by hand and remember
 * what malloc() returned. */
typedef struct {
  void *allocated;
  size_t bytes; /* usable by the caller */
} block_header;

static block_header header_of(void *memory) {
  block_header header;
  memcpy(&header, (char *)memory - sizeof header, sizeof header);
  return header;
}

/* ---- huge pages: all that depends on the system ---- */

#if defined(__linux__) && defined(MADV_HUGEPAGE)

#define HUGE_PAGE ((size_t)2 << 20)

void circle_prefer_huge_pages(void *memory, size_t bytes) {
  const size_t shift = (HUGE_PAGE - (uintptr_t)memory % HUGE_PAGE) % HUGE_PAGE;
  if (bytes < shift + HUGE_PAGE) return;
  (void)madvise((char *)memory + shift, (bytes - shift) / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
}

#else

/* Windows grants them by a privilege that users do not have, macOS not at all. */
#define HUGE_PAGE SIZE_MAX

void circle_prefer_huge_pages(void *memory, size_t bytes) {
  (void)memory;
  (void)bytes;
}

#endif

/* ---- blocks ---- */

/* The padding before an aligned block is never touched, so it takes no physical memory. */
static void *new_block(size_t bytes) {
  const size_t alignment = bytes < HUGE_PAGE ? CIRCLE_ALIGNMENT : HUGE_PAGE;
  const size_t extra = alignment + sizeof(block_header);
  if (bytes > SIZE_MAX - extra) return NULL;
  char *allocated = malloc(bytes + extra);
  if (allocated == NULL) return NULL;
  char *aligned = allocated + sizeof(block_header);
  aligned += (alignment - (uintptr_t)aligned % alignment) % alignment;
  const block_header header = {allocated, bytes};
  memcpy(aligned - sizeof header, &header, sizeof header);
  circle_prefer_huge_pages(aligned, bytes);
  return aligned;
}

static void free_block(void *memory) { free(header_of(memory).allocated); }

/* ---- the cache ---- */

/* Without a cache, so that the address sanitizer sees every use after free. */
#if defined(__SANITIZE_ADDRESS__)
#define LIMIT_AT_FIRST 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIMIT_AT_FIRST 0
#endif
#endif
#ifndef LIMIT_AT_FIRST
#define LIMIT_AT_FIRST ((size_t)64 << 20)
#endif

#define SMALLEST_CACHED ((size_t)32 << 10) /* smaller ones are what malloc() is good at */
enum { MOST_CACHED = 32 };

static struct {
  size_t limit, bytes, count;
  void *blocks[MOST_CACHED]; /* the oldest first */
} cache = {.limit = LIMIT_AT_FIRST};

static atomic_flag cache_lock = ATOMIC_FLAG_INIT;

static bool lock_cache(void) { return !atomic_flag_test_and_set(&cache_lock); }
static void unlock_cache(void) { atomic_flag_clear(&cache_lock); }

static void *remove_block(size_t at) {
  void *memory = cache.blocks[at];
  cache.bytes -= header_of(memory).bytes;
  cache.count--;
  memmove(&cache.blocks[at], &cache.blocks[at + 1], (cache.count - at) * sizeof *cache.blocks);
  return memory;
}

/* The smallest block that is large enough, but not more than twice as large; NULL if none is. */
static void *block_from_cache(size_t bytes) {
  size_t best = MOST_CACHED, smallest = bytes > SIZE_MAX / 2 ? SIZE_MAX : 2 * bytes;
  for (size_t i = 0; i < cache.count; i++) {
    const size_t has = header_of(cache.blocks[i]).bytes;
    if (has < bytes || has > smallest) continue;
    smallest = has;
    best = i;
  }
  return best == MOST_CACHED ? NULL : remove_block(best);
}

static void evict(size_t bytes, size_t most_blocks) {
  while (cache.count > 0 && (cache.bytes > cache.limit - bytes || cache.count > most_blocks))
    free_block(remove_block(0));
}

static bool cache_block(void *memory) {
  const size_t bytes = header_of(memory).bytes;
  if (bytes > cache.limit) return false;
  evict(bytes, MOST_CACHED - 1);
  cache.blocks[cache.count++] = memory;
  cache.bytes += bytes;
  return true;
}

size_t circle_cached(void) {
  if (!lock_cache()) return 0;
  const size_t bytes = cache.bytes;
  unlock_cache();
  return bytes;
}

size_t circle_cache_capacity(void) {
  if (!lock_cache()) return 0;
  const size_t limit = cache.limit;
  unlock_cache();
  return limit;
}

/* Another thread holds the lock for a few microseconds at most; but a child forked meanwhile finds
 * it locked for ever, and does without the cache. */
#define PATIENCE 10000000

size_t circle_cache_limit(size_t limit) {
  for (int tries = 0; !lock_cache(); tries++)
    if (tries == PATIENCE) return 0;
  const size_t before = cache.limit;
  cache.limit = limit;
  evict(0, MOST_CACHED);
  unlock_cache();
  return before;
}

/* ---- for the engine ---- */

void *circle_allocate(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  const size_t bytes = count * size;
  if (bytes >= SMALLEST_CACHED && lock_cache()) {
    void *memory = block_from_cache(bytes);
    unlock_cache();
    if (memory != NULL) return memory;
  }
  return new_block(bytes);
}

void *circle_allocate_zeros(size_t count, size_t size) {
  void *memory = circle_allocate(count, size);
  return memory == NULL ? NULL : memset(memory, 0, count * size);
}

void circle_free(void *memory) {
  if (memory == NULL) return;
  if (header_of(memory).bytes >= SMALLEST_CACHED && lock_cache()) {
    const bool is_cached = cache_block(memory);
    unlock_cache();
    if (is_cached) return;
  }
  free_block(memory);
}
