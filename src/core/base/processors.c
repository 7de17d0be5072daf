/* How many threads a call may use: what the process was given, and what the user allows. */
#define _GNU_SOURCE /* sched_getaffinity(), strtok_r() */
#if defined(_WIN32) && !defined(_WIN32_WINNT)
#define _WIN32_WINNT 0x0601 /* Windows 7, the first with groups of processors */
#endif

#include "base/processors.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/floating_point.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <unistd.h>
#endif
#ifdef __linux__
#include <sched.h>
#endif

/* ---- processes ---- */

long circle_process(void) {
#ifdef _WIN32
  return (long)GetCurrentProcessId();
#else
  return (long)getpid();
#endif
}

/* The first process that asks is no child; R asks when the library is loaded. */
static bool in_forked_child(void) {
  static atomic_long owner = 0;
  const long here = circle_process();
  long known = 0;
  return !atomic_compare_exchange_strong(&owner, &known, here) && known != here;
}

/* ---- processors ---- */

/* Those that the scheduler may put this process on; 0 where it does not tell. */
#if defined(__linux__)

/* For a machine of any size: the kernel refuses a set that is too small for it */
static int allowed_processors(void) {
  for (size_t most = 1024; most <= 65536; most *= 4) {
    cpu_set_t *set = CPU_ALLOC(most);
    if (set == NULL) break;
    const size_t size = CPU_ALLOC_SIZE(most);
    const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  return 0;
}

#elif defined(_WIN32)

/* Windows has its processors in groups of up to 64, and a mask is of one group. A process with a
 * mask of its own stays in that group. One without runs in all groups since Windows 11 and Server
 * 2022, which are known by a function that came with them; before, it runs in one. */
static int allowed_processors(void) {
  DWORD_PTR process = 0, machine = 0;
  if (!GetProcessAffinityMask(GetCurrentProcess(), &process, &machine)) return 0;
  const HMODULE system = GetModuleHandleA("kernel32.dll");
  const bool is_new = system != NULL && GetProcAddress(system, "GetProcessDefaultCpuSetMasks");
  /* Both are 0 for a process that has threads in several groups */
  if (process == machine && (is_new || process == 0) && GetActiveProcessorGroupCount() > 1)
    return (int)GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
  int count = 0;
  for (; process != 0; process &= process - 1) count++;
  return count;
}

#else

static int allowed_processors(void) { return 0; }

#endif

static int processors(void) {
  long count = allowed_processors();
#ifndef _WIN32
  if (count <= 0) count = sysconf(_SC_NPROCESSORS_ONLN);
#endif
  return count < 1 ? 1 : count > CIRCLE_MOST_THREADS ? CIRCLE_MOST_THREADS : (int)count;
}

/* ---- quota of a container (Linux control groups) ---- */

#ifdef __linux__

#define MOST_PATH 4096

/* The first `count` (1 or 2) numbers of a file; false if there is no such file, or it says "max".
 */
static bool read_numbers(const char *folder, const char *name, double *numbers, int count) {
  char path[MOST_PATH + 64], text[64] = "";
  const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (length < 0 || (size_t)length >= sizeof path) return false;
  FILE *file = fopen(path, "r");
  if (file == NULL) return false;
  const bool read = fgets(text, sizeof text, file) != NULL;
  fclose(file);
  return read && sscanf(text, "%lf %lf", &numbers[0], &numbers[1]) >= count;
}

/* Processors' worth of time that a group may use; infinite without a limit. */
static double quota_of_group(const char *folder, bool version_2) {
  double quota[2], period[2];
  if (version_2) return read_numbers(folder, "cpu.max", quota, 2) ? quota[0] / quota[1] : INFINITY;
  const bool limited = read_numbers(folder, "cpu.cfs_quota_us", quota, 1) &&
                       read_numbers(folder, "cpu.cfs_period_us", period, 1);
  return limited && quota[0] > 0 ? quota[0] / period[0] : INFINITY;
}

/* The least of a group and of all that it lies in, down to the first `root` letters of its path. */
static double quota_of_groups(char *folder, size_t root, bool version_2) {
  double least = INFINITY;
  for (;;) {
    least = fmin(least, quota_of_group(folder, version_2));
    char *slash = strrchr(folder, '/');
    if (slash == NULL || (size_t)(slash - folder) < root) return least;
    *slash = '\0';
  }
}

/* A line of /proc/self/cgroup is "0::/path" in version 2, and "4:cpu,cpuacct:/path" in version 1.
 * In a container the path may be one of the host: then the root of what is mounted is the group. */
static double quota_of_line(char *line) {
  char *controllers = strchr(line, ':'), *path = controllers;
  if (controllers != NULL) path = strchr(++controllers, ':');
  if (path == NULL) return INFINITY;
  *path++ = '\0';
  path[strcspn(path, "\n")] = '\0';
  const bool version_2 = controllers[0] == '\0';
  bool of_processors = version_2;
  for (char *rest = controllers, *name; (name = strtok_r(rest, ",", &rest)) != NULL;)
    of_processors = of_processors || strcmp(name, "cpu") == 0;
  if (!of_processors) return INFINITY;
  const char *mount = version_2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
  char folder[MOST_PATH];
  const int length = snprintf(folder, sizeof folder, "%s%s", mount, strcmp(path, "/") ? path : "");
  if (length < 0 || (size_t)length >= sizeof folder) return INFINITY;
  return quota_of_groups(folder, strlen(mount), version_2);
}

static double read_quota(void) {
  char line[MOST_PATH];
  double least = INFINITY;
  FILE *groups = fopen("/proc/self/cgroup", "r");
  if (groups == NULL) return INFINITY;
  while (fgets(line, sizeof line, groups) != NULL) least = fmin(least, quota_of_line(line));
  fclose(groups);
  return least;
}

/* In whole processors, 0 without a limit. Read once a second at the most: it takes as long as the
 * loss of a small batch. */
static int quota(void) {
  static atomic_long read_at = -1;
  static atomic_int known = 0;
  const long now = (long)time(NULL);
  if (atomic_exchange(&read_at, now) != now) {
    const double read = read_quota();
    atomic_store(&known, read > 0 && read < CIRCLE_MOST_THREADS ? (int)(read + 0.999) : 0);
  }
  return atomic_load(&known);
}

#else

static int quota(void) { return 0; }

#endif

/* ---- threads ---- */

/* A positive number, read at each call so that a change is respected; 0 if unset or not a number.
 * For a list ("4,2") the first. */
static int environment_count(const char *name) {
  const char *text = getenv(name);
  if (text == NULL) return 0;
  const long count = strtol(text, NULL, 10);
  return count < 1 ? 0 : count > CIRCLE_MOST_THREADS ? CIRCLE_MOST_THREADS : (int)count;
}

circle_thread_report circle_threads_describe(void) {
  return (circle_thread_report){.processors = processors(),
                                .quota = quota(),
                                .thread_limit = environment_count("OMP_THREAD_LIMIT"),
                                .forked = in_forked_child()};
}

/* A forked child is one of several, which share the processors: it uses one, unless told more. */
static int default_threads(void) {
  const circle_thread_report report = circle_threads_describe();
  if (report.forked) return 1;
  return report.quota > 0 && report.quota < report.processors ? report.quota : report.processors;
}

int circle_threads(int requested) {
  int count = requested > 0 ? requested : environment_count("OMP_NUM_THREADS");
  if (count == 0) count = default_threads();
  const int limit = environment_count("OMP_THREAD_LIMIT");
  if (limit > 0 && count > limit) count = limit;
  return count > CIRCLE_MOST_THREADS ? CIRCLE_MOST_THREADS : count;
}
