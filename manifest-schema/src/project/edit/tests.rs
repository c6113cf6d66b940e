use super::{EditError, remove, remove_entry, set, set_enabled, set_source};
use crate::names::PluginId;

fn id() -> PluginId {
    "order-desk".parse().unwrap()
}

#[test]
fn an_entry_is_added_wherever_the_author_left_off() {
    let cases = [
        ("schema: 1\n", "schema: 1\nplugins:\n  entries:\n    order-desk:\n      source: ./a.tgz\n"),
        ("schema: 1", "schema: 1\nplugins:\n  entries:\n    order-desk:\n      source: ./a.tgz"),
        (
            "schema: 1\nplugins:\n",
            "schema: 1\nplugins:\n  entries:\n    order-desk:\n      source: ./a.tgz\n",
        ),
        (
            "plugins: { deny: [] } # why\n",
            "plugins: { deny: [], entries: { order-desk: { source: ./a.tgz } } } # why\n",
        ),
        (
            "plugins:\n  # mine\n  entries: {}\n  deny: [x] # bad\n",
            "plugins:\n  # mine\n  entries: { order-desk: { source: ./a.tgz } }\n  deny: [x] # bad\n",
        ),
        (
            "plugins:\n    entries:\n        other:\n            source: x # pinned\n\n# the end\nschema: 1\n",
            "plugins:\n    entries:\n        other:\n            source: x # pinned\n        order-desk:\n          source: ./a.tgz\n\n# the end\nschema: 1\n",
        ),
        (
            "plugins:\n  entries:\n    order-desk:\n      config: { a: 1 }\n",
            "plugins:\n  entries:\n    order-desk:\n      config: { a: 1 }\n      source: ./a.tgz\n",
        ),
        (
            "plugins:\n  entries:\n    order-desk: { source: ./old.tgz, enabled: true } # keep\n",
            "plugins:\n  entries:\n    order-desk: { source: ./a.tgz, enabled: true } # keep\n",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(set_source(before, &id(), "./a.tgz").unwrap(), after, "from:\n{before}");
        assert_eq!(set_source(after, &id(), "./a.tgz").unwrap(), after, "twice");
    }
}

#[test]
fn what_was_added_can_be_removed() {
    for before in [
        "plugins:\n  entries: {}\n",
        "plugins: { deny: [] }\n",
        "plugins:\n  entries:\n    other:\n      source: x # pinned\n# end\n",
        "plugins:\n  entries:\n    other: { source: x }\n\nserver: { bind: 127.0.0.1:0 }\n",
    ] {
        let added = set_enabled(&set_source(before, &id(), "@acme/desk@^1").unwrap(), &id(), false).unwrap();
        let removed = remove_entry(&added, &id()).unwrap();
        assert_eq!(
            super::parse(&removed).unwrap().to_json()["plugins"]["entries"].get("order-desk"),
            None,
            "{removed}"
        );
        assert!(!before.contains("# pinned") || removed.contains("# pinned"), "{removed}");
        assert_eq!(remove_entry(&removed, &id()).unwrap(), removed);
    }
    assert_eq!(
        remove_entry("plugins:\n  entries:\n    order-desk:\n      source: x\nschema: 1\n", &id()).unwrap(),
        "plugins:\n  entries: {}\nschema: 1\n"
    );
}

#[test]
fn strings_are_quoted_where_yaml_would_read_something_else() {
    for text in ["true", "1.0", "a: b", "#x", "@acme/x@^1", "- x", "é", "", "null", "a\nb"] {
        let edited = set("schema: 1\n", &["plugins", "entries", "x", "source"], &text.into()).unwrap();
        assert_eq!(
            super::parse(&edited).unwrap().to_json()["plugins"]["entries"]["x"]["source"],
            text,
            "{edited}"
        );
    }
}

#[test]
fn what_cannot_be_changed_safely_is_refused() {
    let shared = "a: &x { source: y }\nplugins:\n  entries:\n    order-desk: *x\n";
    assert!(
        matches!(set_source(shared, &id(), "z"), Err(EditError::Unsafe { .. })),
        "{:?}",
        set_source(shared, &id(), "z")
    );
    assert!(matches!(set_source("a: [", &id(), "z"), Err(EditError::Unreadable(_))));
    assert_eq!(remove("a: 1\n", &["b", "c"]).unwrap(), "a: 1\n");
}
