"""An SMTP server that misbehaves on demand, for the tests.

usage: smtp.py PORT SPOOL FAULTS [CERTIFICATE KEY MODE]

Every accepted mail becomes one JSON line in SPOOL. FAULTS is a JSON file that is read anew for each command:

    {"rcpt": {"a@example.org": "450 4.2.0 later"},   answer to RCPT TO for this address
     "data": "452 4.3.1 full",                       answer after the text of any mail
     "silent": "greeting|ehlo|mail|rcpt|data",       never answer in this phase
     "delay": 0.3,                                   seconds before the answer after the text
     "brief": true,                                  keep recipient and Message-ID only, to answer as soon as can be
     "drop_every": 10,                               take the mail, then cut the connection, for every tenth
     "drop": true}                                   take the mail, then cut the connection without an answer

With CERTIFICATE, KEY and MODE (starttls, tls or starttls-missing) the server speaks TLS and wants the account `duban` with the
password `secret`. Every command that would give something away (AUTH, MAIL, RCPT, DATA) is noted in SPOOL.commands.
"""

import asyncio
import base64
import email
import email.policy
import json
import re
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult

PORT, SPOOL, FAULTS = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CERTIFICATE, KEY, MODE = sys.argv[4:7] if len(sys.argv) > 4 else (None, None, None)
FOREVER = 3600
taken = 0


def faults():
    try:
        with open(FAULTS, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def note(command):
    with open(SPOOL + ".commands", "a", encoding="utf-8") as file:
        file.write(command + "\n")


def account(server, session, envelope, mechanism, data):
    note("AUTH")
    return AuthResult(success=(data.login, data.password) == (b"duban", b"secret"))


def arrived(envelope, name):
    with open(SPOOL + ".ids", "a", encoding="utf-8") as file:
        file.write(f"{envelope.rcpt_tos[0]} {name}\n")


async def silence(phase):
    if faults().get("silent") == phase:
        await asyncio.sleep(FOREVER)


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await silence("ehlo")
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        note("MAIL")
        await silence("mail")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        note("RCPT")
        await silence("rcpt")
        answer = faults().get("rcpt", {}).get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        note("DATA")
        await silence("data")
        now = faults()
        if "data" in now:
            return now["data"]
        if now.get("brief"):
            name = re.search(rb"^Message-ID: *(\S+)", envelope.original_content, re.IGNORECASE | re.MULTILINE)
            arrived(envelope, name.group(1).decode())
            return "250 taken"
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if part.get_content_maintype() == "text"}
        row = {
            "at": time.time(),
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message_id": message["Message-ID"],
            "subject": str(message["Subject"]),
            "automatic": message["Auto-Submitted"],
            "type": message.get_content_type(),
            "text": parts.get("text/plain", ""),
            "html": parts.get("text/html", ""),
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
            "calendar": [part.get_content() for part in message.walk() if part.get_content_type() == "text/calendar"],
            "raw": base64.b64encode(envelope.original_content).decode(),
        }
        with open(SPOOL, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        arrived(envelope, message["Message-ID"])
        global taken
        taken += 1
        every = now.get("drop_every")
        if now.get("drop") or every and taken % every == 0:
            server.transport.close()
        if "delay" in now:
            await asyncio.sleep(now["delay"])
        return "250 taken"


class Server(SMTP):
    async def _handle_client(self):
        await silence("greeting")
        await super()._handle_client()


async def main():
    loop = asyncio.get_running_loop()
    context = None
    options = {}
    if CERTIFICATE:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE, KEY)
        options = {"authenticator": account, "auth_required": True}
        if MODE == "starttls":
            options["tls_context"] = context
        else:
            options["auth_require_tls"] = False
    server = lambda: Server(Handler(), hostname="test.invalid", loop=loop, **options)
    listener = await loop.create_server(server, "127.0.0.1", PORT, ssl=context if MODE == "tls" else None)
    print("ready", flush=True)
    async with listener:
        await listener.serve_forever()


asyncio.run(main())
