#include "visit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "control.h"

enum { BODY_MAX = 8 << 20 }; /* bytes; the rest is cut off, so the body is no JSON */

struct visit *visit_new(struct MHD_Connection *connection)
{
    struct visit *v = calloc(1, sizeof(*v));
    if (!v)
        abort();
    v->connection = connection;
    v->flight.fd = -1;
    return v;
}

static void end_flight(struct visit *v, struct simulator *s)
{
    if (v->flight.fd < 0)
        return;
    report_end_flight(&s->report, &v->flight);
    v->flight.fd = -1;
}

static void note_delivery(const struct visit *v)
{
    const struct issued *issued = &v->reply.issued;
    if (!issued->issues)
        return;
    enum delivery delivery = v->is_sent ? v->reply.delivery : DELIVERY_LOST;
    issues_deliver(issued->issues, issued->serial, delivery);
    issued->record->deliveries[delivery]++;
}

void visit_free(struct visit *v, struct simulator *s)
{
    if (!v)
        return;
    end_flight(v, s);
    note_delivery(v);
    text_done(&v->body);
    text_done(&v->reply.body);
    free(v);
}

void visit_add_body(struct visit *v, const char *bytes, size_t len)
{
    if (v->body.len + len <= BODY_MAX)
        text_add_bytes(&v->body, bytes, len);
}

static int fd_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static bool peer_left(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

bool visit_client_left(const struct visit *v)
{
    return peer_left(fd_of(v->connection));
}

/* A client that was killed cannot be found calling twice at once. */
static void end_abandoned_flights(struct record *record, struct report *report)
{
    struct flight *next = NULL;
    for (struct flight *flight = record->flights; flight; flight = next) {
        next = flight->next;
        if (!peer_left(flight->fd))
            continue;
        report_end_flight(report, flight);
        flight->fd = -1;
    }
}

static void begin_flight(struct visit *v, struct simulator *s, const struct call *call)
{
    const char *host = MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, "Host");
    v->flight = (struct flight){
        .record = call->authorizer ? &call->authorizer->record : NULL,
        .client = chance_hash(host ? host : ""),
        .fd = fd_of(v->connection),
    };
    if (v->flight.record)
        end_abandoned_flights(v->flight.record, &s->report);
    report_begin_flight(&s->report, &v->flight, call->kind);
}

static enum MHD_Result read_parameter(void *closure, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    (void)kind;
    struct request *request = closure;
    if (strcmp(name, "access_token") != 0 && strcmp(name, "component_access_token") != 0) {
        request->unknown_param = name;
        return MHD_YES;
    }
    request->access_tokens++;
    request->access_token = value ? value : "";
    return MHD_YES;
}

static struct request request_of(const struct visit *v, const char *method, const char *path)
{
    struct request request = {
        .method = method,
        .path = path,
        .access_token = "",
        .content_length = MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND,
                                                      MHD_HTTP_HEADER_CONTENT_LENGTH),
        .body = v->body.at ? v->body.at : "",
        .body_len = v->body.len,
    };
    (void)MHD_get_connection_values(v->connection, MHD_GET_ARGUMENT_KIND, read_parameter, &request);
    return request;
}

static enum call_kind kind_of(const char *path)
{
    static const char folder[] = "/cgi-bin/component/";
    if (strncmp(path, folder, strlen(folder)) != 0)
        return CALL_KINDS;
    return call_kind_find(path + strlen(folder));
}

void visit_answer(struct visit *v, struct simulator *s, const char *method, const char *path)
{
    struct request request = request_of(v, method, path);
    late_acts_run(s);
    if (control_has_path(path)) {
        control_answer(&v->reply, s, &request);
        return;
    }
    enum call_kind kind = kind_of(path);
    if (kind == CALL_KINDS) {
        answer_unknown_path(&v->reply, s, path);
        return;
    }
    struct call call;
    call_read(&call, s, kind, &request);
    begin_flight(v, s, &call);
    answer_call(&v->reply, s, &call);
    call_done(&call);
}

static ssize_t read_part(void *closure, uint64_t at, char *out, size_t room)
{
    const struct reply *reply = closure;
    size_t end = reply->part_len < reply->body.len ? reply->part_len : reply->body.len;
    size_t left = end - (size_t)at;
    if (left == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t len = left < room ? left : room;
    memcpy(out, reply->body.at + at, len);
    return (ssize_t)len;
}

static struct MHD_Response *make_response(struct reply *reply)
{
    struct text *body = &reply->body;
    if (reply->way == REPLY_PART) /* the visit, and the reply in it, outlives the response's use */
        return MHD_create_response_from_callback(body->len, 4096, read_part, reply, NULL);
    struct MHD_Response *response = MHD_create_response_from_buffer(body->len, body->at,
                                                                    MHD_RESPMEM_MUST_FREE);
    *body = (struct text){0};
    return response;
}

/* Disconnecting sends the reset at once; closing would send an orderly end before it. */
static void reset_connection(struct MHD_Connection *connection)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    (void)connect(fd_of(connection), &nobody, sizeof(nobody));
}

/* Past the library, which would not send a part of a head. What does not fit into the socket's
 * buffer is lost, as it would be anyway. */
static void send_part(struct MHD_Connection *connection, const struct reply *reply)
{
    struct text whole = {0};
    text_add(&whole, "HTTP/1.1 %u OK\r\n", reply->status);
    if (reply->content_type)
        text_add(&whole, "Content-Type: %s\r\n", reply->content_type);
    text_add(&whole, "Content-Length: %zu\r\n\r\n", reply->body.len);
    text_add_bytes(&whole, reply->body.at, reply->body.len);
    size_t len = reply->part_len < whole.len ? reply->part_len : whole.len;
    (void)send(fd_of(connection), whole.at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    text_done(&whole);
}

enum MHD_Result visit_reply(struct visit *v, struct simulator *s)
{
    end_flight(v, s);
    if (v->reply.way == REPLY_RESET_AT)
        send_part(v->connection, &v->reply);
    if (v->reply.way == REPLY_RESET || v->reply.way == REPLY_RESET_AT)
        reset_connection(v->connection);
    if (v->reply.way != REPLY_WHOLE && v->reply.way != REPLY_PART)
        return MHD_NO;

    struct MHD_Response *response = make_response(&v->reply);
    if (!response)
        return MHD_NO;
    if (v->reply.content_type)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                      v->reply.content_type);
    enum MHD_Result result = MHD_queue_response(v->connection, v->reply.status, response);
    MHD_destroy_response(response);
    return result;
}
