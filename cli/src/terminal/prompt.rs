//! Questions to a person. Without a terminal every question has the same answer: nobody is there.

use std::io::{self, IsTerminal};

use dialoguer::{Confirm, Input, Select};

use crate::failure::{Failure, Outcome, While};

/// How a confirmation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmation {
    Yes,
    No,
    /// There is nobody to ask.
    Nobody,
}

/// Asks a person.
pub(crate) trait Prompter: Send + Sync {
    /// A question whose default answer is no.
    fn confirm(&self, question: &str) -> Outcome<Confirmation>;
    /// A line of text that `check` accepts; `flag` is what to pass when nobody is there.
    fn line(
        &self,
        question: &str,
        flag: &str,
        default: Option<&str>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Outcome<String>;
    /// One of `items`, by index.
    fn choose(&self, question: &str, flag: &str, items: &[String]) -> Outcome<usize>;
}

/// `dialoguer`, on stderr.
pub(crate) struct TerminalPrompter;

/// Nobody is there.
pub(crate) struct NoPrompts;

/// The prompter that fits this process.
pub(crate) fn for_this_process() -> Box<dyn Prompter> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        Box::new(TerminalPrompter)
    } else {
        Box::new(NoPrompts)
    }
}

impl Prompter for TerminalPrompter {
    fn confirm(&self, question: &str) -> Outcome<Confirmation> {
        let answer = Confirm::new().with_prompt(question).default(false).interact_opt().cannot("ask")?;
        Ok(if answer == Some(true) { Confirmation::Yes } else { Confirmation::No })
    }

    fn line(
        &self,
        question: &str,
        _flag: &str,
        default: Option<&str>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Outcome<String> {
        let mut input =
            Input::<String>::new().with_prompt(question).validate_with(|text: &String| check(text));
        if let Some(default) = default {
            input = input.default(default.to_owned());
        }
        input.interact_text().cannot("ask")
    }

    fn choose(&self, question: &str, _flag: &str, items: &[String]) -> Outcome<usize> {
        let chosen =
            Select::new().with_prompt(question).items(items).default(0).interact_opt().cannot("ask")?;
        chosen.ok_or_else(|| Failure::unconfirmed("nothing was chosen"))
    }
}

impl Prompter for NoPrompts {
    fn confirm(&self, _question: &str) -> Outcome<Confirmation> {
        Ok(Confirmation::Nobody)
    }

    fn line(
        &self,
        question: &str,
        flag: &str,
        default: Option<&str>,
        _check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Outcome<String> {
        default.map(ToOwned::to_owned).ok_or_else(|| nobody(question, flag))
    }

    fn choose(&self, question: &str, flag: &str, _items: &[String]) -> Outcome<usize> {
        Err(nobody(question, flag))
    }
}

fn nobody(question: &str, flag: &str) -> Failure {
    Failure::could_not_run(format_args!("there is no terminal to ask for: {question}"))
        .hint(format_args!("pass {flag}"))
}
