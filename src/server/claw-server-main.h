/* claw-server-main.h: the server's command line, shared by clawchat-server and clawchat --headless.
 */
#pragma once

/* Parses @argv (options and control commands of the design, section 1), runs, and returns a
 * sysexits code. */
int claw_server_main (int argc, char **argv);
