/*
 * Certificates made while the tests run, so that none lies about to expire. Errors end the test
 * program.
 */
#pragma once

/*
 * Writes a self-signed certificate (its own CA, good for a day) with its key into one file; `name`
 * as in "IP:127.0.0.1" or "DNS:host.test".
 */
void loopback_certificate_write(const char *file, const char *name);
