"""Least privilege in both directions: no needed action is denied, and no unused action is granted.

Each function has one scenario that makes every call it can make. It is run once as it is, and once for each grant
without that grant, and then it must fail. The emulator decides about each call by the role of the function that makes
it, and infra/local/emulator.py writes the decisions down.
"""

import datetime
import fnmatch
import itertools
import json

import botocore.exceptions
import pytest
import stack
from world import PROVIDER, TOKEN, as_list, connection, days_ago, job

# Granted, although no call is recorded. All other grants must be used.
UNSEEN = {
    "logs:CreateLogStream": "Lambda's own, which the emulator makes without asking",
    "logs:PutLogEvents": "Lambda's own, which the emulator makes without asking",
    "sqs:ReceiveMessage": "Lambda fetches messages in the function's name; the emulator does so without asking",
    "sqs:DeleteMessage": "Lambda fetches messages in the function's name; the emulator does so without asking",
    "sqs:GetQueueAttributes": "Lambda fetches messages in the function's name; the emulator does so without asking",
    "sqs:SendMessage": "Lambda's own, for a run that has failed three times",
    "s3:AbortMultipartUpload": "only where an upload of more than 8 MB breaks off",
}
# In one function only.
UNSEEN_IN = {}
# Without it, the function still works, with a degraded result.
GOES_ON = {
    ("poll", "Messages", "sqs:ChangeMessageVisibility"): "the message comes back after the queue's own time instead of the provider's",
    ("notify_expiry", "NotifierList", "sns:ListSubscriptionsByTopic"): "reminders leave, and whether they arrive is unknown",
    ("connect", "PollQueueJobs", "dynamodb:PutItem"): "requests are not paced, and the provider says no for itself",
    ("poll", "PollQueueJobs", "dynamodb:PutItem"): "requests are not paced, and the provider says no for itself",
}

numbers = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def calm(world):
    """Polls run only when a scenario starts them."""
    with world.polls_paused():
        yield


@pytest.fixture(scope="module")
def saved(world, calm):
    """A connector with two days of history."""
    connector = world.save("octo-permitted")
    assert world.poll_directly(job(connector, "first", 9, 8))
    return connector


# -- scenarios -----------------------------------------------------------------------------------------------------------


def admin(world, _saved):
    status, settings = world.call("GET", "/admin/settings.json", jwt=False)
    assert (status, settings["sign_in"]["kind"]) == (200, "token"), "without an address, the sign-in has no return URL"


def connect(world, _saved):
    slug = f"octo-scenario-{next(numbers)}"
    assert world.ask("POST", "/v1/connectors/verify", connection(slug))["verdict"] == "valid"
    connector = world.save(slug)
    path = f"/v1/connectors/{connector['id']}"
    # A provider with rate limits: requests are reserved.
    assert world.ask("POST", "/v1/connectors/verify", limited())["verdict"] == "valid"
    world.ask("GET", path)
    assert connector["id"] in {of["id"] for of in world.connectors()}
    world.ask("PATCH", path, {"name": f"another {slug}"})
    world.ask("PUT", f"{path}/credential", connection(slug)["credential"])
    world.ask("POST", f"{path}/poll", {}, expected=202)
    notice = plant_notice(world, connector)
    assert notice in {of["id"] for of in world.ask("GET", "/v1/notices")["notices"]}
    world.ask("POST", f"/v1/notices/{notice}/dismiss", expected=204)
    # Something to purge.
    world.s3.put_object(Bucket=world.of["bucket"], Key=f"{PROVIDER}/organization/{slug}/users-1-day/2026-01-01.zst", Body=b"x")
    world.dynamodb.put_item(TableName=world.of["tables"]["segments"], Item={"pk": {"S": connector["id"]}, "sk": {"S": "planted"}})
    # A mapping that is stored already is not written again.
    world.ask("PUT", "/v1/identities", {"people": [{"person": f"{slug}@octo.example", "teams": [{"team": "Platform"}]}]})
    world.ask("DELETE", path, expected=204, purge="true")
    assert world.archived(slug) == {} and world.items("segments", connector["id"]) == []
    assert world.items("identities", f"directory#{connector['id']}") == []


def report(world, saved):
    days = {"from": days_ago(9), "to": days_ago(8), "connector": saved["id"]}
    assert world.ask("GET", "/v1/usage", **days)["rows"]
    assert world.ask("GET", "/v1/usage/breakdown", by="editor", **days)["rows"]
    world.ask("GET", "/v1/costs", by="person", **days)
    world.ask("GET", "/v1/tokens", by="team", **days)
    world.ask("GET", "/v1/pull-requests", **days)
    world.ask("GET", "/v1/seats", connector=saved["id"])
    world.ask("GET", "/v1/people", **days)
    world.ask("GET", "/v1/freshness")
    world.ask("GET", f"/v1/connectors/{saved['id']}/ledger")


def poll(world, saved):
    id = saved["id"]

    def polled(key, *days):
        return world.poll_directly(job(saved, f"{key}.{next(numbers)}", *days))

    # A good poll closes a notice, and requests the missing history.
    plant_notice(world, saved)
    forget_job(world, f"{id}.resumed.{days_ago(0)}")
    assert polled("daily")
    assert outcome(world, saved) == ("ok", None)
    assert not [item for item in world.items("notices") if item["sk"]["S"].startswith(f"{id}.owner_must_act.")]
    assert [item for item in world.items("jobs") if item["pk"]["S"].startswith(f"{id}.resumed")]
    # A provider with rate limits: requests are reserved.
    team = world.ask("POST", "/v1/connectors", limited(), expected=201)
    assert world.poll_directly(job(team, f"limited.{next(numbers)}", 9, 8))
    # The provider omits former members: the stored rows are read before they are replaced.
    swap_token(world, team, "crsr_good", "crsr_unpriced-good")
    assert world.poll_directly(job(team, f"changed.{next(numbers)}", 9, 8))
    world.ask("DELETE", f"/v1/connectors/{team['id']}", expected=204, purge="true")
    # A good poll with a rotated token: the previous token is deleted.
    plant_previous_token(world, saved)
    assert polled("rotated", 9, 8)
    versions = world.secrets.list_secret_version_ids(SecretId=world.of["secrets"] + id)["Versions"]
    assert not [version for version in versions if "AWSPREVIOUS" in version.get("VersionStages", [])]
    # Other rows for the same days: the old parts get an expiry.
    for slug in (f"octo-other-{next(numbers)}", "octo-permitted"):
        world.rename_account(saved, slug)
        assert polled(slug, 9, 8)
        assert outcome(world, saved) == ("ok", None)
    assert [item for item in world.items("segments") if item["pk"]["S"].startswith("part#" + id) and "expires_at" in item]
    assert polled("again", 9, 8)
    # The directory is damaged: it is removed, and rebuilt from the stored rows.
    damage_directory(world, saved)
    assert polled("made-anew", 9, 8)
    assert [item for item in world.items("identities", f"directory#{id}") if "version" in item]
    # The token cannot read billing: earlier amounts are read from the archive.
    swap_token(world, saved, TOKEN, "ghp_nobilling")
    try:
        assert polled("closed", 9, 8)
    finally:
        swap_token(world, saved, "ghp_nobilling", TOKEN)
    # The provider has an outage: the message is delayed.
    world.rename_account(saved, "octo-http503")
    assert not polled("out", 9, 8)
    world.rename_account(saved, "octo-permitted")
    # The token is revoked: the owner gets a notice.
    world.kill_token(saved)
    try:
        assert polled("dead", 9, 8)
        assert outcome(world, saved) == ("failed", "token_refused")
        assert [item for item in world.items("notices") if item["sk"]["S"].startswith(f"{id}.owner_must_act.")]
    finally:
        mend_token(world, saved)
    assert polled("mended", 9, 8)


def fan_out(world, saved):
    day = datetime.date(2027, 1, 1) + datetime.timedelta(days=next(numbers))
    answer, failed = world.invoke("fan_out", {"run": "daily", "at": f"{day}T06:00:00Z", "id": "scenario"})
    assert not failed, answer
    assert {"pk": {"S": f"{saved['id']}.{day}"}}.items() <= keys(world, f"{saved['id']}.{day}").items()


def notify_expiry(world, saved):
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def about_to_end(body):
        body["token"]["expires_at"] = soon
        body["freshness"]["complete_through"] = days_ago(1)

    forget_notices(world, saved)
    # A notice about missing data that has been resolved.
    over = plant_notice(world, saved, "no_new_data")
    world.change(saved, about_to_end)
    answer, failed = world.invoke("notify_expiry", {"run": "daily", "at": days_ago(0) + "T07:00:00Z", "id": "scenario"})
    assert not failed, answer
    notices = {item["sk"]["S"]: item for item in world.items("notices")}
    assert "told_at" in notices.get(f"{saved['id']}.token_expiring.token_ends_within_3_days", {})
    assert over not in notices


SCENARIOS = {"admin": admin, "connect": connect, "report": report, "poll": poll, "fan_out": fan_out, "notify_expiry": notify_expiry}


def limited():
    # A key of its own: with a shared key, later scenarios would wait for the rate limit.
    credential = {"kind": "api_key", "token": f"crsr_good{next(numbers)}"}
    return {"provider": "cursor", "account": {"kind": "team", "slug": f"octo-{next(numbers)}"}, "credential": credential}


def plant_notice(world, connector, kind="owner_must_act"):
    id = f"{connector['id']}.{kind}.planted"
    notice = {"id": id, "connector": connector["id"], "kind": kind, "code": "planted", "detail": "planted",
              "since": "2026-01-01T00:00:00Z", "told_at": "2026-01-01T00:00:00Z"}
    item = {"pk": {"S": "notice"}, "sk": {"S": id}, "body": {"S": json.dumps(notice)}}
    world.dynamodb.put_item(TableName=world.of["tables"]["notices"], Item=item)
    return id


def damage_directory(world, connector):
    head = {"pk": {"S": f"directory#{connector['id']}"}, "sk": {"S": "head"}}
    world.dynamodb.put_item(TableName=world.of["tables"]["identities"], Item=head)


def plant_previous_token(world, connector):
    name = world.of["secrets"] + connector["id"]
    stored = world.secrets.get_secret_value(SecretId=name)["SecretString"]
    world.secrets.put_secret_value(SecretId=name, SecretString=stored)
    world.change(connector, lambda body: body["custody"].update(previous_is_kept=True))


def forget_notices(world, connector):
    for item in world.items("notices"):
        if item["sk"]["S"].startswith(f"{connector['id']}."):
            key = {name: item[name] for name in ("pk", "sk")}
            world.dynamodb.delete_item(TableName=world.of["tables"]["notices"], Key=key)


def forget_job(world, key):
    world.dynamodb.delete_item(TableName=world.of["tables"]["jobs"], Key={"pk": {"S": key}})


def keys(world, key):
    got = world.dynamodb.get_item(TableName=world.of["tables"]["jobs"], Key={"pk": {"S": key}}, ConsistentRead=True)
    return got.get("Item", {})


def mend_token(world, connector):
    swap_token(world, connector, "ghp_dead", TOKEN)


def swap_token(world, connector, old, new):
    name = world.of["secrets"] + connector["id"]
    stored = world.secrets.get_secret_value(SecretId=name)["SecretString"]
    world.secrets.put_secret_value(SecretId=name, SecretString=stored.replace(old, new))


def outcome(world, connector):
    last = world.connector(connector["id"])["last_poll"]
    return (last["outcome"], last["code"]) if last else None


# -- both ways -----------------------------------------------------------------------------------------------------------


def grants():
    """Function, statement and action, as the template has them."""
    for id, crate in stack.functions(stack.template()).items():
        for statement in stack.translated()["Resources"][f"{id}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            # Resources for a custom KMS key are not deployed here.
            if "Fn::If" not in statement:
                for action in as_list(statement["Action"]):
                    yield crate, statement["Sid"], action


def is_seen(function, action):
    return action not in UNSEEN and (function, action) not in UNSEEN_IN


@pytest.mark.parametrize("function", sorted(SCENARIOS, key=lambda function: function == "report"))
def test_a_scenario_runs_with_the_grants_and_uses_all_of_them(world, saved, function):
    SCENARIOS[function](world, saved)
    role = world.of["roles"][function]
    calls = [call for call in world.calls() if call["role"] == role]
    unused = []
    for statement in world.grants(function)["Statement"]:
        for action in as_list(statement["Action"]):
            used = any(
                call["allowed"] and call["action"] == action and fnmatch.fnmatchcase(call["resource"], resource)
                for call in calls
                for resource in as_list(statement["Resource"])
            )
            if not used and is_seen(function, action):
                unused.append((statement["Sid"], action))
    assert unused == []


@pytest.mark.parametrize(("function", "sid", "action"), [of for of in grants() if is_seen(of[0], of[2])])
def test_without_a_grant_its_scenario_fails(world, saved, function, sid, action):
    before = len(world.calls())
    failure = None
    with world.without(function, sid, action):
        try:
            SCENARIOS[function](world, saved)
        except AssertionError as error:
            failure = error
    world.change(saved, lambda body: body["account"].update(slug="octo-permitted"))
    denied = {(call["role"], call["action"]) for call in world.calls()[before:] if not call["allowed"]}
    assert denied == {(world.of["roles"][function], action)}
    assert (failure is None) == ((function, sid, action) in GOES_ON)


def test_only_actions_that_a_test_removed_were_denied(world):
    denied = {(call["role"], call["action"], call["resource"]) for call in world.calls() if not call["allowed"]}
    assert {of for of in denied if of[:2] not in world.removed} == set()


# -- what must not be possible -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["admin", "report", "connect", "fan_out", "notify_expiry"])
def test_only_the_poller_can_read_a_token(world, saved, function):
    awake(world, function, saved)
    secrets = stack.client("secretsmanager", world.of["endpoint"], **world.credentials(function))
    assert refused(lambda: secrets.get_secret_value(SecretId=world.of["secrets"] + saved["id"]))
    assert refused(lambda: secrets.list_secrets())


def test_the_poller_reads_only_tokens_of_this_stack_and_writes_none(world, saved):
    awake(world, "poll", saved)
    secrets = stack.client("secretsmanager", world.of["endpoint"], **world.credentials("poll"))
    world.secrets.create_secret(Name="somebody-elses", SecretString="x")
    assert TOKEN in secrets.get_secret_value(SecretId=world.of["secrets"] + saved["id"])["SecretString"]
    assert refused(lambda: secrets.get_secret_value(SecretId="somebody-elses"))
    assert refused(lambda: secrets.put_secret_value(SecretId=world.of["secrets"] + saved["id"], SecretString="x"))
    world.secrets.delete_secret(SecretId="somebody-elses", ForceDeleteWithoutRecovery=True)


def test_reports_write_nothing_and_see_neither_archive_nor_queue(world, saved):
    awake(world, "report", saved)
    mine = world.credentials("report")
    dynamodb = stack.client("dynamodb", world.of["endpoint"], **mine)
    table = world.of["tables"]["connectors"]
    item = {"pk": {"S": "connector"}, "sk": {"S": saved["id"]}}
    assert dynamodb.get_item(TableName=table, Key=item)["Item"]
    assert refused(lambda: dynamodb.put_item(TableName=table, Item=item))
    assert refused(lambda: dynamodb.delete_item(TableName=table, Key=item))
    assert refused(lambda: dynamodb.scan(TableName=table))
    assert refused(lambda: dynamodb.query(TableName=world.of["tables"]["jobs"], KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "x"}}))
    s3 = stack.client("s3", world.of["endpoint"], **mine)
    assert refused(lambda: s3.list_objects_v2(Bucket=world.of["bucket"]))
    assert refused(lambda: stack.client("sqs", world.of["endpoint"], **mine).receive_message(QueueUrl=world.of["queue"]))


def awake(world, function, saved):
    """Waits for a process of the function, whose credentials can be used."""
    paths = {"admin": "/admin/settings.json", "connect": "/v1/providers", "report": "/v1/freshness"}
    if function in paths:
        world.call("GET", paths[function])
    elif function == "poll":
        world.poll_directly(job(saved, "awake", 9, 9))
    else:
        world.invoke(function, {"run": "daily", "at": days_ago(0) + "T06:00:00Z", "id": "awake"})


def refused(call):
    try:
        call()
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "AuthorizationError")
    return False
