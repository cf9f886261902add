/*
 * Reads the requests of the control API. Each function reads one member. If the member is wrong,
 * the function adds the reason to error and returns false. If an optional member is absent, the
 * output stays as it was. Texts and lists are borrowed from the object.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>

#include "simulator.h"
#include "text.h"

struct range {
    int64_t min;
    int64_t max;
};

/* Returns the JSON object in the body, or NULL. The caller releases it with json_object_put. */
struct json_object *input_parse(const char *body, size_t len);

/* These members are required. */
bool input_appid(const char **appid, struct json_object *in, const char *name, struct text *error);
bool input_component(struct component **component, struct json_object *in,
                     const struct simulator *s, struct text *error);
bool input_appids(struct json_object **list, struct json_object *in, struct text *error);
bool input_fault(struct fault *fault, struct json_object *in,
                 struct text *error); /* fault_input.c */

/* These members are optional. */
bool input_text(const char **text, struct json_object *in, const char *name, int len_max,
                struct text *error);
bool input_number(int64_t *number, struct json_object *in, const char *name, struct range range,
                  struct text *error);
/* Reads the name of a call; "*" or an absent member: CALL_KINDS. */
bool input_call(enum call_kind *call, struct json_object *in, struct text *error);

/* Reads a number; null becomes -1. */
bool input_limit(int64_t *limit, bool *is_given, struct json_object *in, const char *name,
                 struct text *error);

/* Adds the duration to the seconds. */
bool input_duration(int64_t *seconds, struct json_object *in, const char *name, int64_t max_s,
                    struct text *error);
bool input_flag(bool *flag, struct json_object *in, const char *name, struct text *error);
bool input_scope_list(struct json_object **list, struct json_object *in, struct text *error);

/* Stores a list that input_scope_list accepted. */
void input_scopes(struct authorizer *a, struct json_object *list);
