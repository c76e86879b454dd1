"""Use cases from end to end on the deployed stack, each function with its own role."""

import datetime
import json
import time

import pytest
from world import TOKEN, SingleProcess, connection, days_ago, job, request, wait_for

CONNECTORS = 25
# Connector numbers in the fleet: those that will fail, and one whose reports are compared.
FAILING = DEAD, OFF, OUT = 3, 11, 19
WHOLE = 7


@pytest.fixture(scope="module")
def fleet(world):
    """25 connectors that were not polled, except those whose history tests compare. Without their one-year backfills, for which
    the emulator would need minutes; the tests of saving and killing below have their own backfills."""
    with world.polls_paused():
        saved = [world.save(f"octo-{number:02}") for number in range(CONNECTORS)]
        for connector in saved:
            world.remember_job(f"{connector['id']}.resumed.{days_ago(0)}")
        for number in FAILING:
            assert world.poll_directly(job(saved[number], "before", 9, 8))
    # One connector has its whole history.
    world.send(job(saved[WHOLE], "whole") | {"backfill": {}})
    settle(world)
    return saved


def settle(world):
    """Waits until the queue is empty."""
    quiet = 0
    def is_quiet():
        nonlocal quiet
        quiet = quiet + 1 if world.waiting() == 0 else 0
        return quiet >= 5
    wait_for(is_quiet, "the queue is empty")


def polled_since(world, connector, at):
    last = world.connector(connector["id"])["last_poll"]
    return last is not None and last["at"] > at


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


# -- connecting ----------------------------------------------------------------------------------------------------------


def test_only_health_answers_without_a_jwt(world):
    assert world.call("GET", "/v1/health", jwt=False)[0] == 200
    for method, path in [("GET", "/v1/connectors"), ("GET", "/v1/usage"), ("POST", "/v1/connectors/verify"), ("GET", "/v1/openapi.json")]:
        assert world.call(method, path, jwt=False)[0] == 401, path
    forged = world.of["jwt"][:-8] + "AAAAAAAA"
    assert request(world.of["api"], forged, "GET", "/v1/connectors", None, {})[0] == 401


def test_verify_answers_with_real_days_and_stores_nothing(world):
    before = [world.items(table) for table in ("connectors", "segments", "identities", "notices", "jobs")]
    answer = world.ask("POST", "/v1/connectors/verify", connection("octo-verified"))
    assert answer["verdict"] == "valid"
    assert {check["id"] for check in answer["checks"]} >= {"token", "permission", "account", "policy", "data"}
    assert len(answer["preview"]["days"]) == 14
    assert [world.items(table) for table in ("connectors", "segments", "identities", "notices", "jobs")] == before


def test_a_connector_with_a_failed_check_is_not_saved(world):
    for slug, token, status in [("octo", "ghp_dead", 422), ("octo-policyoff", TOKEN, 422), ("octo-http429", TOKEN, 503)]:
        answer = world.ask("POST", "/v1/connectors", connection(slug, token), expected=status)
        assert answer["checks"] and answer["detail"], slug
    assert world.connectors() == []
    assert world.client("secretsmanager").list_secrets()["SecretList"] == []


def test_saving_stores_the_token_only_as_a_secret_and_fetches_history(world):
    saved = world.save("octo-saved")
    assert saved["state"] == "active"
    stored = world.secrets.get_secret_value(SecretId=world.of["secrets"] + saved["id"])["SecretString"]
    assert TOKEN in stored
    settle(world)
    after = world.connector(saved["id"])
    assert after["last_poll"]["outcome"] == "ok", after
    assert after["freshness"]["complete_through"] == days_ago(1)
    assert world.archived("octo-saved")
    everything = json.dumps([world.items(table) for table in ("connectors", "segments", "identities", "notices", "jobs")], default=repr)
    assert TOKEN not in everything
    assert TOKEN not in json.dumps([world.log(function) for function in world.of["functions"]])
    world.ask("DELETE", f"/v1/connectors/{saved['id']}", expected=204, purge="true")
    assert world.items("segments", saved["id"]) == [] and world.archived("octo-saved") == {}
    assert world.client("secretsmanager").list_secrets()["SecretList"] == []


# -- the daily poll ------------------------------------------------------------------------------------------------------


def test_the_daily_schedule_polls_all_connectors_and_isolates_failures(world, fleet):
    dead, off, out = fleet[DEAD], fleet[OFF], fleet[OUT]
    world.kill_token(dead)
    world.rename_account(off, "octo-policyoff")
    world.rename_account(out, "octo-http503")
    before = now()
    run_schedule(world, "Daily")
    wait_for(lambda: all(polled_since(world, connector, before) for connector in fleet), "every connector was polled")

    by_id = {connector["id"]: connector for connector in world.connectors()}
    failures = {connector["id"] for connector in (dead, off, out)}
    for connector in fleet:
        after = by_id[connector["id"]]
        if connector["id"] not in failures:
            assert {day for day, _ in world.days(connector)} >= {days_ago(age) for age in range(1, 29)}
            assert (after["state"], after["last_poll"]["outcome"]) == ("active", "ok"), after
            assert after["freshness"]["complete_through"] == days_ago(1)
            states = {state for state, _, _ in world.days(connector).values()}
            assert "failed" not in states and "final" in states
    told = {id: (by_id[id]["state"], by_id[id]["last_poll"]["outcome"], by_id[id]["last_poll"]["code"]) for id in failures}
    assert told == {
        dead["id"]: ("owner_must_act", "failed", "token_refused"),
        off["id"]: ("owner_must_act", "failed", "policy_off"),
        out["id"]: ("failing", "failed", "provider_unavailable"),
    }
    # Two wait for their owners, who got one notice; the third recovers automatically.
    notices = world.ask("GET", "/v1/notices")["notices"]
    assert {notice["connector"] for notice in notices} == {dead["id"], off["id"]}
    assert world.waiting() == 1
    # Days that were stored before stay.
    for connector in (dead, off, out):
        assert world.items("segments", connector["id"])


def test_the_log_has_job_and_correlation_id_and_cloudwatch_metrics(world, fleet):
    lines = world.log("poll")
    failed = [line for line in lines if line.get("level") == "ERROR"]
    assert failed and all(line["span"]["job"] and line["span"]["correlation_id"] and line["span"]["connector"] for line in failed)
    metrics = [line for line in lines if "_aws" in line]
    names = {of["Name"] for line in metrics for of in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert names == {"PollsOk", "PollsPartial", "PollsFailed", "Rows", "Bytes", "PollSeconds"}
    for line in metrics:
        assert line["Stack"] == world.of["stack"]
        [of] = line["_aws"]["CloudWatchMetrics"]
        assert (of["Namespace"], of["Dimensions"]) == ("Pairmeter", [["Stack"]])
        assert all(metric["Name"] in line for metric in of["Metrics"])
    assert sum(line["PollsFailed"] for line in metrics) >= 3
    [asked] = [line for line in world.log("fan_out") if "PollsRequested" in line]
    assert asked["PollsRequested"] == CONNECTORS


def test_a_schedule_that_fires_twice_requests_one_poll(world, fleet):
    jobs = len(world.items("jobs"))
    # The same day, fired again by any caller.
    answer, failed = world.invoke("fan_out", {"run": "daily", "at": days_ago(0) + "T06:00:00Z", "id": "again"})
    assert not failed, answer
    assert len(world.items("jobs")) == jobs


def test_an_expiring_token_is_mailed_once_through_the_topic(world, fleet):
    queue = world.sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = world.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    world.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    world.client("sns").subscribe(TopicArn=world.of["topic"], Protocol="sqs", Endpoint=arn)
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=6, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.change(fleet[0], lambda body: body["token"].update(expires_at=soon))
    for _ in range(2):
        answer, failed = world.invoke("notify_expiry", {"run": "daily", "at": now() + "Z", "id": "mail"})
        assert not failed, answer
    mails = []
    while messages := world.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        mails += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            world.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    # One mail from the first run, possibly with other notices; none from the second.
    [mail] = mails
    assert mail["Subject"].startswith("Pairmeter: ") and len(mail["Subject"]) < 100
    assert f"The token of {fleet[0]['name']} expires at " in mail["Message"] and fleet[0]["id"] in mail["Message"]
    assert "https://github.com/settings/tokens/new?scopes=" in mail["Message"] and TOKEN not in mail["Message"]


def test_a_redelivered_message_changes_nothing(world, fleet):
    connector = fleet[5]
    twice = job(connector, "twice", 9, 7)
    before, archived = world.days(connector), world.archived("octo-05")
    started = now()
    world.send(twice)
    world.send(twice)
    wait_for(lambda: polled_since(world, connector, started), "polled")
    wait_for(lambda: world.waiting() <= 1, "both are done")
    assert world.days(connector) == before
    assert set(world.archived("octo-05")) >= set(archived)
    assert world.ledger(connector)["revisions"] == []
    assert world.connector(connector["id"])["last_poll"]["outcome"] == "ok"


def test_a_poll_that_was_killed_halfway_is_resumed(world):
    with world.queue_with(VisibilityTimeout="15"):
        saved = world.save("octo-killed")
        # The first report is in the archive, the last is not.
        wait_for(lambda: world.archived("octo-killed"), "the poll has begun")
        world.kill("poll")
        half = world.archived("octo-killed")
        assert world.connector(saved["id"])["last_poll"] is None, "it was killed before its end"
        assert world.waiting() >= 1, "the message is still there"
        wait_for(lambda: world.connector(saved["id"])["last_poll"], "the message has come back")
        settle_but_for_outages(world)
    after = world.connector(saved["id"])
    assert (after["last_poll"]["outcome"], after["freshness"]["complete_through"]) == ("ok", days_ago(1))
    assert set(world.archived("octo-killed")) > set(half)
    # The same days as those of an undisturbed poll.
    whole = world.save("octo-left-alone")
    wait_for(lambda: world.connector(whole["id"])["last_poll"], "polled")
    settle_but_for_outages(world)
    killed, left_alone = world.days(saved), world.days(whole)
    assert {key: state for key, (state, _, _) in killed.items()} == {key: state for key, (state, _, _) in left_alone.items()}


def settle_but_for_outages(world):
    """One connector of the fleet has an outage, whose message keeps waiting."""
    quiet = 0
    def is_quiet():
        nonlocal quiet
        quiet = quiet + 1 if world.waiting() <= 1 else 0
        return quiet >= 10
    wait_for(is_quiet, "nothing but the outage waits")


# -- dead letters --------------------------------------------------------------------------------------------------------


def test_a_permanent_failure_becomes_a_dead_letter_for_redrive(world):
    saved = world.save("octo-buried")
    wait_for(lambda: world.connector(saved["id"])["last_poll"], "polled")
    settle_but_for_outages(world)
    world.rename_account(saved, "octo-malformed")
    buried = job(saved, "buried", 9, 9)
    # The poller may not request its own pauses here, and the queue's pause is short.
    with world.without("poll", "Messages", "sqs:ChangeMessageVisibility"), world.queue_with(
        VisibilityTimeout="2", RedrivePolicy=redrive(world, 2)
    ):
        world.send(buried)
        is_ours = lambda body: body.get("key") == buried["key"]
        letter = wait_for(lambda: dead_letter(world, is_ours), "the dead letter", patience_s=60)
    assert json.loads(letter["Body"]) == buried, "the job and nothing else"
    assert world.connector(saved["id"])["last_poll"]["code"] == "provider_malformed"
    assert ("failed", 1) in {of[:2] for of in world.days(saved).values()}, "stored rows stay, and the state is failed"

    world.rename_account(saved, "octo-buried")
    before = now()
    redrive_by_hand(world, letter)
    wait_for(lambda: polled_since(world, saved, before), "the message was redriven")
    after = world.connector(saved["id"])
    assert (after["state"], after["last_poll"]["outcome"]) == ("active", "ok")
    assert "failed" not in {state for state, _, _ in world.days(saved).values()}
    assert world.waiting("dead_letters") == 0


def test_a_message_that_is_not_a_job_becomes_a_dead_letter_too(world):
    with world.without("poll", "Messages", "sqs:ChangeMessageVisibility"), world.queue_with(
        VisibilityTimeout="1", RedrivePolicy=redrive(world, 1)
    ):
        world.send({"no": "job"})
        letter = wait_for(lambda: dead_letter(world, lambda body: "no" in body), "the dead letter", patience_s=60)
    assert json.loads(letter["Body"]) == {"no": "job"}
    world.sqs.delete_message(QueueUrl=world.of["dead_letters"], ReceiptHandle=letter["ReceiptHandle"])


def test_a_scheduled_run_that_fails_three_times_is_a_dead_letter(world):
    with world.without("fan_out", "ConnectorStore", "dynamodb:Query"):
        world.lambdas.invoke(FunctionName=world.of["functions"]["fan_out"], InvocationType="Event", Payload='{"run":"daily","id":"broken"}')
        is_ours = lambda body: "requestPayload" in body
        letter = wait_for(lambda: dead_letter(world, is_ours), "the dead letter", patience_s=60)
    assert json.loads(letter["Body"])["requestPayload"]["id"] == "broken"
    world.sqs.delete_message(QueueUrl=world.of["dead_letters"], ReceiptHandle=letter["ReceiptHandle"])


def redrive_by_hand(world, letter):
    """Does what `aws sqs start-message-move-task` does, which the emulator lacks."""
    world.sqs.send_message(QueueUrl=world.of["queue"], MessageBody=letter["Body"])
    time.sleep(1.1)
    [again] = world.sqs.receive_message(QueueUrl=world.of["dead_letters"])["Messages"]
    world.sqs.delete_message(QueueUrl=world.of["dead_letters"], ReceiptHandle=again["ReceiptHandle"])


def redrive(world, times):
    return json.dumps({"deadLetterTargetArn": arn(world, "dead_letters"), "maxReceiveCount": times})


def arn(world, queue):
    return world.sqs.get_queue_attributes(QueueUrl=world.of[queue], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def dead_letter(world, is_ours):
    """The dead letter with this body. The job of the connector with an outage may become one too; it is removed."""
    # The emulator moves messages that were received too often only when the queue is read.
    world.waiting()
    got = world.sqs.receive_message(QueueUrl=world.of["dead_letters"], VisibilityTimeout=1)
    for letter in got.get("Messages", []):
        if is_ours(json.loads(letter["Body"])):
            return letter
        world.sqs.delete_message(QueueUrl=world.of["dead_letters"], ReceiptHandle=letter["ReceiptHandle"])
    return None


# -- reports -------------------------------------------------------------------------------------------------------------

QUESTIONS = [
    ("/v1/usage", {}),
    ("/v1/usage", {"interval": "week"}),
    ("/v1/usage", {"level": "user"}),
    ("/v1/usage/breakdown", {"by": "editor"}),
    ("/v1/usage/breakdown", {"by": "language"}),
    ("/v1/usage/breakdown", {"by": "model", "interval": "week"}),
    ("/v1/costs", {"by": "person,model"}),
    ("/v1/pull-requests", {}),
    ("/v1/seats", {}),
    ("/v1/people", {}),
    ("/v1/active-people", {"interval": "week"}),
    ("/v1/freshness", {}),
]


@pytest.fixture(scope="module")
def both(world, fleet, tmp_path_factory):
    """One account, polled by the stack and by the single process from the same sandbox."""
    single = SingleProcess(world.of, tmp_path_factory.mktemp("single"))
    single.run("connect", "--organization", f"octo-{WHOLE:02}", "--token-env", "GITHUB_TOKEN")
    with single.serving() as ask:
        yield fleet[WHOLE], ask


@pytest.mark.parametrize(("path", "query"), QUESTIONS)
def test_a_report_equals_that_of_the_single_process(world, both, path, query):
    connector, ask = both
    stacks = pages(lambda **more: world.call("GET", path, **query, connector=connector["id"], **more))
    singles = pages(lambda **more: ask(path, **query, **more))
    if path == "/v1/people":
        # A person with other identities may have the ID of one of them.
        stacks, singles = (sorted(({**row, "id": ""} for row in rows), key=str) for rows in (stacks, singles))
    assert stacks == singles
    assert path == "/v1/freshness" or len(stacks) > 1, "there is something to compare"


def pages(ask):
    """All pages in one, without volatile fields: IDs of connectors, times of polls, and a person's identities at the
    stack's other connectors."""
    rows, cursor = [], {}
    while True:
        status, page = ask(**cursor)
        assert status == 200, page
        lists = [value for value in page.values() if isinstance(value, list)]
        rows += [without_nature(row) for row in lists[0]]
        if not page.get("next_cursor"):
            return rows
        cursor = {"cursor": page["next_cursor"]}


def without_nature(row):
    if isinstance(row, dict):
        return {key: without_nature(value) for key, value in row.items() if key not in ("connector", "connectors", "id_of_connector", "at", "fetched_at", "last_poll", "person", "teams")}
    return [without_nature(item) for item in row] if isinstance(row, list) else row


# -- the schedule itself -------------------------------------------------------------------------------------------------


def run_schedule(world, id):
    """A schedule that is due now, with the target, input and role of the template's schedule."""
    theirs = world.scheduler.get_schedule(Name=world.of["physical"][id])
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    world.scheduler.create_schedule(
        Name=f"{id}-now-{int(time.time())}",
        ScheduleExpression=f"at({at})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=theirs["Target"],
        ActionAfterCompletion="DELETE",
    )
