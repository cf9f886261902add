#!/usr/bin/env -S python3 -B
"""The other commands on real parts: migrate, check, config; and what a worker says about settings
that it cannot run with."""

import re
import subprocess
import threading

from judge import judge
from parts import Trouble, command, command_line, free_port, plain_environment, program, sql
from scene import Scene
from sentences import main

MIGRATORS = 6
SETTINGS_WRONG = 78


def expect(truth, complaint):
    if not truth:
        raise Trouble(complaint)


def wrong_settings_are_all_reported_at_once(home):
    wrong = {"worker.in_flight_max": "many", "wechat.timeout_ms": "-1", "kafka.enable.idempotence": "false",
             "log.format": "xml", "no.such.key": "1", "kafka.group.protocol": "consumer"}
    for by in ("file", "options"):
        status, out, err = command(home.folder, f"wrong-{by}", ["worker"], wrong, by, seconds=20)
        expect(status == SETTINGS_WRONG, f"status {status}, not 78, for wrong settings by {by}\n{out}{err}")
        missing = [key for key in wrong if key not in out + err]
        expect(not missing, f"by {by}, nothing is said of {missing}\n{out}{err}")


def a_wrong_environment_is_reported_and_a_stray_variable_is_not_an_error(home):
    by_environment = {"worker.in_flight_max": "many", "log.level": "loud"}
    status, out, err = command(home.folder, "env", ["worker"], by_environment, "environment", seconds=20)
    expect(status == SETTINGS_WRONG, f"status {status}, not 78\n{out}{err}")
    expect(all(v in out + err for v in ("many", "loud")), f"the values are not named\n{out}{err}")

    stray = {"service.port": "tcp://10.0.0.1:80", "component.appid": "wxstray"}
    status, out, err = command(home.folder, "stray", ["config"], stray, "environment", seconds=20)
    expect(status == 0, f"config ended with {status} for a stray variable\n{out}{err}")
    expect("WXTOKEN_SERVICE_PORT" in out + err, f"no warning names the stray variable\n{out}{err}")
    expect("wxstray" in out, f"config does not show the value in force\n{out}")


def a_wrong_command_line_is_64_and_help_is_0(_home):
    wxtoken = program("WXTOKEN", "wxtoken")

    def status(*words):
        return subprocess.run([wxtoken, *words], env=plain_environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=20, check=False).returncode

    for words in ([], ["nonsense"], ["worker", "--nonsense"], ["config", "-o"]):
        expect(status(*words) == 64, f"wxtoken {words} ended with {status(*words)}, not 64")
    for words in (["--help"], ["--version"], ["worker", "--help"], ["migrate", "--help"], ["check", "--version"]):
        expect(status(*words) == 0, f"wxtoken {words} ended with {status(*words)}, not 0")


def many_migrate_one_database_at_once(home):
    url = home.database.make("many")
    argv, environment = command_line(home.folder, "many", ["migrate"], {"postgres.url": url})
    results = []

    def migrate():
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)
        results.append((done.returncode, done.stdout + done.stderr))

    threads = [threading.Thread(target=migrate) for _ in range(MIGRATORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [r for r in results if r[0]]
    expect(len(results) == MIGRATORS and not failed, f"{len(failed)} of {MIGRATORS} failed: {failed[:1]}")
    sql(url, "INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid) VALUES ('c', 'a')")


def a_dropped_schema_can_be_made_again(home):
    url = home.database.make("again")
    for _ in range(2):
        for _ in range(2):
            status, out, err = command(home.folder, "again", ["migrate"], {"postgres.url": url})
            expect(status == 0, f"migrate ended with {status}\n{out}{err}")
        sql(url, "DROP SCHEMA wxtoken CASCADE")


def the_table_is_as_the_contract_says(home):
    """Other programs insert by the contract's columns alone; everything else has a default."""
    columns = dict(line.split("|") for line in sql(home.migrate(), """
        SELECT column_name, data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
          FROM information_schema.columns WHERE table_schema = 'wxtoken' AND table_name = 'authorizer'"""))
    wanted = {
        "component_appid": "text NO ", "authorizer_appid": "text NO ", "status": "text NO 'authorized'::text",
        "authorizer_access_token": "text YES ", "authorizer_refresh_token": "text YES ",
        "expires_at": "timestamp with time zone YES ", "refresh_due_at": "timestamp with time zone YES ",
        "func_scopes": "ARRAY YES ", "version": "bigint NO 0", "authorized_at": "timestamp with time zone YES ",
        "last_errcode": "integer YES ", "last_rid": "text YES ", "updated_at": "timestamp with time zone NO now()"}
    wrong = [f"{k} is {columns.get(k)!r}, not {v!r}" for k, v in wanted.items() if columns.get(k) != v]
    expect(not wrong, "; ".join(wrong))


def check_lines(scene, **more):
    status, out, err = command(scene.folder, "check", ["check"], scene.settings(**more), seconds=60)
    return status, out.splitlines(), err


def expect_check_tells(scene, good, pattern, **more):
    """check fails, and says by lines that a good run does not have what it is. The others stay."""
    status, lines, err = check_lines(scene, **more)
    told = [line for line in lines if line not in good]
    expect(status != 0, f"check ended with 0, wanted: {pattern}\n" + "\n".join(lines))
    expect(any(re.search(pattern, line, re.I) for line in told),
           f"no new line of check says {pattern!r}\n" + "\n".join(lines) + f"\n{err}")
    return "\n".join(told)


def check_tells_each_trouble_apart(home):
    with Scene(home, "check") as scene:
        status, good, err = check_lines(scene)
        expect(status == 0 and len(good) >= 3, f"check ended with {status} where all is well\n{good}\n{err}")

        nobody = f"127.0.0.1:{free_port()}"
        told = [
            expect_check_tells(scene, good, "unreachable|could not|refused",
                               kafka__bootstrap__servers=nobody),
            expect_check_tells(scene, good, "check[.]nowhere", topics__refresh_due="check.nowhere"),
            expect_check_tells(scene, good, "unreachable|could not|refused",
                               postgres__url=f"postgresql://postgres@{nobody}/postgres"),
            expect_check_tells(scene, good, "component.*wxnobody", component__appid="wxnobody"),
            expect_check_tells(scene, good, "^wechat.*unreachable", wechat__base_url=f"http://{nobody}"),
            expect_check_tells(scene, good, r"schema.*\b0\b", postgres__url=home.database.make("empty")),
            expect_check_tells(scene, good, r"schema.*\b9999\b", postgres__url=from_the_future(home, "newer")),
        ]
        sql(home.url, f"UPDATE wxtoken.component SET expires_at = 'yesterday' "
            f"WHERE component_appid = '{scene.component}'")
        told.append(expect_check_tells(scene, good, "expired"))
        expect(len(set(told)) == len(told), "two troubles are told alike\n" + "\n".join(told))
        expect(not any(s in "\n".join(told + good) for s in scene.secrets), "check tells a secret")


def from_the_future(home, name):
    """A database that a newer program has migrated."""
    url = home.database.make(name)
    status, out, err = command(home.folder, name, ["migrate"], {"postgres.url": url})
    expect(status == 0, f"migrate ended with {status}\n{out}{err}")
    pick = sql(url, "SELECT column_name FROM information_schema.columns WHERE table_schema = 'wxtoken' "
               "AND table_name = 'schema_version' ORDER BY ordinal_position")
    number = next(c for c in pick if c in ("version", "number"))
    others = ", ".join(c for c in pick if c != number)
    sql(url, f"INSERT INTO wxtoken.schema_version ({number}, {others}) SELECT 9999, {others} "
        "FROM wxtoken.schema_version LIMIT 1")
    return url


def a_worker_refuses_a_schema_it_does_not_know(home):
    with Scene(home, "schema") as scene:
        databases = {"unmigrated": home.database.make("unmigrated"), "future": from_the_future(home, "future")}
        for name, number in (("unmigrated", "0"), ("future", "9999")):
            url = databases[name]
            status, out, err = command(scene.folder, name, ["worker"], scene.settings(postgres__url=url), seconds=30)
            expect(status == SETTINGS_WRONG, f"{name}: status {status}, not 78\n{out}{err}")
            expect(re.search(rf"\b{number}\b", out + err), f"{name}: {number} is not named\n{out}{err}")


def a_worker_ends_with_69_where_a_service_stays_away_for_a_minute(home):
    with Scene(home, "away") as scene:
        nobody = f"127.0.0.1:{free_port()}"
        away = {"kafka": scene.settings(kafka__bootstrap__servers=nobody),
                "database": scene.settings(postgres__url=f"postgresql://{nobody}/none")}
        status = {}

        def run(name):
            status[name], *_ = command(scene.folder, f"away-{name}", ["worker"], away[name], seconds=90)
        threads = [threading.Thread(target=run, args=(name,)) for name in away]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expect(status == {"kafka": 69, "database": 69}, f"statuses {status}, not 69")


def a_property_that_librdkafka_does_not_know_ends_a_worker_at_once(home):
    with Scene(home, "bogus") as scene:
        settings = scene.settings(kafka__bogus="1", kafka__bootstrap__servers=f"127.0.0.1:{free_port()}")
        status, out, err = command(scene.folder, "bogus", ["worker"], settings, seconds=30)
        expect(status == SETTINGS_WRONG, f"status {status}, not 78\n{out}{err}")
        expect("bogus" in out + err, f"the property is not named\n{out}{err}")


def an_event_that_names_its_component_needs_no_setting(home):
    with Scene(home, "names") as scene:
        appids = scene.load("wxnamesx", 10)
        scene.refresh_due(appids)
        scene.send(scene.due, [(None, {"authorizer_appid": appids[0]})])
        scene.expected_dead["invalid-event"] += 1
        scene.start_worker(component__appid="")
        scene.wait_done()

        judge(scene)


if __name__ == "__main__":
    main(wrong_settings_are_all_reported_at_once,
         a_wrong_environment_is_reported_and_a_stray_variable_is_not_an_error,
         a_wrong_command_line_is_64_and_help_is_0,
         many_migrate_one_database_at_once,
         a_dropped_schema_can_be_made_again,
         the_table_is_as_the_contract_says,
         check_tells_each_trouble_apart,
         a_worker_refuses_a_schema_it_does_not_know,
         a_worker_ends_with_69_where_a_service_stays_away_for_a_minute,
         a_property_that_librdkafka_does_not_know_ends_a_worker_at_once,
         an_event_that_names_its_component_needs_no_setting)
