//! From nothing to a plugin that is checked and tested: `new`, `validate`, `types`, `test`, `explain`, `schema`.

use insta::assert_snapshot;

use crate::support::Place;

const TEMPLATES: [&str; 3] = ["ts-tool", "ts-gate", "ts-webhook"];

fn with_plugin(template: &str) -> Place {
    let place = Place::with_project();
    place
        .wa(["plugins", "new", "order-desk", "--template", template, "--set", "publisher=acme", "--set", "title=Order desk", "--set", "description=Finds orders"])
        .succeeds();
    place
}
