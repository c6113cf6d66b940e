//! Reads what a plugin exports.

use std::collections::{BTreeSet, HashMap};

use rquickjs::{Ctx, Filter, Function, Object, Value};
use runtime_protocol::{CallKind, Failure, Handlers};

use super::thrown;

/// The handlers of a plugin, to be called.
#[derive(Default)]
pub(super) struct Table<'js>(HashMap<CallKind, HashMap<String, Function<'js>>>);

/// Why an export is not a plugin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAPlugin {
    #[error("{entry} has no default export; write `export default definePlugin({{ … }})`")]
    NoDefault { entry: String },
    #[error(
        "unknown key `{key}` in definePlugin; it takes events, hooks, tools, routes, capabilities, services, schedules, commands, rpc and agent"
    )]
    UnknownKey { key: String },
    #[error("`{key}` in definePlugin is not an object of handlers")]
    NotAnObject { key: String },
    #[error("the handler `{name}` in {group} is not a function")]
    NotAFunction { group: String, name: String },
    #[error("definePlugin cannot be read: {0}")]
    Unreadable(Failure),
}

impl<'js> Table<'js> {
    /// Reads the default export of `entry`.
    pub(super) fn read(ctx: &Ctx<'js>, entry: &str, exported: Value<'js>) -> Result<Self, NotAPlugin> {
        let plugin =
            exported.into_object().ok_or_else(|| NotAPlugin::NoDefault { entry: entry.to_owned() })?;
        let mut table = Self::default();
        for (key, value) in properties(ctx, &plugin)? {
            match group(&key) {
                _ if value.is_undefined() => {}
                Some(CallKind::Agent) => table.add(CallKind::Agent, &key, String::new(), value)?,
                Some(kind) => {
                    let handlers =
                        value.into_object().ok_or_else(|| NotAPlugin::NotAnObject { key: key.clone() })?;
                    for (name, handler) in properties(ctx, &handlers)? {
                        match kind {
                            CallKind::Service => table.add_service(ctx, &key, &name, handler)?,
                            _ => table.add(kind, &key, name, handler)?,
                        }
                    }
                }
                None => return Err(NotAPlugin::UnknownKey { key }),
            }
        }
        Ok(table)
    }

    fn add(
        &mut self,
        kind: CallKind,
        group: &str,
        name: String,
        handler: Value<'js>,
    ) -> Result<(), NotAPlugin> {
        let Some(function) = handler.into_function() else {
            return Err(NotAPlugin::NotAFunction { group: group.to_owned(), name });
        };
        self.0.entry(kind).or_default().insert(name, function);
        Ok(())
    }

    /// A service is an object of handlers of its own.
    fn add_service(
        &mut self,
        ctx: &Ctx<'js>,
        group: &str,
        id: &str,
        service: Value<'js>,
    ) -> Result<(), NotAPlugin> {
        let not_an_object = || NotAPlugin::NotAnObject { key: format!("{group}.{id}") };
        let parts = service.into_object().ok_or_else(not_an_object)?;
        for (part, handler) in properties(ctx, &parts)? {
            self.add(CallKind::Service, group, format!("{id}/{part}"), handler)?;
        }
        Ok(())
    }

    /// The handler of that kind and name.
    pub(super) fn get(&self, kind: CallKind, name: &str) -> Option<&Function<'js>> {
        self.0.get(&kind)?.get(name)
    }

    /// The names, for the host to compare with the manifest.
    pub(super) fn names(&self) -> Handlers {
        let names = |kind| -> BTreeSet<String> {
            self.0.get(&kind).into_iter().flat_map(HashMap::keys).cloned().collect()
        };
        Handlers {
            events: names(CallKind::Event),
            hooks: names(CallKind::Hook),
            tools: names(CallKind::Tool),
            routes: names(CallKind::Http),
            capabilities: names(CallKind::Capability),
            services: names(CallKind::Service),
            schedules: names(CallKind::Schedule),
            commands: names(CallKind::Command),
            rpc: names(CallKind::Rpc),
            agent: self.0.contains_key(&CallKind::Agent),
        }
    }
}

fn group(key: &str) -> Option<CallKind> {
    match key {
        "events" => Some(CallKind::Event),
        "hooks" => Some(CallKind::Hook),
        "tools" => Some(CallKind::Tool),
        "routes" => Some(CallKind::Http),
        "agent" => Some(CallKind::Agent),
        "capabilities" => Some(CallKind::Capability),
        "services" => Some(CallKind::Service),
        "schedules" => Some(CallKind::Schedule),
        "commands" => Some(CallKind::Command),
        "rpc" => Some(CallKind::Rpc),
        _ => None,
    }
}

/// An object's own enumerable properties; reading them may run plugin code.
fn properties<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> Result<Vec<(String, Value<'js>)>, NotAPlugin> {
    object
        .own_props::<String, Value<'js>>(Filter::default())
        .collect::<rquickjs::Result<_>>()
        .map_err(|error| NotAPlugin::Unreadable(thrown::engine_failure(ctx, &error)))
}
