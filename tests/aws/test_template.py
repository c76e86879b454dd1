"""The CloudFormation template. No emulator enforces all of it, so the tests read the translated template."""

import json
import pathlib
import re
import subprocess
import sys

import pytest
import stack
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = stack.translated()
RESOURCES = TEMPLATE["Resources"]
CRATES = stack.functions(stack.template())
SOURCE = (stack.ROOT / "template.yaml").read_text()


def of_type(kind):
    return {id: of for id, of in RESOURCES.items() if of["Type"] == kind}


def properties(id):
    return RESOURCES[id]["Properties"]


def target(value):
    """The logical ID in a Ref or GetAtt."""
    return value.get("Ref") or value["Fn::GetAtt"][0]


def statements(role):
    """The statements of a role, including conditional ones."""
    for policy in properties(role).get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def actions(statement):
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def all_resources(statement):
    resource = statement["Resource"]
    return resource if isinstance(resource, list) else [resource]


TABLES = of_type("AWS::DynamoDB::Table")
FUNCTIONS = of_type("AWS::Lambda::Function")
ROLES = of_type("AWS::IAM::Role")
ALARMS = of_type("AWS::CloudWatch::Alarm")

# -- tables and archive --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", TABLES)
def test_a_table_is_paid_by_request_encrypted_restorable_and_outlives_the_stack(id):
    table = properties(id)
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert RESOURCES[id]["DeletionPolicy"] == RESOURCES[id]["UpdateReplacePolicy"] == "Retain"


def test_tables_have_the_keys_that_the_adapters_use():
    keys = {id: [key["AttributeName"] for key in properties(id)["KeySchema"]] for id in TABLES}
    assert keys == {"Connectors": ["pk", "sk"], "Segments": ["pk", "sk"], "Identities": ["pk", "sk"], "Notices": ["pk", "sk"], "Jobs": ["pk"]}
    assert all(attribute["AttributeType"] == "S" for id in TABLES for attribute in properties(id)["AttributeDefinitions"])


def test_only_orphaned_parts_and_old_job_keys_have_a_time_to_live():
    swept = {id: properties(id).get("TimeToLiveSpecification") for id in TABLES}
    live = {"AttributeName": "expires_at", "Enabled": True}
    assert swept == {"Connectors": None, "Segments": live, "Identities": None, "Notices": None, "Jobs": live}


def test_the_archive_is_private_encrypted_versioned_and_outlives_the_stack():
    archive = properties("Archive")
    assert set(archive["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(archive["PublicAccessBlockConfiguration"]) == 4
    assert archive["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert archive["VersioningConfiguration"] == {"Status": "Enabled"}
    rule = archive["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert RESOURCES["Archive"]["DeletionPolicy"] == RESOURCES["Archive"]["UpdateReplacePolicy"] == "Retain"


def test_the_archive_requires_tls():
    [statement] = properties("ArchivePolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert statement["Resource"] == [{"Fn::GetAtt": ["Archive", "Arn"]}, {"Fn::Sub": "${Archive.Arn}/*"}]


def test_unfinished_uploads_and_replaced_objects_are_deleted():
    rules = {rule["Id"]: rule for rule in properties("Archive")["LifecycleConfiguration"]["Rules"]}
    assert all(rule["Status"] == "Enabled" and "Prefix" not in rule for rule in rules.values())
    assert rules["unfinished"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert rules["replaced"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    # Old reports move to cheaper storage, but a rebuild can still read them immediately.
    assert [move["StorageClass"] for move in rules["old"]["Transitions"]] == ["GLACIER_IR"]
    assert not any("ExpirationInDays" in rule for rule in rules.values())


# -- API -----------------------------------------------------------------------------------------------------------------


def routes():
    for path, methods in properties("Api")["Body"]["paths"].items():
        for method, operation in methods.items():
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            function = re.search(r"functions/\$\{(\w+)\.Arn\}", uri)[1]
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            yield f"{verb} {path}", function, operation


def test_every_route_leads_to_its_function():
    assert {route: function for route, function, _ in routes()} == {
        "GET /": "Admin",
        "GET /{proxy+}": "Admin",
        "GET /v1/usage": "Report",
        "GET /v1/usage/breakdown": "Report",
        "GET /v1/pull-requests": "Report",
        "GET /v1/seats": "Report",
        "GET /v1/people": "Report",
        "GET /v1/people/{id}": "Report",
        "GET /v1/active-people": "Report",
        "GET /v1/teams": "Report",
        "GET /v1/identities": "Report",
        "GET /v1/identities/mapping": "Report",
        "GET /v1/freshness": "Report",
        "GET /v1/tokens": "Report",
        "GET /v1/costs": "Report",
        "GET /v1/connectors/{id}/ledger": "Report",
        "GET /v1/health": "Connect",
        "GET /v1/providers": "Connect",
        "GET /v1/providers/{provider}/app-manifest": "Connect",
        "GET /v1/connectors": "Connect",
        "GET /v1/connectors/{id}": "Connect",
        "GET /v1/notices": "Connect",
        "GET /v1/openapi.json": "Connect",
        "ANY /v1/{proxy+}": "Connect",
    }


def test_the_report_function_has_a_route_for_each_documented_path():
    document = (stack.ROOT / "infra/openapi.yaml").read_text()
    paths = set()
    for block in re.split(r"\n  (?=/v1/)", document)[1:]:
        if "tags:\n      - reports" in block or "- reports" in block.split("parameters:")[0]:
            paths.add(block.split(":")[0])
    assert paths, "the document names the tag"
    assert paths == {route.removeprefix("GET ") for route, function, _ in routes() if function == "Report"}


def test_no_get_depends_on_the_order_of_greedy_routes():
    # The page has GET /{proxy+}. AWS documents that a full match comes first, but not the order of greedy routes.
    document = yaml_parse((stack.ROOT / "infra/openapi.yaml").read_text())
    described = {path for path, item in document["paths"].items() if path.startswith("/v1/") and "get" in item}
    full = {route.removeprefix("GET ") for route, _, _ in routes() if route.startswith("GET /v1/")}
    assert described and described | {"/v1/openapi.json"} == full


def test_all_routes_except_health_and_the_page_require_a_jwt():
    for route, function, operation in routes():
        is_open = route == "GET /v1/health" or function == "Admin"
        assert operation["security"] == [{"NONE": []} if is_open else {"Jwt": []}], route


def test_the_page_can_reach_nothing():
    assert [statement["Sid"] for statement in statements("AdminRole")] == ["Log"]


def test_the_pool_redirects_only_to_the_page_and_only_with_a_code():
    client = {name: value.get("Fn::If", value) if isinstance(value, dict) else value for name, value in properties("PeopleClient").items()}
    assert client["AllowedOAuthFlows"][:2] == ["HasUrl", ["code"]]
    assert client["CallbackURLs"][:2] == ["HasUrl", [{"Fn::Sub": "${Url}/signed-in"}]]
    assert client["GenerateSecret"] is False
    assert RESOURCES["PeopleDomain"]["Condition"] == "HasOwnSignIn"
    return_path = re.search(r"RETURN = '(.+)'", (stack.ROOT / "functions/admin/web/src/session/oidc-session.ts").read_text())[1]
    assert return_path == "/signed-in"


def test_a_function_uses_payload_2_and_api_gateway_may_call_it():
    allowed = {target(of["Properties"]["FunctionName"]) for of in of_type("AWS::Lambda::Permission").values()}
    assert allowed == {"Admin", "Connect", "Report"}
    assert all(of["Properties"]["Principal"] == "apigateway.amazonaws.com" for of in of_type("AWS::Lambda::Permission").values())
    assert {operation["x-amazon-apigateway-integration"]["payloadFormatVersion"] for _, _, operation in routes()} == {"2.0"}


def test_the_jwt_issuer_is_the_given_one_or_the_stacks_pool():
    scheme = properties("Api")["Body"]["components"]["securitySchemes"]["Jwt"]["x-amazon-apigateway-authorizer"]
    assert scheme["identitySource"] == "$request.header.Authorization"
    own, given = scheme["jwtConfiguration"]["issuer"]["Fn::If"][1:]
    assert "${People}" in own["Fn::Sub"] and given == {"Ref": "Issuer"}
    assert scheme["jwtConfiguration"]["audience"] == [{"Fn::If": ["HasOwnPool", {"Ref": "PeopleClient"}, {"Ref": "Audience"}]}]
    for id in ("People", "PeopleClient"):
        assert RESOURCES[id]["Condition"] == "HasOwnPool"
    assert properties("People")["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    # A later update cannot change it.
    assert properties("People")["UsernameConfiguration"] == {"CaseSensitive": False}
    assert "Audience" in json.dumps(TEMPLATE["Rules"]), "an issuer without an audience is refused"


def test_the_user_pool_outlives_the_stack_and_can_require_mfa():
    assert RESOURCES["People"]["DeletionPolicy"] == RESOURCES["People"]["UpdateReplacePolicy"] == "Retain"
    assert properties("People")["DeletionProtection"] == "ACTIVE"
    assert properties("People")["MfaConfiguration"] == {"Ref": "Mfa"}
    assert properties("People")["EnabledMfas"]["Fn::If"][:2] == ["HasMfa", ["SOFTWARE_TOKEN_MFA"]]
    assert TEMPLATE["Parameters"]["Mfa"]["AllowedValues"] == ["ON", "OPTIONAL", "OFF"]


def test_the_access_log_contains_no_personal_data():
    log = json.loads(properties("ApiApiGatewayDefaultStage")["AccessLogSettings"]["Format"])
    assert set(log) == {"request_id", "method", "route", "status", "ms", "bytes", "refused", "error"}
    assert not re.search(r"sourceIp|userAgent|\$context\.path|claims|Query", json.dumps(log))


# -- functions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", FUNCTIONS)
def test_a_function_is_a_plain_binary_with_its_own_role_and_log(id):
    function = properties(id)
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap")
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert target(function["Role"]) == f"{id}Role"
    assert target(function["LoggingConfig"]["LogGroup"]) == f"{id}Log"
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}
    assert properties(f"{id}Log")["RetentionInDays"] == {"Ref": "LogDays"}
    # Without our log group, Lambda would create one that is kept forever.
    assert properties(f"{id}Log")["LogGroupName"]["Fn::Sub"] == "/aws/lambda/" + function["FunctionName"]["Fn::Sub"]


def test_arm64_is_the_default_architecture():
    assert TEMPLATE["Parameters"]["Architecture"]["Default"] == "arm64"


def test_time_limits_fit_those_of_the_callers():
    limits = {CRATES[id]: properties(id)["Timeout"] for id in FUNCTIONS}
    # API Gateway times out after 30 s; verify answers within 25 s.
    assert 25 < limits["connect"] < 30 and limits["report"] < 30
    assert limits["poll"] == 900, "a backfill runs as long as Lambda allows"
    assert limits["fan_out"] >= 300


def test_the_report_function_has_a_full_cpu():
    assert properties("Report")["MemorySize"] >= 1769


def test_every_variable_of_the_template_is_in_config_rs():
    config = (stack.ROOT / "shared/src/config.rs").read_text()
    used = {name for id in FUNCTIONS for name in properties(id)["Environment"]["Variables"]}
    ours = {name for name in used if name.startswith("PAIRMETER_")}
    assert ours and used - ours == {"MALLOC_ARENA_MAX"}, "only glibc's own variable"
    assert sorted(name for name in ours if f'"{name}"' not in config) == []


def test_the_poller_has_one_heap_and_all_global_variables():
    variables = properties("Poll")["Environment"]["Variables"]
    assert variables["MALLOC_ARENA_MAX"] == "1" and "PAIRMETER_SEGMENTS_TABLE" in variables


# -- bus, queue, schedules -----------------------------------------------------------------------------------------------


def test_a_message_contains_only_the_job():
    rule = properties("PollRequested")
    assert rule["EventPattern"] == {"source": ["pairmeter"], "detail-type": ["PollRequested"]}
    [to] = rule["Targets"]
    assert (target(to["Arn"]), to["InputPath"]) == ("Polls", "$.detail")
    assert target(to["DeadLetterConfig"]["Arn"]) == "DeadLetters"


def test_only_that_rule_may_send_to_the_queues():
    [statement] = properties("QueuesPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["PollRequested", "Arn"]}}}


def test_a_poll_becomes_a_dead_letter_after_six_failures():
    polls, dead = properties("Polls"), properties("DeadLetters")
    assert target(polls["RedrivePolicy"]["deadLetterTargetArn"]) == "DeadLetters"
    assert polls["RedrivePolicy"]["maxReceiveCount"] == 6
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600 > polls["MessageRetentionPeriod"] == 4 * 24 * 3600
    assert polls["SqsManagedSseEnabled"] is dead["SqsManagedSseEnabled"] is True


def test_the_visibility_timeout_is_six_times_the_time_limit_of_a_poll():
    assert properties("Polls")["VisibilityTimeout"] >= 6 * properties("Poll")["Timeout"]


def test_the_poller_takes_one_message_and_has_a_concurrency_limit():
    mapping = properties("PollPolls")
    assert target(mapping["EventSourceArn"]) == "Polls"
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "PollsAtOnce"}}
    at_once = TEMPLATE["Parameters"]["PollsAtOnce"]
    assert int(at_once["MinValue"]) == 2, "Lambda takes no less"
    assert int(at_once["Default"]) <= 5, "a new account has 10 concurrent executions for all functions"


@pytest.mark.parametrize(
    ("id", "when", "function", "run"),
    [
        ("Daily", "cron(0 6 * * ? *)", "FanOut", "daily"),
        ("Pending", "cron(0 10,14,18 * * ? *)", "FanOut", "pending"),
        ("Expiry", "cron(0 7 * * ? *)", "NotifyExpiry", "daily"),
    ],
)
def test_a_schedule_runs_at_its_utc_hour_and_passes_run_and_time(id, when, function, run):
    schedule = properties(id)
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == (when, "UTC")
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert target(schedule["Target"]["Arn"]) == function
    assert json.loads(schedule["Target"]["Input"]) == {
        "run": run,
        "at": "<aws.scheduler.scheduled-time>",
        "id": "<aws.scheduler.execution-id>",
    }
    assert target(schedule["Target"]["RoleArn"]) == "ScheduleRole"
    assert target(schedule["Target"]["DeadLetterConfig"]["Arn"]) == "DeadLetters"
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_schedules_and_code_name_the_same_hours():
    code = (stack.ROOT / "shared/src/app/connect.rs").read_text()
    for id, constant in [("Daily", "DAILY_POLL"), ("Pending", "PENDING_POLLS"), ("Expiry", "DAILY_NOTICES")]:
        hours = re.findall(r"hour\((\d+)\)", re.search(rf"pub const {constant}: .*", code)[0])
        assert properties(id)["ScheduleExpression"] == f"cron(0 {','.join(hours)} * * ? *)"


def test_a_run_that_fails_permanently_becomes_a_dead_letter():
    buried = {target(of["Properties"]["FunctionName"]): of["Properties"] for of in of_type("AWS::Lambda::EventInvokeConfig").values()}
    assert set(buried) == {target(properties(id)["Target"]["Arn"]) for id in of_type("AWS::Scheduler::Schedule")}
    for id, config in buried.items():
        assert target(config["DestinationConfig"]["OnFailure"]["Destination"]) == "DeadLetters", id


# -- permissions ---------------------------------------------------------------------------------------------------------


def test_only_x_ray_is_granted_on_all_resources():
    starred = []
    for role in ROLES:
        for statement in statements(role):
            assert statement["Effect"] == "Allow" and "*" not in "".join(actions(statement)), f"{role} {statement['Sid']}"
            starred += [(role, statement["Sid"]) for resource in all_resources(statement) if resource == "*"]
    assert starred == []
    [(id, policy)] = of_type("AWS::IAM::ManagedPolicy").items()
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (id, statement["Resource"]) == ("Traces", "*")
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_no_role_has_a_managed_policy():
    for role in ROLES:
        managed = properties(role).get("ManagedPolicyArns")
        assert managed in (None, {"Fn::If": ["IsTraced", [{"Ref": "Traces"}], {"Ref": "AWS::NoValue"}]}), role


def test_a_role_belongs_to_one_service():
    for role in ROLES:
        [statement] = properties(role)["AssumeRolePolicyDocument"]["Statement"]
        service = "scheduler" if role == "ScheduleRole" else "lambda"
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}, role


def test_reports_cannot_reach_a_secret_a_key_or_the_archive():
    services = {action.split(":")[0] for statement in statements("ReportRole") for action in actions(statement)}
    assert services == {"logs", "dynamodb"}
    writes = re.compile("Put|Update|Delete|Write")
    assert not [a for s in statements("ReportRole") if s["Sid"] != "Log" for a in actions(s) if writes.search(a)]


def test_only_connect_writes_tokens_and_only_poll_reads_them():
    grants = {(role, action) for role in ROLES for s in statements(role) for action in actions(s) if action.startswith("secretsmanager:")}
    assert grants == {
        ("ConnectRole", "secretsmanager:CreateSecret"),
        ("ConnectRole", "secretsmanager:PutSecretValue"),
        ("ConnectRole", "secretsmanager:DeleteSecret"),
        ("PollRole", "secretsmanager:GetSecretValue"),
        # Deletes the previous version after a good poll; it writes no value.
        ("PollRole", "secretsmanager:UpdateSecretVersionStage"),
    }
    for role in ("ConnectRole", "PollRole"):
        [resource] = [s["Resource"]["Fn::Sub"] for s in statements(role) if s["Sid"] == "SecretStore"]
        assert resource.endswith(":secret:${AWS::StackName}/*"), "only those of this stack"


def test_a_function_logs_only_to_its_own_group():
    for id in FUNCTIONS:
        [resource] = [s["Resource"] for s in statements(f"{id}Role") if s["Sid"] == "Log"]
        assert resource == {"Fn::GetAtt": [f"{id}Log", "Arn"]}


def test_every_statement_names_the_port_it_serves():
    ports = set(re.findall(r"pub trait (\w+)", (stack.ROOT / "shared/src/ports.rs").read_text()))
    # Actions of Lambda and the Scheduler on our behalf, and the events that handlers publish.
    others = {"Log", "Messages", "DeadLetters", "Run"}
    for role in ROLES:
        for statement in statements(role):
            for sid in statement["Sid"].split("And"):
                assert re.sub(r"(Jobs|Key|List)$", "", sid) in ports | others, f"{role}: {sid}"


def test_every_action_names_the_method_or_the_caller():
    lines = SOURCE.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\s+(- |Action: )(dynamodb|s3|secretsmanager|events|sns|sqs):\w+", line) and "#" not in line:
            above = "\n".join(lines[max(0, number - 4) : number])
            assert "# The first three are Lambda's" in above or "Principal: {Service" in above or "Sid: DeadLetters" in above, line


@pytest.mark.parametrize("id", ROLES)
def test_a_static_analysis_finds_nothing_wrong_with_a_role(id):
    import parliament

    # The values that CloudFormation would insert.
    names = {
        "Connectors": "arn:aws:dynamodb:us-east-1:123456789012:table/Connectors",
        "Segments": "arn:aws:dynamodb:us-east-1:123456789012:table/Segments",
        "Identities": "arn:aws:dynamodb:us-east-1:123456789012:table/Identities",
        "Notices": "arn:aws:dynamodb:us-east-1:123456789012:table/Notices",
        "Jobs": "arn:aws:dynamodb:us-east-1:123456789012:table/Jobs",
        "Archive": "arn:aws:s3:::archive",
        "Bus": "arn:aws:events:us-east-1:123456789012:event-bus/pairmeter",
        "Polls": "arn:aws:sqs:us-east-1:123456789012:polls",
        "DeadLetters": "arn:aws:sqs:us-east-1:123456789012:dead",
        "Topic": "arn:aws:sns:us-east-1:123456789012:topic",
        "AlarmTopic": "arn:aws:sns:us-east-1:123456789012:alarm-topic",
        "FanOut": "arn:aws:lambda:us-east-1:123456789012:function:fan-out",
        "NotifyExpiry": "arn:aws:lambda:us-east-1:123456789012:function:notify-expiry",
    }
    pseudo = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012", "AWS::StackName": "pairmeter",
              "AWS::URLSuffix": "amazonaws.com", "SecretsKey": "1234abcd-12ab-34cd-56ef-1234567890ab"}

    def filled(value):
        if isinstance(value, list):
            return [filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "Fn::GetAtt" in value:
            of = value["Fn::GetAtt"][0]
            return names.get(of) or f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/{of}:*"
        if "Ref" in value:
            return names.get(value["Ref"]) or pseudo[value["Ref"]]
        if "Fn::Sub" in value:
            return re.sub(r"\$\{([\w:.]+)\}", lambda m: pseudo.get(m[1]) or names[m[1].removesuffix(".Arn")], value["Fn::Sub"])
        return {key: filled(item) for key, item in value.items()}

    document = {"Version": "2012-10-17", "Statement": [filled(statement) for statement in statements(id)]}
    findings = parliament.analyze_policy_string(json.dumps(document)).findings
    assert [str(finding) for finding in findings] == []


# -- what people see -----------------------------------------------------------------------------------------------------


def test_there_is_an_alarm_for_each_condition_that_needs_a_person():
    assert set(ALARMS) == {"DeadLettersAlarm", "PollFailuresAlarm", "ThrottlesAlarm", "TokenExpiryAlarm", "NoNewDataAlarm"}


@pytest.mark.parametrize("id", ALARMS)
def test_an_alarm_notifies_people_and_links_its_runbook(id):
    alarm = properties(id)
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
    runbook = re.search(r"infra/runbooks/[\w-]+\.md", alarm["AlarmDescription"])[0]
    text = (stack.ROOT / runbook).read_text()
    for heading in ("## What it means", "## Investigate", "## Fix"):
        assert heading in text, f"{runbook}: {heading}"


def test_alarms_watch_metrics_that_the_functions_print():
    printed = "".join(path.read_text() for path in (stack.ROOT / "shared/src").rglob("*.rs"))
    watched = {of["Properties"]["MetricName"] for of in ALARMS.values() if of["Properties"].get("Namespace") == "Pairmeter"}
    watched |= {metric for metric in re.findall(r'"(\w+)", "Stack"', SOURCE)}
    assert watched and sorted(metric for metric in watched if f'"{metric}"' not in printed) == []


def test_the_dashboard_is_valid_and_shows_every_alarm():
    body = json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"])
    assert {of.split(".")[0].removeprefix("${") for of in body["widgets"][0]["properties"]["alarms"]} == set(ALARMS)
    corners = [(of["x"], of["y"]) for of in body["widgets"]]
    assert len(set(corners)) == len(corners)
    assert all(of["x"] + of["width"] <= 24 for of in body["widgets"])


def test_reminders_and_alarms_have_separate_topics_with_mail():
    # AWS suspends a subscription with too many messages; the other topic's continues.
    mails = {target(of["Properties"]["TopicArn"]): of for of in of_type("AWS::SNS::Subscription").values()}
    assert set(mails) == set(of_type("AWS::SNS::Topic")) == {"Topic", "AlarmTopic"}
    for mail in mails.values():
        assert mail["Condition"] == "HasEmail"
        assert (mail["Properties"]["Protocol"], mail["Properties"]["Endpoint"]) == ("email", {"Ref": "Email"})
    # Alarms cannot publish to a topic that is encrypted with aws/sns.
    assert "KmsMasterKeyId" not in properties("AlarmTopic")


def test_a_topic_allows_no_other_publisher():
    policies = {target(of["Properties"]["Topics"][0]): of["Properties"] for of in of_type("AWS::SNS::TopicPolicy").values()}
    assert set(policies) == {"Topic", "AlarmTopic"}
    [reminders] = policies["Topic"]["PolicyDocument"]["Statement"]
    assert reminders["Effect"] == "Deny", "the role of notify_expiry allows it"
    [alarms] = policies["AlarmTopic"]["PolicyDocument"]["Statement"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    publishers = {role for role in ROLES for s in statements(role) if "sns:Publish" in actions(s)}
    assert publishers == {"NotifyExpiryRole"}


def test_only_the_daily_run_lists_subscriptions():
    asking = [(role, s["Sid"]) for role in ROLES for s in statements(role) for action in actions(s) if action.startswith("sns:List")]
    assert asking == [("NotifyExpiryRole", "NotifierList")]
    variables = properties("NotifyExpiry")["Environment"]["Variables"]
    assert variables["PAIRMETER_ALARM_TOPIC"] == {"Ref": "AlarmTopic"}
    assert variables["PAIRMETER_EXPECTS_MAIL"] == {"Fn::If": ["HasEmail", "true", ""]}


def test_every_parameter_is_described_grouped_and_has_a_default():
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(TEMPLATE["Parameters"])
    for name, parameter in TEMPLATE["Parameters"].items():
        assert parameter["Description"].endswith(".") and "Default" in parameter, name


def test_the_template_passes_the_linter():
    cfn_lint = [pathlib.Path(sys.executable).parent / "cfn-lint", stack.ROOT / "template.yaml"]
    found = subprocess.run(cfn_lint, capture_output=True, text=True, timeout=120)
    assert (found.returncode, found.stdout) == (0, "")
