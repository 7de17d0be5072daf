/* The matrix unit in plain C, so that its kernels are tested on processors without one: included
 * before them. */
#ifndef MATRIX_UNIT_H
#define MATRIX_UNIT_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

/* Eight registers of 16 rows of 64 bytes, and the shapes that the kernel has asked for. */
static __thread float amx_registers[8][16][16];
static __thread uint8_t amx_rows[8];
static __thread uint16_t amx_row_bytes[8];

static inline void amx_load_shapes(const void *shapes) {
  for (int i = 0; i < 8; i++) {
    memcpy(&amx_row_bytes[i], (const char *)shapes + 16 + 2 * i, sizeof amx_row_bytes[i]);
    memcpy(&amx_rows[i], (const char *)shapes + 48 + i, sizeof amx_rows[i]);
  }
}

static inline void amx_load(int to, const void *from, size_t stride) {
  for (size_t r = 0; r < amx_rows[to]; r++)
    memcpy(amx_registers[to][r], (const char *)from + r * stride, amx_row_bytes[to]);
}

static inline void amx_store(int from, void *to, size_t stride) {
  for (size_t r = 0; r < amx_rows[from]; r++)
    memcpy((char *)to + r * stride, amx_registers[from][r], amx_row_bytes[from]);
}

/* Either number of a word */
static inline float amx_number(float word, int half) {
  uint32_t bits;
  memcpy(&bits, &word, sizeof bits);
  bits = half == 0 ? bits << 16 : bits & 0xffff0000;
  memcpy(&word, &bits, sizeof word);
  return word;
}

static inline void amx_multiply(int sums, int rows, int columns) {
  for (int r = 0; r < amx_rows[rows]; r++)
    for (int k = 0; k < 16; k++)
      for (int c = 0; c < 16; c++)
        for (int half = 0; half < 2; half++)
          amx_registers[sums][r][c] += amx_number(amx_registers[rows][r][k], half) *
                                       amx_number(amx_registers[columns][k][c], half);
}

#undef _tile_loadconfig
#undef _tile_release
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbf16ps
#define _tile_loadconfig(shapes) amx_load_shapes(shapes)
#define _tile_release() ((void)0)
#define _tile_zero(to) memset(amx_registers[to], 0, sizeof amx_registers[to])
#define _tile_loadd(to, from, stride) amx_load(to, from, stride)
#define _tile_stored(from, to, stride) amx_store(from, to, stride)
#define _tile_dpbf16ps(sums, rows, columns) amx_multiply(sums, rows, columns)

#endif
