"""A device by pymodbus over every network framing that the driver speaks, with the functions that polling does not use.

Prints `ready NAME PORT NAME PORT …`, then serves until its standard input closes. Unit 1 has 200 holding registers, each
with its address as value, and says who it is.
"""

import asyncio
import sys

from pymodbus import FramerType, ModbusDeviceIdentification
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusTcpServer, ModbusUdpServer

identity = ModbusDeviceIdentification(
    info_name={"VendorName": "Acme", "ProductCode": "AI-8", "MajorMinorRevision": "1.3", "ProductName": "Thermo 8"}
)


def context():
    # a block's first address is one beyond the protocol's
    return ModbusServerContext(
        devices={1: ModbusDeviceContext(hr=ModbusSequentialDataBlock(1, list(range(200))))}, single=False
    )


async def serve():
    kinds = {
        "tcp": (ModbusTcpServer, FramerType.SOCKET),
        "udp": (ModbusUdpServer, FramerType.SOCKET),
        "rtu-over-tcp": (ModbusTcpServer, FramerType.RTU),
        "ascii-over-tcp": (ModbusTcpServer, FramerType.ASCII),
    }
    servers, words = [], []
    for name, (server_class, framer) in kinds.items():
        server = server_class(context(), framer=framer, identity=identity, address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        transport = server.transport
        address = transport.get_extra_info("sockname") if name == "udp" else transport.sockets[0].getsockname()
        servers.append(server)
        words += [name, str(address[1])]
    print("ready", *words, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for server in servers:
        await server.shutdown()


asyncio.run(serve())
