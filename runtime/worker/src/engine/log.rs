//! Log lines of the plugin, capped per line and per call.

use rquickjs::{Ctx, Value};
use runtime_protocol::{Log, LogLevel, ToHost};
use serde_json::value::RawValue;

use super::state::State;
use super::{json, thrown};
use crate::logged::{Counted, MAX_LOG_OF_CALL, MAX_LOG_TEXT, clip_to};

impl<'js> State<'js> {
    /// Writes a log line from the values, joined by spaces. Reading them may run plugin code; what it throws
    /// is lost.
    pub(super) fn log(
        &self,
        ctx: &Ctx<'js>,
        level: LogLevel,
        values: Vec<Value<'js>>,
        fields: Option<Value<'js>>,
    ) {
        if self.calls.count_logged(0) == Counted::Dropped {
            return;
        }
        let words: Vec<String> = values.into_iter().map(|value| log_text(ctx, value)).collect();
        let message = clip_to(words.join(" "), MAX_LOG_TEXT);
        let fields = fields.map_or_else(json::null, |fields| log_fields(ctx, fields));
        match self.calls.count_logged(message.len() + fields.get().len()) {
            Counted::Written => self.outbox.push_small(ToHost::Log(Log { level, message, fields })),
            Counted::Last => {
                let limit = MAX_LOG_OF_CALL >> 10;
                let message = format!("log over {limit} KiB in one call; the rest of it is dropped");
                self.outbox.push_small(ToHost::Log(Log {
                    level: LogLevel::Warn,
                    message,
                    fields: json::null(),
                }));
            }
            Counted::Dropped => {}
        }
    }
}

fn log_text<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> String {
    if value.is_error() {
        let failure = thrown::failure(ctx, value);
        return failure
            .stack
            .map_or_else(|| failure.message.clone(), |stack| format!("{}\n{stack}", failure.message));
    }
    thrown::text(ctx, value).unwrap_or_default()
}

/// Logging never throws: what cannot be written or is too long is replaced by a word.
fn log_fields<'js>(ctx: &Ctx<'js>, fields: Value<'js>) -> Box<RawValue> {
    match json::write(ctx, fields) {
        Ok(Some(fields)) if fields.get().len() <= MAX_LOG_TEXT => fields,
        Ok(Some(_)) => word("too long"),
        Ok(None) => word("not JSON"),
        Err(_) => {
            ctx.catch();
            word("not JSON")
        }
    }
}

fn word(word: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(word).unwrap_or_else(|_| json::null())
}
