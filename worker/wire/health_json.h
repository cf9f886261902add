/*
 * The body of /readyz: {"status":"ready","checks":{"kafka":{"status":"ok","detail":"…"},…}}.
 *
 * `status` is ready or not_ready. The status of a check is ok or fail.
 * Limits: HEALTH_JSON_BYTES_MAX.
 */
#pragma once

#include "base/text.h"
#include "model/health.h"

enum { HEALTH_JSON_BYTES_MAX = 8192 };

void health_json_encode(struct text *text, const struct health *health);
