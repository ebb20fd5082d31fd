"""Well-behaved clients, of every version and quality of service, against the broker on port 1883: one publishes, one subscribes."""

import sys
import threading

import paho.mqtt.client as mqtt

PAYLOADS = [b"", b"21.5", bytes(range(256)) * 600]


def talk(version):
    clean = {"clean_session": True} if version != mqtt.MQTTv5 else {}
    receiver = mqtt.Client("receiver", protocol=version, **clean)
    sender = mqtt.Client("sender", protocol=version, **clean)
    received, subscribed = [], threading.Event()
    done = threading.Event()

    def on_message(client, userdata, message):
        received.append(message.payload)
        if len(received) == 3 * len(PAYLOADS):
            done.set()

    receiver.on_message = on_message
    receiver.on_subscribe = lambda *_: subscribed.set()
    sender.will_set("plant/gone", b"sender", 1)
    for client in receiver, sender:
        client.connect("127.0.0.1", 1883, keepalive=60)
        client.loop_start()
    receiver.subscribe([("plant/+", 2), ("other/#", 0)])
    assert subscribed.wait(20), "no SUBACK"
    for qos in 0, 1, 2:
        for payload in PAYLOADS:
            sender.publish("plant/pump", payload, qos).wait_for_publish(20)
    assert done.wait(20), f"{len(received)} messages"
    receiver.unsubscribe("other/#")
    for client in sender, receiver:
        client.disconnect()
        client.loop_stop()


for version in mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5:
    talk(version)
sys.exit(0)
