/* Memory aligned for the widest vector registers, and a cache of blocks that were freed.
 *
 * Large blocks lie in huge pages where the system grants them: packed rows of some megabytes, which
 * are read in tiles, otherwise cost a TLB miss for nearly every panel.
 *
 * Memory that is new from the system costs a page fault for every 4096 bytes, which in a training
 * loop of some thousand rows takes as long as a tenth of the work. So large blocks are kept for the
 * next call, up to a limit, and the oldest go first. A thread that finds the cache locked does
 * without it. */
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
 * where they began. */
typedef struct {
  void *begin;
  size_t bytes; /* that the caller may use */
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

/* There is space before the block that is never touched and so takes no memory. */
static void *new_block(size_t bytes) {
  const size_t alignment = bytes < HUGE_PAGE ? CIRCLE_ALIGNMENT : HUGE_PAGE;
  const size_t extra = alignment + sizeof(block_header);
  if (bytes > SIZE_MAX - extra) return NULL;
  char *begin = malloc(bytes + extra);
  if (begin == NULL) return NULL;
  uintptr_t first = (uintptr_t)(begin + sizeof(block_header));
  size_t shift = (alignment - first % alignment) % alignment;
  char *aligned = begin + sizeof(block_header) + shift;
  const block_header header = {begin, bytes};
  memcpy(aligned - sizeof header, &header, sizeof header);
  circle_prefer_huge_pages(aligned, bytes);
  return aligned;
}

static void free_block(void *memory) { free(header_of(memory).begin); }

/* ---- what is kept ---- */

/* The address sanitizer sees a use after free only if blocks are really freed. */
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

#define SMALLEST_KEPT ((size_t)32 << 10) /* smaller ones are what malloc() is good at */
enum { MOST_KEPT = 32 };

static struct {
  size_t limit, bytes, count;
  void *blocks[MOST_KEPT]; /* the oldest first */
} cache = {.limit = LIMIT_AT_FIRST};

static atomic_flag cache_is_taken = ATOMIC_FLAG_INIT;

static bool take_cache(void) { return !atomic_flag_test_and_set(&cache_is_taken); }
static void leave_cache(void) { atomic_flag_clear(&cache_is_taken); }

static void *remove_block(size_t at) {
  void *memory = cache.blocks[at];
  cache.bytes -= header_of(memory).bytes;
  cache.count--;
  memmove(&cache.blocks[at], &cache.blocks[at + 1], (cache.count - at) * sizeof *cache.blocks);
  return memory;
}

/* The smallest block that is large enough, but not more than twice as large; NULL if none is. */
static void *block_from_cache(size_t bytes) {
  size_t best = MOST_KEPT, smallest = bytes > SIZE_MAX / 2 ? SIZE_MAX : 2 * bytes;
  for (size_t i = 0; i < cache.count; i++) {
    const size_t has = header_of(cache.blocks[i]).bytes;
    if (has < bytes || has > smallest) continue;
    smallest = has;
    best = i;
  }
  return best == MOST_KEPT ? NULL : remove_block(best);
}

static void evict(size_t bytes, size_t most_blocks) {
  while (cache.count > 0 && (cache.bytes > cache.limit - bytes || cache.count > most_blocks))
    free_block(remove_block(0));
}

static bool keep_block(void *memory) {
  const size_t bytes = header_of(memory).bytes;
  if (bytes > cache.limit) return false;
  evict(bytes, MOST_KEPT - 1);
  cache.blocks[cache.count++] = memory;
  cache.bytes += bytes;
  return true;
}

size_t circle_cached(void) {
  if (!take_cache()) return 0;
  const size_t bytes = cache.bytes;
  leave_cache();
  return bytes;
}

size_t circle_cache_capacity(void) {
  if (!take_cache()) return 0;
  const size_t limit = cache.limit;
  leave_cache();
  return limit;
}

/* Another thread holds the cache for some microseconds at most. It holds it for ever in a process
 * that was forked meanwhile, which keeps nothing then. */
#define PATIENCE 10000000

size_t circle_cache_limit(size_t limit) {
  for (int tries = 0; !take_cache(); tries++)
    if (tries == PATIENCE) return 0;
  const size_t before = cache.limit;
  cache.limit = limit;
  evict(0, MOST_KEPT);
  leave_cache();
  return before;
}

/* ---- for the engine ---- */

void *circle_allocate(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  const size_t bytes = count * size;
  if (bytes >= SMALLEST_KEPT && take_cache()) {
    void *memory = block_from_cache(bytes);
    leave_cache();
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
  if (header_of(memory).bytes >= SMALLEST_KEPT && take_cache()) {
    const bool is_kept = keep_block(memory);
    leave_cache();
    if (is_kept) return;
  }
  free_block(memory);
}
