/*
 * Reads JSON from outside: parses a whole object, then reads its members by name and type.
 *
 * The one idea: a member is found, absent or wrong, and the caller says what each of these means.
 * null counts as absent. The last of duplicate members wins. Limits: json-c limits nesting to 32
 * levels; the caller limits the size. Units: sizes in bytes. Ownership: json_parse* return an
 * object that the caller releases with json_object_put or CLEANUP(json_putp). Strings are views
 * that live as long as the object.
 */
#pragma once

#include "base/str.h"

struct json_object;

enum json_found {
    JSON_FOUND,
    JSON_ABSENT, /* missing, or null */
    JSON_WRONG,  /* present, but of another type than the one asked for */
};

/* Parses what an event must be: exactly one JSON object in valid UTF-8. A BOM may precede it, and
 * blanks may surround it. Returns NULL for anything else; *fault is then a constant sentence that
 * quotes nothing. */
struct json_object *json_parse(struct str bytes, const char **fault);

/* Like json_parse, but accepts what WeChat has been seen to send: control characters and invalid
 * UTF-8 in a nickname, and numbers that are too large. A caller that takes a string from the object
 * has to check its bytes. */
struct json_object *json_parse_tolerant(struct str bytes, const char **fault);

/* For CLEANUP. */
void json_putp(struct json_object **object);

/* Returns the member, borrowed, or NULL if it is absent. */
struct json_object *json_member(struct json_object *object, const char *name);

/* Returns the member, borrowed, if it is an object; else NULL. */
struct json_object *json_object_member(struct json_object *object, const char *name);

/* Reads a string. A string with a NUL is wrong, because PostgreSQL cannot hold it. *view is written
 * only if the member is found. */
enum json_found json_string(struct str *view, struct json_object *object, const char *name);

/* Reads a whole number, which may also be a numeric string. *number is written only if the member
 * is found. */
enum json_found json_integer(int64_t *number, struct json_object *object, const char *name);
