/* own-network.h: a network with nothing but loopback, in which no other program takes a port. */
#pragma once

#include <glib.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Before there are threads. Without the rights for it the test goes on in everybody's network. */
static inline void
enter_own_network (void)
{
  struct ifreq loopback = { .ifr_name = "lo" };

  if (unshare (CLONE_NEWNET) != 0)
    return;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ioctl (fd, SIOCGIFFLAGS, &loopback), ==, 0);
  loopback.ifr_flags |= IFF_UP;
  g_assert_cmpint (ioctl (fd, SIOCSIFFLAGS, &loopback), ==, 0);
  close (fd);
}
