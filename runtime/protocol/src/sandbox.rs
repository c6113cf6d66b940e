//! What holds a worker, part by part.

use serde::{Deserialize, Serialize};

/// Whether foreign code may run where a part of the sandbox is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// No: the worker ends before it reads the program.
    #[default]
    Required,
    /// Yes, with what there is.
    BestEffort,
}

impl Enforcement {
    /// The word that stands for it in the arguments of a compiler worker.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::BestEffort => "best-effort",
        }
    }

    /// What a word stands for.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Required, Self::BestEffort].into_iter().find(|enforcement| enforcement.as_str() == word)
    }
}

/// The parts of the lock-down and how far each holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxReport {
    /// The worker dies with the host.
    pub parent_death_signal: Part,
    /// No other process can read its memory, and it leaves no core dump.
    pub not_dumpable: Part,
    /// No descriptor but the socket, stdout and stderr.
    pub descriptors: Part,
    /// No variable of the host's environment.
    pub environment: Part,
    /// A user of its own.
    pub own_user: Part,
    /// No way to gain privileges by executing something.
    pub no_new_privileges: Part,
    /// Landlock: no file, no connection, no signal outside.
    pub landlock: Part,
    /// Caps on memory, processes, files and descriptors.
    pub resource_limits: Part,
    /// seccomp: a short list of system calls, everything else is refused.
    pub system_calls: Part,
}

impl SandboxReport {
    /// All parts with their names, in the order in which they are applied.
    pub fn parts(&self) -> [(&'static str, &Part); 9] {
        [
            ("parent_death_signal", &self.parent_death_signal),
            ("not_dumpable", &self.not_dumpable),
            ("descriptors", &self.descriptors),
            ("environment", &self.environment),
            ("own_user", &self.own_user),
            ("no_new_privileges", &self.no_new_privileges),
            ("landlock", &self.landlock),
            ("resource_limits", &self.resource_limits),
            ("system_calls", &self.system_calls),
        ]
    }

    /// The parts that do not hold at all; empty where foreign code may run under [`Enforcement::Required`].
    pub fn missing(&self) -> Vec<(&'static str, &Part)> {
        self.parts().into_iter().filter(|(_, part)| part.state == PartState::Missing).collect()
    }

    /// Why foreign code may not run in this sandbox; `None` where it may. Parts that are `vital` must hold in any case.
    pub fn refusal(&self, enforcement: Enforcement, vital: &[&str]) -> Option<String> {
        let counts = |name: &str| enforcement == Enforcement::Required || vital.contains(&name);
        let missing = self.missing().into_iter().filter(|(name, _)| counts(name));
        let missing: Vec<String> = missing.map(|(name, part)| format!("{name}: {}", part.detail)).collect();
        (!missing.is_empty()).then(|| format!("the sandbox is not whole: {}", missing.join("; ")))
    }
}

/// How far one part holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// In a word.
    pub state: PartState,
    /// In a sentence fragment: what exactly holds, or what is missing and why.
    pub detail: String,
}

impl Part {
    /// It holds.
    pub fn enforced(detail: impl Into<String>) -> Self {
        Self { state: PartState::Enforced, detail: detail.into() }
    }

    /// It holds in part, and another part covers the rest.
    pub fn partial(detail: impl Into<String>) -> Self {
        Self { state: PartState::Partial, detail: detail.into() }
    }

    /// It does not hold.
    pub fn missing(detail: impl Into<String>) -> Self {
        Self { state: PartState::Missing, detail: detail.into() }
    }
}

/// How far one part holds, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// Wholly.
    Enforced,
    /// In part; another part covers the rest.
    Partial,
    /// Not at all.
    Missing,
}
