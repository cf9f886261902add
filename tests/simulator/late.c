#include "late.h"

#include <stdlib.h>

#include "act.h"

struct late_act {
    struct delay delay; /* first, so that a delay is its act */
    struct call call;
};

static void late_act_free(struct late_act *act)
{
    call_done(&act->call);
    free(act);
}

void late_acts_done(struct late_acts *late)
{
    struct delay *delay = NULL;
    while ((delay = delays_take(&late->delays)))
        late_act_free((struct late_act *)delay);
    delays_done(&late->delays);
}

void late_acts_add(struct late_acts *late, struct call *call, int64_t at_us)
{
    struct late_act *act = calloc(1, sizeof(*act));
    if (!act)
        abort();
    *act = (struct late_act){.delay = {.at_us = at_us}, .call = *call};
    call->root = NULL;
    delays_add(&late->delays, &act->delay);
}

static void run(struct simulator *s, struct late_act *act)
{
    struct text nobody_reads = {0};
    struct issued issued = {0};
    act->call.now_ms = act->delay.at_us / 1000;
    act_call(&nobody_reads, &issued, s, &act->call, (struct lengths){0});
    text_done(&nobody_reads);
    if (issued.issues) {
        issues_deliver(issued.issues, issued.serial, DELIVERY_LOST);
        issued.record->deliveries[DELIVERY_LOST]++;
    }
    s->late.acted++;
}

void late_acts_run(struct simulator *s)
{
    int64_t now_us = simulator_now_ms(s) * 1000;
    for (const struct delay *first = delays_first(&s->late.delays); first && first->at_us <= now_us;
         first = delays_first(&s->late.delays)) {
        struct late_act *act = (struct late_act *)delays_take(&s->late.delays);
        run(s, act);
        late_act_free(act);
    }
}
