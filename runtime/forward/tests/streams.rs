//! What a receiver is told of every way in which a stream can go wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use forward_stream::{
    Algorithm, CheckingKey, KeyError, Link, Record, RefusalKind, Role, Verdict, Verifier, VerifierState,
    ZERO_HASH, seal,
};
use ring::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Map, Value, json};

const SECRET: &str = "a secret of both sides";

fn signed(secret: &str, text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn record(seq: u64, prev_hash: &str, text: &str) -> Record {
    Record {
        v: Record::VERSION,
        stream: "fwd_1".into(),
        seq,
        prev_hash: prev_hash.into(),
        event_id: format!("evt_{seq}"),
        event: "message.received".into(),
        channel: "console".into(),
        instance: "default".into(),
        chat: "me".into(),
        message_id: Some(format!("m{seq}")),
        role: Role::User,
        from: Some("me".into()),
        origin: None,
        content: json!({ "kind": "text", "text": text }).as_object().cloned().unwrap(),
        at: "2026-11-21T09:30:00.000Z".into(),
        recorded_at: "2026-11-21T09:30:00.001Z".into(),
    }
}

/// A record as it is delivered, and its hash.
fn sent(record: &Record) -> (String, String) {
    let Link { text, hash } = record.link().unwrap();
    (seal(&text, Algorithm::HmacSha256, &signed(SECRET, &text)).unwrap(), hash)
}

/// The lines of a stream of so many records, from the one after `prev_hash` on.
fn lines(from: u64, count: u64, prev_hash: &str, text: &str) -> Vec<String> {
    let mut prev = prev_hash.to_owned();
    let next = |seq| {
        let (line, hash) = sent(&record(seq, &prev, text));
        prev = hash;
        line
    };
    (from..from + count).map(next).collect()
}

fn verifier() -> Verifier {
    Verifier::new(CheckingKey::hmac(SECRET).unwrap(), VerifierState::default())
}

fn hash_of(line: &str) -> String {
    serde_json::from_str::<Value>(line).unwrap()["hash"].as_str().unwrap().to_owned()
}

fn refused(verifier: &mut Verifier, line: &str) -> RefusalKind {
    let before = verifier.state().clone();
    let refusal = verifier.take(line).unwrap_err();
    assert_eq!(*verifier.state(), before, "a refusal changed what counts");
    refusal.kind
}

#[test]
fn in_order_repeated_and_out_of_order() {
    let (lines, mut verifier) = (lines(1, 6, ZERO_HASH, "hi"), verifier());
    let mut take = |index: usize| verifier.take(&lines[index]).unwrap();
    assert_eq!([take(0), take(1)], [Verdict::New, Verdict::New]);
    assert_eq!([take(0), take(1), take(1)], [Verdict::Repeat; 3]);
    assert_eq!([take(4), take(3), take(4)], [Verdict::Early; 3]);
    assert_eq!(verifier.missing(), [(3, 3)]);
    assert_eq!(verifier.state().seq, 2);
    assert_eq!(verifier.take(&lines[2]).unwrap(), Verdict::New);
    assert_eq!((verifier.state().seq, verifier.missing()), (5, vec![]));
    assert_eq!(verifier.take(&lines[5]).unwrap(), Verdict::New);
}

#[test]
fn a_stolen_number_is_refused_before_and_after_its_turn() {
    let (own, mut verifier) = (lines(1, 3, ZERO_HASH, "hi"), verifier());
    verifier.take(&own[0]).unwrap();
    let stolen = lines(1, 3, ZERO_HASH, "pay me");
    assert_eq!(refused(&mut verifier, &stolen[0]), RefusalKind::Forked);
    assert_eq!(refused(&mut verifier, &stolen[1]), RefusalKind::BrokenChain);
    assert_eq!(verifier.take(&own[2]).unwrap(), Verdict::Early);
    assert_eq!(refused(&mut verifier, &stolen[2]), RefusalKind::Forked);
    assert_eq!(verifier.take(&own[1]).unwrap(), Verdict::New);
    assert_eq!(verifier.state().seq, 3);
}

#[test]
fn a_broken_chain_is_named_from_both_sides() {
    let own = lines(1, 3, ZERO_HASH, "hi");
    let torn = lines(2, 1, &"ab".repeat(32), "hi").remove(0);
    let mut before = verifier();
    before.take(&own[0]).unwrap();
    assert_eq!(refused(&mut before, &torn), RefusalKind::BrokenChain);
    let fork = lines(2, 1, &hash_of(&own[0]), "another").remove(0);
    let mut after = verifier();
    after.take(&own[0]).unwrap();
    after.take(&own[2]).unwrap();
    assert_eq!(refused(&mut after, &fork), RefusalKind::BrokenChain);
    let first = lines(1, 1, &"ab".repeat(32), "hi").remove(0);
    assert_eq!(refused(&mut verifier(), &first), RefusalKind::BrokenChain);
}

#[test]
fn what_is_not_signed_or_was_altered() {
    let (line, _) = sent(&record(1, ZERO_HASH, "hi"));
    let altered = line.replace("\"hi\"", "\"ho\"");
    assert_eq!(refused(&mut verifier(), &altered), RefusalKind::WrongHash);
    let mut members: Map<String, Value> = serde_json::from_str(&altered).unwrap();
    let Link { hash, .. } = record(1, ZERO_HASH, "ho").link().unwrap();
    members.insert("hash".into(), hash.into());
    let rehashed = serde_json::to_string(&members).unwrap();
    assert_eq!(refused(&mut verifier(), &rehashed), RefusalKind::WrongSignature);
    let mut other = Verifier::new(CheckingKey::hmac("some other secret").unwrap(), VerifierState::default());
    assert_eq!(refused(&mut other, &line), RefusalKind::WrongSignature);
}

#[test]
fn the_form_is_the_one_that_was_sent() {
    let (line, _) = sent(&record(1, ZERO_HASH, "hi"));
    let spaced = line.replacen(':', ": ", 1);
    let doubled = line.replacen('{', "{\"at\":\"2026-11-21T09:30:00.000Z\",", 1);
    let unsigned = record(1, ZERO_HASH, "hi").link().unwrap().text;
    let mut newer = record(1, ZERO_HASH, "hi");
    newer.v = 2;
    for line in ["", "{}", "nonsense", &spaced, &doubled, &unsigned, &sent(&newer).0] {
        assert_eq!(refused(&mut verifier(), line), RefusalKind::Malformed, "{line}");
    }
}

#[test]
fn another_stream_and_the_same_event_twice() {
    let own = lines(1, 2, ZERO_HASH, "hi");
    let mut foreign = record(2, &hash_of(&own[0]), "hi");
    foreign.stream = "fwd_2".into();
    let mut twice = record(2, &hash_of(&own[0]), "hi");
    twice.event_id = "evt_1".into();
    let mut verifier = verifier();
    verifier.take(&own[0]).unwrap();
    assert_eq!(refused(&mut verifier, &sent(&foreign).0), RefusalKind::WrongStream);
    assert_eq!(refused(&mut verifier, &sent(&twice).0), RefusalKind::EventTwice);
    assert_eq!(verifier.take(&own[1]).unwrap(), Verdict::New);
}

#[test]
fn a_receiver_goes_on_where_it_was_and_a_whole_file_can_be_read_again() {
    let (all, mut first) = (lines(1, 600, ZERO_HASH, "hi"), verifier());
    for line in &all[..500] {
        first.take(line).unwrap();
    }
    let kept = serde_json::to_string(first.state()).unwrap();
    let state: VerifierState = serde_json::from_str(&kept).unwrap();
    let again = || Verifier::new(CheckingKey::hmac(SECRET).unwrap(), state.clone());
    // One old record alone cannot be compared; the file from its beginning can.
    assert_eq!(refused(&mut again(), &all[9]), RefusalKind::TooOld);
    let mut whole = again();
    let verdicts: Vec<Verdict> = all.iter().map(|line| whole.take(line).unwrap()).collect();
    assert!(verdicts[..500].iter().all(|verdict| *verdict == Verdict::Repeat));
    assert!(verdicts[500..].iter().all(|verdict| *verdict == Verdict::New));
    // Another history shows at the latest where it meets what is remembered.
    let mut other = again();
    let forged = lines(1, 600, ZERO_HASH, "pay me");
    let kinds: Vec<RefusalKind> =
        forged.iter().filter_map(|line| other.take(line).err()).map(|refusal| refusal.kind).collect();
    assert_eq!(kinds.first(), Some(&RefusalKind::Forked));
    assert_eq!(other.state().seq, 500);
}

#[test]
fn ed25519_needs_the_public_key_only() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let text = record(1, ZERO_HASH, "hi").link().unwrap().text;
    let line = seal(&text, Algorithm::Ed25519, pair.sign(text.as_bytes()).as_ref()).unwrap();
    let raw = pair.public_key().as_ref();
    let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0], raw].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki));
    for public in [STANDARD.encode(raw), pem] {
        let public = CheckingKey::ed25519(&public).unwrap();
        assert_eq!(Verifier::new(public, VerifierState::default()).take(&line).unwrap(), Verdict::New);
    }
    assert_eq!(refused(&mut verifier(), &line), RefusalKind::WrongSignature);
    // The same bytes under the name of the other way are no signature.
    let renamed = seal(&text, Algorithm::Ed25519, &signed(SECRET, &text)).unwrap();
    assert_eq!(refused(&mut verifier(), &renamed), RefusalKind::WrongSignature);
}

#[test]
fn weak_and_malformed_keys() {
    assert_eq!(CheckingKey::hmac("short").unwrap_err(), KeyError::TooShort(5));
    for text in ["", "AAAA", "not base64"] {
        assert_eq!(CheckingKey::ed25519(text).unwrap_err(), KeyError::NoPublicKey);
    }
}
