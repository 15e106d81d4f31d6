#include "events.h"

#include <string.h>
#include <sys/eventfd.h>

enum { PORT_BYTES = 1 << 20 };

int mc_event_port_init(mc_event_port *port, int wake_fd) {
    port->wake_fd = wake_fd;
    atomic_init(&port->dropped, 0);
    return mc_ring_init(&port->ring, PORT_BYTES);
}

void mc_event_port_deinit(mc_event_port *port) {
    mc_ring_deinit(&port->ring);
}

void mc_event_post(mc_event_port *port, const mc_event *event) {
    mc_event *slot = mc_ring_reserve(&port->ring, sizeof *event);
    if (!slot) {
        atomic_fetch_add_explicit(&port->dropped, 1, memory_order_relaxed);
        return;
    }
    *slot = *event;
    mc_ring_commit(&port->ring);
    eventfd_write(port->wake_fd, 1);
}

int mc_event_take(mc_event_port *port, mc_event *out) {
    uint32_t len_bytes;
    const mc_event *event = mc_ring_peek(&port->ring, &len_bytes);
    if (!event)
        return 0;
    *out = *event;
    mc_ring_consume(&port->ring);
    return 1;
}
