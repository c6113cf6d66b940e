//! Compiled components: made once by a locked-down compiler, kept under the host's seal.
//!
//! Compiled code is run as it is, so a file counts only with its seal: an HMAC under a key that plugins cannot read, over
//! the name (which component, which engine) and the bytes. What has none, or a wrong one, is compiled anew.

use crate::{
    atomic_file,
    identity::{self, hex},
    worker::{Spawner, compile},
};
use ring::hmac;
use runtime_protocol::Enforcement;
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Bytes of the key.
const KEY: usize = 32;

/// What a host needs to run components.
#[derive(Debug, Clone)]
pub struct Components {
    /// Where compiled components are kept.
    pub directory: PathBuf,
    /// The key of their seals; made when it is first needed.
    pub key_file: PathBuf,
    /// The engine that workers have, as a word: compiled code for another is of no use.
    pub engine: fn() -> Result<String, String>,
}

/// The components that this host has compiled or found.
#[derive(Debug)]
pub(crate) struct Compiled {
    components: Option<Components>,
    engine: OnceLock<Result<String, String>>,
    /// Names whose seal was checked since the host started; nothing but the host writes there.
    checked: Mutex<HashSet<String>>,
}

impl Compiled {
    pub(crate) fn new(components: Option<Components>) -> Self {
        Self { components, engine: OnceLock::new(), checked: Mutex::default() }
    }

    /// The file with the compiled form of a component, which may take seconds where it has to be compiled.
    pub(crate) async fn of(
        self: &Arc<Self>,
        spawner: &Spawner,
        component: Arc<[u8]>,
        enforcement: Enforcement,
    ) -> Result<PathBuf, String> {
        let (this, bytes) = (Arc::clone(self), Arc::clone(&component));
        let entry = blocking(move || this.entry(&bytes)).await?;
        if entry.is_kept {
            return Ok(entry.path);
        }
        let code = compile(spawner, component, enforcement).await?;
        let this = Arc::clone(self);
        blocking(move || {
            let kept = entry.keep(&code);
            kept.map_err(|error| format!("cannot write {}: {error}", entry.path.display()))?;
            this.lock().insert(entry.name);
            Ok(entry.path)
        })
        .await
    }

    /// Where the compiled form is or will be.
    fn entry(&self, component: &[u8]) -> Result<Entry, String> {
        let no_engine = || "this wa was built without the engine of components (feature `wasm`)".to_owned();
        let components = self.components.as_ref().ok_or_else(no_engine)?;
        let engine = self.engine.get_or_init(components.engine).as_ref().map_err(Clone::clone)?;
        let name = format!("{}-{engine}", hex(&Sha256::digest(component)));
        let path = components.directory.join(format!("{name}.cwasm"));
        if self.lock().contains(&name) {
            return Ok(Entry { name, path, key: None, is_kept: true });
        }
        let key = read_or_make_key(&components.key_file);
        let key = key.map_err(|error| format!("cannot use {}: {error}", components.key_file.display()))?;
        let is_kept = is_sealed(&path, &name, &key);
        if is_kept {
            self.lock().insert(name.clone());
        }
        Ok(Entry { name, path, key: Some(key), is_kept })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One compiled component.
struct Entry {
    name: String,
    path: PathBuf,
    /// Absent where the seal was checked before.
    key: Option<hmac::Key>,
    is_kept: bool,
}

impl Entry {
    /// The code first, then the seal: a crash between the two leaves what counts for nothing.
    fn keep(&self, code: &[u8]) -> io::Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        atomic_file::write(&self.path, code)?;
        atomic_file::write(&seal_file(&self.path), seal(key, &self.name, code).as_ref())
    }
}

fn seal_file(path: &Path) -> PathBuf {
    path.with_extension("seal")
}

fn seal(key: &hmac::Key, name: &str, code: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(name.as_bytes());
    context.update(&[0]);
    context.update(code);
    context.sign()
}

fn is_sealed(path: &Path, name: &str, key: &hmac::Key) -> bool {
    let (Ok(code), Ok(expected)) = (fs::read(path), fs::read(seal_file(path))) else { return false };
    let text: Vec<u8> = [name.as_bytes(), &[0], &code].concat();
    hmac::verify(key, &text, &expected).is_ok()
}

/// 32 random bytes that only the operator can read. Two hosts that make it at once agree on the one that was there first.
fn read_or_make_key(file: &Path) -> io::Result<hmac::Key> {
    let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    match fs::read(file) {
        Ok(bytes) if bytes.len() == KEY => return Ok(key(&bytes)),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let fresh = identity::random_bytes::<KEY>()?;
    atomic_file::write(file, &fresh)?;
    Ok(key(&fs::read(file)?))
}

/// Files and hashing, away from the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err("its code could not be read".to_owned()))
}
