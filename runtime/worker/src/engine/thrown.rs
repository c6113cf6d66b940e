//! What plugin code threw, as a failure with its place in the plugin's files.

use rquickjs::{Ctx, FromJs, Value};
use runtime_protocol::{ErrorCode, Failure};

use crate::logged::clip_to;

use super::glue::GLUE_FILE;
use super::json;

/// Bytes of an error's message and of its stack that are kept.
const MAX_TEXT: usize = 4 << 10;
/// Bytes of the code that an error may have.
const MAX_CODE: usize = 64;

/// Describes a thrown value. Reading it may run plugin code (getters, proxies); what throws again is left
/// out.
pub(super) fn failure<'js>(ctx: &Ctx<'js>, thrown: Value<'js>) -> Failure {
    if thrown.is_null() {
        return Failure::new(
            ErrorCode::Threw,
            "null, thrown by the plugin or by an engine that is out of memory",
        );
    }
    let Some(object) = thrown.as_object() else {
        return Failure::new(ErrorCode::Threw, clip(text(ctx, thrown).unwrap_or_default()));
    };
    let read = |key: &str| {
        let value = object.get::<_, Value<'js>>(key).map_err(|_| drop(ctx.catch())).ok()?;
        value.is_string().then(|| text(ctx, value)).flatten()
    };
    let (name, message, stack) = (read("name"), read("message"), read("stack"));
    let own_code = read("code").filter(|code| is_word(code));
    let message = match (name, message) {
        (Some(name), Some(message)) if name != "Error" => format!("{name}: {message}"),
        (_, Some(message)) => message,
        (_, None) => text(ctx, thrown.clone()).unwrap_or_else(|| "an object that is no error".to_owned()),
    };
    let stack = stack.map(|stack| clip(plugin_frames(&stack))).filter(|stack| !stack.is_empty());
    Failure { code: code(&message), message: clip(message), stack, thrown: own_code }
}

/// Whether a text can be the code of an error.
fn is_word(text: &str) -> bool {
    (1..=MAX_CODE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The failure behind an error of the engine's interface: the exception that it left behind, or itself.
pub(super) fn engine_failure(ctx: &Ctx<'_>, error: &rquickjs::Error) -> Failure {
    if error.is_exception() {
        failure(ctx, ctx.catch())
    } else {
        Failure::new(ErrorCode::Threw, error.to_string())
    }
}

/// A value as text for people: strings as they are, everything else as JSON where it has any.
pub(super) fn text<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Option<String> {
    if let Some(plain) = value.as_string().and_then(|string| string.to_string().ok()) {
        return Some(plain);
    }
    if value.is_undefined() {
        return Some("undefined".to_owned());
    }
    let quoted = value.is_string();
    match json::write(ctx, value.clone()) {
        // A string with half a surrogate pair comes here, cleaned.
        Ok(Some(json)) if quoted => serde_json::from_str(json.get()).ok(),
        Ok(Some(json)) => Some(json.get().to_owned()),
        Ok(None) => Some(value.type_name().to_owned()),
        Err(_) => {
            ctx.catch();
            rquickjs::Coerced::<String>::from_js(ctx, value)
                .map_err(|_| drop(ctx.catch()))
                .map(|text| text.0)
                .ok()
        }
    }
}

/// Cuts at a character's border, visibly.
pub(super) fn clip(text: String) -> String {
    clip_to(text, MAX_TEXT)
}

/// The engine reports its own limits as ordinary errors that differ only in their text.
fn code(message: &str) -> ErrorCode {
    match message {
        "InternalError: out of memory" => ErrorCode::Memory,
        "RangeError: Maximum call stack size exceeded" | "InternalError: stack overflow" => ErrorCode::Stack,
        _ => ErrorCode::Threw,
    }
}

/// Without the frames of the worker's own code, which would only mislead an author.
fn plugin_frames(stack: &str) -> String {
    let frames: Vec<&str> = stack
        .lines()
        .map(str::trim)
        .filter(|line| !line.contains(GLUE_FILE) && !line.contains("(native)"))
        .collect();
    frames.join("\n")
}
