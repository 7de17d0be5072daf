/* Files that are read as memory: their content, halves, and files that are cut short meanwhile. */
#if !defined(_WIN32)
#define _DEFAULT_SOURCE /* truncate() */
#endif
#include <string.h>

#include "base/mapped_file.h"
#include "base/numbers.h"
#include "check.h"

#if !defined(_WIN32)
#include <signal.h>
#include <unistd.h>
#endif

static const char *const path = "test_mapped_file.tmp";

static void write_file(const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes, 1, size, file) == size, "writing");
  if (file != NULL) fclose(file);
}

static void check_content(void) {
  unsigned char bytes[1000];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7);
  write_file(bytes, sizeof bytes);
  circle_mapped_file *one = circle_map_file(path), *two = circle_map_file(path);
  CHECK(one != NULL && circle_mapped_size(one) == sizeof bytes, "size");
  CHECK(memcmp(circle_mapped_bytes(one), bytes, sizeof bytes) == 0, "content");
  circle_drop_mapped_pages(one);
  CHECK(memcmp(circle_mapped_bytes(one), bytes, sizeof bytes) == 0, "content, read again");
  circle_unmap_file(one);
  CHECK(memcmp(circle_mapped_bytes(two), bytes, sizeof bytes) == 0, "mapped twice");
  CHECK(!circle_mapped_file_is_lost(two), "not lost");
  circle_unmap_file(two);
  circle_unmap_file(NULL);
}

static void check_no_file(void) {
  CHECK(circle_map_file("no such file") == NULL, "no such file");
  CHECK(circle_map_file(".") == NULL, "a folder");
  write_file("", 0);
  circle_mapped_file *empty = circle_map_file(path);
  CHECK(empty != NULL && circle_mapped_size(empty) == 0, "an empty file");
  circle_unmap_file(empty);
}

/* Every half against its definition: sign, five bits of exponent, ten of fraction. */
static void check_halves(void) {
  for (unsigned bits = 0; bits < 0x10000; bits++) {
    const int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
    const double number = circle_half_to_double((uint16_t)bits);
    const double size =
        exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    const double wanted = exponent < 31 ? size : fraction == 0 ? INFINITY : NAN;
    CHECK(isnan(wanted) ? isnan(number) : fabs(number) == wanted, "half %x", bits);
    CHECK(isnan(wanted) || (signbit(number) != 0) == (bits >> 15 != 0), "sign of half %x", bits);
  }
}

/* QEMU swaps the halves of a bus error's address for big-endian programs, which it runs here */
#if !defined(_WIN32) && !defined(__s390x__)

static volatile sig_atomic_t bus_errors;
static void count_bus_error(int signal) {
  (void)signal;
  bus_errors++;
}

/* The first page stays, the others vanish while the file is mapped. */
static void check_loss(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 8 * page;
  unsigned char *bytes = malloc(size);
  memset(bytes, 1, size);
  write_file(bytes, size);
  circle_mapped_file *file = circle_map_file(path), *other = circle_map_file(path);
  CHECK(truncate(path, (off_t)page) == 0, "truncate");
  const volatile unsigned char *mapped = circle_mapped_bytes(file);
  CHECK(mapped[0] == 1 && !circle_mapped_file_is_lost(file), "what is left can be read");
  CHECK(mapped[5 * page] == 0 && mapped[size - 1] == 0 && mapped[4 * page] == 0, "zeros");
  CHECK(circle_mapped_file_is_lost(file) && !circle_mapped_file_is_lost(other), "lost");
  circle_drop_mapped_pages(file);
  CHECK(mapped[0] == 1, "still there");
  circle_unmap_file(file);
  CHECK(circle_mapped_bytes(other)[page] == 0 && circle_mapped_file_is_lost(other), "the other");
  circle_unmap_file(other);
  free(bytes);
}

/* Whoever handled the signal before does so again. */
static void check_handlers(void) {
  struct sigaction own = {.sa_handler = count_bus_error}, now;
  sigaction(SIGBUS, &own, NULL);
  check_loss();
  raise(SIGBUS);
  sigaction(SIGBUS, NULL, &now);
  CHECK(bus_errors == 1 && now.sa_handler == count_bus_error, "the handler before");
}

#else
static void check_handlers(void) {}
#endif

int main(void) {
  check_content();
  check_no_file();
  check_halves();
  check_handlers();
  remove(path);
  return check_report("mapped files");
}
