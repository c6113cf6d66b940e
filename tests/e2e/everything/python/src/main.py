"""Does whatever a plugin can do, with the client for Python."""

import base64
import json

from wa_plugin import HostError, Plugin, block

NOTE = base64.b64encode(b"note").decode()

plugin = Plugin()


@plugin.event("message.received")
def received(message, wa):
    if message["text"] != "everything":
        return
    channel, chat = wa.channel, message["chat"]
    channel.send_text(chat, "a text")
    channel.send_reply(chat, message["id"], "a reply")
    channel.send_reaction(chat, message["id"], "👍")
    channel.send_poll(chat, "tea?", ["yes", "no"])
    channel.send_media(chat, base64=NOTE, mime="text/plain", file_name="note.txt", caption="a caption")
    channel.send_voice_note(chat, base64=NOTE, mime="audio/ogg")
    channel.send_seen(chat)
    known = channel.get_contact(message["from"]) in channel.get_contacts()
    known = known and chat in [known["id"] for known in channel.get_chats()]
    wa.storage.set("known", known and channel.get_host_number() is not None)


@plugin.event("message.sent")
def sent(message, wa):
    wa.storage.set(f"sent/{message['kind']}", True)


@plugin.event("media.received")
def media(media, wa):
    wa.storage.set("file", base64.b64encode(wa.channel.read_media(media["local_path"])).decode())


@plugin.event("reaction.received")
def reaction(reaction, wa):
    if reaction["emoji"] == "✏️":
        wa.channel.edit_message(reaction["chat"], reaction["target"], "another text")
    if reaction["emoji"] == "❌":
        wa.channel.revoke_message(reaction["chat"], reaction["target"])
    wa.storage.set("emoji", reaction["emoji"])


@plugin.hook("message.sending")
def sending(draft, wa):
    text = draft.get("text", "")
    if "forbidden" in text:
        return block("a forbidden word")
    return {**draft, "text": text.strip()} if text != text.strip() else None


@plugin.tool("keep")
def keep(input, wa):
    for key in ["a/1", "a/2", "a/3", "b"]:
        wa.storage.set(key, {"key": key})
    listed = wa.storage.list(prefix="a/", after="a/1", limit=1)
    wa.files.write("notes/one.txt", "one")
    wa.files.write("notes/two.txt", b"note")
    files = [[file["path"], file["bytes"]] for file in wa.files.list()]
    said = {
        "value": wa.storage.get("b"),
        "none": wa.storage.get("c"),
        "keys": listed["keys"],
        "more": listed["more"],
        "deleted": [wa.storage.delete("b"), wa.storage.delete("b")],
        "text": wa.files.read("notes/two.txt").decode(),
        "files": files,
        "removed": [wa.files.delete("notes/one.txt"), wa.files.delete("notes/one.txt")],
    }
    return {**said, "missing": refusal(lambda: wa.files.read("notes/one.txt"))}


def refusal(ask):
    try:
        ask()
    except HostError as error:
        return error.code


@plugin.tool("ask")
def ask(input, wa):
    headers = {"x-mark": "7", "content-type": "application/json"}
    answer = wa.fetch("https://api.example.com/orders", method="POST", headers=headers, body='{"number":7}')
    wa.sleep(0.001)
    wa.log.warn("a warning")
    wa.log.info("with details", n=1)
    return {
        "status": answer.status,
        "ok": answer.ok,
        "type": answer.headers["content-type"],
        "body": answer.json(),
        "denied": refusal(lambda: wa.fetch("https://elsewhere.example.com/")),
        "searched": refusal(lambda: wa.capability("webSearch", {"query": "tea"})),
        "signature": wa.sign("key", "text")["hex"],
        "greeting": wa.config["greeting"],
        "now": wa.now(),
    }


@plugin.tool("fail")
def fail(input, wa):
    raise ValueError("the shop is closed")


@plugin.route("POST", "/echo")
def echo(request, wa):
    mark, body = request["headers"].get("x-mark"), request["body"]
    answer = {"path": request["path"], "query": request["query"], "mark": mark, "body": json.loads(body)}
    return {"status": 201, "json": answer}


@plugin.route("POST", "/inbound")
def inbound(request, wa):
    received = wa.channel.receive(**json.loads(request["body"]))
    return {"text": "new" if received["new"] else "a repeat"}


@plugin.command("everything")
def who(call, wa):
    return {"text": f"it is {call['args']['who']}", "status": 1}


@plugin.rpc("everything.count")
def count(params, wa):
    return 7


@plugin.schedule("hourly")
def hourly(due, wa):
    wa.storage.set("due", [due["scheduled_at"], due["missed"], due["run_id"] == ""])


@plugin.service("watch")
def watch(nothing, wa):
    wa.storage.set("watching", True)


@plugin.service("watch", "health")
def health(nothing, wa):
    return {"ok": True}


@plugin.capability("channel", "pigeon")
def deliver(request, wa):
    return {"message_id": "1"}


@plugin.capability("textInference", "parrot")
def infer(request, wa):
    text = request["messages"][0]["text"]
    if request.get("stream"):
        wa.emit({"text": text})
    return {"text": text, "finish_reason": "stop"}


@plugin.agent
def answer(turn, wa):
    if turn["message"]["text"] != "how many?":
        return None
    kept = wa.call_tool("keep", {})
    return {"text": f"  {len(kept['files'])} files, says {turn['agent']}  "}


plugin.run()
