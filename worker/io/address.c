#include "io/address.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_BYTES = 256, PORT_BYTES = 6 };

struct address {
    struct str host, port; /* the host is without brackets */
};

static struct address split(const char *address)
{
    const char *colon = strrchr(address, ':');
    assert(colon != NULL); /* the settings have been checked for it */
    struct address parts = {
        .host = {.at = address, .len = (size_t)(colon - address)},
        .port = str_of(colon + 1),
    };
    if (str_starts_with(parts.host, STR("[")))
        parts.host = (struct str){.at = address + 1, .len = parts.host.len - 2};
    return parts;
}

static bool resolve(struct addrinfo **found, const char *address, struct err *err)
{
    char host[HOST_BYTES], port[PORT_BYTES];
    struct address parts = split(address);
    struct text host_text = TEXT_IN(host);
    struct text port_text = TEXT_IN(port);
    text_add(&host_text, parts.host);
    text_add(&port_text, parts.port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    int failed = getaddrinfo(text_terminated(&host_text), text_terminated(&port_text), &hints,
                             found);
    if (!failed)
        return true;
    return err_set(err, ERR_UNAVAILABLE, "could not find address \"%s\": %s", address,
                   gai_strerror(failed));
}

static bool bind_and_listen(int fd, const struct addrinfo *to, int backlog)
{
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
           bind(fd, to->ai_addr, to->ai_addrlen) == 0 && listen(fd, backlog) == 0;
}

int address_listen(const char *address, int backlog, struct err *err)
{
    struct addrinfo *found;
    if (!resolve(&found, address, err))
        return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_ok = fd >= 0 && bind_and_listen(fd, found, backlog);
    int error = errno;
    freeaddrinfo(found);
    if (is_ok)
        return fd;
    if (fd >= 0)
        (void)close(fd); /* was never used, so an error means nothing */
    (void)err_set(err, ERR_UNAVAILABLE, "could not listen on \"%s\": %s", address, strerror(error));
    return -1;
}

static bool is_any(struct str host)
{
    return str_is_empty(host) || str_equal(host, STR("0.0.0.0")) || str_equal(host, STR("*"));
}

void address_local_url(struct text *url, const char *address, const char *path)
{
    struct address parts = split(address);
    bool is_ipv6 = memchr(parts.host.at, ':', parts.host.len);
    text_add(url, STR("http://"));
    if (is_any(parts.host))
        text_add(url, STR("127.0.0.1"));
    else if (str_equal(parts.host, STR("::")))
        text_add(url, STR("[::1]"));
    else if (is_ipv6)
        text_format(url, "[%.*s]", (int)parts.host.len, parts.host.at);
    else
        text_add(url, parts.host);
    text_add_char(url, ':');
    text_add(url, parts.port);
    text_add(url, str_of(path));
}
