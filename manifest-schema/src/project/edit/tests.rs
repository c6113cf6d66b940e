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

/// Numbers that look random and are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// A project file as different people write it: block or flow, with comments, blank lines, and other keys.
    fn project(&mut self) -> String {
        let comment = |numbers: &mut Self| numbers.pick(&["", " # why", "  # a: b, {c}"]).to_owned();
        let gap = |numbers: &mut Self| {
            numbers.pick(&["", "\n", "# about the next\n", "\n  # odd place\n"]).to_owned()
        };
        let mut text = format!("schema: 1{}\n{}", comment(self), gap(self));
        match self.below(4) {
            0 => {}
            1 => text += "plugins: { deny: [x], entries: { order-desk: { enabled: true }, b: {} } } # flow\n",
            2 => text += &format!("plugins:{}\n  deny: [x]\n{}", comment(self), gap(self)),
            _ => {
                let indent = " ".repeat(2 + 2 * self.below(2));
                text += &format!("plugins:\n{indent}entries:{}\n", comment(self));
                for id in ["a", "order-desk", "z"] {
                    let body = self.pick(&[
                        " {}",
                        " { source: ./x.tgz } # inline",
                        "",
                        "\n      enabled: false # off\n      config: { a: [1, 2] }",
                    ]);
                    text += &format!(
                        "{indent}{indent}{id}:{}\n",
                        body.replace("\n      ", &format!("\n{indent}{indent}{indent}"))
                    );
                }
            }
        }
        let tail = ["", "server: { bind: 127.0.0.1:0 }", "# the end\n", "x-note: |\n  a\n  b\n"];
        text + &gap(self) + self.pick(&tail)
    }
}

#[test]
fn a_change_has_its_effect_and_no_other() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut done = 0;
    for _ in 0..3_000 {
        let text = numbers.project();
        let before = super::parse(&text).unwrap().to_json();
        let id = numbers.pick(&["order-desk", "a", "new-one"]);
        let mut path = vec!["plugins", "entries", id];
        let (edited, value) = match numbers.below(3) {
            0 => (remove(&text, &path), None),
            1 => {
                path.push("enabled");
                (set(&text, &path, &false.into()), Some(false.into()))
            }
            _ => {
                path.push("source");
                (set(&text, &path, &"@acme/x@^1".into()), Some("@acme/x@^1".into()))
            }
        };
        let edited = match edited {
            Ok(edited) => edited,
            Err(EditError::Unsafe { .. }) => continue,
            Err(error) => panic!("{error}\n{text}"),
        };
        done += 1;
        let (mut before, mut after) = (before, super::parse(&edited).unwrap().to_json());
        assert_eq!(after.pointer(&super::pointer(&path)), value.as_ref(), "{text}\n->\n{edited}");
        for value in [&mut before, &mut after] {
            // Only the way to the changed value may differ, and only by being there.
            if let Some(entries) =
                value.pointer_mut("/plugins/entries").and_then(serde_json::Value::as_object_mut)
            {
                entries.remove(id);
            }
            if value.pointer("/plugins/entries").is_some_and(|entries| entries == &serde_json::json!({})) {
                value["plugins"].as_object_mut().unwrap().remove("entries");
            }
            if value
                .get("plugins")
                .is_some_and(|plugins| plugins.is_null() || plugins == &serde_json::json!({}))
            {
                value.as_object_mut().unwrap().remove("plugins");
            }
        }
        assert_eq!(before, after, "{text}\n->\n{edited}");
        let lost = text
            .lines()
            .filter(|line| line.trim_start().starts_with('#') && !edited.contains(line.trim()))
            .count();
        assert_eq!(lost, 0, "{text}\n->\n{edited}");
    }
    assert!(done > 2_500, "only {done} of 3000 changes could be made");
}
