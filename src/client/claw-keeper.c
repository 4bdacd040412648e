/* claw-keeper.c: see claw-keeper.h. */
#include "claw-keeper.h"

#include <string.h>

#define HISTORY "history"
#define RETENTION "retention-days"
#define KNOWN_AT_ONCE 256 /* a page of them may be large, and others wait behind it */
#define DAY_US (24 * 60 * 60 * (gint64) G_USEC_PER_SEC)

struct _ClawKeeper
{
  GObject parent_instance;

  ClawClient *client;
  ClawArchive *archive;
  GPtrArray *queued;  /* of earlier runs: so that a state can be told of the same message */
  GPtrArray *waiting; /* those of them that the client was not given */
  gboolean was_queued;
  gboolean drops_by_default;
  GPtrArray *last;     /* (nullable) (element-type ClawArchivedMessage): the very last one */
  GByteArray *known;   /* ids of the last ones, one after the other */
  gboolean has_added;  /* something in this run */
  gboolean is_cleared; /* what earlier runs kept is gone */
  gboolean is_loaded;  /* as "loaded" has told */
  gboolean is_stale;   /* something was removed while it was being loaded */
  gint64 first_row;    /* of this run; 0: none yet */
  guint expiry;        /* 0 without a retention */
  GError *error;       /* (nullable): until it works again */
  GError *damage;      /* (nullable): which does not mend itself */
};

enum
{
  SIGNAL_LOADED,
  SIGNAL_ERROR_CHANGED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawKeeper, claw_keeper, G_TYPE_OBJECT)

/* What the client tells. */

static void
add (ClawKeeper *keeper, ClawMessage *message, gboolean is_own)
{
  if (!claw_keeper_get_history (keeper))
    return;
  gint64 row = claw_archive_add (keeper->archive, message, is_own, CLAW_MESSAGE_QUEUED);
  if (keeper->first_row == 0)
    keeper->first_row = row;
  keeper->has_added = TRUE;
}

static void
on_message (ClawKeeper *keeper, ClawMessage *message)
{
  add (keeper, message, FALSE);
}

static void
on_message_state (ClawKeeper *keeper, ClawMessage *message, unsigned state)
{
  claw_archive_set_state (keeper->archive, message, (ClawMessageState) state);
  if (state == CLAW_MESSAGE_DELIVERED)
    claw_archive_forget_queued (keeper->archive, message);
}

/* Returns: whether it was there. */
static gboolean
take_out (GPtrArray *messages, ClawMessage *message)
{
  for (guint i = 0; i < messages->len; i++)
    if (memcmp (claw_message_get_id (messages->pdata[i]), claw_message_get_id (message),
                CLAW_MESSAGE_ID_SIZE)
        == 0)
      {
        g_ptr_array_remove_index (messages, i);
        return TRUE;
      }
  return FALSE;
}

/* What is being loaded may have been read before. */
static void
note_removal (ClawKeeper *keeper)
{
  keeper->is_stale = !keeper->is_loaded;
}

static void
on_message_cancelled (ClawKeeper *keeper, ClawMessage *message)
{
  take_out (keeper->queued, message);
  claw_archive_remove (keeper->archive, message);
  note_removal (keeper);
}

static void
on_message_gone (ClawKeeper *keeper, ClawMessage *message)
{
  claw_archive_forget_queued (keeper->archive, message);
}

/* @slot: of keeper. @error: (transfer full) (nullable) */
static void
set_error (ClawKeeper *keeper, GError **slot, GError *error)
{
  g_clear_error (slot);
  *slot = error;
  g_signal_emit (keeper, signals[SIGNAL_ERROR_CHANGED], 0);
}

static void
on_error (ClawKeeper *keeper, const GError *error)
{
  gboolean is_damage = g_error_matches (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED);
  g_warning ("%s", error->message);
  set_error (keeper, is_damage ? &keeper->damage : &keeper->error, g_error_copy (error));
}

static void
on_recovered (ClawKeeper *keeper)
{
  set_error (keeper, &keeper->error, NULL);
}

static void on_loaded (GObject *source, GAsyncResult *result, gpointer user_data);

static void
load_before (ClawKeeper *keeper, gint64 row)
{
  claw_archive_load_async (keeper->archive, row, KNOWN_AT_ONCE, NULL, on_loaded,
                           g_object_ref (keeper));
}

/* Returns: whether there may be more to be known. */
static gboolean
learn (ClawKeeper *keeper, const GPtrArray *page)
{
  for (guint i = 0; i < page->len; i++)
    {
      const ClawArchivedMessage *archived = page->pdata[i];
      g_byte_array_append (keeper->known, claw_message_get_id (archived->message),
                           CLAW_MESSAGE_ID_SIZE);
    }
  return page->len == KNOWN_AT_ONCE
         && keeper->known->len < CLAW_KEEPER_KNOWN * CLAW_MESSAGE_ID_SIZE;
}

static void
take_last (ClawKeeper *keeper, GPtrArray *page)
{
  if (page->len > 1)
    g_ptr_array_remove_range (page, 0, page->len - 1);
  g_clear_pointer (&keeper->last, g_ptr_array_unref);
  keeper->last = g_ptr_array_ref (page);
}

static void end_loading (ClawKeeper *keeper);

static void
on_last_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawKeeper) keeper = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = claw_archive_load_finish (CLAW_ARCHIVE (source), result, &error);
  if (page)
    take_last (keeper, page);
  else
    g_debug ("%s", error->message);
  end_loading (keeper);
}

/* The last message is one that is there: otherwise it would be shown after it was removed. */
static void
end_loading (ClawKeeper *keeper)
{
  if (keeper->is_stale)
    {
      keeper->is_stale = FALSE;
      g_clear_pointer (&keeper->last, g_ptr_array_unref);
      claw_archive_load_async (keeper->archive, keeper->first_row, 1, NULL, on_last_loaded,
                               g_object_ref (keeper));
      return;
    }
  keeper->is_loaded = TRUE;
  g_signal_emit (keeper, signals[SIGNAL_LOADED], 0);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawKeeper) keeper = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = claw_archive_load_finish (CLAW_ARCHIVE (source), result, &error);
  gboolean has_more = page && learn (keeper, page);
  if (!page)
    g_debug ("%s", error->message);
  if (has_more)
    load_before (keeper, ((const ClawArchivedMessage *) page->pdata[0])->row);
  if (page && !keeper->last)
    take_last (keeper, page);
  if (!has_more)
    end_loading (keeper);
}

/* The object. */

static void
claw_keeper_dispose (GObject *object)
{
  ClawKeeper *keeper = CLAW_KEEPER (object);
  g_clear_handle_id (&keeper->expiry, g_source_remove);
  if (keeper->archive)
    claw_archive_close (keeper->archive);
  G_OBJECT_CLASS (claw_keeper_parent_class)->dispose (object);
}

static void
claw_keeper_finalize (GObject *object)
{
  ClawKeeper *keeper = CLAW_KEEPER (object);
  g_clear_object (&keeper->client);
  g_clear_object (&keeper->archive);
  g_clear_pointer (&keeper->queued, g_ptr_array_unref);
  g_clear_pointer (&keeper->waiting, g_ptr_array_unref);
  g_clear_pointer (&keeper->last, g_ptr_array_unref);
  g_clear_pointer (&keeper->known, g_byte_array_unref);
  g_clear_error (&keeper->error);
  g_clear_error (&keeper->damage);
  G_OBJECT_CLASS (claw_keeper_parent_class)->finalize (object);
}

static void
claw_keeper_class_init (ClawKeeperClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->dispose = claw_keeper_dispose;
  object_class->finalize = claw_keeper_finalize;
  signals[SIGNAL_LOADED] = g_signal_new ("loaded", CLAW_TYPE_KEEPER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ERROR_CHANGED] = g_signal_new (
      "error-changed", CLAW_TYPE_KEEPER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
claw_keeper_init (ClawKeeper *keeper)
{
  keeper->known = g_byte_array_new ();
}

/* @damage: (out): why an older one was moved aside. Returns: (transfer full) (nullable) */
static ClawArchive *
open_archive (const char *path, const ClawKey *key, GError **damage, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  ClawArchive *archive = claw_archive_open (path, key, &local_error);
  if (!g_error_matches (local_error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED))
    {
      if (local_error)
        g_propagate_error (error, g_steal_pointer (&local_error));
      return archive;
    }
  g_warning ("%s", local_error->message);
  g_propagate_error (damage, g_steal_pointer (&local_error));
  return claw_archive_open (path, key, error);
}

static void
expire (ClawKeeper *keeper)
{
  gint64 now_us = g_get_real_time ();
  gint64 days = MIN (now_us / DAY_US, (gint64) claw_keeper_get_retention (keeper));
  claw_archive_expire (keeper->archive, now_us - days * DAY_US);
  note_removal (keeper);
}

static gboolean
on_expiry (gpointer user_data)
{
  expire (user_data);
  return G_SOURCE_CONTINUE;
}

/* The program may run for months. */
static void
begin_expiry (ClawKeeper *keeper)
{
  g_clear_handle_id (&keeper->expiry, g_source_remove);
  if (claw_keeper_get_retention (keeper) == 0)
    return;
  expire (keeper);
  keeper->expiry = g_timeout_add_seconds (CLAW_KEEPER_EXPIRY_S, on_expiry, keeper);
}

static void
connect_signals (ClawKeeper *keeper)
{
  g_signal_connect_object (keeper->client, "message", G_CALLBACK (on_message), keeper,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (keeper->client, "message-state", G_CALLBACK (on_message_state), keeper,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (keeper->client, "message-cancelled", G_CALLBACK (on_message_cancelled),
                           keeper, G_CONNECT_SWAPPED);
  /* Who edits it has its text in the draft by then. */
  g_signal_connect_object (keeper->client, "message-cancelled", G_CALLBACK (on_message_gone),
                           keeper, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (keeper->archive, "error", G_CALLBACK (on_error), keeper,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (keeper->archive, "recovered", G_CALLBACK (on_recovered), keeper,
                           G_CONNECT_SWAPPED);
}

static gpointer
copy_message (gconstpointer message, gpointer user_data)
{
  return claw_message_ref ((ClawMessage *) message);
}

ClawKeeper *
claw_keeper_new (ClawClient *client, const char *path, const ClawKey *key, GError **error)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client) && path != NULL && key != NULL, NULL);
  g_autoptr (GError) damage = NULL;
  g_autoptr (ClawArchive) archive = open_archive (path, key, &damage, error);
  if (!archive)
    return NULL;
  ClawKeeper *keeper = g_object_new (CLAW_TYPE_KEEPER, NULL);
  keeper->client = g_object_ref (client);
  keeper->archive = g_steal_pointer (&archive);
  keeper->damage = g_steal_pointer (&damage);
  keeper->queued = claw_archive_get_queued (keeper->archive);
  keeper->waiting = g_ptr_array_copy (keeper->queued, copy_message, NULL);
  connect_signals (keeper);
  begin_expiry (keeper);
  keeper->is_stale = FALSE;
  load_before (keeper, 0);
  return keeper;
}

void
claw_keeper_close (ClawKeeper *keeper)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  g_clear_handle_id (&keeper->expiry, g_source_remove);
  claw_archive_close (keeper->archive);
}

gboolean
claw_keeper_destroy (ClawKeeper *keeper, GError **error)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), FALSE);
  g_clear_handle_id (&keeper->expiry, g_source_remove);
  return claw_archive_destroy (keeper->archive, error);
}

/* Ours. */

void
claw_keeper_add_own (ClawKeeper *keeper, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper) && message != NULL);
  claw_archive_keep_queued (keeper->archive, message);
  add (keeper, message, TRUE);
}

void
claw_keeper_queue (ClawKeeper *keeper)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  for (guint i = 0; !keeper->was_queued && i < keeper->waiting->len;)
    {
      g_autoptr (GError) error = NULL;
      ClawMessage *message = keeper->waiting->pdata[i];
      ClawMessageState state = claw_archive_get_queued_state (keeper->archive, message);
      if (claw_client_queue (keeper->client, message, state, &error))
        g_ptr_array_remove_index (keeper->waiting, i);
      else
        {
          g_warning ("%s", error->message);
          i++;
        }
    }
  keeper->was_queued = TRUE;
}

gboolean
claw_keeper_cancel (ClawKeeper *keeper, ClawMessage *message)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper) && message != NULL, FALSE);
  if (claw_archive_get_queued_state (keeper->archive, message) != CLAW_MESSAGE_QUEUED
      || !take_out (keeper->waiting, message))
    return FALSE;
  g_signal_emit_by_name (keeper->client, "message-cancelled", message);
  return TRUE;
}

void
claw_keeper_forget_queued (ClawKeeper *keeper)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  g_autoptr (GPtrArray) queued = claw_archive_get_queued (keeper->archive);
  for (guint i = 0; i < queued->len; i++)
    {
      on_message_cancelled (keeper, queued->pdata[i]);
      on_message_gone (keeper, queued->pdata[i]);
    }
  g_ptr_array_set_size (keeper->queued, 0);
  g_ptr_array_set_size (keeper->waiting, 0);
}

/* Settings. */

void
claw_keeper_set_history_default (ClawKeeper *keeper, gboolean is_kept)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  keeper->drops_by_default = !is_kept;
}

void
claw_keeper_set_history (ClawKeeper *keeper, gboolean is_kept)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  claw_archive_set_setting (keeper->archive, HISTORY, g_variant_new_boolean (is_kept));
}

gboolean
claw_keeper_get_history (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), FALSE);
  g_autoptr (GVariant) value = claw_archive_get_setting (keeper->archive, HISTORY,
                                                         G_VARIANT_TYPE_BOOLEAN);
  return value ? g_variant_get_boolean (value) : !keeper->drops_by_default;
}

gboolean
claw_keeper_is_history_decided (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), FALSE);
  g_autoptr (GVariant) value = claw_archive_get_setting (keeper->archive, HISTORY,
                                                         G_VARIANT_TYPE_BOOLEAN);
  return value != NULL;
}

void
claw_keeper_set_retention (ClawKeeper *keeper, unsigned days)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  claw_archive_set_setting (keeper->archive, RETENTION, g_variant_new_uint32 (days));
  begin_expiry (keeper);
}

unsigned
claw_keeper_get_retention (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), 0);
  g_autoptr (GVariant) value = claw_archive_get_setting (keeper->archive, RETENTION,
                                                         G_VARIANT_TYPE_UINT32);
  return value ? g_variant_get_uint32 (value) : 0;
}

void
claw_keeper_clear_async (ClawKeeper *keeper, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  keeper->has_added = FALSE;
  keeper->is_cleared = TRUE;
  note_removal (keeper);
  claw_archive_clear_async (keeper->archive, callback, user_data);
}

/* Queries. */

gboolean
claw_keeper_may_have_messages (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), FALSE);
  return keeper->has_added || (!keeper->is_cleared && (!keeper->last || keeper->last->len > 0));
}

gboolean
claw_keeper_knows (ClawKeeper *keeper, ClawMessage *message)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper) && message != NULL, FALSE);
  for (guint i = 0; i < keeper->known->len; i += CLAW_MESSAGE_ID_SIZE)
    if (memcmp (keeper->known->data + i, claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE) == 0)
      return TRUE;
  return FALSE;
}

const ClawArchivedMessage *
claw_keeper_get_last (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), NULL);
  return keeper->last && keeper->last->len > 0 ? keeper->last->pdata[keeper->last->len - 1] : NULL;
}

GPtrArray *
claw_keeper_get_queued (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), NULL);
  return keeper->queued;
}

const GError *
claw_keeper_get_error (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), NULL);
  return keeper->error ? keeper->error : keeper->damage;
}

void
claw_keeper_dismiss_error (ClawKeeper *keeper)
{
  g_return_if_fail (CLAW_IS_KEEPER (keeper));
  set_error (keeper, keeper->error ? &keeper->error : &keeper->damage, NULL);
}

ClawArchive *
claw_keeper_get_archive (ClawKeeper *keeper)
{
  g_return_val_if_fail (CLAW_IS_KEEPER (keeper), NULL);
  return keeper->archive;
}
