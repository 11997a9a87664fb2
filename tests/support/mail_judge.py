"""Judges mails with readers that others wrote: Python's strict mail parser, dkimpy, PyPI icalendar.

usage: mail_judge.py SPOOL KEY ICS

SPOOL is what smtp.py wrote, KEY the public key (base 64 of its DER), ICS a folder for the calendar files found. One line of complaint
each; silence is praise.
"""

import base64
import datetime
import email
import email.policy
import html
import json
import os
import re
import sys

import dkim
import icalendar

SPOOL, KEY, ICS = sys.argv[1:4]
POLICY = email.policy.SMTP.clone(raise_on_defect=True, max_line_length=998)


def plain(text):
    text = re.sub(r"(?s)<style>.*?</style>|<title>.*?</title>|<!--.*?-->", "", text)
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


def judge(number, raw):
    message = email.message_from_bytes(raw, policy=POLICY)
    for name in ("Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted"):
        if len(message.get_all(name, [])) != 1:
            yield f"{name}: {message.get_all(name)}"
    if message["Auto-Submitted"] != "auto-generated":
        yield "Auto-Submitted"
    known = {
        "dkim-signature", "from", "to", "subject", "message-id", "date", "auto-submitted", "x-auto-response-suppress", "mime-version",
        "content-type", "in-reply-to", "references", "list-unsubscribe", "list-unsubscribe-post",
        "x-peer", "x-mailfrom", "x-rcptto",
    }
    strange = {name.lower() for name in message.keys()} - known
    if strange:
        yield f"headers {strange}"
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        yield "a line of more than 998 bytes"
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b"") or b"\0" in raw:
        yield "a bare line end or NUL"
    text = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    if re.search(r"<(img|script|link|form|iframe)|url\(|@import", page):
        yield "something remote or active in the HTML"
    links = lambda part: set(re.findall(r"https?://[^\s\"'<>]+", part))
    if not links(text) <= links(page):
        yield f"links of the text that the HTML has not: {links(text) - links(page)}"
    squeezed = re.sub(r"\s+", "", plain(page))
    for line in text.splitlines():
        title = re.match(r"\[[^\]]+\] (.+)", line)
        if title and re.sub(r"\s+", "", title[1]) not in squeezed:
            yield f"not in the HTML: {title[1]}"
    if not dkim.verify(raw, dnsfunc=lambda name, timeout=5: b"v=DKIM1; k=rsa; p=" + KEY.encode()):
        yield "DKIM"
    broken = raw.replace(b"Subject: ", b"Subject: x", 1)
    if dkim.verify(broken, dnsfunc=lambda name, timeout=5: b"v=DKIM1; k=rsa; p=" + KEY.encode()):
        yield "DKIM holds for a changed subject"
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            yield from calendar(number, part)


def calendar(number, part):
    source = part.get_payload(decode=True)
    with open(os.path.join(ICS, f"{number}-{part.get_filename()}"), "wb") as file:
        file.write(source)
    book = icalendar.Calendar.from_ical(source)
    if part.get_param("method") != book["METHOD"]:
        yield "the method of the part is not that of the file"
    for event in book.walk("VEVENT"):
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        if type(start) is not datetime.date or end - start != datetime.timedelta(days=1):
            yield f"{start} to {end}"
        if event.errors:
            yield f"{event.errors}"


for number, line in enumerate(open(SPOOL, encoding="utf-8")):
    row = json.loads(line)
    try:
        for complaint in judge(number, base64.b64decode(row["raw"])):
            print(number, complaint)
    except Exception as error:
        print(number, repr(error))
print("judged")
