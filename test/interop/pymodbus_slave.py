"""The factory machine's modules, served by pymodbus: a slave that shares no line with this project.

Prints `ready TCPPORT RTUPORT`, then serves until its standard input closes.
RTU goes over TCP, as the factory configuration has it. Registers not named answer exception 2.
"""

import asyncio
import struct
import sys

from pymodbus import FramerType
from pymodbus.datastore import ModbusDeviceContext, ModbusServerContext, ModbusSparseDataBlock
from pymodbus.server import ModbusTcpServer


def device(coils=None, discrete=None, holding=None, inputs=None):
    def block(values):
        return ModbusSparseDataBlock(values or {0xFFF0: 0})

    return ModbusDeviceContext(co=block(coils), di=block(discrete), hr=block(holding), ir=block(inputs))


def words(value_format, value):
    return struct.unpack(">2H", struct.pack(value_format, value))


power = words(">f", 0.0)
energy = words(">I", 123456)
rtu0 = {
    1: device(inputs={0: 251, 1: 1998, 2: 2003, 3: 312, 8: 0}),
    2: device(holding={0: 0, 1: 0, 10: 0}, inputs={0: 0, 1: 0, 2: 42, 3: 0}),
    3: device(holding={0: 0, 1: 0, 10: 0}, inputs={0: 0, 1: 0, 2: 17, 3: 0}),
}
tcp0 = {
    1: device(coils={n: 0 for n in range(8)}, discrete={n: n == 0 for n in range(8)}, holding={100: 0, 101: 3}),
    2: device(holding={0: 0, 1: 0, 2: 0, 100: 0}, inputs=dict(enumerate(power + energy))),
}


async def serve():
    servers = [
        ModbusTcpServer(ModbusServerContext(devices=tcp0, single=False), framer=FramerType.SOCKET, address=("127.0.0.1", 0)),
        ModbusTcpServer(ModbusServerContext(devices=rtu0, single=False), framer=FramerType.RTU, address=("127.0.0.1", 0)),
    ]
    for server in servers:
        await server.serve_forever(background=True)
    ports = [server.transport.sockets[0].getsockname()[1] for server in servers]
    print("ready", *ports, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for server in servers:
        await server.shutdown()


asyncio.run(serve())
