use super::*;
use std::{fs, os::unix::fs::PermissionsExt as _};

const MINUTE: u64 = 60_000;

fn project() -> (tempfile::TempDir, Bridges) {
    let directory = tempfile::tempdir().unwrap();
    let bridges = Bridges::new(Layout::new(directory.path()));
    (directory, bridges)
}

fn account() -> Right {
    Right::Bridge { channel: "console".into(), instance: "default".into() }
}

fn agent() -> Right {
    Right::Agent { agent: "ana".parse().unwrap() }
}

#[test]
fn a_code_gives_one_token_to_one_request() {
    let (_directory, bridges) = project();
    let code = bridges.pair(Some("till".into()), account(), 0, MINUTE).unwrap();
    let first = bridges.redeem(&code, "r1", None, 1).unwrap();
    assert!(first.new && first.token.starts_with(BRIDGE_PREFIX));
    assert_eq!(first.paired.name, "till");
    let typed = code.to_lowercase().replace('-', " ");
    let again = bridges.redeem(&typed, "r1", Some("other".into()), 2).unwrap();
    assert_eq!((again.token.as_str(), again.new), (first.token.as_str(), false));
    assert!(matches!(bridges.redeem(&code, "r2", None, 3), Err(BridgeError::Used)));
    assert!(matches!(bridges.redeem(&code, "r1", None, MINUTE), Err(BridgeError::NoCode)));
    assert_eq!(bridges.find(&first.token).unwrap(), Some(first.paired));
    assert_eq!(bridges.find("wab_0").unwrap(), None);
}

#[test]
fn an_agents_token_has_another_prefix() {
    let (_directory, bridges) = project();
    let code = bridges.pair(None, agent(), 0, MINUTE).unwrap();
    assert!(matches!(bridges.redeem(&code, "r", None, 0), Err(BridgeError::Name(_))));
    let got = bridges.redeem(&code, "r", Some("laptop".into()), 0).unwrap();
    assert!(got.token.starts_with(AGENT_PREFIX));
}

#[test]
fn a_revoked_pairing_does_not_come_back_with_its_code() {
    let (_directory, bridges) = project();
    let code = bridges.pair(Some("till".into()), account(), 0, MINUTE).unwrap();
    let got = bridges.redeem(&code, "r1", None, 1).unwrap();
    assert_eq!(bridges.revoke("till", 2).unwrap(), Some(got.paired));
    assert_eq!(bridges.find(&got.token).unwrap(), None);
    assert!(matches!(bridges.redeem(&code, "r1", None, 3), Err(BridgeError::NoCode)));
    assert!(matches!(bridges.revoke("till", 4), Err(BridgeError::Nobody(_))));
}

#[test]
fn a_waiting_code_can_be_taken_back_and_ends() {
    let (_directory, bridges) = project();
    let code = bridges.pair(Some("till".into()), account(), 0, MINUTE).unwrap();
    assert!(matches!(bridges.pair(Some("till".into()), account(), 0, MINUTE), Err(BridgeError::Taken(_))));
    assert_eq!(bridges.list(1).unwrap().1.len(), 1);
    assert_eq!(bridges.revoke("till", 1).unwrap(), None);
    assert!(matches!(bridges.redeem(&code, "r", None, 1), Err(BridgeError::NoCode)));
    bridges.pair(None, account(), 0, MINUTE).unwrap();
    assert!(bridges.list(MINUTE).unwrap().1.is_empty());
}

#[test]
fn the_file_holds_no_secret_and_is_its_owners() {
    let (directory, bridges) = project();
    let code = bridges.pair(Some("till".into()), account(), 0, MINUTE).unwrap();
    let got = bridges.redeem(&code, "request-1", None, 1).unwrap();
    let path = Layout::new(directory.path()).bridges();
    let text = fs::read_to_string(&path).unwrap();
    for secret in [code::normal(&code).as_str(), &code, &got.token, &got.token[4..], "request-1"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(bridges.find(&got.token), Err(BridgeError::Loose { .. })));
}

#[test]
fn names_are_plain() {
    let (_directory, bridges) = project();
    for name in ["", "a b", "ä", "x\n", &"x".repeat(65)] {
        let refused = bridges.pair(Some(name.to_owned()), account(), 0, MINUTE);
        assert!(matches!(refused, Err(BridgeError::Name(_))), "{name}");
    }
}
