#!/usr/bin/env -S python3 -B
"""Everything goes wrong at once: WeChat fails in every way, workers are killed and frozen, Kafka
and PostgreSQL restart, the component's token is replaced, quotas are used up. In the end nothing is
lost, stale or unannounced."""

import itertools

from judge import complain, judge, judge_tokens
from parts import Trouble, sql, wait_for
from scene import BINARY, Scene, size
from sentences import main

AUTHORIZERS = size("E2E_TROUBLE_AUTHORIZERS", 120)  # refreshed again and again
FRESH = size("E2E_TROUBLE_FRESH", 20)  # authorised anew in each part
ROUNDS = size("E2E_TROUBLE_ROUNDS", 1)  # of all the disturbances
IN_FLIGHT = 60
LEASE_S = 10
SETTINGS = {"worker__in_flight_max": IN_FLIGHT, "worker__hold_max_ms": 1500, "worker__drain_timeout_ms": 4000,
            "wechat__timeout_ms": 1000, "wechat__connect_timeout_ms": 1000, "wechat__quota_wait_ms": 2000,
            "log__level": "debug"}
# (errcode, how often): an account's trouble, one of no list, a quota
RARE = ((50002, 3), (61016, 3), (99999, 5), (45009, 2))


def make_rare_trouble(storm):
    """Some refusals that mean something else each. Three refresh tokens are refused by mistake, which takes a minute."""
    tell = storm.scene.simulator.tell
    for errcode, count in RARE:
        tell("faults", call="api_authorizer_token", fault="errcode", errcode=errcode, count=count, rate=0.05)
    for appid in storm.old[:3]:
        tell("faults", call="api_authorizer_token", fault="errcode", errcode=40030, count=1, authorizer_appid=appid)


def make_trouble(scene):
    """A fifth of all calls fails in every way there is, and of the others a tenth is answered oddly."""
    tell = scene.simulator.tell
    tell("faults", call="*", fault="any_hostile", rate=0.2)
    tell("faults", call="*", fault="any_odd", rate=0.1)


class Storm:
    """What the parts of one storm share."""

    def __init__(self, scene):
        self.scene, self.serial, self.new = scene, itertools.count(), []
        self.old = scene.load("wxtroublex", AUTHORIZERS)
        self.first = self.start()
        self.second = self.start()

    def start(self):
        return self.scene.start_worker(**SETTINGS)

    def stir(self, calls=None):
        """Work of every kind; returns when WeChat has had so many calls for it, so that all of it is under way."""
        scene, at, known = self.scene, next(self.serial), self.scene.rows()
        fresh = [f"wxtroublenew{at}x{n:03}" for n in range(FRESH)]
        scene.refresh_due((self.old + [a for a in self.new if a in known]) * 2, keyed=False)
        scene.authorize(fresh)
        scene.authorize(self.old[at::10], "updateauthorized")
        scene.unauthorize(self.new[:FRESH // 4])
        self.new = self.new[FRESH // 4:] + fresh
        scene.reaches(scene.simulator.calls() + (calls or AUTHORIZERS // 2))


def write_what_can_never_be(scene):
    """The dead letters of this story. The codes are sent while WeChat is well: a hostile answer to a code of nobody could
    name anybody."""
    scene.send(scene.due, [(None, b"not json"), (None, {"authorizer_appid": "wxtroublenobody"})])
    scene.send(scene.changed, [(None, {"info_type": "authorized", "authorization_code": ["no", "text"]}),
                               (None, {"info_type": "authorized", "authorization_code": "queryauthcode@@@nobodys"})])
    scene.authorize_too_late("wxtroublelate")
    scene.expected_dead.update({"invalid-event": 2, "unknown-authorizer": 1, "code-spent": 1, "code-expired": 1})
    wait_for(lambda: scene.simulator.report()["calls"]["api_query_auth"] >= 2, 30, "both codes to be refused")


def wait_until_refused(scene, errcode):
    """Until WeChat means it: what is scripted is not counted."""
    def count():
        return scene.simulator.report()["refused"].get(errcode, 0)

    before = count()
    wait_for(lambda: count() > before, 30, f"a call to be refused with {errcode}")


def rotate_component_token(storm):
    """Somebody else fetches one, ours is dead at once, and the row learns it only after workers have met a refusal."""
    scene = storm.scene
    storm.stir()
    made = scene.simulator.tell("component", component_appid=scene.component, overlap_s=0)
    wait_until_refused(scene, "40001")
    sql(scene.house.url, f"UPDATE wxtoken.component SET component_access_token = '{made['component_access_token']}' "
        f"WHERE component_appid = '{scene.component}'")


def kill_one(storm):
    storm.stir()
    storm.first.kill()
    storm.stir()
    storm.first = storm.start()


def restart_kafka(storm):
    storm.stir()
    storm.scene.house.broker.stop()
    storm.scene.house.broker.start()


def restart_database(storm):
    storm.stir()
    storm.scene.house.database.stop()
    storm.scene.house.database.start()


def use_up_the_quota(storm):
    scene = storm.scene
    scene.refuse_refreshes()
    storm.stir(calls=1)
    wait_until_refused(scene, "45009")
    scene.return_quota()


def freeze_one_and_kill_the_other_throttled(storm):
    """One stands still past its session time-out with calls under way. The other takes over, is told to wait a minute,
    and is killed with all that waits."""
    scene = storm.scene
    scene.wait_for_members(2)
    storm.stir()
    storm.second.freeze()
    scene.wait_for_members(1)
    # The first in the list, so that no other fault can come before it.
    scene.simulator.clear_faults()
    scene.simulator.tell("faults", call="*", fault="errcode", errcode=45011, count=1)
    make_trouble(scene)
    storm.stir(calls=1)
    storm.first.says("WeChat asks for fewer calls a minute")
    storm.first.kill()
    storm.first = storm.start()
    storm.second.thaw()
    storm.stir()


def calm_down(storm):
    """Faults end, and what waits for minutes is made due. Then all is done."""
    scene = storm.scene
    storm.stir()
    scene.simulator.clear_faults()

    def is_done():
        scene.expect_a_worker()
        scene.make_parked_due(longer_than_s=LEASE_S + 5)
        return scene.lag() == 0 and not scene.parked()

    try:
        wait_for(is_done, 90, "all to be done", pause=0.5)
    except Trouble as e:
        raise Trouble(f"{e}, lag {scene.lag()}, parked {scene.parked()[:5]}\n{scene.worker_tails()}") from e
    scene.end_workers()


def settle(scene):
    """A worker killed or frozen in mid-call while another works on the same authorizer can leave WeChat's last token
    unstored until the next refresh. So what is stale now gets one; how many there were."""
    rows, last = scene.rows(), {t["authorizer_appid"]: t["authorizer_access_token"] for t in scene.simulator.tokens()}
    stale = [a for a, r in rows.items()
             if r["status"] == "authorized" and r["authorizer_access_token"] != last.get(a)]
    refused = [a for a, r in rows.items() if r["status"] == "reauthorization_required"]
    if refused:
        raise Trouble("\n".join(complain("condemned without reason", refused, len(rows))))
    if len(stale) > 3 * ROUNDS * IN_FLIGHT:
        raise Trouble("\n".join(judge_tokens(rows, scene.simulator.tokens())))
    if stale:
        scene.refresh_due(stale)
        scene.start_worker(**SETTINGS)
        scene.wait_done()
        scene.end_workers()
    return len(stale)


def a_storm_of_everything_loses_nothing(home):
    """Where the seed is even every answer brings a new refresh token."""
    with Scene(home, "trouble", latency_ms=20, partitions=(4, 6, 5), rotate=size("E2E_SEED", 1) % 2 == 0) as scene:
        storm = Storm(scene)
        scene.wait_for_members(2)
        write_what_can_never_be(scene)
        make_rare_trouble(storm)
        make_trouble(scene)
        for _ in range(ROUNDS):
            rotate_component_token(storm)
            kill_one(storm)
            restart_kafka(storm)
            restart_database(storm)
            use_up_the_quota(storm)
            freeze_one_and_kill_the_other_throttled(storm)
        calm_down(storm)
        stale = settle(scene)

        rows, report = judge(scene, calls_at_once=4, twice_ok=True)
        calls, kinds = sum(report["calls"].values()), report["faults_by_kind"]
        return (f"{scene.events_sent} events, {len(rows)} authorizers, {calls} calls, {report['faults']} faults of "
                f"{sum(1 for n in kinds.values() if n)} kinds; {stale} tokens unstored until the next refresh")


def a_code_that_is_answered_for_another_authorizer_is_not_lost(home):
    """Whether WeChat has exchanged it or not; and what it was answered for another is not stored."""
    with Scene(home, "another") as scene:
        appids = ["wxanother0", "wxanother1"]
        for appid, acts in zip(appids, (True, False)):
            scene.simulator.tell("faults", call="api_query_auth", fault="wrong_appid", acts=acts, count=1,
                                 authorizer_appid=appid)
        scene.authorize(appids)
        worker = scene.start_worker(**SETTINGS)
        scene.wait_done()
        scene.wait_parked(2)
        scene.make_parked_due()
        scene.wait_parked(0)
        scene.end_workers()
        judge(scene, twice_ok=True)
        if worker.lines("WeChat answered for another authorizer") != 2:
            raise Trouble(worker.tail())


def a_push_is_not_held_up_by_its_redirect_whose_answer_was_lost(home):
    """WeChat has exchanged the code for the redirect, which does not know for whom. The push that comes behind it does."""
    with Scene(home, "redirect", latency_ms=300) as scene:
        scene.simulator.tell("faults", call="api_query_auth", fault="reset_after", count=1)
        scene.start_worker()
        scene.wait_for_members(1)
        push = scene.authorize_by_redirect("wxredirect")
        wait_for(lambda: scene.simulator.report()["in_flight"], 20, "the redirect's call to be under way")
        scene.send(scene.changed, [push], BINARY)
        wait_for(lambda: "wxredirect" in scene.rows(), 10, "the account to have its row")
        scene.wait_done()
        scene.wait_parked(0)
        scene.end_workers()
        judge(scene, twice_ok=True)


if __name__ == "__main__":
    main(a_code_that_is_answered_for_another_authorizer_is_not_lost,
         a_push_is_not_held_up_by_its_redirect_whose_answer_was_lost,
         a_storm_of_everything_loses_nothing)
