"""An operator at an OPC UA client that shares no code with the server (asyncua).

Takes the machine through one production: setpoints, heat on, READY, start, RUNNING, stop; then through a fault in the next:
start, a broken sensor, ALARM, a clear that is refused, the repair, a clear, IDLE; and reads in the history what was.
Arguments: endpoint, user name, the simulator's control, which breaks and repairs the sensor. The password comes by the
variable TVE_PASSWORD. Prints one JSON object with all that was seen.
"""

import asyncio
import json
import os
import sys
import time
import urllib.request
from datetime import datetime, timedelta, timezone

from asyncua import Client, ua

endpoint, username, plant = sys.argv[1:4]
broken = "temperature.zone1"


def on_plant(method, path, body=None):
    """A hand on the simulated plant, not on the machine."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(plant + path, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()



async def main():
    client = Client(endpoint)
    client.set_user(username)
    client.set_password(os.environ["TVE_PASSWORD"])
    async with client:
        index = await client.get_namespace_index("urn:tvemicro:machine")

        def node(name):
            return client.get_node(f"ns={index};s={name}")

        states = await (await node("machine.state").get_child("0:EnumStrings")).read_value()

        async def state():
            return states[await node("machine.state").read_value()].Text

        async def until(wanted, seconds):
            deadline = time.monotonic() + seconds
            while await state() != wanted:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{wanted} not within {seconds} s, state is {await state()}")
                await asyncio.sleep(0.1)

        async def call(name, *arguments):
            method = node(f"method.{name}")
            accepted, reasons = await (await method.get_parent()).call_method(method, *arguments)
            return {"accepted": accepted, "reasons": reasons}

        async def write(name, value):
            await node(name).write_value(ua.DataValue(ua.Variant(value, ua.VariantType.Double)))

        async def read(name):
            value = await node(name).read_data_value(raise_on_bad_status=False)
            return {"value": value.Value.Value if value.Value else None, "status": value.StatusCode.name, "sourceTime": value.SourceTimestamp.isoformat()}

        seen = {"before": await state()}
        for name, value in [("heater.zone1.setpoint", 200.0), ("heater.zone2.setpoint", 200.0)]:
            await write(name, value)
        for name, value in [("motor.main.setpoint", 600.0), ("motor.feed.setpoint", 200.0)]:
            await write(name, value)
        try:
            await write("heater.zone1.setpoint", 500.0)
            seen["tooHot"] = "Good"
        except ua.UaStatusCodeError as error:
            seen["tooHot"] = ua.status_codes.get_name_and_doc(error.code)[0]
        seen["tooEarly"] = await call("start")
        seen["heat"] = await call("heat", True)
        await until("READY", 240)
        seen["start"] = await call("start")
        await until("RUNNING", 30)
        await asyncio.sleep(2)
        seen["running"] = {name: await read(name) for name in ["temperature.zone1", "temperature.zone2", "motor.main.speed", "motor.feed.speed", "heater.contactor"]}
        seen["stop"] = await call("stop")
        await until("READY", 60)
        seen["heatOff"] = await call("heat", False)
        await until("IDLE", 5)

        began = datetime.now(timezone.utc)
        seen["heatAgain"] = await call("heat", True)
        await until("READY", 240)
        seen["startAgain"] = await call("start")
        await until("RUNNING", 30)
        on_plant("POST", "/faults", {"target": broken, "fault": "open-circuit"})
        await until("ALARM", 30)
        seen["broken"] = await read(broken)
        seen["stopped"] = await read("heater.contactor")
        seen["clearTooEarly"] = await call("clearAlarms")
        on_plant("DELETE", "/faults")
        deadline = time.monotonic() + 30
        while not (clear := await call("clearAlarms"))["accepted"] and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
        seen["clear"] = clear
        await until("IDLE", 10)
        seen["repaired"] = await read(broken)

        async def recorded():
            until_now = datetime.now(timezone.utc) + timedelta(seconds=1)
            values = await node(broken).read_raw_history(began, until_now, return_bounds=False)
            return [value.StatusCode.name for value in values]

        # history is written in batches
        deadline = time.monotonic() + 30
        while (history := await recorded())[-1:] != ["Good"] or seen["broken"]["status"] not in history:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.5)
        seen["history"] = history
        print(json.dumps(seen))


asyncio.run(main())
