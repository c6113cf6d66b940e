//! The border of a component: strings in and out of linear memory, as the component model's canonical ABI has them
//! (<https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>).
//!
//! Every function of the world that can fail has one shape, JSON text in and JSON text or a failure out, so that this page
//! is all there is of it.
#![expect(unsafe_code, reason = "the border between the component and its host")]

use std::alloc::{Layout, alloc, handle_alloc_error, realloc as grow};

use crate::{Error, Result};

/// A string in memory, owned by whoever gets it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Text {
    start: *mut u8,
    len: usize,
}

impl Text {
    fn new(text: String) -> Self {
        let boxed = text.into_boxed_str();
        let len = boxed.len();
        Self { start: Box::into_raw(boxed).cast(), len }
    }

    /// # Safety
    /// It must come from [`Text::new`] or [`realloc`], hold UTF-8, and not be used again.
    unsafe fn into_string(self) -> String {
        if self.len == 0 {
            return String::new();
        }
        // SAFETY: by this function's own condition; the host writes UTF-8 only, which the ABI has it check.
        unsafe { String::from_raw_parts(self.start, self.len, self.len) }
    }
}

/// `result<string, failure>` in memory.
#[repr(C)]
pub(crate) struct Outcome {
    is_failure: u8,
    first: Text,
    /// The message of a failure, whose code is `first`.
    second: Text,
}

/// Where an export's answer is; the host reads it and hands it back to be released.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Returned(*mut Outcome);

/// Where the answer of `handlers` is.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct ReturnedText(*mut Text);

/// The memory that the host asks for to put strings into.
///
/// # Safety
/// `old` must be null, or come from here with that size and alignment.
pub unsafe fn realloc(old: *mut u8, old_size: usize, align: usize, new_size: usize) -> *mut u8 {
    let layout = |size| Layout::from_size_align(size, align).unwrap_or_else(|_| std::process::abort());
    if new_size == 0 {
        return std::ptr::without_provenance_mut(align);
    }
    // SAFETY: sizes are not zero, and `old` is as this function's condition says.
    let memory = unsafe {
        if old_size == 0 { alloc(layout(new_size)) } else { grow(old, layout(old_size), new_size) }
    };
    if memory.is_null() {
        handle_alloc_error(layout(new_size));
    }
    memory
}

/// Takes a string that the host gave to an export.
///
/// # Safety
/// It must be an argument of an export, and not be used again.
pub unsafe fn take(start: *mut u8, len: usize) -> String {
    // SAFETY: the host writes arguments with `realloc`.
    unsafe { Text { start, len }.into_string() }
}

/// Puts an answer where the host finds it.
pub fn give(outcome: Result<String>) -> Returned {
    let empty = || Text { start: std::ptr::null_mut(), len: 0 };
    Returned(Box::into_raw(Box::new(match outcome {
        Ok(json) => Outcome { is_failure: 0, first: Text::new(json), second: empty() },
        Err(error) => {
            Outcome { is_failure: 1, first: Text::new(error.code), second: Text::new(error.message) }
        }
    })))
}

/// Releases an answer that the host has read.
///
/// # Safety
/// It must come from [`give`], once.
pub unsafe fn release(returned: Returned) {
    // SAFETY: by this function's own condition.
    unsafe {
        let outcome = Box::from_raw(returned.0);
        drop(outcome.first.into_string());
        if outcome.is_failure == 1 {
            drop(outcome.second.into_string());
        }
    }
}

/// Puts a text where the host finds it.
pub fn give_text(text: String) -> ReturnedText {
    ReturnedText(Box::into_raw(Box::new(Text::new(text))))
}

/// Releases a text that the host has read.
///
/// # Safety
/// It must come from [`give_text`], once.
pub unsafe fn release_text(returned: ReturnedText) {
    // SAFETY: by this function's own condition.
    unsafe { drop(Box::from_raw(returned.0).into_string()) }
}

/// Calls a function of the host that takes JSON and may fail.
#[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "there is no host"))]
pub(crate) fn ask(
    function: unsafe extern "C" fn(*const u8, usize, *mut Outcome),
    params: &str,
) -> Result<String> {
    let empty = Text { start: std::ptr::null_mut(), len: 0 };
    let mut outcome = Outcome { is_failure: 0, first: empty, second: empty };
    // SAFETY: the host reads the parameters and fills the outcome, with strings from `realloc`.
    unsafe {
        function(params.as_ptr(), params.len(), &raw mut outcome);
        let first = outcome.first.into_string();
        match outcome.is_failure {
            0 => Ok(first),
            _ => Err(Error { code: first, message: outcome.second.into_string() }),
        }
    }
}

/// Functions of the host: on the component's side an import each, so that the linker keeps only those that are used.
/// Elsewhere, where the plugin's own tests run, there is no host.
macro_rules! imports {
    ($($function:ident = $interface:literal $name:literal;)+) => {
        #[cfg(test)]
        const IMPORTS: &[(&str, &str)] = &[$(($interface, $name)),+];

        $(
            #[cfg(target_arch = "wasm32")]
            pub(crate) fn $function(params: &str) -> Result<String> {
                #[link(wasm_import_module = $interface)]
                unsafe extern "C" {
                    #[link_name = $name]
                    fn import(params: *const u8, len: usize, outcome: *mut Outcome);
                }
                ask(import, params)
            }

            #[cfg(not(target_arch = "wasm32"))]
            pub(crate) fn $function(_: &str) -> Result<String> {
                Err(Error::new("unavailable", concat!("outside of wa there is no `", $name, "`")))
            }
        )+
    };
}

imports! {
    sleep = "wa:plugin/clock@1.0.0" "sleep";
    send_text = "wa:plugin/channel-send@1.0.0" "send-text";
    send_poll = "wa:plugin/channel-send@1.0.0" "send-poll";
    edit_message = "wa:plugin/channel-send@1.0.0" "edit-message";
    revoke_message = "wa:plugin/channel-send@1.0.0" "revoke-message";
    send_seen = "wa:plugin/channel-send@1.0.0" "send-seen";
    send_reply = "wa:plugin/channel-reply@1.0.0" "send-reply";
    send_reaction = "wa:plugin/channel-react@1.0.0" "send-reaction";
    send_media = "wa:plugin/channel-media@1.0.0" "send-media";
    send_voice_note = "wa:plugin/channel-media@1.0.0" "send-voice-note";
    read_media = "wa:plugin/channel-media@1.0.0" "read-media";
    get_host_number = "wa:plugin/contacts@1.0.0" "get-host-number";
    get_contact = "wa:plugin/contacts@1.0.0" "get-contact";
    get_contacts = "wa:plugin/contacts@1.0.0" "get-contacts";
    get_chats = "wa:plugin/contacts@1.0.0" "get-chats";
    storage_get = "wa:plugin/storage@1.0.0" "get";
    storage_set = "wa:plugin/storage@1.0.0" "set";
    storage_delete = "wa:plugin/storage@1.0.0" "delete";
    storage_list = "wa:plugin/storage@1.0.0" "list";
    file_read = "wa:plugin/files@1.0.0" "read";
    file_write = "wa:plugin/files@1.0.0" "write";
    file_delete = "wa:plugin/files@1.0.0" "delete";
    file_list = "wa:plugin/files@1.0.0" "list";
    fetch = "wa:plugin/http@1.0.0" "fetch";
    sign = "wa:plugin/secrets@1.0.0" "sign";
    tool = "wa:plugin/tools@1.0.0" "call";
    capability = "wa:plugin/capabilities@1.0.0" "call";
    emit = "wa:plugin/capability-stream@1.0.0" "emit";
    receive = "wa:plugin/channel-provider@1.0.0" "receive";
}

/// The functions that cannot fail, each with a shape of its own.
#[cfg(target_arch = "wasm32")]
mod plain {
    use super::Text;

    #[link(wasm_import_module = "wa:plugin/log@1.0.0")]
    unsafe extern "C" {
        #[link_name = "write"]
        fn write_log(level: *const u8, l: usize, message: *const u8, m: usize, fields: *const u8, f: usize);
    }

    #[link(wasm_import_module = "wa:plugin/config@1.0.0")]
    unsafe extern "C" {
        #[link_name = "get"]
        fn get_config(config: *mut Text);
    }

    #[link(wasm_import_module = "wa:plugin/clock@1.0.0")]
    unsafe extern "C" {
        #[link_name = "now"]
        fn get_time() -> u64;
    }

    #[link(wasm_import_module = "wa:plugin/random@1.0.0")]
    unsafe extern "C" {
        #[link_name = "bytes"]
        fn get_random(count: u32, bytes: *mut Text);
    }

    pub(crate) fn log(level: &str, message: &str, fields: &str) {
        // SAFETY: the host reads the three strings.
        unsafe {
            write_log(
                level.as_ptr(),
                level.len(),
                message.as_ptr(),
                message.len(),
                fields.as_ptr(),
                fields.len(),
            );
        }
    }

    pub(crate) fn config() -> String {
        let mut text = Text { start: std::ptr::null_mut(), len: 0 };
        // SAFETY: the host fills it with a string from `realloc`.
        unsafe {
            get_config(&raw mut text);
            text.into_string()
        }
    }

    pub(crate) fn now() -> u64 {
        // SAFETY: takes nothing.
        unsafe { get_time() }
    }

    pub(crate) fn random(count: u32) -> Vec<u8> {
        let mut list = Text { start: std::ptr::null_mut(), len: 0 };
        // SAFETY: the host fills it with a list from `realloc`.
        unsafe {
            get_random(count, &raw mut list);
            if list.len == 0 { Vec::new() } else { Vec::from_raw_parts(list.start, list.len, list.len) }
        }
    }
}

/// Where the plugin's own tests run.
#[cfg(not(target_arch = "wasm32"))]
mod plain {
    pub(crate) fn log(_: &str, _: &str, _: &str) {}

    pub(crate) fn config() -> String {
        "{}".to_owned()
    }

    pub(crate) fn now() -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn random(count: u32) -> Vec<u8> {
        use std::hash::{BuildHasher as _, RandomState};
        (0..count).map(|n| RandomState::new().hash_one(n).to_le_bytes()[0]).collect()
    }
}

pub(crate) use plain::{config, log, now, random};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use manifest_schema::component::WORLD;
    use wit_parser::{Resolve, WorldItem};

    /// The functions that have a shape of their own.
    const PLAIN: [(&str, &str); 4] = [
        ("wa:plugin/clock@1.0.0", "now"),
        ("wa:plugin/config@1.0.0", "get"),
        ("wa:plugin/log@1.0.0", "write"),
        ("wa:plugin/random@1.0.0", "bytes"),
    ];

    #[test]
    fn every_function_of_the_world_is_here() {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("plugin.wit", WORLD).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let mut functions = BTreeSet::new();
        for (key, item) in &resolve.worlds[world].imports {
            let WorldItem::Interface { id, .. } = item else { continue };
            let interface = resolve.name_world_key(key);
            let names = resolve.interfaces[*id].functions.keys();
            functions.extend(names.map(|name| (interface.clone(), name.clone())));
        }
        let here = super::IMPORTS.iter().chain(&PLAIN);
        let here: BTreeSet<_> =
            here.map(|(interface, name)| (interface.to_string(), name.to_string())).collect();
        assert_eq!(here, functions);
    }
}
