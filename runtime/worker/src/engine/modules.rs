//! The modules that a program can import: its own files and `"wa"`, from memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::{Ctx, Error, Module};
use runtime_protocol::Module as Source;

/// The module that every plugin can import.
const WA: &str = "wa";

const WA_SOURCE: &str = r#"
export const definePlugin = (plugin) => plugin;
export const block = (reason) => ({ block: `${reason}` });
"#;

/// Endings that a specifier may leave out or that stand for a TypeScript file, tried in order.
const ENDINGS: [(&str, &str); 8] = [
    ("", ""),
    (".js", ".ts"),
    (".mjs", ".mts"),
    ("", ".ts"),
    ("", ".js"),
    ("", ".mjs"),
    ("", "/index.ts"),
    ("", "/index.js"),
];

/// The sources by path; what was loaded keeps its path and gives its text back.
#[derive(Clone)]
pub(super) struct Modules(Rc<RefCell<BTreeMap<String, Option<String>>>>);

impl Modules {
    pub(super) fn new(sources: Vec<Source>) -> Self {
        Self(Rc::new(RefCell::new(
            sources.into_iter().map(|source| (source.path, Some(source.code))).collect(),
        )))
    }

    /// The text of a module, once.
    pub(super) fn take(&self, path: &str) -> Option<String> {
        self.0.borrow_mut().get_mut(path)?.take()
    }

    fn find(&self, stem: &str) -> Option<String> {
        let known = self.0.borrow();
        ENDINGS.iter().find_map(|(from, to)| {
            let path = format!("{}{to}", stem.strip_suffix(from)?);
            known.contains_key(&path).then_some(path)
        })
    }
}

impl Resolver for Modules {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        if name == WA {
            return Ok(WA.to_owned());
        }
        let refuse = |why: &str| Error::new_resolving_message(base, name, why);
        if !(name.starts_with("./") || name.starts_with("../")) {
            return Err(refuse(
                "a plugin can import \"wa\" and its own files, by a path that begins with ./ or ../",
            ));
        }
        let stem = join(base, name).ok_or_else(|| refuse("the path leads out of the package"))?;
        self.find(&stem).ok_or_else(|| refuse("the package has no such module"))
    }
}

impl Loader for Modules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js>> {
        let code = if name == WA { Some(WA_SOURCE.to_owned()) } else { self.take(name) };
        Module::declare(ctx.clone(), name, code.ok_or_else(|| Error::new_loading(name))?)
    }
}

/// `name` as seen from the file `base`, or `None` where it climbs over the package's root.
fn join(base: &str, name: &str) -> Option<String> {
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(path.pop()?),
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_package() {
        for (base, name, expected) in [
            ("main.js", "./a.js", Some("a.js")),
            ("src/main.js", "./lib/a.js", Some("src/lib/a.js")),
            ("src/main.js", "../a.js", Some("a.js")),
            ("src/main.js", ".././/./a.js", Some("a.js")),
            ("main.js", "../a.js", None),
            ("src/main.js", "../../etc/passwd", None),
            ("src/main.js", "./../src/../../a.js", None),
        ] {
            assert_eq!(join(base, name).as_deref(), expected, "{name} from {base}");
        }
    }

    #[test]
    fn a_specifier_finds_the_file_it_stands_for() {
        let file = |path: &str| Source { path: path.to_owned(), code: String::new() };
        let modules =
            Modules::new(vec![file("a.ts"), file("b.js"), file("c/index.ts"), file("d.js"), file("d.ts")]);
        for (stem, expected) in [
            ("a.js", Some("a.ts")),
            ("a.ts", Some("a.ts")),
            ("a", Some("a.ts")),
            ("b", Some("b.js")),
            ("c", Some("c/index.ts")),
            ("d.js", Some("d.js")),
            ("e", None),
        ] {
            assert_eq!(modules.find(stem).as_deref(), expected, "{stem}");
        }
    }
}
