//! Records are found by filters, and come out in the forms of others.

use super::*;
use crate::{Filter, export, records};

fn varied() -> Bench {
    let bench = Bench::new();
    let mut log = bench.open(Limits::default());
    let events = [
        Event::done(Actor::Operator(1000), Action::PluginInstall)
            .plugin("acme.desk")
            .with(Detail::Version, "1.0.0"),
        Event::refused(Actor::Plugin("acme.desk".into()), Action::HostCallRefuse)
            .plugin("acme.desk")
            .about("a|b=c\\d"),
        Event::failed(Actor::Host, Action::WorkerEnd)
            .plugin("other")
            .with(Detail::Keys, ["x", "y"].into_iter().collect::<crate::DetailValue>()),
    ];
    for (number, event) in (10..).zip(events) {
        log.append(&[Entry { at: at(number), event }], Durability::Synced).unwrap();
    }
    bench
}

#[test]
fn filters_find_what_they_name() {
    let bench = varied();
    let found = |filter: Filter| -> Vec<u64> {
        let records = records(&bench.place.folder).unwrap().map(Result::unwrap);
        records.filter(|record| filter.takes(record)).map(|record| record.seq).collect()
    };
    let pattern = |text: &str| Some(text.parse().unwrap());
    assert_eq!(found(Filter::default()), [1, 2, 3, 4]);
    assert_eq!(found(Filter { plugin: pattern("acme.desk"), ..Filter::default() }), [2, 3]);
    assert_eq!(found(Filter { action: pattern("plugin.*"), ..Filter::default() }), [2]);
    assert_eq!(found(Filter { actor: pattern("plugin:*"), ..Filter::default() }), [3]);
    assert_eq!(found(Filter { outcome: Some(crate::Outcome::Failed), ..Filter::default() }), [4]);
    assert_eq!(found(Filter { since: Some(at(11)), until: Some(at(12)), ..Filter::default() }), [3]);
    assert!("a*b".parse::<crate::Pattern>().is_err());
    assert!(crate::Pattern::of_actions("plugins.*").is_err());
}

#[test]
fn an_ocsf_event_has_what_its_class_requires() {
    for record in records(&varied().place.folder).unwrap().map(Result::unwrap) {
        let event = export::ocsf(&record, "1.2.3");
        let (class, activity) =
            (event["class_uid"].as_u64().unwrap(), event["activity_id"].as_u64().unwrap());
        assert_eq!((class, event["category_uid"].as_u64()), (6003, Some(6)));
        assert_eq!(event["type_uid"].as_u64(), Some(class * 100 + activity));
        assert_eq!(event["api"]["operation"], record.action);
        assert_eq!(event["metadata"]["version"], "1.3.0");
        assert_eq!(event["status_id"], if record.outcome == "done" { 1 } else { 2 });
        assert_eq!(event["time"].as_u64(), Some(record.at.parse::<Moment>().unwrap().millis()));
        for required in ["severity_id", "actor", "src_endpoint"] {
            assert!(!event[required].is_null(), "{required}");
        }
    }
}

#[test]
fn a_line_of_cef_keeps_what_would_end_a_field() {
    let bench = varied();
    let record = records(&bench.place.folder).unwrap().nth(2).unwrap().unwrap();
    let line = export::cef(&record, "1|2");
    assert!(line.starts_with("CEF:0|wa|wa|1\\|2|host_call.refuse|host_call.refuse refused|6|rt="), "{line}");
    assert!(line.contains("cs2Label=subject cs2=a|b\\=c\\\\d"), "{line}");
}
