//! An upper bound on the steps that checking a value takes.
//!
//! A validator follows `anyOf`, `$ref` and their like without remembering what it has checked, so a schema of one
//! kilobyte can ask for billions of steps. For each depth of value, the bound counts how often schemas are applied
//! on the way from the root to one leaf: applicators in place add up, and of the schemas for parts of the value only
//! those add up that can apply to the same part. Times the number of parts, that bounds the whole check.

use super::inspect::{ProblemKind, SchemaProblem};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The depth of values for which a schema must be affordable.
const USUAL_DEPTH: usize = 6;
/// The deepest value that can be checked.
const MAX_DEPTH: usize = 64;
/// The most steps on the way to one leaf of a value of the usual depth.
const MAX_STEPS_PER_LEAF: u64 = 10_000;

/// Steps to one leaf, by the depth of the value.
#[derive(Debug)]
pub(super) struct Costs(Vec<u64>);

impl Costs {
    /// Refuses a schema that is too costly for values of the usual depth.
    pub(super) fn of(schema: &Value) -> Result<Self, SchemaProblem> {
        let mut by_depth = Vec::new();
        let mut shallower = HashMap::new();
        while by_depth.len() <= MAX_DEPTH {
            let mut level = Level { root: schema, shallower: &shallower, known: HashMap::new() };
            by_depth.push(level.steps(schema));
            level.each(schema);
            let costs = level.finish();
            // Without recursion, the costs stay the same from the schema's own depth on.
            if costs == shallower {
                let last = by_depth.last().copied().unwrap_or(u64::MAX);
                by_depth.resize(MAX_DEPTH + 1, last);
            }
            shallower = costs;
        }
        let usual = by_depth.get(USUAL_DEPTH).copied().unwrap_or(u64::MAX);
        if usual > MAX_STEPS_PER_LEAF {
            let message = "checking a value against this schema could take too many steps; \
                           it has too many alternatives within alternatives, or refers to itself in place"
                .to_owned();
            return Err(SchemaProblem { kind: ProblemKind::Cost, pointer: String::new(), message });
        }
        Ok(Self(by_depth))
    }

    /// The most steps that checking this value can take.
    pub(super) fn steps(&self, value: &Value) -> u64 {
        let (parts, depth) = measure(value);
        self.0.get(depth).map_or(u64::MAX, |steps| steps.saturating_mul(parts))
    }
}

/// Parts of a value, itself included, and levels below it.
fn measure(value: &Value) -> (u64, usize) {
    let children: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(map) => Box::new(map.values()),
        _ => return (1, 0),
    };
    children.map(measure).fold((1, 1), |(parts, depth), (more, below)| (parts + more, depth.max(below + 1)))
}

/// Keyed by the address of a subschema, which is stable while the schema is borrowed.
type Steps = HashMap<*const Value, u64>;

/// The costs for values of one depth.
struct Level<'s> {
    root: &'s Value,
    /// The costs for values one level shallower; empty for values without parts.
    shallower: &'s Steps,
    /// `None` while a schema's cost is being computed.
    known: HashMap<*const Value, Option<u64>>,
}

impl<'s> Level<'s> {
    fn steps(&mut self, schema: &'s Value) -> u64 {
        let Value::Object(map) = schema else { return 1 };
        match self.known.get(&std::ptr::from_ref(schema)) {
            Some(Some(steps)) => return *steps,
            // The schema applies itself to the same value: without end.
            Some(None) => return u64::MAX,
            None => {}
        }
        self.known.insert(schema, None);
        let steps = 1_u64.saturating_add(self.in_place(map)).saturating_add(self.parts(map));
        self.known.insert(schema, Some(steps));
        steps
    }

    /// Schemas that apply to the same value.
    fn in_place(&mut self, map: &'s Map<String, Value>) -> u64 {
        let lists =
            ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| map.get(key)?.as_array()).flatten();
        let singles =
            ["not", "if", "then", "else", "contentSchema"].into_iter().filter_map(|key| map.get(key));
        let named = map.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values);
        let target =
            map.get("$ref").and_then(Value::as_str).and_then(|r| self.root.pointer(r.strip_prefix('#')?));
        let all: Vec<&'s Value> = lists.chain(singles).chain(named).chain(target).collect();
        all.into_iter().fold(0, |sum, schema| sum.saturating_add(self.steps(schema)))
    }

    /// Schemas that apply to one part of the value: one of the named ones, and all of the others.
    fn parts(&self, map: &'s Map<String, Value>) -> u64 {
        let cost = |schema: &Value| match schema {
            Value::Object(_) => self.shallower.get(&std::ptr::from_ref(schema)).copied().unwrap_or(0),
            _ => 1,
        };
        let named = |key: &str| map.get(key).and_then(Value::as_object).into_iter().flat_map(Map::values);
        let property = named("properties").map(cost).max().unwrap_or(0);
        let item = map
            .get("prefixItems")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(cost)
            .max()
            .unwrap_or(0);
        let every = [
            "items",
            "additionalProperties",
            "unevaluatedProperties",
            "unevaluatedItems",
            "contains",
            "propertyNames",
        ];
        let every = every.into_iter().filter_map(|key| map.get(key));
        named("patternProperties").chain(every).map(cost).fold(property.max(item), u64::saturating_add)
    }

    /// Computes every subschema, so that the next level finds them.
    fn each(&mut self, schema: &'s Value) {
        match schema {
            Value::Object(map) => {
                self.steps(schema);
                map.values().for_each(|value| self.each(value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.each(item)),
            _ => {}
        }
    }

    fn finish(self) -> Steps {
        self.known.into_iter().filter_map(|(schema, steps)| Some((schema, steps?))).collect()
    }
}
