/* claw-message-item.c: see claw-message-item.h. */
#include "claw-message-item.h"

#include <string.h>

struct _ClawMessageItem
{
  GObject parent_instance;

  ClawMessageItemKind kind;
  ClawMessage *message; /* (nullable) */
  char *notice;         /* (nullable) */
  ClawMessageState state;
  gboolean leads;
};

enum
{
  PROP_STATE = 1,
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
  object_class->get_property = claw_message_item_get_property;
  object_class->finalize = claw_message_item_finalize;
  properties[PROP_STATE] = g_param_spec_uint (
      "state", NULL, NULL, CLAW_MESSAGE_QUEUED, CLAW_MESSAGE_DELIVERED, CLAW_MESSAGE_QUEUED,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
claw_message_item_init (ClawMessageItem *item)
{
  item->leads = TRUE;
}

ClawMessageItem *
claw_message_item_new (ClawMessage *message, ClawMessageItemKind kind)
{
  g_return_val_if_fail (message != NULL && kind != CLAW_MESSAGE_ITEM_NOTICE, NULL);
  ClawMessageItem *item = g_object_new (CLAW_TYPE_MESSAGE_ITEM, NULL);
  item->kind = kind;
  item->message = claw_message_ref (message);
  return item;
}

ClawMessageItem *
claw_message_item_new_notice (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);
  ClawMessageItem *item = g_object_new (CLAW_TYPE_MESSAGE_ITEM, NULL);
  item->kind = CLAW_MESSAGE_ITEM_NOTICE;
  item->notice = g_strdup (text);
  return item;
}

void
claw_message_item_set_leads (ClawMessageItem *item, gboolean leads)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ITEM (item));
  item->leads = leads;
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

ClawMessageItemKind
claw_message_item_get_kind (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), CLAW_MESSAGE_ITEM_NOTICE);
  return item->kind;
}

ClawMessage *
claw_message_item_get_message (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), NULL);
  return item->message;
}

const char *
claw_message_item_get_text (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), NULL);
  return item->message ? claw_message_get_text (item->message, NULL) : item->notice;
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
  return item->message ? claw_message_get_time_us (item->message) : 0;
}

size_t
claw_message_item_get_size (ClawMessageItem *item)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ITEM (item), 0);
  size_t length = 0;
  if (item->message)
    claw_message_get_text (item->message, &length);
  else
    length = strlen (item->notice);
  return length;
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
