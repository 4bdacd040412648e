/* clawchat-server.c: the server for a machine without a display; needs no library of a desktop. */
#include "config.h"

#include "claw-server-main.h"

int
main (int argc, char **argv)
{
  return claw_server_main (argc, argv);
}
