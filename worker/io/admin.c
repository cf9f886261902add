#include "io/admin.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/address.h"

enum { CONNECTIONS_MAX = 16, CONNECTION_LIMIT_S = 5, BACKLOG = 16 };

struct admin {
    struct admin_source source;
    struct MHD_Daemon *daemon;
    int epoll_fd;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, struct str body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(body.len, (void *)body.at,
                                                                    MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_readiness(struct admin *admin, struct MHD_Connection *connection)
{
    char bytes[ADMIN_BODY_BYTES_MAX];
    struct text body = TEXT_IN(bytes);
    bool is_ready = admin->source.ready(admin->source.context, &body);
    return answer(connection, is_ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                  text_str(&body));
}

static bool is_read_only(const char *method)
{
    return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

/* NOLINTNEXTLINE(readability-function-size): the library passes eight parameters. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **of_request)
{
    (void)version;
    (void)upload;
    (void)of_request;
    if (*upload_len) {
        *upload_len = 0; /* the body is dropped */
        return MHD_YES;
    }
    if (!is_read_only(method))
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                      STR("{\"error\":\"only GET and HEAD\"}\n"));
    if (strcmp(url, "/livez") == 0)
        return answer(connection, MHD_HTTP_OK, STR("{\"status\":\"live\"}\n"));
    if (strcmp(url, "/readyz") == 0)
        return answer_readiness(context, connection);
    return answer(connection, MHD_HTTP_NOT_FOUND,
                  STR("{\"error\":\"there are /livez and /readyz\"}\n"));
}

static bool start(struct admin *admin, int listen_fd, struct err *err)
{
    admin->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, admin, MHD_OPTION_LISTEN_SOCKET, listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)CONNECTION_LIMIT_S, MHD_OPTION_END);
    if (!admin->daemon) {
        (void)close(listen_fd); /* was never used, so an error means nothing */
        return err_set(err, ERR_UNAVAILABLE, "could not start to serve HTTP");
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    assert(info != NULL);
    admin->epoll_fd = info->epoll_fd;
    return true;
}

bool admin_open(struct admin **admin, const char *address, const struct admin_source *source,
                struct err *err)
{
    int listen_fd = address_listen(address, BACKLOG, err);
    if (listen_fd < 0)
        return err_prefix(err, "admin.listen");
    struct admin *opened = calloc(1, sizeof(*opened));
    assert(opened != NULL);
    opened->source = *source;
    if (!start(opened, listen_fd, err)) {
        free(opened);
        return err_prefix(err, "admin.listen");
    }
    *admin = opened;
    return true;
}

void admin_close(struct admin *admin)
{
    if (!admin)
        return;
    MHD_stop_daemon(admin->daemon);
    free(admin);
}

int admin_fd(const struct admin *admin)
{
    return admin->epoll_fd;
}

void admin_run(struct admin *admin)
{
    (void)MHD_run(admin->daemon);
}
