//! Does whatever a plugin can do, with the SDK for Rust.

use serde::Deserialize;
use serde_json::{Value, json};
use wa_plugin::events::{MediaReceived, MessageReceived, MessageSent, ReactionReceived};
use wa_plugin::{
    Args, CommandResult, Decision, Draft, Due, Error, FileToSend, Health, ListOptions, Reply, Request, Response,
    Result, Turn, Wa, plugin,
};

/// `note` in base64.
const NOTE: &str = "bm90ZQ==";

#[derive(Deserialize)]
struct Config {
    greeting: String,
}

fn received(message: MessageReceived, wa: &Wa) -> Result<()> {
    if message.text != "everything" {
        return Ok(());
    }
    let (channel, chat) = (wa.channel(), &message.chat);
    channel.send_text(chat, "a text")?;
    channel.send_reply(chat, &message.id, "a reply")?;
    channel.send_reaction(chat, &message.id, "👍")?;
    channel.send_poll(chat, "tea?", &["yes", "no"])?;
    let note = FileToSend {
        base64: Some(NOTE.into()),
        mime: Some("text/plain".into()),
        file_name: Some("note.txt".into()),
        ..FileToSend::default()
    };
    channel.send_media(chat, note, Some("a caption"))?;
    let voice =
        FileToSend { base64: Some(NOTE.into()), mime: Some("audio/ogg".into()), ..FileToSend::default() };
    channel.send_voice_note(chat, voice)?;
    channel.send_seen(chat)?;
    let writer = channel.contact(&message.from)?.ok_or("the writer is not known")?;
    let known = channel.contacts()?.contains(&writer) && channel.chats()?.iter().any(|known| known.id == *chat);
    wa.storage().set("known", known && channel.host_number()?.is_some())
}

fn sent(message: MessageSent, wa: &Wa) -> Result<()> {
    wa.storage().set(&format!("sent/{}", message.kind), true)
}

fn file(media: MediaReceived, wa: &Wa) -> Result<()> {
    wa.storage().set("file", wa.channel().read_media(&media.local_path)?)
}

fn reaction(reaction: ReactionReceived, wa: &Wa) -> Result<()> {
    match reaction.emoji.as_str() {
        "✏️" => drop(wa.channel().edit_message(&reaction.chat, &reaction.target, "another text")?),
        "❌" => drop(wa.channel().revoke_message(&reaction.chat, &reaction.target)?),
        _ => {}
    }
    wa.storage().set("emoji", reaction.emoji)
}

fn sending(draft: Draft, _: &Wa) -> Result<Decision<Draft>> {
    Ok(match draft.text() {
        Some(text) if text.contains("forbidden") => Decision::Block("a forbidden word".into()),
        Some(text) if text != text.trim() => Decision::Change(draft.with_text(text.trim())),
        _ => Decision::Pass,
    })
}

fn keep(_: Value, wa: &Wa) -> Result<Value> {
    let (storage, files) = (wa.storage(), wa.files());
    for key in ["a/1", "a/2", "a/3", "b"] {
        storage.set(key, json!({ "key": key }))?;
    }
    let options = ListOptions { prefix: Some("a/".into()), after: Some("a/1".into()), limit: Some(1) };
    let listed = storage.list(&options)?;
    files.write("notes/one.txt", "one")?;
    files.write_base64("notes/two.txt", NOTE)?;
    let entries = files.list()?.into_iter().map(|entry| json!([entry.path, entry.bytes])).collect::<Vec<_>>();
    Ok(json!({
        "random": wa.random(4096).len(),
        "value": storage.get::<Value>("b")?,
        "none": storage.get::<Value>("c")?,
        "keys": listed.keys,
        "more": listed.more,
        "deleted": [storage.delete("b")?, storage.delete("b")?],
        "text": files.read("notes/two.txt")?.text,
        "files": entries,
        "removed": [files.delete("notes/one.txt")?, files.delete("notes/one.txt")?],
        "missing": files.read("notes/one.txt").map_err(|error| error.code).unwrap_err(),
    }))
}

fn ask(_: Value, wa: &Wa) -> Result<Value> {
    let request = wa.fetch("https://api.example.com/orders").header("x-mark", "7").json(json!({ "number": 7 }))?;
    let answer = request.send()?;
    let denied = wa.fetch("https://elsewhere.example.com/").send().unwrap_err();
    let searched = wa.capability::<Value>("webSearch", None, json!({ "query": "tea" })).unwrap_err();
    wa.sleep(1)?;
    wa.log().warn("a warning");
    wa.log().with_fields("info", "with details", json!({ "n": 1 }));
    Ok(json!({
        "status": answer.status,
        "ok": answer.is_ok(),
        "type": answer.headers["content-type"],
        "body": answer.json::<Value>()?,
        "denied": denied.code,
        "searched": searched.code,
        "signature": wa.secret("key").sign("text")?.hex,
        "greeting": wa.config::<Config>()?.greeting,
        "now": wa.now(),
    }))
}

fn fail(input: Value, _: &Wa) -> Result<()> {
    if input["panic"] == true {
        let empty: [u8; 0] = [];
        return Err(format!("there is a {}", empty[std::hint::black_box(3)]).into());
    }
    Err(Error::new("closed", "the shop is closed"))
}

fn echo(request: Request, _: &Wa) -> Result<Response> {
    let body: Value = request.json()?;
    let mark = request.headers.get("x-mark").cloned();
    let answer = json!({ "path": request.path, "query": request.query, "mark": mark, "body": body });
    Ok(Response::json(answer)?.with_status(201))
}

fn inbound(request: Request, wa: &Wa) -> Result<Response> {
    let received = wa.receive(request.json::<Value>()?)?;
    Ok(Response::text(if received.new { "new" } else { "a repeat" }))
}

#[derive(Deserialize)]
struct Who {
    who: String,
}

fn who(arguments: Args<Who>, _: &Wa) -> Result<CommandResult> {
    let text = Some(format!("it is {}", arguments.args.who));
    Ok(CommandResult { text, status: Some(1), ..CommandResult::default() })
}

fn count(_: Value, _: &Wa) -> Result<u32> {
    Ok(7)
}

fn hourly(due: Due, wa: &Wa) -> Result<()> {
    wa.storage().set("due", json!([due.scheduled_at, due.missed, due.run_id.is_empty()]))
}

fn watch(_: Value, wa: &Wa) -> Result<()> {
    wa.storage().set("watching", true)
}

fn health(_: Value, _: &Wa) -> Result<Health> {
    Ok(Health { ok: true, message: None })
}

fn deliver(_: Value, _: &Wa) -> Result<Value> {
    Ok(json!({ "message_id": "1" }))
}

fn infer(request: Value, wa: &Wa) -> Result<Value> {
    let text = request["messages"][0]["text"].clone();
    if request["stream"] == true {
        wa.emit(json!({ "text": text }))?;
    }
    Ok(json!({ "text": text, "finish_reason": "stop" }))
}

fn answer(turn: Turn, wa: &Wa) -> Result<Option<Reply>> {
    if turn.message.text != "how many?" {
        return Ok(None);
    }
    let kept: Value = wa.tools().call("keep", json!({}))?;
    Ok(Some(Reply::new(format!("  {} files, says {}  ", kept["files"].as_array().map_or(0, Vec::len), turn.agent))))
}

plugin! {
    event "message.received" => received,
    event "message.sent" => sent,
    event "media.received" => file,
    event "reaction.received" => reaction,
    hook "message.sending" => sending,
    tool "keep" => keep,
    tool "ask" => ask,
    tool "fail" => fail,
    route "POST /echo" => echo,
    route "POST /inbound" => inbound,
    command "everything" => who,
    rpc "everything.count" => count,
    schedule "hourly" => hourly,
    service "watch/start" => watch,
    service "watch/health" => health,
    capability "channel/pigeon" => deliver,
    capability "textInference/parrot" => infer,
    agent "" => answer,
}
