"""The table at the end of the demo: compares what the database and Kafka hold with what WeChat has
seen and issued."""

from collections import Counter

from parts import sql


class Table:
    """Rows with a name and one number, or two numbers that must agree."""

    def __init__(self):
        self.rows, self.agrees = [], True

    def tell(self, name, value):
        self.rows.append((name, str(value), "", ""))

    def compare(self, name, value, other_name, other):
        sign = "==" if value == other else "!="
        self.agrees &= value == other
        self.rows.append((name, str(value), sign, f"{other}  {other_name}"))

    def print(self):
        name_width = max(len(row[0]) for row in self.rows)
        value_width = max(len(row[1]) for row in self.rows)
        for name, value, sign, other in self.rows:
            print(f"  {name:<{name_width}}  {value:>{value_width}}  {sign} {other}".rstrip())


def versions(stage):
    """Returns every id that token-updated must have: COMPONENT/AUTHORIZER/VERSION for each version
    of each row."""
    return set(sql(stage.house.url, "SELECT component_appid || '/' || authorizer_appid || '/' || n FROM wxtoken.authorizer, "
                   "generate_series(1, version) AS n"))


def same_tokens(rows, issued):
    """Returns for how many authorizers the database holds the tokens that WeChat issued last."""
    return sum((row["authorizer_access_token"], row["authorizer_refresh_token"]) ==
               (token["authorizer_access_token"], token["authorizer_refresh_token"])
               for appid, row in rows.items() if (token := issued.get(appid)))


def make(stage, expected_dead):
    """Asks database, Kafka and simulator, and returns the table."""
    rows, report, dead = stage.rows(), stage.simulator.report(), Counter(stage.dead())
    tokens = stage.simulator.tokens()
    issued = {t["authorizer_appid"]: t for t in tokens if t["status"] == "authorized"}
    status = Counter(row["status"] for row in rows.values())
    stored, announced = versions(stage), stage.announced()
    calls, failed = sum(report["calls"].values()), report["faults"]
    needed = len(stored) - status["unauthorized"]  # one good call for each version but a revocation

    table = Table()
    table.tell("events", stage.events_sent)
    table.compare("authorizers in the database", len(rows), "at WeChat", len(tokens))
    table.compare("  of them revoked", status["unauthorized"], "at WeChat", len(tokens) - len(issued))
    table.compare("versions in the database", len(stored), "announced on token-updated", len(stored & announced))
    table.compare("versions announced", len(announced), "in the database", len(stored))
    table.tell("calls to WeChat", calls)
    table.compare("retries", calls - needed, "calls that failed", failed)
    table.compare("calls not as documented", report["undocumented_count"], "allowed", 0)
    table.compare("calls at once for one authorizer", report["same_authorizer_in_flight_max"], "allowed", 1)
    for reason in sorted(expected_dead | dead):
        table.compare(f"dead letters, {reason}", dead[reason], "provoked", expected_dead[reason])
    table.compare("tokens in the database", same_tokens(rows, issued), "tokens issued last", len(issued))
    return table
