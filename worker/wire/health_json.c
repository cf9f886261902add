#include "wire/health_json.h"

#include "wire/escape.h"

static void add_part(struct text *text, const struct health_part *part)
{
    escape_json(text, part->name);
    text_add(text, part->is_ok ? STR(":{\"status\":\"ok\",\"detail\":")
                               : STR(":{\"status\":\"fail\",\"detail\":"));
    escape_json(text, str_of(part->detail));
    text_add_char(text, '}');
}

void health_json_encode(struct text *text, const struct health *health)
{
    text_add(text, health_is_ok(health) ? STR("{\"status\":\"ready\",\"checks\":{")
                                        : STR("{\"status\":\"not_ready\",\"checks\":{"));
    for (size_t i = 0; i < health->count; i++) {
        if (i)
            text_add_char(text, ',');
        add_part(text, &health->parts[i]);
    }
    text_add(text, STR("}}\n"));
}
