//! Whoever changes the log is found out, by `wa audit verify` and by `wa doctor`.

use std::fs;

use serde_json::{Value, json};

use super::{is_intact, shown};
use crate::support::{Place, Running};

/// A project with a few records.
fn filled() -> Place {
    let place = Place::with_echo(&[]);
    for _ in 0..3 {
        place.wa(["plugins", "disable", "desk"]).succeeds();
        place.wa(["plugins", "enable", "desk"]).succeeds();
    }
    assert_eq!(is_intact(&place), 7);
    place
}

fn lines(place: &Place) -> Vec<String> {
    place.read(".wa/audit/000001.jsonl").lines().map(str::to_owned).collect()
}

fn put(place: &Place, lines: &[String]) {
    place.write(".wa/audit/000001.jsonl", lines.iter().map(|line| format!("{line}\n")).collect::<String>());
}

#[track_caller]
fn first_bad(place: &Place) -> u64 {
    let said = place.wa(["audit", "verify", "--json"]).exits(1);
    let verified = said.json();
    assert_eq!(verified["verdict"], "tampered", "{verified}");
    let seq = verified["firstBad"].as_u64().unwrap();
    let words = place.wa(["audit", "verify"]).exits(1);
    assert!(words.stdout().starts_with(&format!("TAMPERED: record {seq} ")), "{words}");
    seq
}

/// What doctor finds of the log, and its exit code's word.
fn doctor(place: &Place) -> Value {
    place.wa(["doctor", "--only", "audit", "--format", "json"]).json()["findings"].take()
}

#[test]
fn each_change_by_hand_is_found_and_the_first_bad_record_named() {
    let place = filled();
    let good = lines(&place);
    let mut changed = good.clone();
    changed[3] = changed[3].replace("plugin.disable", "plugin.enabled");
    put(&place, &changed);
    assert_eq!(first_bad(&place), 4);
    assert_eq!(doctor(&place)[0]["code"], "WA0540");
    let mut deleted = good.clone();
    deleted.remove(2);
    put(&place, &deleted);
    assert_eq!(first_bad(&place), 3);
    let mut swapped = good.clone();
    swapped.swap(4, 5);
    put(&place, &swapped);
    assert_eq!(first_bad(&place), 5);
    let mut twice = good.clone();
    twice.insert(2, good[1].clone());
    put(&place, &twice);
    assert_eq!(first_bad(&place), 3);
    put(&place, &good[..4]);
    assert_eq!(first_bad(&place), 5);
    // A line of another project's log.
    let mut mixed = good.clone();
    mixed[1] = lines(&filled())[1].clone();
    put(&place, &mixed);
    assert_eq!(first_bad(&place), 2);
    put(&place, &good);
    assert_eq!(is_intact(&place), 7);
    assert_eq!(doctor(&place), json!([]));
}

#[test]
fn half_a_line_is_no_tampering_and_the_next_command_says_that_it_cut_it_off() {
    let place = filled();
    let good = place.read(".wa/audit/000001.jsonl");
    place.write(".wa/audit/000001.jsonl", format!("{good}{{\"action\":\"plu"));
    let said = place.wa(["audit", "verify"]).succeeds();
    assert!(said.stdout().starts_with("intact: 7 records"), "{said}");
    assert!(said.stderr().contains("14 bytes"), "{said}");
    place.wa(["plugins", "disable", "desk"]).succeeds();
    let records = shown(&place, &["-n", "2"]);
    assert_eq!(
        (&records[0]["action"], &records[1]["action"]),
        (&json!("audit.recover"), &json!("plugin.disable"))
    );
    assert_eq!(is_intact(&place), 9);
}

#[test]
fn nothing_is_added_to_a_changed_log_until_it_is_put_aside() {
    let place = filled();
    let kept = lines(&place);
    put(&place, &kept[..3]);
    let before = place.read("wa.yaml");
    let said = place.wa(["plugins", "disable", "desk"]).exits(2);
    assert!(
        said.stderr().contains("first at record 4") && said.stderr().contains("wa audit recover"),
        "{said}"
    );
    assert_eq!(place.read("wa.yaml"), before);
    let stderr = Running::try_start(&place).err().expect("a host runs on a changed log");
    assert!(stderr.contains("first at record 4"), "{stderr}");
    place.wa(["audit", "recover"]).exits(3);
    assert_eq!(first_bad(&place), 4);
    place.wa(["audit", "recover", "--yes"]).succeeds();
    assert_eq!(is_intact(&place), 1);
    let first = &shown(&place, &[])[0];
    let old = first["details"]["from"].as_str().unwrap();
    assert_eq!(first["action"], "audit.replace");
    assert_eq!(place.read(&format!(".wa/audit/replaced/{old}/000001.jsonl")).lines().count(), 3);
    place.wa(["plugins", "disable", "desk"]).succeeds();
    place.wa(["audit", "recover", "--yes"]).exits(1);
}

#[test]
fn a_rollback_of_everything_is_found_by_what_was_kept_elsewhere() {
    let place = filled();
    let (file, state) = (place.read(".wa/audit/000001.jsonl"), place.read(".wa/audit/state"));
    for _ in 0..2 {
        place.wa(["plugins", "disable", "desk"]).succeeds();
        place.wa(["plugins", "enable", "desk"]).succeeds();
    }
    place.wa(["audit", "checkpoint", "--out", "monday"]).succeeds();
    assert_eq!(place.wa(["audit", "checkpoint"]).succeeds().json()["seq"], 11);
    place.write(".wa/audit/000001.jsonl", file);
    place.write(".wa/audit/state", state);
    // The checkpoint beside the key is enough.
    assert_eq!(first_bad(&place), 8);
    assert_eq!(doctor(&place)[0]["code"], "WA0540");
    // Who can write there too is found by one from elsewhere.
    for entry in fs::read_dir(place.audit_keys()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "checkpoint") {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(is_intact(&place), 7);
    let said = place.wa(["audit", "verify", "--checkpoint", "monday"]).exits(1);
    assert!(said.stdout().contains("record 8") && said.stdout().contains("up to 11"), "{said}");
}

#[test]
fn without_the_first_key_nobody_says_that_all_is_well() {
    let place = filled();
    let log = place.wa(["audit", "verify", "--json"]).succeeds().json()["log"].as_str().unwrap().to_owned();
    let key = place.audit_keys().join(format!("{log}.key"));
    fs::rename(&key, place.path("moved.key")).unwrap();
    fs::remove_file(place.audit_keys().join(format!("{log}.checkpoint"))).unwrap();
    let verified = place.wa(["audit", "verify", "--json"]).exits(2).json();
    assert_eq!((&verified["verdict"], &verified["why"]), (&json!("unverified"), &json!("no-key")));
    assert_eq!(doctor(&place)[0]["code"], "WA0541");
    place.wa(["audit", "verify", "--key", "moved.key"]).succeeds();
    // It goes on being written: only its verifying needs the key.
    place.wa(["plugins", "disable", "desk"]).succeeds();
    place.wa(["audit", "verify", "--key", "moved.key"]).succeeds();
    let other = filled();
    let foreign = fs::read_dir(other.audit_keys()).unwrap().map(|entry| entry.unwrap().path());
    let foreign = foreign.into_iter().find(|path| path.extension().is_some_and(|end| end == "key")).unwrap();
    let said = place.wa(["audit", "verify", "--key", foreign.to_str().unwrap()]).exits(1);
    assert!(said.stdout().contains("of another log"), "{said}");
    fs::remove_file(place.path(".wa/audit/state")).unwrap();
    let verified = place.wa(["audit", "verify", "--key", "moved.key", "--json"]).exits(2).json();
    assert_eq!((&verified["why"], &verified["unverifiedFrom"]), (&json!("no-state"), &json!(9)));
}

#[test]
fn where_nothing_was_recorded_there_is_nothing_to_verify() {
    let place = Place::with_echo(&[]);
    let said = place.wa(["audit", "verify"]).exits(2);
    assert!(said.stdout().contains("there is no log"), "{said}");
    place.wa(["audit", "checkpoint"]).exits(2);
    assert_eq!(shown(&place, &[]), Vec::<Value>::new());
    assert_eq!(doctor(&place), json!([]));
}
