"""template.yaml on the emulator: translated, packaged, deployed, adjusted to the emulator's gaps, and described."""

import io
import json
import os
import pathlib
import time
import zipfile

import boto3
import botocore.config
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "us-east-1"
STACK = "pairmeter-bench"
PACKAGES = "pairmeter-bench-packages"


class NoManagedPolicies:
    """SAM requests AWS's managed policies by name; each of our functions has its own role."""

    @staticmethod
    def load():
        return {}


def template():
    return yaml_parse((ROOT / "template.yaml").read_text())


def functions(source):
    """Each function's logical id and the name of its crate."""
    found = {id: of["Properties"] for id, of in source["Resources"].items() if of["Type"] == "AWS::Serverless::Function"}
    return {id: properties["CodeUri"].removeprefix("functions/") for id, properties in found.items()}


def translated():
    """The template that `sam deploy` would pass to CloudFormation."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    source = template()
    for id, crate in functions(source).items():
        source["Resources"][id]["Properties"]["CodeUri"] = f"s3://{PACKAGES}/{crate}.zip"
    return transform(source, {}, NoManagedPolicies)


def client(service, endpoint, **credentials):
    """As the account's root by default; with a single attempt, so that a test sees each failure."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", **credentials}
    config = botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=900)
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, config=config, **keys)


def binary(folder, crate):
    """From `cargo lambda build` (crate/bootstrap) or from `cargo build` (crate)."""
    for path in (folder / crate / "bootstrap", folder / crate):
        if path.is_file():
            return path
    raise SystemExit(f"{folder} has no binary of {crate}: build the functions first, or name another folder with --binaries")


def packaged(path):
    """The zip for Lambda: one executable named bootstrap."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def deploy(endpoint, binaries, parameters):
    """Creates the stack and returns its description; raises unless every resource was created."""
    s3, cloudformation = client("s3", endpoint), client("cloudformation", endpoint)
    paths = {crate: binary(binaries, crate) for crate in functions(template()).values()}
    s3.create_bucket(Bucket=PACKAGES)
    for crate, path in paths.items():
        s3.put_object(Bucket=PACKAGES, Key=f"{crate}.zip", Body=packaged(path))
    body = mended(translated())
    # As `sam deploy` does: a template of this size does not fit into the call.
    s3.put_object(Bucket=PACKAGES, Key="template.json", Body=json.dumps(body))
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"https://s3.amazonaws.com/{PACKAGES}/template.json",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    stack = settled(cloudformation)
    made = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    wrong = [of for of in made if of["ResourceStatus"] != "CREATE_COMPLETE"]
    if stack["StackStatus"] != "CREATE_COMPLETE" or wrong:
        raise SystemExit(f"the stack is {stack['StackStatus']} ({stack.get('StackStatusReason')}): {wrong}")
    physical = {of["LogicalResourceId"]: of["PhysicalResourceId"] for of in made}
    conditional = {id for id, of in body["Resources"].items() if "Condition" in of}
    if missing := set(body["Resources"]) - set(physical) - conditional:
        raise SystemExit(f"the emulator left out {sorted(missing)}")
    arns = {id: arn(endpoint, physical[id]) for id in functions(template())}
    add_routes(endpoint, body, physical, arns)
    return describe(endpoint, stack, physical, arns)


def mended(body):
    """Rewrites what MiniStack would refuse or misread; tests/aws reads the original."""
    resources = body["Resources"]
    # It treats the value of a Number parameter as text, and then compares it with numbers.
    polls = resources["PollPolls"]["Properties"]["ScalingConfig"]
    polls["MaximumConcurrency"] = int(body["Parameters"][polls["MaximumConcurrency"]["Ref"]]["Default"])
    # It does not support alarms over a sum of metrics: the first metric replaces the sum.
    alarm = resources["ThrottlesAlarm"]["Properties"]
    first = next(of["MetricStat"] for of in alarm.pop("Metrics") if "MetricStat" in of)
    alarm |= first["Metric"] | {"Period": first["Period"], "Statistic": first["Stat"]}
    # It enforces the rule that the archive requires TLS, but it has no TLS itself.
    del resources["ArchivePolicy"]
    # The same for the topic of the reminders. A topic without a policy lets the whole account publish: it keeps one that
    # allows none of our functions.
    policy = resources["TopicPolicy"]["Properties"]["PolicyDocument"]
    policy["Statement"] = resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return body


def settled(cloudformation):
    for _ in range(600):
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(0.1)
    raise SystemExit("the stack is still being made after a minute")


def arn(endpoint, function):
    return client("lambda", endpoint).get_function(FunctionName=function)["Configuration"]["FunctionArn"]


def add_routes(endpoint, body, physical, arns):
    """MiniStack ignores an API's Body: what API Gateway imports from it (authorizer, integrations, routes) is added by
    hand, read from the translated template."""
    gateway, api = client("apigatewayv2", endpoint), physical["Api"]
    document = body["Resources"]["Api"]["Properties"]["Body"]
    jwt = document["components"]["securitySchemes"]["Jwt"]["x-amazon-apigateway-authorizer"]
    if not jwt["jwtConfiguration"]["issuer"]["Fn::If"][0] == "HasOwnPool":
        raise SystemExit("the authorizer has changed; infra/local/stack.py must follow")
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="Jwt",
        AuthorizerType="JWT",
        IdentitySource=[jwt["identitySource"]],
        JwtConfiguration={
            "Issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{physical['People']}",
            "Audience": [physical["PeopleClient"]],
        },
    )["AuthorizerId"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            function = next(id for id in arns if f"functions/${{{id}.Arn}}/invocations" in uri)
            target = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=arns[function],
                PayloadFormatVersion=operation["x-amazon-apigateway-integration"]["payloadFormatVersion"],
            )["IntegrationId"]
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            guard = {"AuthorizationType": "JWT", "AuthorizerId": authorizer}
            gateway.create_route(
                ApiId=api,
                RouteKey=f"{verb} {path}",
                Target=f"integrations/{target}",
                **(guard if {"Jwt": []} in operation["security"] else {}),
            )


def jwt(stack):
    """The token of a person whom an administrator has created."""
    cognito = client("cognito-idp", stack["endpoint"])
    person = {"UserPoolId": stack["pool"], "Username": "somebody@example.com"}
    password = "a long enough Password 1!"
    cognito.admin_create_user(**person, TemporaryPassword=password, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**person, Password=password, Permanent=True)
    answer = cognito.admin_initiate_auth(
        UserPoolId=stack["pool"],
        ClientId=stack["pool_client"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person["Username"], "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["AccessToken"]


def describe(endpoint, stack, physical, arns):
    """The description of the stack for tests and people."""
    outputs = {of["OutputKey"]: of["OutputValue"] for of in stack["Outputs"]}
    crates = functions(template())
    return {
        "endpoint": endpoint,
        "region": REGION,
        "stack": STACK,
        # By path: lambda_http cannot parse the host name that MiniStack would give the API.
        "api": f"{endpoint}/_aws/execute-api/{physical['Api']}/$default",
        "pool": physical["People"],
        "pool_client": physical["PeopleClient"],
        "functions": {crate: physical[id] for id, crate in crates.items()},
        "function_arns": {crate: arns[id] for id, crate in crates.items()},
        "roles": {crate: physical[f"{id}Role"] for id, crate in crates.items()},
        "tables": {name.lower(): physical[name] for name in ("Connectors", "Segments", "Identities", "Notices", "Jobs")},
        "bucket": physical["Archive"],
        "bus": physical["Bus"],
        "queue": physical["Polls"],
        "dead_letters": physical["DeadLetters"],
        "topic": physical["Topic"],
        "secrets": f"{STACK}/",
        "outputs": outputs,
        "physical": physical,
    }
