//! What a plugin may do with secrets that it cannot read, and what keeps them from going where they do not belong.

use super::{Core, host_calls::write};
use crate::{error_chain::chain, plugin::Plugin};
use audit_log::{Action, Actor, Detail, Event};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use manifest_schema::{
    manifest::{SecretInput, SecretUse, Signing},
    secrets,
};
use runtime_protocol::{
    ErrorCode, Failure, FetchAnswer, HostCall, HostMethod, Outcome, SecretSign, Signature,
};
use secret_store::{Redactor, SignError};
use std::fmt::Write as _;

/// Refuses a host call that would carry a secret of the plugin's own configuration into a chat, a store or another plugin. Only
/// `http.fetch` may: that is what a plugin reads a secret for.
pub(super) fn keep_inside(plugin: &Plugin, call: &HostCall) -> Result<(), Failure> {
    if call.method == HostMethod::Fetch || !plugin.redactor.finds(call.params.get()) {
        return Ok(());
    }
    let why =
        "what is asked holds a secret of the plugin's configuration, which may only go out by `wa.fetch`";
    Err(Failure::new(ErrorCode::Denied, why))
}

/// Takes the plugin's secrets out of an answer: a server may echo what it got.
pub(super) fn clean(redactor: &Redactor, answer: &mut FetchAnswer) {
    if redactor.is_empty() {
        return;
    }
    let headers = std::mem::take(&mut answer.headers);
    let text = |text: String| redactor.text(&text).into_owned();
    answer.headers = headers.into_iter().map(|(name, value)| (text(name), text(value))).collect();
    if !answer.base64 {
        return redactor.mend(&mut answer.body);
    }
    if let Ok(bytes) = STANDARD.decode(&answer.body)
        && redactor.finds(&bytes)
    {
        answer.body = STANDARD.encode(redactor.bytes(&bytes));
    }
}

impl Core {
    /// Signs for a plugin. Recorded before it is done.
    pub(super) async fn plugin_signs(&self, plugin: &Plugin, asked: &SecretSign) -> Outcome {
        let inputs = plugin.manifest.config_contracts.secret_inputs.as_ref();
        let input = inputs.and_then(|inputs| secrets::names(&inputs.paths, &asked.path));
        let signing = signing(input, asked)?;
        let bytes = bytes(asked)?;
        let event = Event::done(Actor::Plugin(plugin.id.to_string()), Action::SecretUse)
            .plugin(&plugin.id)
            .about(&asked.path)
            .with(Detail::Kind, signing.as_str());
        let recorded = self.environment.audit.record(event).await;
        recorded.map_err(|error| Failure::new(ErrorCode::Unavailable, chain(&error)))?;
        let signature = plugin.secrets.sign(&asked.path, signing, &bytes).map_err(|error| match error {
            SignError::NoSecret => Failure::new(
                ErrorCode::NotFound,
                format!("the configuration has no secret at `{}`", asked.path),
            ),
            SignError::Key => Failure::new(ErrorCode::Unavailable, error.to_string()),
        })?;
        let hex = signature.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        write(&Signature { hex, base64: STANDARD.encode(signature) })
    }
}

/// The algorithm that is asked for, if the manifest declares it for this secret.
fn signing(input: Option<&SecretInput>, asked: &SecretSign) -> Result<Signing, Failure> {
    let uses = input.map(|input| input.uses.handle()).unwrap_or_default();
    let declared: Vec<Signing> = uses
        .iter()
        .filter_map(|one| match one {
            SecretUse::Sign { sign } => Some(*sign),
            SecretUse::Header(_) => None,
        })
        .collect();
    let found = match (&asked.sign, &declared[..]) {
        (None, [only]) => Some(*only),
        (None, [_, ..]) => {
            let why = "several algorithms are declared for the secret; name one of them";
            return Err(Failure::new(ErrorCode::InvalidParams, why));
        }
        (Some(word), declared) => declared.iter().copied().find(|one| one.as_str() == word),
        (None, []) => None,
    };
    found.ok_or_else(|| {
        let word = asked.sign.as_deref().unwrap_or("hmac-sha256");
        let path = &asked.path;
        let why = format!(
            "the plugin may not sign with `{path}`; `{{ path: {path}, use: [{{ sign: {word} }}] }}` under `configContracts.secretInputs.paths` in its manifest would declare it"
        );
        Failure::new(ErrorCode::Denied, why)
    })
}

fn bytes(asked: &SecretSign) -> Result<Vec<u8>, Failure> {
    let digits = |hex: &str| -> Option<Vec<u8>> {
        let pairs = hex.as_bytes().chunks(2);
        pairs
            .map(|pair| {
                u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()
            })
            .collect()
    };
    let bytes = match (&asked.text, &asked.hex) {
        (Some(text), None) => Some(text.as_bytes().to_vec()),
        (None, Some(hex)) => digits(hex),
        _ => None,
    };
    bytes.ok_or_else(|| Failure::new(ErrorCode::InvalidParams, "give what to sign as `text` or as `hex`"))
}
