//! Plugins for `wa` in Rust.
//!
//! A plugin is a library (`crate-type = ["cdylib"]`) with handlers: functions of a payload and of [`Wa`], the host as the
//! plugin may use it. [`plugin!`] names them. `wa plugins build` makes a component of the library; its imports are just the
//! interfaces that the code uses, so what it needs of the manifest's permissions can be seen without running it.
//!
//! ```
//! use wa_plugin::events::MessageReceived;
//! use wa_plugin::{Decision, Draft, Result, Wa, plugin};
//!
//! fn greet(message: MessageReceived, wa: &Wa) -> Result<()> {
//!     wa.channel().send_text(&message.chat, "hello")?;
//!     Ok(())
//! }
//!
//! fn tidy(draft: Draft, _: &Wa) -> Result<Decision<Draft>> {
//!     match draft.text() {
//!         Some(text) if text.contains("forbidden") => Ok(Decision::Block("a forbidden word".into())),
//!         Some(text) => Ok(Decision::Change(draft.with_text(text.trim()))),
//!         None => Ok(Decision::Pass),
//!     }
//! }
//!
//! plugin! {
//!     event "message.received" => greet,
//!     hook "message.sending" => tidy,
//! }
//! ```
//!
//! A handler that waits for the host (for a message to be durable, for an answer over HTTP) holds no other handler up. Each
//! call runs in an instance of the component of its own; what is kept in a `static` may be there at the next call, or not.
//! What must last goes into [`Wa::storage`].

mod abi;
mod channel;
mod error;
pub mod events;
mod handler;
mod hooks;
mod host;
mod http;
mod storage;

pub use channel::{Channel, Chat, Contact, FileToSend, MessageTo, Received, Sent};
pub use error::{Error, Result};
pub use handler::{Args, CommandResult, Due, Health, Reply, Request, Response, Turn};
pub use hooks::{Decision, Draft};
pub use host::{Log, Secret, Signature, Tools, Wa};
pub use http::{FetchResponse, RequestBuilder};
pub use storage::{FileContent, FileEntry, Files, Keys, ListOptions, Storage};

/// The examples that readers see elsewhere, compiled with those of this crate.
#[cfg(doctest)]
mod elsewhere {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../../../docs/components.md")]
    struct Page;
}

/// What [`plugin!`] is made of; not for use by hand.
#[doc(hidden)]
pub mod export {
    pub use crate::abi::{Returned, ReturnedText, give, give_text, realloc, release, release_text, take};
    pub use crate::handler::{Listing, run};
}

/// Names the handlers of a plugin; once in a crate.
///
/// Each line is a kind, a name as in the manifest, and a function `fn(payload, &Wa) -> Result<answer>`:
///
/// | line | payload | answer |
/// | --- | --- | --- |
/// | `event "message.received" => f` | a type of [`events`](crate::events) | `()` |
/// | `hook "message.sending" => f` | [`Draft`](crate::Draft), or any type that fits | [`Decision`](crate::Decision) of it |
/// | `tool "name" => f` | any type that fits the tool's `input` | any that fits its `output` |
/// | `route "GET /path" => f` | [`Request`](crate::Request) | [`Response`](crate::Response) |
/// | `command "name" => f` | [`Args`](crate::Args) of any type that fits | [`CommandResult`](crate::CommandResult) |
/// | `rpc "method" => f` | any type that fits `params` | any that fits `result` |
/// | `schedule "id" => f` | [`Due`](crate::Due) | `()` |
/// | `service "id/start" => f` | [`serde_json::Value`] | `()`; of `id/health`, [`Health`](crate::Health) |
/// | `capability "kind/id" => f` | any type that fits the contract | any that fits it |
/// | `agent "" => f` | [`Turn`](crate::Turn) | `Option` of [`Reply`](crate::Reply) |
#[macro_export]
macro_rules! plugin {
    ($($kind:ident $name:literal => $handler:path),+ $(,)?) => {
        #[doc(hidden)]
        pub fn __wa_call(kind: &str, name: &str, payload: &str) -> $crate::Result<::std::string::String> {
            $(
                if kind == $crate::__word!($kind) && name == $name {
                    return $crate::export::run($handler, payload);
                }
            )+
            Err($crate::Error::new("no_handler", ::std::format!("the plugin has no handler for {name}")))
        }

        #[doc(hidden)]
        pub fn __wa_handlers() -> ::std::string::String {
            let mut listing = $crate::export::Listing::default();
            $(listing.add($crate::__word!($kind), $name);)+
            listing.to_json()
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            $(
                const _: () = {
                    const LINE: &str = ::std::concat!($crate::__word!($kind), " ", $name, "\n");
                    #[used]
                    #[unsafe(link_section = "wa:handlers")]
                    static SECTION: [u8; LINE.len()] = match LINE.as_bytes().first_chunk() {
                        Some(bytes) => *bytes,
                        None => [0; LINE.len()],
                    };
                };
            )+

            $crate::__exports!();
        };
    };
}

/// The word of a kind in a call.
#[doc(hidden)]
#[macro_export]
macro_rules! __word {
    (route) => {
        "http"
    };
    ($kind:ident) => {
        stringify!($kind)
    };
}

/// The functions that the world `wa:plugin` has a component export; in the plugin's own crate, since a library's are not
/// exported.
#[doc(hidden)]
#[macro_export]
macro_rules! __exports {
    () => {
        #[unsafe(export_name = "cabi_realloc")]
        unsafe extern "C" fn realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
            unsafe { $crate::export::realloc(old, old_size, align, size) }
        }

        #[unsafe(export_name = "handlers")]
        extern "C" fn handlers() -> $crate::export::ReturnedText {
            $crate::export::give_text(__wa_handlers())
        }

        #[unsafe(export_name = "cabi_post_handlers")]
        unsafe extern "C" fn handlers_done(returned: $crate::export::ReturnedText) {
            unsafe { $crate::export::release_text(returned) }
        }

        #[unsafe(export_name = "call")]
        unsafe extern "C" fn call(
            kind: *mut u8,
            kind_len: usize,
            name: *mut u8,
            name_len: usize,
            payload: *mut u8,
            payload_len: usize,
        ) -> $crate::export::Returned {
            let (kind, name, payload) = unsafe {
                (
                    $crate::export::take(kind, kind_len),
                    $crate::export::take(name, name_len),
                    $crate::export::take(payload, payload_len),
                )
            };
            $crate::export::give(__wa_call(&kind, &name, &payload))
        }

        #[unsafe(export_name = "cabi_post_call")]
        unsafe extern "C" fn call_done(returned: $crate::export::Returned) {
            unsafe { $crate::export::release(returned) }
        }
    };
}
