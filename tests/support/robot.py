"""A robot of a group, with its signature checked by other code than the program's.

usage: robot.py PORT CERTIFICATE KEY SPOOL SECRET

Every message becomes one JSON line in SPOOL: which path, its text, whether the signature is right.
"""

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import sys
import urllib.parse

PORT, CERTIFICATE, KEY, SPOOL, SECRET = sys.argv[1:6]


def mac(key, text):
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


class Robot(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        path, _, query = self.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if path == "/dingtalk":
            right = asked["sign"] == mac(SECRET.encode(), f"{asked['timestamp']}\n{SECRET}".encode())
            text, answer = body["text"]["content"], {"errcode": 0 if right else 310000, "errmsg": "sign not match"}
        elif path == "/feishu":
            right = body["sign"] == mac(f"{body['timestamp']}\n{SECRET}".encode(), b"")
            text, answer = body["content"]["text"], {"code": 0 if right else 19021, "msg": "sign match fail"}
        else:
            right = asked["key"] == SECRET
            text, answer = body["text"]["content"], {"errcode": 0 if right else 93000, "errmsg": "invalid key"}
        with open(SPOOL, "a", encoding="utf-8") as file:
            file.write(json.dumps({"path": path, "text": text, "right": right}, ensure_ascii=False) + "\n")
        answer = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT and int(PORT)), Robot)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
