//! The frames as bytes: what is written, what is read back, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use runtime_protocol::{
    Call, CallKind, ErrorCode, Failure, FrameError, FrameReader, FrameWriter, HEADER_LEN, HostCall,
    HostMethod, Limits, MAX_FRAME, Reply, Start, ToHost, ToWorker, decode, encode, payload_len,
};
use serde_json::value::RawValue;

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn text<F: runtime_protocol::Frame>(frame: &F) -> String {
    let mut bytes = Vec::new();
    encode(frame, &mut bytes).unwrap();
    String::from_utf8(bytes.split_off(HEADER_LEN)).unwrap()
}

/// Writes, compares with the text in the protocol's description, reads back, writes again.
fn round_trip<F: runtime_protocol::Frame>(frame: F, expected: &str) {
    let written = text(&frame);
    assert_eq!(written, expected);
    let read: F = decode(written.as_bytes()).unwrap();
    assert_eq!(text(&read), expected);
}

#[test]
fn frames_are_the_documented_text() {
    round_trip(
        ToWorker::Call(Call {
            id: 7,
            kind: CallKind::Tool,
            name: "x".into(),
            budget_ms: 50,
            per_turn: false,
            now: None,
            payload: raw(r#"{"__proto__":1}"#),
        }),
        r#"{"t":"call","id":7,"kind":"tool","name":"x","budget_ms":50,"payload":{"__proto__":1}}"#,
    );
    round_trip(
        ToWorker::Answer(Reply { id: 1, outcome: Ok(raw("null")) }),
        r#"{"t":"answer","id":1,"ok":null}"#,
    );
    round_trip(
        ToHost::Result(Reply { id: 1, outcome: Err(Failure::new(ErrorCode::Budget, "too slow")) }),
        r#"{"t":"result","id":1,"error":{"code":"budget","message":"too slow"}}"#,
    );
    round_trip(
        ToHost::Host(HostCall { id: 2, call: 7, method: HostMethod::SendText, params: raw("{}") }),
        r#"{"t":"host","id":2,"call":7,"method":"channel.sendText","params":{}}"#,
    );
    round_trip(ToWorker::Stop, r#"{"t":"stop"}"#);
}

#[test]
fn names_in_frames_are_the_names_in_code() {
    for method in HostMethod::ALL {
        assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
    }
    for word in [
        "threw",
        "budget",
        "memory",
        "stack",
        "invalid_result",
        "too_large",
        "no_handler",
        "aborted",
        "denied",
        "invalid_params",
        "not_found",
        "limit",
        "timeout",
        "unavailable",
    ] {
        let code: ErrorCode = serde_json::from_value(word.into()).unwrap();
        assert_eq!(code.as_str(), word);
    }
}

#[test]
fn frames_of_another_shape_are_refused() {
    let refused = [
        "",
        "[]",
        "{}",
        r#"{"id":1,"t":"result","ok":null}"#,
        r#"{"t":"start"}"#,
        r#"{"t":"result","id":1}"#,
        r#"{"t":"result","id":-1,"ok":null}"#,
        r#"{"t":"result","id":1,"ok":1,"error":{"code":"threw","message":""}}"#,
        r#"{"t":"result","id":1,"ok":1,"ok":2}"#,
        r#"{"t":"result","id":1,"ok":1,"more":2}"#,
        r#"{"t":"host","id":1,"call":1,"method":"fs.read","params":{}}"#,
        r#"{"t":"log","level":"loud","message":"","fields":null}"#,
        r#"{"t":"result","id":1,"ok":1} "#.trim_end_matches(' ').trim_end_matches('}'),
        r#"{"t":"result","id":1,"ok":1}{}"#,
        "{\"t\":\"result\",\"id\":1,\"ok\":\"\u{1}\"}",
    ];
    for body in refused {
        assert!(
            matches!(decode::<ToHost>(body.as_bytes()), Err(FrameError::Malformed(_))),
            "accepted: {body}"
        );
    }
}

#[test]
fn a_reader_takes_frames_in_any_pieces() {
    let mut writer = FrameWriter::new(Vec::new());
    let mut bytes = Vec::new();
    for id in 0..100 {
        encode(
            &ToHost::Result(Reply { id, outcome: Ok(raw(&"1".repeat(1 + id as usize * 37))) }),
            &mut bytes,
        )
        .unwrap();
        writer.push(&ToWorker::Stop).unwrap();
    }
    for piece in [1, 3, 7, 4096] {
        let mut reader = FrameReader::new(Pieces { bytes: &bytes, piece });
        for id in 0..100 {
            let frame: ToHost = reader.next_frame(MAX_FRAME).unwrap().unwrap();
            assert!(matches!(frame, ToHost::Result(Reply { id: read, .. }) if read == id));
        }
        assert!(reader.next_body(MAX_FRAME).unwrap().is_none());
    }
}

struct Pieces<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl std::io::Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.piece.min(into.len()).min(self.bytes.len());
        into[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

#[test]
fn a_length_over_the_cap_is_refused_before_it_is_read() {
    assert!(matches!(payload_len(u32::MAX.to_le_bytes(), MAX_FRAME), Err(FrameError::TooLarge { .. })));
    let huge = [0xff; HEADER_LEN];
    let refused = FrameReader::new(&huge[..]).next_body(MAX_FRAME).unwrap_err();
    assert_eq!(refused.to_string(), "frame of 4294967295 bytes is over the limit of 1048576");
    let half = FrameReader::new(&[9, 0, 0, 0, b'{'][..]).next_body(MAX_FRAME).unwrap_err();
    assert!(matches!(half, FrameError::Truncated));
}

#[test]
fn only_the_start_frame_may_be_large() {
    let code = "x".repeat(2 * MAX_FRAME);
    let start = Start {
        v: runtime_protocol::VERSION,
        plugin: runtime_protocol::PluginRef { id: "a".into(), version: "1.0.0".into() },
        program: runtime_protocol::Program::Js {
            modules: vec![runtime_protocol::Module { path: "a.js".into(), code: code.clone() }],
            entry: "a.js".into(),
        },
        config: raw("{}"),
        limits: Limits::default(),
        sandbox: runtime_protocol::Enforcement::Required,
        now: None,
    };
    let mut out = vec![1, 2, 3];
    encode(&ToWorker::Start(start), &mut out).unwrap();
    let len = out.len();
    let large = ToHost::Result(Reply { id: 1, outcome: Ok(raw(&format!("\"{code}\""))) });
    assert!(matches!(encode(&large, &mut out), Err(FrameError::TooLarge { .. })));
    assert_eq!(out.len(), len, "a refused frame must leave nothing behind");
}

/// Frames from a worker are hostile: whatever the bytes, reading them ends, with a frame or with an error.
#[test]
fn no_bytes_make_a_reader_panic() {
    let seeds = [
        r#"{"t":"result","id":1,"ok":{"a":[1,null,"\ud800"]}}"#,
        r#"{"t":"result","id":1,"error":{"code":"threw","message":"m","stack":"s"}}"#,
        r#"{"t":"host","id":2,"call":1,"method":"storage.get","params":{"key":"k"}}"#,
        r#"{"t":"log","level":"info","message":"m","fields":{}}"#,
        r#"{"t":"failed","message":"m","sandbox":{}}"#,
    ];
    let mut random = 0x9e37_79b9_u32;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random as usize % below
    };
    let mut read = 0;
    for seed in seeds.iter().cycle().take(20_000) {
        let mut body = seed.as_bytes().to_vec();
        for _ in 0..next(4) {
            let at = next(body.len());
            match next(3) {
                0 => body[at] = u8::try_from(next(256)).unwrap(),
                1 => drop(body.drain(at..(at + next(8)).min(body.len()))),
                _ => body.extend_from_within(at..),
            }
            if body.is_empty() {
                break;
            }
        }
        let mut stream = u32::try_from(body.len()).unwrap().to_le_bytes().to_vec();
        stream.extend(body);
        read += usize::from(FrameReader::new(&stream[..]).next_frame::<ToHost>(MAX_FRAME).is_ok());
    }
    assert!(read > 1_000, "too few of the mutants were frames: {read}");
}
