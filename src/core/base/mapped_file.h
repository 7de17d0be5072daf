/* Files that are read as memory.
 *
 * A page that cannot be read, since the file was cut short or its disk fails, would end the process
 * by a signal. It is replaced by zeros instead, and the file counts as lost: whoever has read it
 * asks afterwards. */
#ifndef CIRCLE_MAPPED_FILE_H
#define CIRCLE_MAPPED_FILE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct circle_mapped_file circle_mapped_file;

/* The whole file, to be read; its path is in UTF-8. NULL, and errno tells why. */
circle_mapped_file *circle_map_file(const char *path);
void circle_unmap_file(circle_mapped_file *file);

const unsigned char *circle_mapped_bytes(const circle_mapped_file *file);
size_t circle_mapped_size(const circle_mapped_file *file);

/* Whether a part of it could not be read since it was mapped. */
bool circle_mapped_file_is_lost(const circle_mapped_file *file);

/* Gives back the memory; what is read again is taken from the file again. */
void circle_drop_mapped_pages(const circle_mapped_file *file);

#endif
