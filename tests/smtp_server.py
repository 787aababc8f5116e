"""A real SMTP server (aiosmtpd) for one test, on a free port. It is told how to behave by one JSON object as its
argument, writes a line of JSON for its port and for each message it takes over, and ends with its standard input."""

import asyncio
import json
import logging
import os
import ssl
import sys
import threading
import warnings
from email import message_from_bytes, policy

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

# A password without the server's own STARTTLS is what some tests are about.
warnings.simplefilter("ignore")
logging.disable()

told = json.loads(sys.argv[1])
answers = list(told.get("answers") or ["250 taken"])


def say(what):
    print(json.dumps(what), flush=True)


def part(of):
    if of.get_content_maintype() == "text":
        # What a transfer encoding hid, in its charset.
        content = of.get_content()
    else:
        content = of.get_payload(decode=True).decode()
    return {
        "type": of.get_content_type(),
        "method": of.get_param("method"),
        "file_name": of.get_filename(),
        "content": content,
    }


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in told.get("unknown", []):
            return "550 5.1.1 <" + address + "> is nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if told.get("hangs"):
            await asyncio.Event().wait()
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        message = message_from_bytes(envelope.content, policy=policy.default)
        leaves = [leaf for leaf in message.walk() if not leaf.is_multipart()]
        say(
            {
                "answer": answer,
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "tls": session.ssl is not None,
                "user": session.auth_data.login.decode() if session.auth_data else None,
                "headers": {name: str(value) for name, value in message.items()},
                "raw": envelope.content.decode(),
                "structure": [node.get_content_type() for node in message.walk()],
                "parts": [part(leaf) for leaf in leaves],
            }
        )
        return answer


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == tuple(told["login"])
    # Not handled: the server is to answer, 235 or 535.
    return AuthResult(success=known, handled=False, auth_data=data)


def context():
    authority = trustme.CA()
    authority.cert_pem.write_to_path(told["ca_file"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def session():
    options = {"hostname": "mail.example.com", "timeout": 600}
    if told.get("tls") == "starttls":
        options |= {"tls_context": secured, "require_starttls": True}
    if told.get("login"):
        options |= {"authenticator": authenticate, "auth_required": True}
        options |= {"auth_require_tls": told.get("tls") == "starttls"}
    return SMTP(Handler(), **options)


def end_with_input():
    sys.stdin.read()
    os._exit(0)


async def serve():
    wrapped = secured if told.get("tls") == "wrapped" else None
    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=wrapped)
    say({"port": server.sockets[0].getsockname()[1]})
    async with server:
        await server.serve_forever()


secured = context() if told.get("tls") else None
threading.Thread(target=end_with_input, daemon=True).start()
asyncio.run(serve())
