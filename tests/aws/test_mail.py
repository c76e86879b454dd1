"""The single process sends mail through a real SMTP server on loopback, which receives what users read."""

import email
import email.policy
import os
import socket
import subprocess

import pytest
from aiosmtpd.controller import Controller

TOKEN = "ghp_soonQ7xW2mK9vB4tR8pL"
SLUG = "octo-mailed"


class Mailbox:
    """Keeps accepted mails; refuses all mails while it is full."""

    def __init__(self):
        self.arrived = []
        self.is_full = False

    async def handle_DATA(self, _server, _session, envelope):
        if self.is_full:
            return "452 4.2.2 mailbox full"
        self.arrived.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 kept"

    def take(self):
        arrived, self.arrived = self.arrived, []
        return [(sender, to, email.message_from_bytes(content, policy=email.policy.default)) for sender, to, content in arrived]


@pytest.fixture
def mailbox():
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    mailbox.port = controller.port
    yield mailbox
    controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def laptop(world, mailbox, tmp_path):
    """Runs `pairmeter` with the mail server and the sandbox configured."""
    environment = {
        "PATH": os.environ["PATH"],
        "PAIRMETER_DATA": str(tmp_path),
        "PAIRMETER_DETOUR": world.of["detour"],
        "PAIRMETER_SMTP": f"smtp://127.0.0.1:{mailbox.port}",
        "PAIRMETER_MAIL_FROM": "Pairmeter <pairmeter@example.com>",
        "PAIRMETER_MAIL_TO": "owner@example.com, Second Owner <second@example.com>",
        "PAIRMETER_URL": "https://pairmeter.example.com/",
        "A_TOKEN": TOKEN,
    }

    def run(*arguments):
        done = subprocess.run([world.of["pairmeter"], *arguments], env=environment, capture_output=True, text=True, timeout=120)
        assert TOKEN not in done.stdout + done.stderr
        return done

    connected = run("connect", "--organization", SLUG, "--token-env", "A_TOKEN", "--no-poll")
    assert connected.returncode == 0, connected.stderr
    return run


def test_an_expiring_token_is_mailed_once_with_the_fix(laptop, mailbox):
    told = laptop("notify")
    assert told.returncode == 0, told.stderr
    [(sender, to, mail)] = mailbox.take()
    assert sender == "pairmeter@example.com"
    assert to == ["owner@example.com", "second@example.com"]
    assert mail["From"].addresses[0].addr_spec == "pairmeter@example.com"
    assert [address.addr_spec for address in mail["To"].addresses] == to
    # The sandbox's clock is slightly ahead of the machine's: five days are four whole days.
    assert mail["Subject"] == f"Pairmeter: GitHub Copilot {SLUG}: token expires in 4 days"
    assert mail["Date"] and mail["Message-ID"]
    assert mail.get_content_type() == "text/plain" and not mail.is_multipart() and not list(mail.iter_attachments())
    text = mail.get_content()
    lines = [line.strip() for line in text.splitlines()]
    # Where to create the new token, with its scopes selected, and where to paste it.
    assert f"https://github.com/settings/tokens/new?scopes=read:org,manage_billing:copilot&description=pairmeter-{SLUG}" in lines
    [paste] = [line for line in lines if line.startswith("https://pairmeter.example.com/connectors/")]
    assert paste.rpartition("/")[2] in text.partition("Connector")[2]
    assert f"Account        organization {SLUG}" in lines and "Provider       GitHub Copilot" in lines
    for at in range(len(TOKEN) - 5):
        assert TOKEN[at : at + 6] not in mail.as_string()
    assert laptop("notify").returncode == 0
    assert mailbox.take() == []


def test_a_refused_mail_is_an_error_and_the_next_run_sends_it(laptop, mailbox):
    mailbox.is_full = True
    refused = laptop("notify")
    assert refused.returncode == 1, refused.stderr
    mailbox.is_full = False
    for _ in range(2):
        assert laptop("notify").returncode == 0
    assert len(mailbox.take()) == 1
