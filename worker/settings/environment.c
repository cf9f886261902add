#include "settings/environment.h"

#include <ctype.h>

#include "settings/row.h"

#define PREFIX       STR("WXTOKEN_")
#define KAFKA_PREFIX STR("WXTOKEN_KAFKA_")

static bool contains(struct str text, struct str part)
{
    return memmem(text.at, text.len, part.at, part.len) != NULL;
}

/* Returns true if the name looks like one that Kubernetes injects for a service:
 * WXTOKEN_KAFKA_SERVICE_HOST, …_SERVICE_PORT_CLIENTS, …_PORT, …_PORT_9092_TCP_ADDR. No property of
 * librdkafka has a name like these. */
static bool is_injected(struct str name)
{
    struct str port = STR("_PORT");
    bool ends_in_port = name.len >= port.len &&
                        memcmp(name.at + name.len - port.len, port.at, port.len) == 0;
    return ends_in_port || contains(name, STR("_SERVICE_HOST")) ||
           contains(name, STR("_SERVICE_PORT")) || contains(name, STR("_TCP")) ||
           contains(name, STR("_UDP"));
}

/* Writes kafka.NAME with a "." for each "_". Returns false if the name of the variable has other
 * characters, or nothing after the prefix. */
static bool property_key(struct text *key, struct str name)
{
    text_add(key, STR("kafka."));
    for (size_t i = KAFKA_PREFIX.len; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (!isupper(c) && !isdigit(c) && c != '_')
            return false;
        text_add_char(key, (char)(c == '_' ? '.' : tolower(c)));
    }
    return name.len > KAFKA_PREFIX.len && !key->cut;
}

void environment_name_of(struct text *name, struct str key)
{
    text_add(name, PREFIX);
    for (size_t i = 0; i < key.len; i++)
        text_add_char(name, (char)(key.at[i] == '.' ? '_' : toupper((unsigned char)key.at[i])));
}

static bool names_row(struct str name, const struct row *row)
{
    char bytes[128];
    struct text rows_name = TEXT_IN(bytes);
    environment_name_of(&rows_name, str_of(row->key));
    return str_equal(name, text_str(&rows_name));
}

enum environment_name environment_key(struct text *key, struct str name)
{
    if (!str_starts_with(name, PREFIX))
        return ENVIRONMENT_OTHER;
    if (str_starts_with(name, KAFKA_PREFIX))
        return !is_injected(name) && property_key(key, name) ? ENVIRONMENT_SETTING
                                                             : ENVIRONMENT_UNKNOWN;
    for (size_t i = 0; i < rows_count(); i++) {
        if (!names_row(name, row_at(i)))
            continue;
        text_add(key, str_of(row_at(i)->key));
        return ENVIRONMENT_SETTING;
    }
    return ENVIRONMENT_UNKNOWN;
}
