"""A client that shares no code with the server and knows only the companion specifications.

usage: companion_client.py ENDPOINT USER PASSWORD
Finds the only machine among Machines, an extruder, and works with it. Prints one JSON object.
"""

import asyncio
import json
import sys

from asyncua import Client, ua

NAMESPACES = {
    "machinery": "http://opcfoundation.org/UA/Machinery/",
    "device": "http://opcfoundation.org/UA/DI/",
    "plastics": "http://opcfoundation.org/UA/PlasticsRubber/GeneralTypes/",
    "extrusion": "http://opcfoundation.org/UA/PlasticsRubber/Extrusion_v2/GeneralTypes/",
    "extruder": "http://opcfoundation.org/UA/PlasticsRubber/Extrusion_v2/Extruder/",
}


async def main():
    endpoint, user, password = sys.argv[1:4]
    client = Client(endpoint, timeout=10)
    client.set_user(user)
    client.set_password(password)
    async with client:
        index = {name: await client.get_namespace_index(uri) for name, uri in NAMESPACES.items()}
        name = lambda model, text: ua.QualifiedName(text, index[model])
        machines = client.get_node(ua.NodeId(1001, index["machinery"]))
        (machine,) = await machines.get_children(refs=ua.ObjectIds.Organizes)
        kind = await client.get_node(await machine.read_type_definition()).read_browse_name()
        child = lambda *path: machine.get_child(list(path))
        zone = await child(name("extruder", "TemperatureZones"), name("extrusion", "TemperatureZone_001"))
        actual = await zone.get_child(name("plastics", "ActualValue"))
        unit = await actual.get_child(ua.QualifiedName("EngineeringUnits", 0))
        setpoint = await zone.get_child(name("plastics", "SetValue"))
        await setpoint.write_value(ua.Variant(205.0, ua.VariantType.Double))
        start = await child(name("extrusion", "StartDevice"))
        await start.call_method(name("plastics", "StartRequest"))
        await start.call_method(name("plastics", "StopRequest"))
        await (await start.get_child(name("plastics", "StartBlockedByClient"))).write_value(True)
        status = await (await start.get_child(name("plastics", "Status"))).read_value()
        state = await child(
            name("machinery", "MachineryBuildingBlocks"),
            name("machinery", "MachineryItemState"),
            ua.QualifiedName("CurrentState", 0),
        )
        serial = await child(name("device", "Identification"), name("device", "SerialNumber"))
        print(
            json.dumps(
                {
                    "type": kind.Name,
                    "serial": await serial.read_value(),
                    "actual": await actual.read_value(),
                    "unit": (await unit.read_value()).DisplayName.Text,
                    "setpoint": await setpoint.read_value(),
                    "start": int(status),
                    "state": (await state.read_value()).Text,
                }
            )
        )


asyncio.run(main())
