/*
 * Reading what the control API is sent. Each function reads one member, returns false and says why
 * in error where it is wrong, and leaves its output alone where an optional member is absent.
 * Texts and lists are borrowed from the object.
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

/* The JSON object in the body, to be put by the caller, or NULL. */
struct json_object *input_parse(const char *body, size_t len);

/* Not optional. */
bool input_appid(const char **appid, struct json_object *in, const char *name, struct text *error);
bool input_component(struct component **component, struct json_object *in,
                     const struct simulator *s, struct text *error);
bool input_appids(struct json_object **list, struct json_object *in, struct text *error);
bool input_fault(struct fault *fault, struct json_object *in,
                 struct text *error); /* fault_input.c */

/* Optional. */
bool input_text(const char **text, struct json_object *in, const char *name, int len_max,
                struct text *error);
bool input_number(int64_t *number, struct json_object *in, const char *name, struct range range,
                  struct text *error);
/* The call of this name; "*", or none: CALL_KINDS. */
bool input_call(enum call_kind *call, struct json_object *in, struct text *error);

/* A number, or null for -1. */
bool input_limit(int64_t *limit, bool *is_given, struct json_object *in, const char *name,
                 struct text *error);

/* Added to the seconds. */
bool input_duration(int64_t *seconds, struct json_object *in, const char *name, int64_t max_s,
                    struct text *error);
bool input_flag(bool *flag, struct json_object *in, const char *name, struct text *error);
bool input_scope_list(struct json_object **list, struct json_object *in, struct text *error);

/* Stores a list that input_scope_list let pass. */
void input_scopes(struct authorizer *a, struct json_object *list);
