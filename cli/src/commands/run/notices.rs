//! What the host tells, in words or as JSON.

use runtime_host::Notice;
use runtime_host::bridge::Right;
use serde_json::{Value, json};

use super::masking::{mask, masked};
use crate::failure::Outcome;
use crate::terminal::{Printer, plain};

/// Shows notices: as JSON lines on stdout, or as talk on stderr.
pub(crate) struct Notices {
    printer: Printer,
    json: bool,
    /// Whoever reads has written the plugin.
    to_author: bool,
}

impl Notices {
    pub(crate) fn new(printer: Printer, json: bool) -> Self {
        Self { printer, json, to_author: false }
    }

    /// As talk to the plugin's author, with what its process has printed when it fails.
    pub(crate) fn to_author(printer: Printer) -> Self {
        Self { printer, json: false, to_author: true }
    }

    pub(crate) fn show(&self, notice: &Notice) -> Outcome<()> {
        // What a plugin logs is its author's and its operator's affair; the rest names nobody unless it is asked to.
        let is_private =
            !self.printer.is_verbose() && !matches!(notice, Notice::Log { .. } | Notice::Threw { .. });
        if self.json {
            let mut value = as_json(notice);
            if is_private {
                mask(&mut value);
            }
            return self.printer.data(value);
        }
        let private = |text: String| plain(&if is_private { masked(&text) } else { text });
        match words(notice) {
            Some((Weight::Detail, text)) => self.printer.detail(private(text)),
            Some((Weight::Plain, text)) => self.printer.note(private(text)),
            Some((Weight::Warning, text)) => self.printer.warning(private(text)),
            None => {}
        }
        self.show_last_words(notice);
        Ok(())
    }

    /// An operator has them from `inspect`: they may hold what somebody wrote.
    fn show_last_words(&self, notice: &Notice) {
        let (Notice::WorkerFailed { plugin, last_words, .. }
        | Notice::Quarantined { plugin, last_words, .. }) = notice
        else {
            return;
        };
        if self.to_author {
            last_words.lines().for_each(|line| self.printer.note(format_args!("  {}", plain(line))));
        } else if !last_words.is_empty() {
            self.printer.note(format_args!("its last words: `wa plugins inspect {plugin}`"));
        }
    }
}

enum Weight {
    /// For `-v`.
    Detail,
    Plain,
    Warning,
}

fn words(notice: &Notice) -> Option<(Weight, String)> {
    use Weight::{Detail, Plain, Warning};
    Some(match notice {
        Notice::Ready { gateway, plugins, .. } => {
            let plugins = counted(*plugins);
            (Plain, format!("ready: {plugins}, gateway {gateway}; Ctrl-C stops"))
        }
        Notice::ChannelChanged { channel, instance, state, reason } => {
            let weight = if *state == "connected" { Plain } else { Warning };
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            (weight, format!("{channel}/{instance} is {}{reason}", state.replace('_', " ")))
        }
        Notice::PluginRefused { plugin, reason } => {
            (Warning, format!("{plugin} takes no part: {reason}; `wa plugins inspect {plugin}` tells more"))
        }
        Notice::WorkerStarted { plugin, reason, took } => {
            (Detail, format!("{plugin} started for {reason} in {took:.1?}"))
        }
        Notice::WorkerFailed { plugin, reason, pause, .. } => {
            (Warning, format!("{plugin} failed: {reason}; it can start again in {pause:.1?}"))
        }
        Notice::Quarantined { plugin, reason, .. } => {
            (Warning, format!("{plugin} is quarantined: {reason}; `wa plugins inspect {plugin}` tells more"))
        }
        Notice::ServiceEnded { plugin, service, state, reason } => {
            (Warning, format!("the service {service} of {plugin} is {state}: {reason}"))
        }
        Notice::ApprovalAsked { info } => (
            Warning,
            format!(
                "{} waits for a person: {}; `wa approvals allow {}` or `deny`",
                info.id, info.title, info.id
            ),
        ),
        Notice::ApprovalAnswered { id, allowed } => {
            (Plain, format!("{id} was {}", if *allowed { "allowed" } else { "denied" }))
        }
        Notice::Log { plugin, level, message, fields } => {
            let fields = if fields == "null" { String::new() } else { format!(" {fields}") };
            (Plain, format!("[{plugin}] {level}: {message}{fields}"))
        }
        Notice::Threw { plugin, call, message, stack } => {
            let stack = stack.lines().map(|line| format!("\n    {}", line.trim())).collect::<String>();
            (Warning, format!("[{plugin}] {call} threw: {message}{stack}"))
        }
        Notice::HostCallRefused { plugin, method, reason } => {
            (Warning, format!("{plugin} was refused {method}: {reason}"))
        }
        Notice::MessageAccepted { event_id, channel, chat } => {
            (Detail, format!("in   {channel} {chat} {event_id}"))
        }
        Notice::MessageBlocked { gate, by, reason } => {
            (Warning, format!("{by} stopped a message at {gate}: {reason}"))
        }
        Notice::MessageSent { id, channel, chat } => (Detail, format!("out  {channel} {chat} {id}")),
        Notice::DeadLetter { id, subscriber, reason } => {
            (Warning, format!("gave up {id} for {subscriber}: {reason}"))
        }
        Notice::AgentTimedOut { agent, event_id, waited } => {
            (Warning, format!("{agent} did not answer {event_id} within {waited:.1?}"))
        }
        Notice::ToolCalled { tool, caller, ok, took } => (
            Detail,
            format!("tool {tool} for {caller}: {} in {took:.1?}", if *ok { "done" } else { "failed" }),
        ),
        Notice::ForwardDelayed { plugin, to, reason } => {
            (Warning, format!("{plugin}'s stream to {to} waits: {reason}"))
        }
        Notice::ForwardStopped { plugin, to, reason } => {
            (Warning, format!("{plugin}'s stream to {to} is stopped: {reason}"))
        }
        Notice::Paired { name, right } => (Plain, format!("{name} is paired: it may {}", may(right))),
        Notice::Reloaded { changed, kept } => (Plain, reloaded(changed.len(), kept)),
        Notice::ReloadRefused { reason } => {
            (Warning, format!("not reloaded, everything goes on as it was: {reason}"))
        }
        Notice::SecretKept { reference, reason } => {
            (Warning, format!("the secret {reference} keeps its last value: {reason}"))
        }
        Notice::Trouble { message } => (Warning, message.clone()),
        Notice::Stopping => (Plain, "stopping …".to_owned()),
        Notice::Missed(count) => (Warning, format!("{count} notices were dropped")),
        _ => return None,
    })
}

/// What a paired program may do.
pub(crate) fn may(right: &Right) -> String {
    match right {
        Right::Bridge { channel, instance } => format!("hand in messages of {channel}/{instance}"),
        Right::Agent { agent } => format!("call the tools of {agent}"),
        Right::Rpc { scope } => format!("call methods of the scope {scope:?}").to_lowercase(),
    }
}

fn reloaded(changed: usize, kept: &[(manifest_schema::names::PluginId, String)]) -> String {
    let kept: Vec<String> = kept.iter().map(|(id, why)| format!("; {id} goes on as it was: {why}")).collect();
    format!("reloaded: {} changed{}", counted(changed), kept.concat())
}

fn counted(plugins: usize) -> String {
    format!("{plugins} plugin{}", if plugins == 1 { "" } else { "s" })
}

/// One flat object a line, with the notice's name as `event`.
fn as_json(notice: &Notice) -> Value {
    match notice {
        Notice::Ready { gateway, console, plugins } => {
            json!({ "event": "ready", "schemaVersion": 1, "pid": std::process::id(), "gateway": gateway, "console": console, "plugins": plugins })
        }
        Notice::ChannelChanged { channel, instance, state, reason } => {
            json!({ "event": "channelChanged", "channel": channel, "instance": instance, "state": state, "reason": reason })
        }
        Notice::PluginRefused { plugin, reason } => {
            json!({ "event": "pluginRefused", "plugin": plugin, "reason": reason })
        }
        Notice::WorkerStarted { plugin, reason, took } => {
            json!({ "event": "workerStarted", "plugin": plugin, "reason": reason.to_string(), "micros": micros(took) })
        }
        Notice::WorkerFailed { plugin, reason, pause, .. } => {
            json!({ "event": "workerFailed", "plugin": plugin, "reason": reason, "pauseMicros": micros(pause) })
        }
        Notice::Quarantined { plugin, reason, .. } => {
            json!({ "event": "quarantined", "plugin": plugin, "reason": reason })
        }
        Notice::ServiceEnded { plugin, service, state, reason } => {
            json!({ "event": "serviceEnded", "plugin": plugin, "service": service, "state": state, "reason": reason })
        }
        Notice::ApprovalAsked { info } => json!({ "event": "approvalAsked", "approval": info }),
        Notice::ApprovalAnswered { id, allowed } => {
            json!({ "event": "approvalAnswered", "id": id, "allowed": allowed })
        }
        Notice::Log { plugin, level, message, fields } => {
            let fields: Value = serde_json::from_str(fields).unwrap_or(Value::Null);
            json!({ "event": "log", "plugin": plugin, "level": level.to_string(), "message": message, "fields": fields })
        }
        Notice::Threw { plugin, call, message, stack } => {
            json!({ "event": "threw", "plugin": plugin, "call": call.to_string(), "message": message, "stack": stack })
        }
        Notice::HostCallRefused { plugin, method, reason } => {
            json!({ "event": "hostCallRefused", "plugin": plugin, "method": method, "reason": reason })
        }
        Notice::MessageAccepted { event_id, channel, chat } => {
            json!({ "event": "messageAccepted", "eventId": event_id, "channel": channel, "chat": chat })
        }
        Notice::MessageBlocked { gate, by, reason } => {
            json!({ "event": "messageBlocked", "gate": gate, "by": by, "reason": reason })
        }
        Notice::MessageSent { id, channel, chat } => {
            json!({ "event": "messageSent", "id": id, "channel": channel, "chat": chat })
        }
        Notice::DeadLetter { id, subscriber, reason } => {
            json!({ "event": "deadLetter", "id": id, "subscriber": subscriber, "reason": reason })
        }
        Notice::AgentTimedOut { agent, event_id, waited } => {
            json!({ "event": "agentTimedOut", "agent": agent, "eventId": event_id, "micros": micros(waited) })
        }
        Notice::ToolCalled { tool, caller, ok, took } => {
            json!({ "event": "toolCalled", "tool": tool, "caller": caller, "ok": ok, "micros": micros(took) })
        }
        Notice::ForwardDelayed { plugin, to, reason } => {
            json!({ "event": "forwardDelayed", "plugin": plugin, "to": to, "reason": reason })
        }
        Notice::ForwardStopped { plugin, to, reason } => {
            json!({ "event": "forwardStopped", "plugin": plugin, "to": to, "reason": reason })
        }
        Notice::Paired { name, right } => json!({ "event": "paired", "name": name, "right": right }),
        Notice::Reloaded { changed, kept } => {
            let kept: Vec<Value> =
                kept.iter().map(|(id, reason)| json!({ "plugin": id, "reason": reason })).collect();
            json!({ "event": "reloaded", "changed": changed, "kept": kept })
        }
        Notice::ReloadRefused { reason } => json!({ "event": "reloadRefused", "reason": reason }),
        Notice::SecretKept { reference, reason } => {
            json!({ "event": "secretKept", "reference": reference, "reason": reason })
        }
        Notice::Trouble { message } => json!({ "event": "trouble", "message": message }),
        Notice::Stopping => json!({ "event": "stopping" }),
        Notice::Missed(count) => json!({ "event": "missed", "count": count }),
        other => json!({ "event": "other", "text": format!("{other:?}") }),
    }
}

fn micros(time: &std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
