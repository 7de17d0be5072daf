/* Files that are read as memory, on POSIX systems and on Windows. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* MAP_ANONYMOUS, madvise() */
#endif
#include "base/mapped_file.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(_WIN32)
#include <windows.h>
#else
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

struct circle_mapped_file {
  const unsigned char *bytes; /* NULL for an empty file */
  size_t size;
  atomic_bool is_lost;
  circle_mapped_file *next; /* in the list that the handler of the signal searches */
};

const unsigned char *circle_mapped_bytes(const circle_mapped_file *file) { return file->bytes; }

size_t circle_mapped_size(const circle_mapped_file *file) { return file->size; }

bool circle_mapped_file_is_lost(const circle_mapped_file *file) {
  return atomic_load(&((circle_mapped_file *)file)->is_lost);
}

#if defined(_WIN32)

/* Others may read the file, but neither write nor delete it while it is mapped. */
static HANDLE open_for_reading(const char *path) {
  wchar_t wide[32768]; /* the longest path */
  if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 32768) == 0) return INVALID_HANDLE_VALUE;
  return CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                     FILE_ATTRIBUTE_NORMAL, NULL);
}

/* The view keeps the file open. */
static bool map(const char *path, circle_mapped_file *file) {
  HANDLE handle = open_for_reading(path), mapping = NULL;
  LARGE_INTEGER size = {.QuadPart = 0};
  bool done = handle != INVALID_HANDLE_VALUE && GetFileSizeEx(handle, &size) &&
              (uint64_t)size.QuadPart <= SIZE_MAX;
  file->size = done ? (size_t)size.QuadPart : 0;
  if (done && file->size > 0) {
    mapping = CreateFileMappingW(handle, NULL, PAGE_READONLY, 0, 0, NULL);
    file->bytes = mapping == NULL ? NULL : MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    done = file->bytes != NULL;
  }
  if (mapping != NULL) CloseHandle(mapping);
  if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
  if (!done) errno = GetLastError() == ERROR_FILE_NOT_FOUND ? ENOENT : EACCES;
  return done;
}

static void unmap(circle_mapped_file *file) {
  if (file->bytes != NULL) UnmapViewOfFile(file->bytes);
}

/* The system takes unused pages of a file by itself. */
void circle_drop_mapped_pages(const circle_mapped_file *file) { (void)file; }

#else

/* Changed under the lock; the handler reads it without, in a thread that reads one of the files,
 * which its caller therefore does not unmap. */
static circle_mapped_file *_Atomic mapped_files;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction earlier_action;

static circle_mapped_file *file_at(const unsigned char *address) {
  circle_mapped_file *file = atomic_load(&mapped_files);
  while (file != NULL && (uintptr_t)address - (uintptr_t)file->bytes >= file->size)
    file = file->next;
  return file;
}

/* Zeros in place of the file, from the page on that could not be read: only system calls that may
 * be made in a handler. Any other bus error is left to whoever handled it before, when the
 * instruction is tried again. */
static void replace_pages(int signal, siginfo_t *info, void *context) {
  const int error = errno;
  circle_mapped_file *file = file_at(info->si_addr);
  (void)context;
  void *zeros = MAP_FAILED;
  if (file != NULL) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *bytes = (unsigned char *)file->bytes;
    const size_t first = ((size_t)((unsigned char *)info->si_addr - bytes)) / page * page;
    zeros = mmap(bytes + first, file->size - first, PROT_READ,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    atomic_store(&file->is_lost, true);
  }
  if (zeros == MAP_FAILED) sigaction(signal, &earlier_action, NULL);
  errno = error;
}

/* Handled while any file is mapped. */
static void handle_bus_errors(bool handled) {
  struct sigaction action = {.sa_sigaction = replace_pages, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  if (handled)
    sigaction(SIGBUS, &action, &earlier_action);
  else
    sigaction(SIGBUS, &earlier_action, NULL);
}

static void enlist(circle_mapped_file *file) {
  pthread_mutex_lock(&lock);
  file->next = atomic_load(&mapped_files);
  if (file->next == NULL) handle_bus_errors(true);
  atomic_store(&mapped_files, file);
  pthread_mutex_unlock(&lock);
}

static void delist(circle_mapped_file *file) {
  pthread_mutex_lock(&lock);
  circle_mapped_file *before = atomic_load(&mapped_files);
  if (before == file) {
    atomic_store(&mapped_files, file->next);
    if (file->next == NULL) handle_bus_errors(false);
  } else {
    while (before->next != file) before = before->next;
    before->next = file->next;
  }
  pthread_mutex_unlock(&lock);
}

static bool map(const char *path, circle_mapped_file *file) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0) return false;
  bool done = fstat(descriptor, &status) == 0;
  if (done && (!S_ISREG(status.st_mode) || (uintmax_t)status.st_size > SIZE_MAX)) {
    errno = S_ISREG(status.st_mode) ? EFBIG : EINVAL;
    done = false;
  }
  if (done && status.st_size > 0) {
    file->size = (size_t)status.st_size;
    void *bytes = mmap(NULL, file->size, PROT_READ, MAP_SHARED, descriptor, 0);
    done = bytes != MAP_FAILED;
    if (done) file->bytes = bytes;
  }
  const int error = errno;
  close(descriptor);
  errno = error;
  if (done && file->bytes != NULL) enlist(file);
  return done;
}

static void unmap(circle_mapped_file *file) {
  if (file->bytes == NULL) return;
  delist(file);
  munmap((void *)file->bytes, file->size);
}

void circle_drop_mapped_pages(const circle_mapped_file *file) {
  if (file->bytes != NULL && !circle_mapped_file_is_lost(file))
    madvise((void *)file->bytes, file->size, MADV_DONTNEED);
}

#endif

circle_mapped_file *circle_map_file(const char *path) {
  circle_mapped_file *file = calloc(1, sizeof *file);
  if (file == NULL || map(path, file)) return file;
  free(file);
  return NULL;
}

void circle_unmap_file(circle_mapped_file *file) {
  if (file == NULL) return;
  unmap(file);
  free(file);
}
