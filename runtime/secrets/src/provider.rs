//! From references to values, provider by provider, each asked once.

use crate::{
    dotenv::{self, DotenvError},
    private_file::{self, FileError},
    program::{self, ProgramError, Said},
};
use manifest_schema::{
    names::ProviderName,
    secrets::{
        EnvProvider, ExecProvider, FileMode, FileProvider, Provider, SecretRef, SecretSource, Secrets,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use thiserror::Error;
use zeroize::Zeroizing;

/// What secrets are resolved against.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The project's directory: `.env` is in it, and relative paths start there.
    pub root: PathBuf,
    /// What `~/` stands for.
    pub home: Option<PathBuf>,
    /// A variable of the real environment.
    pub variable: fn(&str) -> Option<String>,
}

/// Why a reference leads to no value. Never says what a value is.
#[derive(Debug, Clone, Error)]
pub enum ResolveError {
    /// `wa.yaml` has no such provider.
    #[error("there is no provider `{0}` under `secrets.providers` in wa.yaml")]
    NoProvider(ProviderName),
    /// The provider is of another source.
    #[error("the provider `{provider}` is of the source `{}`, not `{}`", is.as_str(), wanted.as_str())]
    OtherSource {
        /// The provider.
        provider: ProviderName,
        /// What it is.
        is: SecretSource,
        /// What the reference says.
        wanted: SecretSource,
    },
    /// The variable is not one of those that may be read.
    #[error("`secrets.providers.{provider}.allowlist` in wa.yaml does not name `{name}`")]
    NotListed {
        /// The provider.
        provider: ProviderName,
        /// The variable.
        name: String,
    },
    /// The variable is not set.
    #[error("the variable {0} is set neither in the environment nor in .env")]
    Unset(String),
    /// The value is empty.
    #[error("the value is empty")]
    Empty,
    /// `.env` is unusable, and the environment has no such variable.
    #[error("the variable {name} is not set in the environment, and .env cannot be used")]
    Dotenv {
        /// The variable.
        name: String,
        /// Why.
        source: Arc<DotenvError>,
    },
    /// `~/` stands for nothing.
    #[error("there is no home folder for `~/`")]
    NoHome,
    /// The file is unusable.
    #[error(transparent)]
    File(#[from] Arc<FileError>),
    /// The file is not JSON. What it holds is not told.
    #[error("{} is not JSON (line {line}, column {column})", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The file is not text.
    #[error("{} is not UTF-8 text", .0.display())]
    NotText(PathBuf),
    /// The id does not fit the file's mode.
    #[error("{0}")]
    Mode(&'static str),
    /// The document has no text there.
    #[error("{} has no text at `{pointer}`", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
        /// The JSON pointer.
        pointer: String,
    },
    /// The program gave no usable answer.
    #[error(transparent)]
    Program(#[from] Arc<ProgramError>),
    /// The program has no such secret.
    #[error("the program says {0}")]
    Refused(String),
    /// The program did not mention it.
    #[error("the program's answer does not mention it")]
    NotMentioned,
    /// Programs are not asked now.
    #[error("programs are not asked without --allow-exec")]
    NotAsked,
}

impl ResolveError {
    /// It and its causes in one line.
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

/// What became of one reference.
pub(crate) type Resolved = Result<Arc<SecretString>, ResolveError>;

/// Resolves the references of one provider.
pub(crate) fn resolve(
    name: &ProviderName,
    references: &[&SecretRef],
    secrets: &Secrets,
    surroundings: &Surroundings,
    ask_programs: bool,
) -> Vec<Resolved> {
    let Some(provider) = secrets.provider(name) else {
        return same(references, &ResolveError::NoProvider(name.clone()));
    };
    let is = provider.source();
    let other = |reference: &SecretRef| {
        let wanted = reference.source();
        (is != wanted).then(|| ResolveError::OtherSource { provider: name.clone(), is, wanted })
    };
    let fitting: Vec<&SecretRef> =
        references.iter().copied().filter(|reference| other(reference).is_none()).collect();
    let mut answers = match &provider {
        _ if fitting.is_empty() => Vec::new(),
        Provider::Env(provider) => environment(name, provider, &fitting, surroundings),
        Provider::File(provider) => file(provider, &fitting, surroundings),
        Provider::Exec(_) if !ask_programs => same(&fitting, &ResolveError::NotAsked),
        Provider::Exec(provider) => ask(name, provider, &fitting, surroundings),
    }
    .into_iter();
    let mut one = |reference: &&SecretRef| match other(reference) {
        Some(error) => Err(error),
        None => answers.next().unwrap_or(Err(ResolveError::NotMentioned)).and_then(not_empty),
    };
    references.iter().map(&mut one).collect()
}

fn same(references: &[&SecretRef], error: &ResolveError) -> Vec<Resolved> {
    references.iter().map(|_| Err(error.clone())).collect()
}

fn not_empty(value: Arc<SecretString>) -> Resolved {
    if value.expose_secret().is_empty() { Err(ResolveError::Empty) } else { Ok(value) }
}

fn environment(
    name: &ProviderName,
    provider: &EnvProvider,
    references: &[&SecretRef],
    surroundings: &Surroundings,
) -> Vec<Resolved> {
    let mut dotenv = None;
    let mut one = |id: &str| {
        let listed = provider.allowlist.as_ref();
        if listed.is_some_and(|names| !names.iter().any(|listed| listed.as_str() == id)) {
            return Err(ResolveError::NotListed { provider: name.clone(), name: id.to_owned() });
        }
        if let Some(value) = (surroundings.variable)(id) {
            return Ok(Arc::new(SecretString::from(value)));
        }
        let read = dotenv.get_or_insert_with(|| dotenv::read(&surroundings.root).map_err(Arc::new));
        match read {
            Ok(variables) => match variables.get(id) {
                Some(value) => Ok(Arc::new(value.clone())),
                None => Err(ResolveError::Unset(id.to_owned())),
            },
            Err(source) => Err(ResolveError::Dotenv { name: id.to_owned(), source: Arc::clone(source) }),
        }
    };
    references.iter().map(|reference| one(reference.id())).collect()
}

fn file(provider: &FileProvider, references: &[&SecretRef], surroundings: &Surroundings) -> Vec<Resolved> {
    let content = match read_file(provider, surroundings) {
        Ok(content) => content,
        Err(error) => return same(references, &error),
    };
    references.iter().map(|reference| content.at(reference.id())).collect()
}

enum Content {
    Text(Arc<SecretString>),
    Document(PathBuf, Wiped),
}

/// A JSON document whose texts are wiped when it goes.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    use zeroize::Zeroize as _;
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn read_file(provider: &FileProvider, surroundings: &Surroundings) -> Result<Content, ResolveError> {
    let (base, path) = match provider.path.strip_prefix("~/") {
        Some(path) => (surroundings.home.as_deref().ok_or(ResolveError::NoHome)?, Path::new(path)),
        None => (surroundings.root.as_path(), Path::new(&provider.path)),
    };
    let time = Duration::from_millis(provider.timeout_ms);
    let bytes = private_file::read_within(base, path, provider.max_bytes, time).map_err(Arc::new)?;
    let whole = base.join(path);
    match provider.mode {
        FileMode::Json => {
            let document = serde_json::from_slice(&bytes).map_err(|error| ResolveError::NotJson {
                path: whole.clone(),
                line: error.line(),
                column: error.column(),
            })?;
            Ok(Content::Document(whole, Wiped(document)))
        }
        FileMode::SingleValue => {
            let text = std::str::from_utf8(&bytes).map_err(|_| ResolveError::NotText(whole))?;
            let text = text.strip_suffix('\n').unwrap_or(text);
            let text = Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned());
            Ok(Content::Text(Arc::new(SecretString::from(text.as_str()))))
        }
    }
}

impl Content {
    fn at(&self, id: &str) -> Resolved {
        match self {
            Self::Text(value) if id == "value" => Ok(Arc::clone(value)),
            Self::Text(_) => {
                Err(ResolveError::Mode("the file holds one secret (`mode: singleValue`): its id is `value`"))
            }
            Self::Document(..) if id == "value" => Err(ResolveError::Mode(
                "the file is a JSON document: the id is a pointer into it, such as `/apiKey`",
            )),
            Self::Document(path, document) => match document.0.pointer(id).and_then(Value::as_str) {
                Some(text) => Ok(Arc::new(SecretString::from(text))),
                None => Err(ResolveError::NoText { path: path.clone(), pointer: id.to_owned() }),
            },
        }
    }
}

fn ask(
    name: &ProviderName,
    provider: &ExecProvider,
    references: &[&SecretRef],
    surroundings: &Surroundings,
) -> Vec<Resolved> {
    let ids: Vec<&str> = references.iter().map(|reference| reference.id()).collect();
    let mut said = match program::ask(name.as_str(), provider, &ids, surroundings.variable) {
        Ok(said) => said,
        Err(error) => return same(references, &Arc::new(error).into()),
    };
    let mut one = |id: &str| match said.remove(id) {
        Some(Said::Value(value)) => Ok(Arc::new(value)),
        Some(Said::Error(code)) => Err(ResolveError::Refused(code)),
        None => Err(ResolveError::NotMentioned),
    };
    references.iter().map(|reference| one(reference.id())).collect()
}
