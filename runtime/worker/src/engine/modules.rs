//! The modules that a program can import: its own files and `"wa"`, from memory.
//!
//! The host has resolved the imports that it could see and rewritten them to name a file exactly; nothing is
//! guessed here.

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
        let path = join(base, name).ok_or_else(|| refuse("the path leads out of the package"))?;
        let is_known = self.0.borrow().contains_key(&path);
        is_known.then_some(path).ok_or_else(|| refuse("the program has no such module"))
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
}
