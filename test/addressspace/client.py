"""An OPC UA client that shares no code with the server: reads, watches, writes, calls. Prints one JSON line per answer.

usage: client.py ENDPOINT USER PASSWORD < commands
  read SIGNAL | unit SIGNAL | history SIGNAL FROM TO | pages SIGNAL FROM TO NUMBER | processed SIGNAL AGGREGATE FROM TO MS |
  at SIGNAL TIME... | events FROM TO | update SIGNAL | watch SIGNAL SECONDS | write SIGNAL TYPE VALUE | call METHOD [ARGUMENT as JSON]...
Words are parted by tabs. USER - is anonymous. `watch` says "watching" once it is, then everything it sees.
"""

import asyncio
import json
import sys
from datetime import datetime

from asyncua import Client, ua


def shown(data_value):
    value = data_value.Value.Value if data_value.Value else None
    source = data_value.SourceTimestamp
    return {
        "status": ua.status_codes.get_name_and_doc(data_value.StatusCode.value & 0xFFFF0000)[0],
        "type": data_value.Value.VariantType.name if data_value.Value else None,
        "value": value,
        "sourceTime": source.isoformat() if source else None,
    }


def say(answer):
    print(json.dumps(answer), flush=True)


class Watcher:
    def __init__(self):
        self.seen = []

    def datachange_notification(self, node, value, data):
        self.seen.append(shown(data.monitored_item.Value))


async def told(node, details):
    """The answer with the info bits of each status: calculated 1, interpolated 2, partial 4, multiple values 16."""
    result = await node.history_read(details)
    result.StatusCode.check()
    return [{**shown(value), "bits": value.StatusCode.value & 0x1F} for value in result.HistoryData.DataValues]


async def obey(client, index, words):
    name, *rest = words
    node = lambda text: client.get_node(ua.NodeId(text, index))
    if name == "read":
        say(shown(await node(rest[0]).read_data_value(raise_on_bad_status=False)))
    elif name == "unit":
        unit = await node(rest[0] + "/EngineeringUnits").read_value()
        say({"id": unit.UnitId, "name": unit.DisplayName.Text})
    elif name == "write":
        kind = ua.VariantType[rest[1]]
        await node(rest[0]).write_value(ua.Variant(json.loads(rest[2]), kind))
        say({"status": "Good"})
    elif name == "call":
        say(await node("machine").call_method(ua.NodeId("method." + rest[0], index), *map(json.loads, rest[1:])))
    elif name == "history":
        values = await node(rest[0]).read_raw_history(*(datetime.fromisoformat(time) for time in rest[1:3]))
        say([shown(value) for value in values])
    elif name == "pages":
        details = ua.ReadRawModifiedDetails()
        details.IsReadModified = False
        details.StartTime, details.EndTime = (datetime.fromisoformat(time) for time in rest[1:3])
        details.NumValuesPerNode = int(rest[3])
        details.ReturnBounds = False
        pages, point = [], None
        while True:
            result = await node(rest[0]).history_read(details, point)
            result.StatusCode.check()
            pages.append([shown(value) for value in result.HistoryData.DataValues])
            point = result.ContinuationPoint
            if not point:
                break
        say(pages)
    elif name == "processed":
        details = ua.ReadProcessedDetails()
        details.StartTime, details.EndTime = (datetime.fromisoformat(time) for time in rest[2:4])
        details.ProcessingInterval = float(rest[4])
        details.AggregateType = [ua.NodeId(getattr(ua.ObjectIds, "AggregateFunction_" + rest[1]))]
        details.AggregateConfiguration.UseServerCapabilitiesDefaults = True
        say(await told(node(rest[0]), details))
    elif name == "at":
        details = ua.ReadAtTimeDetails()
        details.ReqTimes = [datetime.fromisoformat(time) for time in rest[1:]]
        details.UseSimpleBounds = False
        say(await told(node(rest[0]), details))
    elif name == "events":
        first, last = (datetime.fromisoformat(time) for time in rest[0:2])
        events = await node("machine").read_event_history(first, last, evtypes=ua.ObjectIds.AlarmConditionType)
        say([[event.Message.Text, event.Severity, event.SourceName] for event in events])
    elif name == "update":
        details = ua.DeleteRawModifiedDetails()
        details.NodeId = node(rest[0]).nodeid
        request = ua.HistoryUpdateRequest()
        request.Parameters.HistoryUpdateDetails = [details]
        await client.uaclient.protocol.send_request(request)
        say({"status": "Good"})
    elif name == "watch":
        watcher = Watcher()
        subscription = await client.create_subscription(50, watcher)
        await subscription.subscribe_data_change(node(rest[0]), queuesize=50)
        say("watching")
        await asyncio.sleep(float(rest[1]))
        await subscription.delete()
        say(watcher.seen)
    else:
        raise ValueError(name)


async def main():
    endpoint, user, password = sys.argv[1:4]
    client = Client(endpoint, timeout=10)
    if user != "-":
        client.set_user(user)
        client.set_password(password)
    async with client:
        index = await client.get_namespace_index("urn:tvemicro:machine")
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            try:
                await obey(client, index, line.rstrip("\n").split("\t"))
            except ua.UaStatusCodeError as error:
                say({"status": type(error).__name__})


try:
    asyncio.run(main())
except ua.UaStatusCodeError as error:
    say({"status": type(error).__name__})
    sys.exit(1)
