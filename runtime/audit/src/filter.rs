//! Which records are wanted.

use crate::{Action, Moment, Outcome, record::Record};
use std::{fmt, str::FromStr};

/// A word, or the beginning of words with a `*` behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// This very word.
    Exactly(String),
    /// Every word that begins so.
    Beginning(String),
}

/// A text that is no pattern, or that nothing can match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

impl Pattern {
    fn matches(&self, word: &str) -> bool {
        match self {
            Self::Exactly(text) => text == word,
            Self::Beginning(text) => word.starts_with(text.as_str()),
        }
    }

    /// A pattern of actions, at least one of which there is.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn of_actions(text: &str) -> Result<Self, PatternError> {
        let pattern: Self = text.parse()?;
        if Action::ALL.iter().any(|action| pattern.matches(action.as_str())) {
            return Ok(pattern);
        }
        let known: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
        Err(PatternError(format!("no action is `{text}`; there are {}", known.join(", "))))
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        match text.strip_suffix('*') {
            Some(start) if !start.contains('*') => Ok(Self::Beginning(start.to_owned())),
            None if !text.contains('*') => Ok(Self::Exactly(text.to_owned())),
            _ => Err(PatternError(format!("`{text}` has a `*` that is not at its end"))),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(text) => f.write_str(text),
            Self::Beginning(text) => write!(f, "{text}*"),
        }
    }
}

/// Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The plugin that the record is about.
    pub plugin: Option<Pattern>,
    /// What was done.
    pub action: Option<Pattern>,
    /// Who did it.
    pub actor: Option<Pattern>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Not before.
    pub since: Option<Moment>,
    /// Before.
    pub until: Option<Moment>,
}

impl Filter {
    /// Whether a record is wanted.
    pub fn takes(&self, record: &Record) -> bool {
        let matches = |pattern: &Option<Pattern>, word: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| word.is_some_and(|word| pattern.matches(word)))
        };
        // A record that tells no time is shown rather than hidden.
        let at = record.at.parse::<Moment>().ok();
        matches(&self.plugin, record.plugin.as_deref())
            && matches(&self.action, Some(&record.action))
            && matches(&self.actor, Some(&record.actor))
            && self.outcome.is_none_or(|outcome| outcome.as_str() == record.outcome)
            && self.since.is_none_or(|since| at.is_none_or(|at| at >= since))
            && self.until.is_none_or(|until| at.is_none_or(|at| at < until))
    }
}
