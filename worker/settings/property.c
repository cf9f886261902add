#include "settings/property.h"

#include <assert.h>

#include "base/count.h"

static const struct forbidden_property forbidden[] = {
#define FORBIDDEN(name, why) {name, why},
#include "settings/forbidden_properties.def"
#undef FORBIDDEN
};

/* Parts of names that mark a secret: passwords and passphrases, client secrets, keys in PEM, and
 * the two options that hold secrets in a longer text (librdkafka's for OAuth, Java's for JAAS). */
static const char *const secret_parts[] = {
    "pass", "secret", "pem", "private.key", "oauthbearer.config", "jaas"};

size_t forbidden_count(void)
{
    return COUNT_OF(forbidden);
}

const struct forbidden_property *forbidden_at(size_t index)
{
    assert(index < forbidden_count());
    return &forbidden[index];
}

const char *property_forbidden_because(struct str name)
{
    for (size_t i = 0; i < forbidden_count(); i++)
        if (str_equal(name, str_of(forbidden[i].name)))
            return forbidden[i].why;
    return NULL;
}

bool property_is_secret(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(secret_parts); i++)
        if (memmem(name.at, name.len, secret_parts[i], strlen(secret_parts[i])))
            return true;
    return false;
}
