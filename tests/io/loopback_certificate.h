/*
 * Certificates, made while the tests run, so that none is kept until it expires. Errors end the
 * test program.
 */
#pragma once

/* Writes a self-signed certificate (its own CA, valid for a day) and its key into one file. `name`
 * is like "IP:127.0.0.1" or "DNS:host.test". */
void loopback_certificate_write(const char *file, const char *name);
