"""An SMTP server that misbehaves on demand, for the tests.

usage: smtp.py PORT SPOOL FAULTS

Every accepted mail becomes one JSON line in SPOOL. FAULTS is a JSON file that is read anew for each command:

    {"rcpt": {"a@example.org": "450 4.2.0 later"},   answer to RCPT TO for this address
     "data": "452 4.3.1 full",                       answer after the text of any mail
     "silent": "greeting|ehlo|mail|rcpt|data",       never answer in this phase
     "delay": 0.3,                                   seconds before the answer after the text
     "drop": true}                                   take the mail, then cut the connection without an answer
"""

import asyncio
import email
import email.policy
import json
import sys
import time

from aiosmtpd.smtp import SMTP

PORT, SPOOL, FAULTS = int(sys.argv[1]), sys.argv[2], sys.argv[3]
FOREVER = 3600


def faults():
    try:
        with open(FAULTS, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


async def silence(phase):
    if faults().get("silent") == phase:
        await asyncio.sleep(FOREVER)


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await silence("ehlo")
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        await silence("mail")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await silence("rcpt")
        answer = faults().get("rcpt", {}).get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await silence("data")
        now = faults()
        if "data" in now:
            return now["data"]
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
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
            "defects": [str(defect) for defect in message.defects],
        }
        with open(SPOOL, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        if now.get("drop"):
            server.transport.close()
        await asyncio.sleep(now.get("delay", 0))
        return "250 taken"


class Server(SMTP):
    async def _handle_client(self):
        await silence("greeting")
        await super()._handle_client()


async def main():
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Server(Handler(), hostname="test.invalid", loop=loop), "127.0.0.1", PORT)
    print("ready", flush=True)
    async with listener:
        await listener.serve_forever()


asyncio.run(main())
