//! An event as a record: the same form for what came in and for what went out.

use crate::{clock::rfc3339, journal::NewEvent};
use forward_stream::{Record, Role};
use serde_json::{Map, Value, json};

/// What is said of a file.
const OF_MEDIA: [&str; 5] = ["kind", "mime", "bytes", "file_name", "sha256"];

/// The record that an event becomes. Only what is named here leaves the host.
pub(crate) fn record_of(event: &NewEvent, stream: String, seq: u64, prev_hash: String) -> Record {
    let payload = &event.payload;
    let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
    let went_out = event.name == "message.sent";
    let origin = payload.get("origin").filter(|_| went_out);
    let origin = origin.and_then(|origin| {
        let part = |name: &str| origin.get(name).and_then(Value::as_str);
        Some(format!("{}:{}", part("kind")?, part("name")?))
    });
    Record {
        v: Record::VERSION,
        stream,
        seq,
        prev_hash,
        event_id: event.event_id.clone(),
        event: event.name.to_owned(),
        channel: event.channel.clone(),
        instance: event.instance.clone(),
        chat: event.chat.clone(),
        message_id: text(if went_out { "message_id" } else { "id" }),
        role: if went_out { Role::Assistant } else { Role::User },
        from: if went_out { None } else { text("from") },
        origin,
        content: content(event),
        at: text(if went_out { "sent_at" } else { "timestamp" }).unwrap_or_else(|| rfc3339(event.at)),
        recorded_at: rfc3339(event.at),
    }
}

/// What was said: `kind` and the members of that kind.
fn content(event: &NewEvent) -> Map<String, Value> {
    let payload = &event.payload;
    let kind = match event.name {
        "message.edited" => "edit",
        "message.revoked" => "revoke",
        "reaction.received" => "reaction",
        "poll.voted" => "vote",
        _ => match payload.get("kind").and_then(Value::as_str).unwrap_or("text") {
            "reply" => "text",
            kind => kind,
        },
    };
    let mut content = Map::new();
    content.insert("kind".to_owned(), json!(kind));
    for name in ["text", "caption", "emoji", "options", "choices"] {
        if let Some(value) = payload.get(name) {
            content.insert(name.to_owned(), value.clone());
        }
    }
    // Of another message: answered, or changed.
    let target = payload.get("target").or_else(|| payload.get("reply_to"));
    if let Some(target) = target {
        let name =
            if matches!(kind, "edit" | "revoke" | "reaction" | "vote") { "target" } else { "reply_to" };
        content.insert(name.to_owned(), target.clone());
    }
    if let Some(media) = payload.get("media").and_then(Value::as_object) {
        let described =
            OF_MEDIA.iter().filter_map(|name| Some(((*name).to_owned(), media.get(*name)?.clone())));
        content.insert("media".to_owned(), Value::Object(described.collect()));
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(name: &'static str, payload: Value) -> Value {
        let event = NewEvent {
            event_id: "evt_1".into(),
            name,
            channel: "console".into(),
            instance: "default".into(),
            chat: "me".into(),
            payload: payload.as_object().cloned().unwrap(),
            at: 1_000,
        };
        serde_json::to_value(record_of(&event, "fwd_1".into(), 1, "00".into())).unwrap()
    }

    #[test]
    fn what_came_in_and_what_went_out_have_one_form() {
        let received = copied(
            "message.received",
            json!({ "id": "7", "from": "ann", "kind": "text", "text": "hi", "reply_to": "6", "timestamp": "t" }),
        );
        assert_eq!(received["content"], json!({ "kind": "text", "text": "hi", "reply_to": "6" }));
        assert_eq!(
            (&received["role"], &received["from"], &received["at"]),
            (&json!("user"), &json!("ann"), &json!("t"))
        );
        let sent = copied(
            "message.sent",
            json!({ "id": "out_1", "message_id": "X", "kind": "reply", "text": "yes", "reply_to": "7",
                    "origin": { "kind": "agent", "name": "ana" }, "sent_at": "s" }),
        );
        assert_eq!(sent["content"], json!({ "kind": "text", "text": "yes", "reply_to": "7" }));
        assert_eq!(
            (&sent["role"], &sent["origin"], &sent["message_id"]),
            (&json!("assistant"), &json!("agent:ana"), &json!("X"))
        );
        let reaction = copied("message.sent", json!({ "kind": "reaction", "emoji": "👍", "reply_to": "7" }));
        assert_eq!(reaction["content"], json!({ "kind": "reaction", "emoji": "👍", "target": "7" }));
        let edited = copied("message.edited", json!({ "id": "8", "target": "7", "text": "ho" }));
        assert_eq!(edited["content"], json!({ "kind": "edit", "target": "7", "text": "ho" }));
    }

    #[test]
    fn of_a_file_only_the_description() {
        let media =
            json!({ "kind": "image", "mime": "image/png", "bytes": 5, "path": "/secret", "url": "x" });
        let copied = copied(
            "message.received",
            json!({ "id": "7", "kind": "media", "text": "", "media": media, "place": { "key": "secret" } }),
        );
        let described = json!({ "kind": "image", "mime": "image/png", "bytes": 5 });
        assert_eq!(copied["content"], json!({ "kind": "media", "text": "", "media": described }));
        assert!(!copied.to_string().contains("secret"));
    }
}
