"""An OPC UA client that shares no code with the server and minds certificates: one attempt to sign in and read.

usage: secure_client.py ENDPOINT FOLDER POLICY MODE USER [SERVER_CERTIFICATE]
The password comes by the variable TVE_PASSWORD. FOLDER keeps the client's key and certificate, made when missing. With
SERVER_CERTIFICATE no other one is taken. Prints one JSON object: {"signedIn": value of the heartbeat} or {"refused": why}.
"""

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto import security_policies
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

endpoint, folder, policy, mode, user = sys.argv[1:6]
pinned = sys.argv[6] if len(sys.argv) > 6 else None
key, certificate = Path(folder) / "key.pem", Path(folder) / "certificate.der"
uri = "urn:tvemicro:python-client"


async def main():
    host = socket.gethostname()
    usage = [ExtendedKeyUsageOID.CLIENT_AUTH]
    await setup_self_signed_certificate(key, certificate, uri, host, usage, {"commonName": "python client"})
    client = Client(endpoint, timeout=10)
    client.application_uri = uri
    client.set_user(user)
    client.set_password(os.environ["TVE_PASSWORD"])
    await client.set_security(
        getattr(security_policies, "SecurityPolicy" + policy),
        str(certificate),
        str(key),
        server_certificate=pinned,
        mode=getattr(ua.MessageSecurityMode, mode),
    )
    async with client:
        index = await client.get_namespace_index("urn:tvemicro:machine")
        await client.get_node(ua.NodeId("machine.heartbeat", index)).read_data_value(raise_on_bad_status=False)
        return client.security_policy.URI.split("#")[1]


try:
    print(json.dumps({"signedIn": asyncio.run(main())}))
except Exception as problem:
    print(json.dumps({"refused": f"{type(problem).__name__}: {problem}"}))
