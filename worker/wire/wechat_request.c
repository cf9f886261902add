#include "wire/wechat_request.h"

#include "wire/escape.h"

void wechat_request_url(struct text *url, const struct wechat_request *request, struct str base_url,
                        struct str parameter)
{
    while (base_url.len && base_url.at[base_url.len - 1] == '/')
        base_url.len--;
    text_add(url, base_url);
    text_add(url, STR("/cgi-bin/component/"));
    text_add(url, wechat_call_name(request->call));
    text_add_char(url, '?');
    escape_url(url, parameter);
    text_add_char(url, '=');
    escape_url(url, request->component_token);
}

/* `opening` is everything before the value: brace or comma, name, colon. */
static void add_member(struct text *body, struct str opening, struct str value)
{
    text_add(body, opening);
    escape_json(body, value);
}

void wechat_request_body(struct text *body, const struct wechat_request *request)
{
    add_member(body, STR("{\"component_appid\":"), request->component_appid);
    switch (request->call) {
    case CALL_QUERY_AUTH:
        add_member(body, STR(",\"authorization_code\":"), request->secret);
        break;
    case CALL_AUTHORIZER_TOKEN:
        add_member(body, STR(",\"authorizer_appid\":"), request->authorizer_appid);
        add_member(body, STR(",\"authorizer_refresh_token\":"), request->secret);
        break;
    case CALL_AUTHORIZER_INFO:
        add_member(body, STR(",\"authorizer_appid\":"), request->authorizer_appid);
        break;
    }
    text_add_char(body, '}');
}
