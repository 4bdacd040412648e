/* claw-memory-scan.c: see claw-memory-scan.h. */
#include "claw-memory-scan.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE (1024 * 1024)
#define SECRET_MAX 256
/* Larger mappings are the address sanitizer's shadow, which holds no copies. */
#define MAPPING_MAX (UINT64_C (16) << 30)

typedef struct
{
  char *name;
  uint8_t *inverted;
  size_t length;
} Needle;

struct ClawMemoryScan
{
  GArray *needles;
  uint8_t *buffer; /* of a chunk and the end of the one before */
};

typedef struct
{
  uint64_t start, end;
  char name[256];
} Mapping;

static uint8_t
invert (uint8_t byte)
{
  return (uint8_t) (0xff - byte);
}

static void
needle_clear (gpointer data)
{
  Needle *needle = data;

  g_free (needle->name);
  g_free (needle->inverted);
}

ClawMemoryScan *
claw_memory_scan_new (void)
{
  ClawMemoryScan *scan = g_new0 (ClawMemoryScan, 1);

  scan->needles = g_array_new (FALSE, FALSE, sizeof (Needle));
  g_array_set_clear_func (scan->needles, needle_clear);
  scan->buffer = g_malloc (CHUNK_SIZE + SECRET_MAX);
  return scan;
}

void
claw_memory_scan_free (ClawMemoryScan *scan)
{
  if (scan == NULL)
    return;
  g_array_unref (scan->needles);
  g_free (scan->buffer);
  g_free (scan);
}

void
claw_memory_scan_add (ClawMemoryScan *scan, const char *name, const void *secret, size_t length)
{
  g_return_if_fail (length >= 8 && length <= SECRET_MAX);

  Needle needle = { .name = g_strdup (name), .length = length };
  needle.inverted = g_malloc (length);
  for (size_t i = 0; i < length; i++)
    needle.inverted[i] = invert (((const uint8_t *) secret)[i]);
  g_array_append_val (scan->needles, needle);
}

static gboolean
matches (const Needle *needle, const uint8_t *at)
{
  for (size_t i = 0; i < needle->length; i++)
    if (invert (at[i]) != needle->inverted[i])
      return FALSE;
  return TRUE;
}

/* @address: of the first byte of @data. */
static void
search (const ClawMemoryScan *scan,
        const Needle *needle,
        const uint8_t *data,
        size_t length,
        uint64_t address,
        const Mapping *mapping,
        gboolean is_own,
        GPtrArray *found)
{
  uint64_t buffer = (uint64_t) (uintptr_t) scan->buffer;
  const uint8_t *at = data;

  while (length - (size_t) (at - data) >= needle->length
         && (at = memchr (at, invert (needle->inverted[0]),
                          length - (size_t) (at - data) - needle->length + 1))
                != NULL)
    {
      uint64_t place = address + (uint64_t) (at - data);
      gboolean is_buffer = is_own && place >= buffer && place < buffer + CHUNK_SIZE + SECRET_MAX;

      if (!is_buffer && matches (needle, at))
        g_ptr_array_add (
            found, g_strdup_printf ("%s at %" G_GINT64_MODIFIER "x in %s", needle->name, place,
                                    mapping->name[0] != '\0' ? mapping->name : "[anonymous]"));
      at++;
    }
}

/* Chunk by chunk; each begins with the end of the one before, in case a secret lies across. */
static void
scan_mapping (
    ClawMemoryScan *scan, int memory, const Mapping *mapping, gboolean is_own, GPtrArray *found)
{
  size_t kept = 0;

  for (uint64_t at = mapping->start; at < mapping->end;)
    {
      size_t wanted = (size_t) MIN (mapping->end - at, CHUNK_SIZE);
      ssize_t got = pread (memory, scan->buffer + kept, wanted, (off_t) at);

      /* A guard page, or gone since the list was made. */
      if (got <= 0)
        return;
      size_t length = kept + (size_t) got;
      for (guint i = 0; i < scan->needles->len; i++)
        search (scan, &g_array_index (scan->needles, Needle, i), scan->buffer, length, at - kept,
                mapping, is_own, found);
      at += (uint64_t) got;
      kept = MIN (length, SECRET_MAX - 1);
      memmove (scan->buffer, scan->buffer + length - kept, kept);
    }
}

static gboolean
read_mapping (const char *line, Mapping *mapping)
{
  char rights[5] = "";

  mapping->name[0] = '\0';
  if (sscanf (line, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s %*s %*s %*s %255[^\n]",
              &mapping->start, &mapping->end, rights, mapping->name)
      < 3)
    return FALSE;
  return rights[0] == 'r' && rights[1] == 'w' && mapping->end - mapping->start <= MAPPING_MAX;
}

GPtrArray *
claw_memory_scan_run (ClawMemoryScan *scan, pid_t pid, GError **error)
{
  gboolean is_own = pid == 0 || pid == getpid ();
  g_autofree char *directory = is_own ? g_strdup ("/proc/self")
                                      : g_strdup_printf ("/proc/%d", (int) pid);
  g_autofree char *maps_path = g_build_filename (directory, "maps", NULL);
  g_autofree char *memory_path = g_build_filename (directory, "mem", NULL);
  g_autofree char *maps = NULL;

  if (!g_file_get_contents (maps_path, &maps, NULL, error))
    return NULL;
  int memory = open (memory_path, O_RDONLY | O_CLOEXEC);
  if (memory < 0)
    {
      g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), "%s: %s", memory_path,
                   g_strerror (errno));
      return NULL;
    }
  g_auto (GStrv) lines = g_strsplit (maps, "\n", -1);
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; lines[i] != NULL; i++)
    {
      Mapping mapping;

      if (read_mapping (lines[i], &mapping))
        scan_mapping (scan, memory, &mapping, is_own, found);
    }
  close (memory);
  sodium_memzero (scan->buffer, CHUNK_SIZE + SECRET_MAX);
  return found;
}

unsigned
claw_memory_scan_count (const GPtrArray *found, const char *name)
{
  g_autofree char *prefix = g_strconcat (name, " at ", NULL);
  unsigned n = 0;

  for (guint i = 0; i < found->len; i++)
    n += g_str_has_prefix (g_ptr_array_index (found, i), prefix);
  return n;
}
