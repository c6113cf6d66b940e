//! Filters, and the forms that other systems take in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::shown;
use crate::support::{Place, Running};

/// A project whose log has commands, a host, a refusal and a message.
fn lived() -> Place {
    let place = Place::with_echo(&[super::WISH]);
    place.wa(["plugins", "disable", "wish"]).succeeds();
    place.wa(["plugins", "enable", "wish"]).succeeds();
    let host = Running::start(&place);
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    host.tool("attempt", &json!({})).unwrap_err();
    host.stop();
    place
}

#[test]
fn filters_narrow_what_is_shown() {
    let place = lived();
    let all = shown(&place, &[]);
    let of = |arguments: &[&str], fits: &dyn Fn(&Value) -> bool| {
        let expected: Vec<&Value> = all.iter().filter(|record| fits(record)).collect();
        let found = shown(&place, arguments);
        assert!(!found.is_empty(), "{arguments:?}");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{arguments:?}");
    };
    let starts = |record: &Value, name: &str, with: &str| record[name].as_str().unwrap().starts_with(with);
    of(&["--plugin", "wish"], &|record| record["plugin"] == "wish");
    of(&["--action", "plugin.*"], &|record| starts(record, "action", "plugin."));
    of(&["--action", "host.start"], &|record| record["action"] == "host.start");
    of(&["--actor", "operator:*"], &|record| starts(record, "actor", "operator:"));
    of(&["--actor", "agent:ana"], &|record| record["actor"] == "agent:ana");
    of(&["--outcome", "refused"], &|record| record["outcome"] == "refused");
    let middle = all[all.len() / 2]["at"].as_str().unwrap();
    of(&["--since", middle], &|record| record["at"].as_str().unwrap() >= middle);
    of(&["--until", middle], &|record| record["at"].as_str().unwrap() < middle);
    let last = shown(&place, &["-n", "3"]);
    assert_eq!(last, all[all.len() - 3..]);
    let lines = place.wa(["audit", "show", "--action", "host.*"]).succeeds();
    assert_eq!(lines.stdout().lines().count(), 2, "{lines}");
    let said = place.wa(["audit", "show", "--action", "hosts.*"]).exits(2);
    assert!(said.stderr().contains("host.start"), "{said}");
}

fn exported(place: &Place, format: &str) -> Vec<String> {
    let said = place.wa(["audit", "export", "--format", format]).succeeds();
    said.stdout().lines().map(str::to_owned).collect()
}

#[test]
fn jsonl_is_the_log_itself() {
    let place = lived();
    let lines: Vec<String> = place.read(".wa/audit/000001.jsonl").lines().map(str::to_owned).collect();
    assert_eq!(exported(&place, "jsonl"), lines);
    let some = place.wa(["audit", "export", "--format", "jsonl", "--plugin", "wish"]).succeeds();
    assert!(some.stdout().lines().count() < lines.len());
}

#[test]
fn ocsf_events_have_what_class_6003_requires() {
    let place = lived();
    let records = shown(&place, &[]);
    let events = exported(&place, "ocsf");
    assert_eq!(events.len(), records.len());
    for (event, record) in events.iter().zip(&records) {
        let event: Value = serde_json::from_str(event).unwrap();
        let number = |name: &str| event[name].as_u64().unwrap_or_else(|| panic!("{name}: {event}"));
        assert_eq!((number("class_uid"), number("category_uid")), (6003, 6));
        assert_eq!(number("type_uid"), 600_300 + number("activity_id"));
        assert!([0, 1, 2, 3, 4, 99].contains(&number("activity_id")), "{event}");
        assert!([1, 2].contains(&number("status_id")) && (1..=6).contains(&number("severity_id")), "{event}");
        assert!(number("time") > 1_600_000_000_000, "{event}");
        assert_eq!(event["api"]["operation"], record["action"]);
        assert_eq!(event["actor"]["user"]["name"], record["actor"]);
        assert_eq!(event["metadata"]["version"], "1.3.0");
        assert!(event["metadata"]["product"]["vendor_name"].is_string(), "{event}");
        assert_eq!(event["metadata"]["uid"], record["event_id"]);
        assert!(event["src_endpoint"]["ip"].is_string(), "{event}");
    }
}

#[test]
fn cef_lines_are_read_back_by_its_rules() {
    let place = lived();
    let records = shown(&place, &[]);
    let lines = exported(&place, "cef");
    assert_eq!(lines.len(), records.len());
    for (line, record) in lines.iter().zip(&records) {
        let (header, fields) = read_cef(line);
        assert_eq!((&*header[0], &*header[1], header.len()), ("CEF:0", "wa", 7));
        assert_eq!(header[4], record["action"].as_str().unwrap());
        assert!(header[6].parse::<u8>().unwrap() <= 10);
        assert_eq!(fields["externalId"], record["event_id"].as_str().unwrap());
        assert_eq!(fields["suser"], record["actor"].as_str().unwrap());
        assert_eq!(fields["cn1"], record["seq"].to_string());
        assert_eq!(fields["outcome"], record["outcome"].as_str().unwrap());
        assert_eq!((&*fields["cs3Label"], &*fields["cs3"]), ("details", &*record["details"].to_string()));
        assert_eq!(fields.get("cs1").map(String::as_str), record["plugin"].as_str());
    }
}

/// The seven parts of the header, and the extension's fields.
fn read_cef(line: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let (mut header, mut part, mut rest) = (Vec::new(), String::new(), line.chars());
    while header.len() < 7 {
        match rest.next().expect("the header is too short") {
            '\\' => part.push(rest.next().unwrap()),
            '|' => header.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    // A field ends where ` name=` begins; a `=` in a value is escaped.
    let (mut fields, mut name, mut value) = (BTreeMap::new(), String::new(), String::new());
    while let Some(c) = rest.next() {
        match c {
            '\\' => value.push(match rest.next().unwrap() {
                'n' => '\n',
                'r' => '\r',
                c => c,
            }),
            '=' => {
                let (before, next) = match value.rfind(' ') {
                    Some(at) => (value[..at].to_owned(), value[at + 1..].to_owned()),
                    None => (String::new(), value.clone()),
                };
                if !name.is_empty() {
                    fields.insert(std::mem::take(&mut name), before);
                }
                name = next;
                value.clear();
            }
            c => value.push(c),
        }
    }
    fields.insert(name, value);
    (header, fields)
}
