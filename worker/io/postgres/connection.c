#include "base/count.h"
#include "io/postgres/connection.h"

/* The conninfo overrides the options before it. The options after it override the conninfo. */
static const struct {
    const char *keyword, *value;
} options[] = {
    {"connect_timeout", "10"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "20000"},
    {"target_session_attrs", "read-write"},
    {"dbname", NULL}, /* the conninfo */
    {"application_name", "wxtoken"},
    {"client_encoding", "UTF8"},
};

enum { OPTIONS_COUNT = COUNT_OF(options) };

bool connection_string_check(const char *conninfo, struct err *err)
{
    char *why = NULL;
    PQconninfoOption *parsed = PQconninfoParse(conninfo, &why);
    PQfreemem(why); /* it may quote the password */
    if (!parsed)
        return err_set(err, ERR_CONFIG, "cannot parse the conninfo string or postgresql:// URI");
    PQconninfoFree(parsed);
    return true;
}

static void drop_notice(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

PGconn *connection_make(const char *conninfo)
{
    const char *keywords[OPTIONS_COUNT + 1] = {0}, *values[OPTIONS_COUNT + 1] = {0};
    for (size_t i = 0; i < OPTIONS_COUNT; i++) {
        keywords[i] = options[i].keyword;
        values[i] = options[i].value ? options[i].value : conninfo;
    }
    PGconn *conn = PQconnectdbParams(keywords, values, 1);
    if (conn)
        PQsetNoticeReceiver(conn, drop_notice, NULL);
    return conn;
}

/* libpq ends its sentences with line breaks and writes one line per host. */
static void add_one_line(struct text *text, const char *lines)
{
    size_t len = strlen(lines);
    while (len > 0 && lines[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++)
        text_add_char(text, lines[i] == '\n' || lines[i] == '\t' ? ' ' : lines[i]);
}

void connection_trouble(struct text *text, const PGconn *conn)
{
    const char *said = conn ? PQerrorMessage(conn) : "out of memory";
    add_one_line(text, *said ? said : "connection lost");
}

void connection_error(struct text *text, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    text_add(text, str_of(state ? state : "no SQLSTATE"));
    text_add(text, STR(" "));
    if (state && str_starts_with(str_of(state), STR("22")))
        text_add(text, STR("data exception"));
    else
        add_one_line(text, message ? message : "connection lost");
}

void connection_finishp(PGconn **conn)
{
    PQfinish(*conn);
}

void connection_clearp(PGresult **result)
{
    PQclear(*result);
}
