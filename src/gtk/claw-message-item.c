/* claw-message-item.c: see claw-message-item.h. */
#include "claw-message-item.h"

#include <string.h>

struct _ClawMessageItem
{
  GObject parent_instance;

  ClawMessage *message; /* (nullable) */
  char *notice;         /* (nullable) */
  gint64 day_us;
  gint64 row;
  uint8_t id[CLAW_MESSAGE_ID_SIZE]; /* of a message */
  uint8_t kind;
  uint8_t state;
  unsigned leads : 1;
  unsigned is_failed : 1;
  unsigned is_marked : 1;
};

enum
{
  PROP_STATE = 1,
  PROP_IS_FAILED,
  PROP_LEADS,
  PROP_IS_MARKED,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (ClawMessageItem, claw_message_item, G_TYPE_OBJECT)

static void
claw_message_item_get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  ClawMessageItem *item = CLAW_MESSAGE_ITEM (object);
  switch (id)
    {
    case PROP_STATE:
      g_value_set_uint (value, item->state);
      break;
    case PROP_IS_FAILED:
      g_value_set_boolean (value, item->is_failed);
      break;
    case PROP_LEADS:
      g_value_set_boolean (value, item->leads);
      break;
    case PROP_IS_MARKED:
      g_value_set_boolean (value, item->is_marked);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_message_item_finalize (GObject *object)
{
  ClawMessageItem *item = CLAW_MESSAGE_ITEM (object);
  g_clear_pointer (&item->message, claw_message_unref);
  g_free (item->notice);
  G_OBJECT_CLASS (claw_message_item_parent_class)->finalize (object);
}

static void
claw_message_item_class_init (ClawMessageItemClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  object_class->get_property = claw_message_item_get_property;
  object_class->finalize = claw_message_item_finalize;
  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, CLAW_MESSAGE_QUEUED,
                                              CLAW_MESSAGE_DELIVERED, CLAW_MESSAGE_QUEUED, flags);
  properties[PROP_IS_FAILED] = g_param_spec_boolean ("is-failed", NULL, NULL, FALSE, flags);
  properties[PROP_LEADS] = g_param_spec_boolean ("leads", NULL, NULL, TRUE, flags);
  properties[PROP_IS_MARKED] = g_param_spec_boolean ("is-marked", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
claw_message_item_init (ClawMessageItem *item)
{
  item->leads = TRUE;
}

static ClawMessageItem *
make (ClawMessageItemKind kind)
{
  ClawMessageItem *item = g_object_new (CLAW_TYPE_MESSAGE_ITEM, NULL);
  item->kind = kind;
  return item;
}

ClawMessageItem *
claw_message_item_new (ClawMessage *message, ClawMessageItemKind kind)
{
  g_return_val_if_fail (message != NULL, NULL);
  g_return_val_if_fail (kind == CLAW_MESSAGE_ITEM_OWN || kind == CLAW_MESSAGE_ITEM_OTHER, NULL);
  ClawMessageItem *item = make (kind);
  item->message = claw_message_ref (message);
  memcpy (item->id, claw_message_get_id (message), sizeof item->id);
  return item;
}

ClawMessageItem *
claw_message_item_new_notice (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);
  ClawMessageItem *item = make (CLAW_MESSAGE_ITEM_NOTICE);
  item->notice = g_strdup (text);
  return item;
}

ClawMessageItem *
claw_message_item_new_day (gint64 time_us)
{
  ClawMessageItem *item = make (CLAW_MESSAGE_ITEM_DAY);
  item->day_us = time_us;
  return item;
}

ClawMessageItem *
claw_message_item_new_unread (void)
{
  return make (CLAW_MESSAGE_ITEM_UNREAD);
}

void
claw_message_item_set_leads (ClawMessageItem *item, gboolean leads)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ITEM (item));
  if (item->leads == (leads != FALSE))
    return;
  item->leads = leads != FALSE;
  g_object_notify_by_pspec (G_OBJECT (item), properties[PROP_LEADS]);
}

void
claw_message_item_set_state (ClawMessageItem *item, ClawMessageState state)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ITEM (item));
  if (item->state == state)
    return;
  item->state = state;
  g_object_notify_by_pspec (G_OBJECT (item), properties[PROP_STATE]);
}

void
claw_message_item_set_failed (ClawMessageItem *item, gboolean is_failed)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ITEM (item));
  if (item->is_failed == (is_failed != FALSE))
    return;
  item->is_failed = is_failed != FALSE;
  g_object_notify_by_pspec (G_OBJECT (item), properties[PROP_IS_FAILED]);
}

void
claw_message_item_set_marked (ClawMessageItem *item, gboolean is_marked)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ITEM (item));
  if (item->is_marked == (is_marked != FALSE))
    return;
  item->is_marked = is_marked != FALSE;
  g_object_notify_by_pspec (G_OBJECT (item), properties[PROP_IS_MARKED]);
}

void
claw_message_item_set_id (ClawMessageItem *item, const uint8_t id[CLAW_MESSAGE_ID_SIZE])
{
  g_return_if_fail (CLAW_IS_MESSAGE_ITEM (item));
  memcpy (item->id, id, sizeof item->id);
}

void
claw_message_item_set_row (ClawMessageItem *item, gint64 row)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ITEM (item));
  item->row = row;
}

ClawMessageItemKind
claw_message_item_get_kind (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), CLAW_MESSAGE_ITEM_NOTICE);
  return item->kind;
}

gboolean
claw_message_item_is_message (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), FALSE);
  return item->message != NULL;
}

ClawMessage *
claw_message_item_get_message (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), NULL);
  return item->message;
}

const uint8_t *
claw_message_item_get_id (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), NULL);
  return item->message ? item->id : NULL;
}

const char *
claw_message_item_get_text (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), "");
  if (item->message)
    return claw_message_get_text (item->message, NULL);
  return item->notice ? item->notice : "";
}

const char *
claw_message_item_get_sender (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), NULL);
  return item->message ? claw_message_get_sender (item->message) : NULL;
}

gint64
claw_message_item_get_time_us (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), 0);
  return item->message ? claw_message_get_time_us (item->message) : item->day_us;
}

size_t
claw_message_item_get_size (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), 0);
  size_t length = 0;
  if (!item->message)
    return strlen (claw_message_item_get_text (item));
  claw_message_get_text (item->message, &length);
  return length;
}

gint64
claw_message_item_get_row (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), 0);
  return item->row;
}

gboolean
claw_message_item_get_leads (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), TRUE);
  return item->leads;
}

ClawMessageState
claw_message_item_get_state (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), CLAW_MESSAGE_QUEUED);
  return item->state;
}

gboolean
claw_message_item_is_failed (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), FALSE);
  return item->is_failed;
}

gboolean
claw_message_item_is_marked (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), FALSE);
  return item->is_marked;
}
