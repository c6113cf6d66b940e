//! What the plugins run in: the engines that this `wa` has, and the programs of commands on the search path.

use std::path::PathBuf;

use manifest_schema::finding::Finding;
use manifest_schema::manifest::{Manifest, RuntimeKind};
use manifest_schema::rules;

use super::check::{Seen, Verdict, plural};
use super::scene::Scene;

/// Whether each enabled plugin could be started, as far as that is the machine's. Nothing is started.
pub(super) fn runtimes(scene: &Scene) -> Verdict {
    let plugins = scene.catalog()?.enabled();
    let plugins: Vec<_> = plugins.filter_map(|plugin| Some((plugin, plugin.runtime.as_ref()?))).collect();
    let findings = plugins.iter().filter_map(|(manifest, runtime)| match runtime.kind {
        RuntimeKind::Js => None,
        RuntimeKind::Wasm => no_engine(manifest, cfg!(feature = "wasm")),
        RuntimeKind::Process => no_program(manifest, &runtime.command, &scene.search_path),
    });
    let count = |kind| plugins.iter().filter(|(_, runtime)| runtime.kind == kind).count();
    let kinds =
        [(RuntimeKind::Js, "script"), (RuntimeKind::Wasm, "component"), (RuntimeKind::Process, "command")];
    let kinds = kinds.map(|(kind, noun)| (count(kind), noun));
    let kinds = kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| plural(count, noun));
    let summary = kinds.collect::<Vec<_>>().join(", ");
    let summary = if summary.is_empty() { "nothing to run".to_owned() } else { summary };
    Ok(Seen::new(summary).with(findings))
}

fn no_engine(manifest: &Manifest, has_engine: bool) -> Option<Finding> {
    let id = &manifest.id;
    (!has_engine).then(|| {
        let message =
            format!("`{id}` is a component, and this wa was built without the engine of components");
        Finding::new(&rules::NO_ENGINE, message)
            .help("use a wa with the feature `wasm`, which is on by default")
    })
}

/// A command that the package brings, `./NAME`, is looked at by `plugins`.
fn no_program(manifest: &Manifest, command: &[String], search_path: &[PathBuf]) -> Option<Finding> {
    let program = command.first().filter(|program| !program.starts_with("./"))?;
    let is_missing = runtime_host::find_program(program, search_path).is_none();
    is_missing.then(|| {
        let message = format!("`{}` runs `{program}`, which is not on the PATH", manifest.id);
        Finding::new(&rules::NO_PROGRAM, message).help(format!(
            "install {program}; a script that stands in for it, as version managers have, does not count"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifest_schema::manifest;
    use manifest_schema::source::{Source, Syntax};

    #[test]
    fn a_component_wants_its_engine() {
        let source = "schema: 1\nid: parrot\nversion: 1.0.0\nconfigSchema: { type: object }\nruntime: { kind: wasm, entry: plugin.wasm }\n";
        let source = Source::new("wa.plugin.yaml", source, Syntax::Yaml);
        let manifest = manifest::read(&source).0.unwrap();
        assert_eq!(no_engine(&manifest, true), None);
        let finding = no_engine(&manifest, false).unwrap();
        assert!(finding.rule == &rules::NO_ENGINE && finding.message.contains("`parrot`"), "{finding:?}");
    }
}
