#include "loop/internal.h"

void loop_step(struct loop *loop, struct event event)
{
    event.now = loop->now;
    event.wall_ms = loop->wall_ms;
    engine_step(&loop->engine, &event);
    loop_log_gate_events(loop);
}
