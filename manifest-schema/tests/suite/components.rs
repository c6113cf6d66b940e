//! Components from strangers: whatever the bytes, looking at them ends, with what they are or with an error.

use manifest_schema::component::{self, ComponentError};

/// The least module of the world `wa:plugin`, which imports the host's storage.
const MODULE: &str = r#"(module
  (import "wa:plugin/storage@1.0.0" "get" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "handlers") (result i32) unreachable)
  (func (export "call") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (@custom "wa:handlers" "tool one\nagent \nhttp GET /health\n"))"#;

fn component() -> Vec<u8> {
    component::encode(&wat::parse_str(MODULE).unwrap()).unwrap()
}

#[test]
fn a_component_says_what_it_imports_and_handles() {
    let found = component::inspect(&component()).unwrap();
    assert_eq!(found.interfaces.iter().map(String::as_str).collect::<Vec<_>>(), ["storage", "types"]);
    let handlers = found.handlers.unwrap();
    let names: Vec<_> = handlers
        .iter()
        .flat_map(|(kind, names)| names.iter().map(|name| (kind.key(), name.as_str())))
        .collect();
    assert_eq!(names, [("tools", "one"), ("routes", "GET /health"), ("agent", "")]);
    // What is a component already is given back as it is.
    assert_eq!(component::encode(&component()).unwrap(), component());
}

#[test]
fn flipped_bits_and_cut_ends_never_crash() {
    let good = component();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << bit;
            let _ = component::inspect(&flipped);
        }
        // Cut at the border of a section, what is left may be a component.
        let _ = component::inspect(&good[..at]);
    }
}

#[test]
fn a_module_that_needs_something_else_makes_no_component() {
    for (module, why) in [
        (
            r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1))"#,
            "wasi_snapshot_preview1",
        ),
        ("(module)", "handlers"),
    ] {
        let error = component::encode(&wat::parse_str(module).unwrap()).unwrap_err();
        assert!(matches!(error, ComponentError::NotEncoded(_)) && error.to_string().contains(why), "{error}");
    }
}
