/*
 * JSON from outside: an object parsed whole, members read by name and type.
 *
 * The one idea: a member is found, absent or wrong, and the caller says what each means; null is
 * absent. The last of duplicate members wins. Nesting is limited by json-c (32 levels), size by the
 * caller. Strings are views that live as long as the object. Sizes in bytes. Ownership: json_parse*
 * return an object that the caller puts with json_object_put, or CLEANUP(json_putp).
 */
#pragma once

#include "base/str.h"

struct json_object;

enum json_found {
    JSON_FOUND,
    JSON_ABSENT, /* not there, or null */
    JSON_WRONG,  /* there, and not of the type asked for */
};

/* Exactly one JSON object in valid UTF-8, with a BOM and blanks around it at the most: what an
 * event must be. NULL, and *fault a constant sentence that quotes nothing, if it is not. */
struct json_object *json_parse(struct str bytes, const char **fault);

/* As json_parse, but takes what WeChat has been seen to send: control characters and invalid UTF-8
 * in a nickname, numbers too large. Whoever takes a string from it looks at its bytes. */
struct json_object *json_parse_tolerant(struct str bytes, const char **fault);

/* For CLEANUP. */
void json_putp(struct json_object **object);

/* The member, or NULL where it is absent; borrowed. */
struct json_object *json_member(struct json_object *object, const char *name);

/* The member if it is an object, else NULL; borrowed. */
struct json_object *json_object_member(struct json_object *object, const char *name);

/* A string; one with a NUL is wrong, PostgreSQL cannot hold it. *view is written only if found. */
enum json_found json_string(struct str *view, struct json_object *object, const char *name);

/* A whole number, which may come as a numeric string. *number is written only if found. */
enum json_found json_integer(int64_t *number, struct json_object *object, const char *name);
