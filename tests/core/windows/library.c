/* The core in a library of its own, as R loads and unloads it: library.exe LIBRARY
 * Its threads must be gone when the library is, or they go on in memory that is no longer there;
 * and those that sleep when the process ends must not keep it. */
#include <windows.h>

#include "check.h"

#define ROWS 1500
#define COLUMNS 32

/* Declares loaded_NAME(), which is NAME() of the library. */
#define FUNCTION(name)              \
  __typeof__(name) *loaded_##name = \
      (__typeof__(name) *)(void (*)(void))GetProcAddress(library, #name)

static double sum_of_losses(HMODULE library, const problem *of, int threads) {
  FUNCTION(circle_open);
  FUNCTION(circle_forward);
  FUNCTION(circle_close);
  const circle_run run = {.threads = threads};
  const circle_objective objective = {.reduction = CIRCLE_SUM};
  double value = NAN;
  const circle_results results = {.value = &value};
  circle_operands *operands;
  circle_report report;
  CHECK(loaded_circle_open(&of->batch, &of->settings, &run, &operands, &report) == CIRCLE_OK,
        "open");
  CHECK(loaded_circle_forward(operands, &run, &objective, NULL, &results, &report) == CIRCLE_OK,
        "forward");
  loaded_circle_close(operands);
  return value;
}

static HMODULE load(const wchar_t *path) {
  const HMODULE library = LoadLibraryW(path);
  if (library == NULL) {
    fprintf(stderr, "The library cannot be loaded: error %lu\n", GetLastError());
    exit(1);
  }
  return library;
}

int wmain(int count, wchar_t **arguments) {
  if (count != 2) return 2;
  problem of = new_problem(ROWS, COLUMNS, 0, 9);
  double first = 0.0;
  DWORD handles[2] = {0, 0};
  for (int i = 0; i < 20; i++) {
    HMODULE library = load(arguments[1]);
    FUNCTION(circle_end_threads);
    FUNCTION(circle_cache_limit);
    const double value = sum_of_losses(library, &of, 1 + i % 4);
    if (i == 0) first = value;
    CHECK(value == first && isfinite(value), "the same bits after a new beginning");
    loaded_circle_end_threads();
    loaded_circle_cache_limit(0);
    CHECK(FreeLibrary(library), "unload");
    CHECK(GetModuleHandleW(arguments[1]) == NULL, "it is gone");
    GetProcessHandleCount(GetCurrentProcess(), &handles[i >= 10]);
  }
  CHECK(handles[0] == handles[1], "handles of the system: %lu, then %lu", handles[0], handles[1]);
  const HMODULE library = load(arguments[1]);
  CHECK(sum_of_losses(library, &of, 4) == first, "threads that sleep at the end");
  free_problem(&of);
  printf("library: %ld checks, %ld failed\n", checks, failures);
  return failures > 0;
}
