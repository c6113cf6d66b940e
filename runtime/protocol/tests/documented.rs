//! `docs/process.md`, from which clients in other languages are written, shows frames of this protocol and names all of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use runtime_protocol::{CallKind, Frame, Framing, HostMethod, ToHost, ToWorker, decode};
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/process.md");

/// The frames that the page shows from one side.
fn shown(arrow: &str) -> Vec<&'static str> {
    let frames: Vec<&str> =
        PAGE.lines().filter_map(|line| line.strip_prefix(arrow)?.strip_prefix(' ')).collect();
    assert!(!frames.is_empty());
    frames
}

/// Reads each frame, and writes it again: as it is shown, but for members that may be absent.
fn tags<F: Frame>(frames: &[&str]) -> BTreeSet<String> {
    let read = frames.iter().map(|text| {
        let frame: F = decode(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let mut line = Framing::Line.encode(&frame).unwrap();
        assert_eq!(line.pop(), Some(b'\n'));
        let (written, shown): (Value, Value) =
            (serde_json::from_slice(&line).unwrap(), serde_json::from_str(text).unwrap());
        assert_eq!(written, shown);
        shown["t"].as_str().unwrap().to_owned()
    });
    read.collect()
}

#[test]
fn every_frame_that_is_shown_is_one_and_every_kind_is_shown() {
    let expected = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(tags::<ToWorker>(&shown("→")), expected(&["start", "call", "answer", "stop"]));
    assert_eq!(tags::<ToHost>(&shown("←")), expected(&["hello", "ready", "failed", "result", "host", "log"]));
}

#[test]
fn every_method_and_every_kind_of_call_is_named() {
    for method in HostMethod::ALL {
        assert!(PAGE.contains(&format!("`{}`", method.as_str())), "{}", method.as_str());
    }
    for kind in
        ["event", "hook", "tool", "http", "agent", "capability", "service", "schedule", "command", "rpc"]
    {
        let read: CallKind = serde_json::from_value(kind.into()).unwrap();
        assert!(PAGE.contains(&format!("| `{kind}` |")), "{read:?}");
    }
}

/// Both framings, whole and in pieces, told apart by their beginning.
#[test]
fn a_stream_shows_its_framing_and_is_split_by_it() {
    let hello: ToHost = decode(br#"{"t":"hello","v":1}"#).unwrap();
    for framing in [Framing::Length, Framing::Line] {
        let bytes = framing.encode(&hello).unwrap();
        assert_eq!(Framing::of(*bytes.first_chunk().unwrap()), framing);
        let stream = [bytes.clone(), bytes.clone()].concat();
        for end in 0..bytes.len() {
            assert!(framing.split(&stream[..end], 0, 100).unwrap().is_none(), "{framing:?} {end}");
        }
        let (body, length) = framing.split(&stream, 0, 100).unwrap().unwrap();
        assert!(matches!(decode::<ToHost>(body), Ok(ToHost::Hello(_))));
        assert_eq!(length, bytes.len());
        assert!(framing.split(&bytes, 0, 10).is_err(), "over the cap: {framing:?}");
        assert!(framing.split(&bytes[..12], 0, 10).is_err(), "known to be over the cap: {framing:?}");
        // What was searched is not searched again.
        assert!(framing.split(&bytes, bytes.len() - 1, 100).unwrap().is_some(), "{framing:?}");
    }
}
