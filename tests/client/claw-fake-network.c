/* claw-fake-network.c: see claw-fake-network.h. */
#include "claw-fake-network.h"

typedef struct
{
  GObject parent_instance;

  gboolean is_available;
} ClawFakeNetwork;

typedef GObjectClass ClawFakeNetworkClass;

enum
{
  PROP_AVAILABLE = 1,
  PROP_METERED,
  PROP_CONNECTIVITY
};

static GType claw_fake_network_get_type (void);
static void init_monitor (GNetworkMonitorInterface *interface);
static void init_initable (GInitableIface *interface);

G_DEFINE_TYPE_WITH_CODE (ClawFakeNetwork,
                         claw_fake_network,
                         G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, init_initable)
                             G_IMPLEMENT_INTERFACE (G_TYPE_NETWORK_MONITOR, init_monitor))

static void
init_monitor (GNetworkMonitorInterface *interface)
{
}

static gboolean
initialise (GInitable *initable, GCancellable *cancellable, GError **error)
{
  return TRUE;
}

static void
init_initable (GInitableIface *interface)
{
  interface->init = initialise;
}

static void
get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  ClawFakeNetwork *network = (ClawFakeNetwork *) object;
  if (id == PROP_CONNECTIVITY)
    g_value_set_enum (value, network->is_available ? G_NETWORK_CONNECTIVITY_FULL
                                                   : G_NETWORK_CONNECTIVITY_LOCAL);
  else
    g_value_set_boolean (value, id == PROP_AVAILABLE && network->is_available);
}

static void
claw_fake_network_class_init (ClawFakeNetworkClass *class)
{
  class->get_property = get_property;
  g_object_class_override_property (class, PROP_AVAILABLE, "network-available");
  g_object_class_override_property (class, PROP_METERED, "network-metered");
  g_object_class_override_property (class, PROP_CONNECTIVITY, "connectivity");
}

static void
claw_fake_network_init (ClawFakeNetwork *network)
{
}

GNetworkMonitor *
claw_fake_network_new (gboolean is_available)
{
  ClawFakeNetwork *network = g_object_new (claw_fake_network_get_type (), NULL);
  network->is_available = is_available;
  return G_NETWORK_MONITOR (network);
}

void
claw_fake_network_set_available (GNetworkMonitor *monitor, gboolean is_available)
{
  ((ClawFakeNetwork *) monitor)->is_available = is_available;
  g_signal_emit_by_name (monitor, "network-changed", is_available);
}
