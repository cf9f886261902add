#include "settings/property.h"

#include <assert.h>

#include "base/count.h"

static const struct refusal refusals[] = {
#define REFUSED(name, why) {name, why},
#include "settings/refused.def"
#undef REFUSED
};

/* Parts of the names of secrets: passwords and passphrases, client secrets, keys in PEM, and the
 * two whole texts of options (librdkafka's for OAuth, Java's for JAAS) that hold them. */
static const char *const secret_parts[] = {
    "pass", "secret", "pem", "private.key", "oauthbearer.config", "jaas"};

size_t refusals_count(void)
{
    return COUNT_OF(refusals);
}

const struct refusal *refusal_at(size_t index)
{
    assert(index < refusals_count());
    return &refusals[index];
}

const char *property_refusal(struct str name)
{
    for (size_t i = 0; i < refusals_count(); i++)
        if (str_equal(name, str_of(refusals[i].name)))
            return refusals[i].why;
    return NULL;
}

bool property_is_secret(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(secret_parts); i++)
        if (memmem(name.at, name.len, secret_parts[i], strlen(secret_parts[i])))
            return true;
    return false;
}
