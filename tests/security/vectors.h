/* vectors.h: reading the published test vectors in tests/vectors. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

/* Returns: (transfer full): the file's parsed content; a missing file fails the test. */
JsonObject *vectors_load (const char *name);
/* Returns: (transfer full): the bytes of the hexadecimal member @name, empty when there is none. */
GBytes *vectors_get_bytes (JsonObject *vector, const char *name);
/* Calls @function for every test of every group of a Wycheproof file. Returns: how many there were.
 */
unsigned vectors_foreach_wycheproof (const char *name,
                                     void (*function) (JsonObject *group, JsonObject *test));
