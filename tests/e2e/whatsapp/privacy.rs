//! What the log keeps to itself.

use std::fs;

use base64::Engine as _;
use serde_json::json;

use super::{LISTENER, LISTENS, SESSION, place};
use crate::support::whatsapp::{ANA, OWN, Simulator};

#[test]
fn logs_name_nobody_and_hold_no_message_and_no_key() {
    for verbosity in [&["--json"][..], &[]] {
        let place = place("");
        place.plugin("listener", LISTENS, LISTENER);
        let elsewhere = "allow: ['*'] }, outbound_allowlist: { whatsapp: ['573000000009'] }";
        place.edit("wa.yaml", "allow: ['*'] }", elsewhere);
        let mut simulator = Simulator::start(&place, &[SESSION]);
        let mut command = place.command(["run", "--simulator", &simulator.address]);
        let log = fs::File::create(place.path("log")).unwrap();
        command.args(verbosity).stdout(log.try_clone().unwrap()).stderr(log);
        let mut host = command.spawn().unwrap();
        let log = || fs::read_to_string(place.path("log")).unwrap();
        while !log().contains("connected") {}
        fs::write(place.path("photo.png"), "quinoa in a picture").unwrap();
        simulator.command(&json!({ "do": "sendFile", "from": ANA, "to": OWN, "path": place.path("photo.png"), "mime": "image/png", "caption": "quinoa" }));
        simulator.write("quinoa in a text");
        place.wa(["send", "--channel", "whatsapp", "--to", ANA, "quinoa on its way out"]).succeeds();
        assert_eq!(simulator.heard()["text"], "quinoa on its way out");
        // The agent may write to somebody else only, which is said.
        while log().matches("outbound_allowlist").count() < 2 {}
        simulator.command(&json!({ "do": "unlink", "account": OWN }));
        while !log().replace('_', " ").contains("credentials expired") {}
        host.kill().unwrap();
        host.wait().unwrap();

        let credentials: serde_json::Value =
            serde_json::from_str(&place.read(&format!("{SESSION}/.whatsapp-rs/creds.json"))).unwrap();
        let mut secrets = vec!["quinoa".to_owned(), ANA.to_owned(), OWN.to_owned()];
        collect_keys(&credentials["device"], &mut secrets);
        assert!(secrets.len() > 20, "the credentials hold no keys: {credentials}");
        let log = log();
        for secret in secrets {
            assert!(!log.contains(&secret), "the log holds {secret:?}:\n{log}");
        }
        assert!(log.contains("…02@s.whatsapp.net"), "{log}");
    }
}

/// The keys in a value, which are arrays of bytes there: in the forms that a log would have them in.
fn collect_keys(value: &serde_json::Value, forms: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(bytes) if bytes.len() >= 32 => {
            let bytes: Vec<u8> =
                bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect();
            // Both halves of a key pair, and a secret alone.
            for part in bytes.chunks(32).filter(|part| part.len() == 32) {
                forms.push(part[..8].iter().map(|byte| format!("{byte:02x}")).collect());
                forms.push(base64::engine::general_purpose::STANDARD.encode(&part[..24]));
                forms.push(format!("{:?}", &part[..6]).trim_matches(['[', ']']).to_owned());
            }
        }
        serde_json::Value::Object(members) => members.values().for_each(|value| collect_keys(value, forms)),
        _ => {}
    }
}
