use super::*;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};

const SECRETS: [&str; 5] =
    ["canary-4f7a91c2", "p/w+d?&=% \"quoted\"\\", "schlüssel-näher-日本", "exactly8", "ab cd ef gh"];

fn redactor(secrets: &[&str]) -> Redactor {
    let secrets: Vec<SecretString> = secrets.iter().map(|text| SecretString::from(*text)).collect();
    Redactor::new(&secrets)
}

/// A generator of its own, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() % limit
    }

    fn bytes(&mut self, up_to: usize) -> Vec<u8> {
        (0..self.below(up_to + 1)).map(|_| b"abcXYZ019 -_/+=%\"\\\n"[self.below(19)]).collect()
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// What others make of a secret, by means of their own.
fn encodings(secret: &str, before: &[u8], after: &[u8]) -> Vec<String> {
    let around = [before, secret.as_bytes(), after].concat();
    let url = |secret: &str| -> String { secret.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    vec![
        secret.to_owned(),
        STANDARD.encode(&around),
        STANDARD_NO_PAD.encode(&around),
        URL_SAFE.encode(&around),
        URL_SAFE_NO_PAD.encode(&around),
        hex(secret),
        hex(secret).to_uppercase(),
        url(secret),
        url(secret).to_lowercase(),
        serde_json::to_string(secret).unwrap(),
        serde_json::to_string(&serde_json::to_string(secret).unwrap())
            .unwrap()
            .replace("\\\\", "\\")
            .replace("\\\"\\\"", "\""),
    ]
}

#[test]
fn every_form_is_found_wherever_it_stands() {
    let redactor = redactor(&SECRETS);
    let mut dice = Dice(7);
    for secret in SECRETS {
        for round in 0..60 {
            let (before, after) = (dice.bytes(12), dice.bytes(12));
            for (which, form) in encodings(secret, &before, &after).into_iter().take(10).enumerate() {
                let text = format!("{} {form} {}", "x".repeat(round % 5), "y".repeat(round % 3));
                let clean = redactor.text(&text);
                assert!(clean.contains(REDACTED), "form {which} of {secret:?} after {before:?}: {text}");
                assert!(!redactor.finds(&*clean), "{clean}");
            }
        }
    }
}

#[test]
fn url_encodings_of_other_tools() {
    let redactor = redactor(&SECRETS);
    for form in [
        "p%2Fw%2Bd%3F%26%3D%25+%22quoted%22%5C", // application/x-www-form-urlencoded
        "p%2Fw%2Bd%3F%26%3D%25%20%22quoted%22%5C", // encodeURIComponent
        "p%2fw%2bd%3f%26%3d%25%20%22quoted%22%5c",
        "p/w+d?&=%25%20%22quoted%22%5C", // encodeURI
        "schl%C3%BCssel-n%C3%A4her-%E6%97%A5%E6%9C%AC",
        "schl\\u00fcssel-n\\u00e4her-\\u65e5\\u672c",
        "p\\/w+d?&=% \\\"quoted\\\"\\\\",
    ] {
        assert_eq!(redactor.text(&format!("<{form}>")), format!("<{REDACTED}>"), "{form}");
    }
}

#[test]
fn a_stream_cut_anywhere_gives_what_the_whole_gives() {
    let redactor = redactor(&SECRETS);
    let mut dice = Dice(11);
    for _ in 0..400 {
        let mut text = Vec::new();
        for _ in 0..dice.below(6) {
            text.extend(dice.bytes(20));
            let secret = SECRETS[dice.below(SECRETS.len())];
            let forms = encodings(secret, &[], &[]);
            let form = forms[dice.below(9)].as_bytes();
            // Now and then only a part of it.
            text.extend(&form[..form.len() - dice.below(4).saturating_sub(2).min(form.len())]);
        }
        let whole = redactor.bytes(&text).into_owned();
        let mut stream = redactor.stream();
        let (mut pieces, mut rest) = (Vec::new(), &text[..]);
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(1 + dice.below(rest.len().min(9)));
            pieces.extend(stream.push(piece));
            rest = more;
        }
        pieces.extend(stream.finish());
        assert_eq!(String::from_utf8_lossy(&pieces), String::from_utf8_lossy(&whole));
    }
}

#[test]
fn what_holds_no_secret_is_left_alone() {
    let redactor = redactor(&SECRETS);
    for text in ["", "canary", "canary-4f7a91c", "nothing to see", "{\"a\":1}"] {
        assert!(matches!(redactor.text(text), Cow::Borrowed(same) if same == text), "{text}");
    }
    let mut stream = Redactor::default().stream();
    assert_eq!(stream.push(b"at once"), b"at once");
    assert!(Redactor::default().is_empty());
}

#[test]
fn short_secrets_are_not_looked_for() {
    let redactor = redactor(&["seven77", ""]);
    assert!(redactor.is_empty() && !redactor.finds("seven77"));
}

#[test]
fn lines_of_a_long_secret_count_by_themselves() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEzN\nshort\n-----END PRIVATE KEY-----\n";
    let redactor = redactor(&[pem]);
    assert_eq!(redactor.text("a MC4CAQAwBQYDK2VwBCIEIEzN b"), "a [redacted] b");
    assert_eq!(redactor.text("-----BEGIN PRIVATE KEY-----"), "-----BEGIN PRIVATE KEY-----");
    assert_eq!(redactor.text("short"), "short");
    assert_eq!(redactor.text(pem.trim()), REDACTED);
}

#[test]
fn json_stays_json() {
    let redactor = redactor(&[SECRETS[1], "12345678901"]);
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let clean = redactor.json(raw(r#"{"a":["p/w+d?&=% \"quoted\"\\",12345678901],"x12345678901":1,"b":2}"#));
    assert_eq!(clean.get(), r#"{"a":["[redacted]","[redacted]"],"b":2,"x[redacted]":1}"#);
    let same = r#"{ "a" : 1.50 }"#;
    assert_eq!(redactor.json(raw(same)).get(), same);
}
