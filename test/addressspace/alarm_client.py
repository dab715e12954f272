"""An alarm client that shares no code with the server. Prints one JSON line per answer.

usage: alarm_client.py ENDPOINT USER PASSWORD < commands
  listen | events COUNT | refresh | call ALARM METHOD [EVENT as number] [ARGUMENT as JSON]... | state ALARM
`listen` subscribes to the Server. `events` waits for that many and tells them all. `call` uses the ids of the standard types,
with the condition as the object; an event is numbered as `events` tells them.
"""

import asyncio
import json
import sys
from datetime import datetime

from asyncua import Client, ua

methods = {
    "Acknowledge": ua.ObjectIds.AcknowledgeableConditionType_Acknowledge,
    "Confirm": ua.ObjectIds.AcknowledgeableConditionType_Confirm,
    "AddComment": ua.ObjectIds.ConditionType_AddComment,
    "Enable": ua.ObjectIds.ConditionType_Enable,
    "Disable": ua.ObjectIds.ConditionType_Disable,
    "TimedShelve": ua.ObjectIds.AlarmConditionType_ShelvingState_TimedShelve,
    "OneShotShelve": ua.ObjectIds.AlarmConditionType_ShelvingState_OneShotShelve,
    "Unshelve": ua.ObjectIds.AlarmConditionType_ShelvingState_Unshelve,
}
withEvent = ("Acknowledge", "Confirm", "AddComment")
shown = ("ConditionName", "Severity", "Retain", "SourceName", "ClientUserId", "SuppressedOrShelved")


def say(answer):
    print(json.dumps(answer), flush=True)


class Listener:
    def __init__(self):
        self.seen = []

    def event_notification(self, event):
        self.seen.append(event)


def told(event):
    fields = event.get_event_props_as_fields_dict()

    def value(name):
        return fields[name].Value if name in fields else None

    def text(name):
        found = value(name)
        return found.Text if found is not None else None

    time = value("Time")
    return {
        "type": value("EventType").Identifier,
        "message": text("Message"),
        "active": value("ActiveState/Id"),
        "acknowledged": value("AckedState/Id"),
        "comment": text("Comment"),
        "time": time.isoformat() if isinstance(time, datetime) else None,
        **{name: value(name) for name in shown},
    }


async def obey(client, index, words, session):
    name, *rest = words
    condition = lambda alarm: client.get_node(ua.NodeId("alarm." + alarm, index))
    if name == "listen":
        session["listener"] = Listener()
        session["subscription"] = await client.create_subscription(50, session["listener"])
        await session["subscription"].subscribe_alarms_and_conditions(
            client.nodes.server, ua.ObjectIds.AlarmConditionType, queuesize=1000
        )
        say("listening")
    elif name == "events":
        while len(session["listener"].seen) < int(rest[0]):
            await asyncio.sleep(0.02)
        say([told(event) for event in session["listener"].seen])
    elif name == "refresh":
        conditionType = client.get_node(ua.ObjectIds.ConditionType)
        number = ua.Variant(session["subscription"].subscription_id, ua.VariantType.UInt32)
        await conditionType.call_method(ua.NodeId(ua.ObjectIds.ConditionType_ConditionRefresh), number)
        say({"status": "Good"})
    elif name == "call":
        alarm, method, *given = rest
        arguments = []
        if method in withEvent:
            number, words = given
            event = session["listener"].seen[int(number)] if number != "-" else None
            identity = event.EventId if event else b"no such event"
            arguments = [ua.Variant(identity, ua.VariantType.ByteString), ua.LocalizedText(words, "en")]
        elif given:
            arguments = [ua.Variant(float(given[0]), ua.VariantType.Double)]
        await condition(alarm).call_method(ua.NodeId(methods[method]), *arguments)
        say({"status": "Good"})
    elif name == "state":
        node = condition(rest[0])
        active = await (await node.get_child(["0:ActiveState", "0:Id"])).read_value()
        shelving = await (await node.get_child(["0:ShelvingState", "0:CurrentState"])).read_value()
        kind = await client.get_node(await node.read_type_definition()).read_browse_name()
        say({"active": active, "shelving": shelving.Text, "type": kind.Name})
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
        session = {}
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            try:
                await obey(client, index, line.rstrip("\n").split("\t"), session)
            except ua.UaStatusCodeError as error:
                say({"status": type(error).__name__})


asyncio.run(main())
