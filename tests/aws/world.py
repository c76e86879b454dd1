"""The deployed stack for tests: its API, its queue, its stored days, its processes."""

import contextlib
import copy
import datetime
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import stack

PROVIDER = "github-copilot"
TOKEN = "ghp_good0123456789"
PATIENCE_S = 180


class World:
    def __init__(self, path):
        self.of = json.loads(pathlib.Path(path).read_text())
        # Actions that tests have removed from roles, whose denials are expected.
        self.removed = set()
        self.lambdas = self.client("lambda")
        self.sqs = self.client("sqs")
        self.iam = self.client("iam")
        self.dynamodb = self.client("dynamodb")
        self.s3 = self.client("s3")
        self.secrets = self.client("secretsmanager")
        self.scheduler = self.client("scheduler")

    def client(self, service):
        return stack.client(service, self.of["endpoint"])

    # -- the API ---------------------------------------------------------------------------------------------------------

    def call(self, method, path, body=None, jwt=True, **query):
        """Status and answer, through API Gateway with its JWT check."""
        return request(self.of["api"], self.of["jwt"] if jwt else None, method, path, body, query)

    def ask(self, method, path, body=None, expected=200, **query):
        status, answer = self.call(method, path, body, **query)
        assert status == expected, f"{method} {path}: {status} {answer}"
        return answer

    def save(self, slug, token=TOKEN):
        return self.ask("POST", "/v1/connectors", connection(slug, token), expected=201)

    def connector(self, id):
        return self.ask("GET", f"/v1/connectors/{id}")

    def connectors(self):
        found, cursor = [], {}
        while True:
            page = self.ask("GET", "/v1/connectors", **cursor)
            found += page["connectors"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    # -- functions -------------------------------------------------------------------------------------------------------

    def invoke(self, function, event):
        """The answer, and whether it is an error."""
        done = self.lambdas.invoke(FunctionName=self.of["functions"][function], Payload=json.dumps(event))
        return json.loads(done["Payload"].read() or "null"), "FunctionError" in done

    def poll_directly(self, job):
        """Passes one message to the poller directly; true if the poller has finished it. Its receipt is fictitious."""
        message = {
            "messageId": "by-hand",
            "receiptHandle": "by-hand",
            "body": json.dumps(job),
            "attributes": {"ApproximateReceiveCount": "1"},
            "eventSource": "aws:sqs",
        }
        answer, failed = self.invoke("poll", {"Records": [message]})
        assert not failed, answer
        return answer["batchItemFailures"] == []

    def processes(self, function):
        """The processes that run a function, including idle ones."""
        wanted = f"AWS_LAMBDA_FUNCTION_NAME={self.of['functions'][function]}".encode()
        ours = f"AWS_ENDPOINT_URL={self.of['endpoint']}".encode()
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                environment = path.read_bytes().split(b"\0")
                if wanted in environment and ours in environment:
                    found.append(int(path.parent.name))
        return found

    def kill(self, function):
        pids = self.processes(function)
        assert pids, f"{function} is not running"
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def credentials(self, function):
        """The credentials that Lambda gave to a running function."""
        environment = pathlib.Path(f"/proc/{self.processes(function)[0]}/environ").read_bytes().decode().split("\0")
        of = dict(line.split("=", 1) for line in environment if "=" in line)
        return {
            "aws_access_key_id": of["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": of["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token": of["AWS_SESSION_TOKEN"],
        }

    def log(self, function):
        """The log of a function by line; JSON lines are parsed."""
        lines = []
        group = f"/aws/lambda/{self.of['functions'][function]}"
        for page in self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group):
            for event in page["events"]:
                for line in event["message"].splitlines():
                    with contextlib.suppress(ValueError):
                        lines.append(json.loads(line))
        return lines

    # -- the queue -------------------------------------------------------------------------------------------------------

    def send(self, job):
        self.sqs.send_message(QueueUrl=self.of["queue"], MessageBody=json.dumps(job))

    def waiting(self, queue="queue"):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.of[queue], AttributeNames=names)["Attributes"]
        return sum(int(count) for count in found.values())

    @contextlib.contextmanager
    def queue_with(self, **attributes):
        """Sets another visibility timeout than the template's for the duration of a test."""
        before = self.sqs.get_queue_attributes(QueueUrl=self.of["queue"], AttributeNames=list(attributes))["Attributes"]
        self.sqs.set_queue_attributes(QueueUrl=self.of["queue"], Attributes=attributes)
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=self.of["queue"], Attributes=before)

    @contextlib.contextmanager
    def polls_paused(self):
        """Messages stay in the queue."""
        [mapping] = self.lambdas.list_event_source_mappings(FunctionName=self.of["functions"]["poll"])["EventSourceMappings"]
        self.lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            yield
        finally:
            self.sqs.purge_queue(QueueUrl=self.of["queue"])
            self.lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    # -- what is stored --------------------------------------------------------------------------------------------------

    def items(self, table, pk=None):
        query = {"TableName": self.of["tables"][table], "ConsistentRead": True}
        if pk is None:
            pages = self.dynamodb.get_paginator("scan").paginate(**query)
        else:
            pages = self.dynamodb.get_paginator("query").paginate(
                **query, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}
            )
        return [item for page in pages for item in page["Items"]]

    def change(self, connector, edit):
        """Edits a stored connector directly, so that it fails although it worked when it was saved."""
        key = {"pk": {"S": "connector"}, "sk": {"S": connector["id"]}}
        table = self.of["tables"]["connectors"]
        item = self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        body = json.loads(item["body"]["S"])
        edit(body)
        item["body"]["S"] = json.dumps(body)
        self.dynamodb.put_item(TableName=table, Item=item)

    def rename_account(self, connector, slug):
        self.change(connector, lambda body: body["account"].update(slug=slug))

    def kill_token(self, connector):
        name = self.of["secrets"] + connector["id"]
        stored = self.secrets.get_secret_value(SecretId=name)["SecretString"]
        assert TOKEN in stored
        self.secrets.put_secret_value(SecretId=name, SecretString=stored.replace(TOKEN, "ghp_dead"))

    def remember_job(self, key):
        """Marks a job as sent."""
        item = {"pk": {"S": key}, "expires_at": {"N": str(int(time.time()) + 86400)}}
        self.dynamodb.put_item(TableName=self.of["tables"]["jobs"], Item=item)

    def ledger(self, connector):
        return self.ask("GET", f"/v1/connectors/{connector['id']}/ledger")

    def days(self, connector):
        """State and rows by day and dataset, without the time of the fetch."""
        found = {}
        for line in self.ledger(connector)["days"]:
            for dataset, of in line["datasets"].items():
                found[line["day"], dataset] = (of["state"], of["revision"], of["rows"])
        return found

    def archived(self, slug):
        prefix = f"{PROVIDER}/organization/{slug}/"
        listed = self.s3.list_objects_v2(Bucket=self.of["bucket"], Prefix=prefix)
        return {of["Key"]: of["ETag"] for of in listed.get("Contents", [])}

    # -- permissions -----------------------------------------------------------------------------------------------------

    def calls(self):
        """All calls of a function so far, with the emulator's decision."""
        with open(self.of["calls"]) as lines:
            return [json.loads(line) for line in lines]

    def grants(self, function):
        return self.iam.get_role_policy(RoleName=self.of["roles"][function], PolicyName="ports")["PolicyDocument"]

    @contextlib.contextmanager
    def without(self, function, sid, action):
        """Removes one action of one statement from the function's role."""
        self.removed.add((self.of["roles"][function], action))
        role = {"RoleName": self.of["roles"][function], "PolicyName": "ports"}
        before = self.grants(function)
        after = copy.deepcopy(before)
        for statement in after["Statement"]:
            if statement["Sid"] == sid:
                statement["Action"] = [of for of in as_list(statement["Action"]) if of != action]
        after["Statement"] = [statement for statement in after["Statement"] if statement["Action"]]
        assert after != before
        self.iam.put_role_policy(**role, PolicyDocument=json.dumps(after))
        try:
            yield
        finally:
            self.iam.put_role_policy(**role, PolicyDocument=json.dumps(before))


class SingleProcess:
    """`pairmeter serve` on a folder of its own, with the same sandbox."""

    def __init__(self, of, folder):
        self.of, self.folder, self.token = of, folder, "0123456789abcdef"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PAIRMETER_DETOUR": of["detour"],
                            "GITHUB_TOKEN": TOKEN, "PAIRMETER_TOKEN": self.token}

    def run(self, *words):
        command = [self.of["pairmeter"], *words, "--data", str(self.folder)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout} {done.stderr}"

    @contextlib.contextmanager
    def serving(self):
        port = free_port()
        with open(self.folder / "serve.log", "w") as log:
            command = [self.of["pairmeter"], "serve", "--listen", f"127.0.0.1:{port}", "--data", str(self.folder)]
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        api = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: is_up(api), "the single process")
            yield lambda path, **query: request(api, self.token, "GET", path, None, query)
        finally:
            process.kill()
            process.wait()


def job(connector, key, first=None, last=None):
    """A poll of one connector: of some days again, or of all missing days."""
    days = {"days": [days_ago(first), days_ago(last)]} if first else {}
    key = f"{connector['id']}.{key}"
    return {"connector": connector["id"], **days, "key": key, "correlation_id": key}


def connection(slug, token=TOKEN):
    account = {"kind": "organization", "slug": slug}
    return {"provider": PROVIDER, "account": account, "credential": {"kind": "token", "token": token}, "api_url": None}


def request(api, token, method, path, body, query):
    url = api + path + ("?" + urllib.parse.urlencode(query) if query else "")
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read().decode()
    try:
        return answer.status, json.loads(text) if text else None
    except ValueError:
        return answer.status, text


def is_up(api):
    try:
        return request(api, None, "GET", "/v1/health", None, {})[0] == 200
    except urllib.error.URLError:
        return False


def wait_for(is_true, what, patience_s=PATIENCE_S):
    until = time.monotonic() + patience_s
    while not (found := is_true()):
        assert time.monotonic() < until, f"timeout after {patience_s} s: {what}"
        time.sleep(0.1)
    return found


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_list(value):
    return [value] if isinstance(value, str) else list(value)


def days_ago(count):
    return (datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=count)).isoformat()
