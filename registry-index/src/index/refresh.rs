//! Fetching the index of a registry whose root is pinned.

use super::{INDEX_FILE, IndexError, RegistryUrl, Root, Sealed, signature_file};
use crate::trust::{TrustError, TrustStore};
use std::collections::BTreeMap;
use thiserror::Error;

/// Gives the document at a path below a registry's address, or `None` where there is none (404).
pub type Get<'a, E> = dyn Fn(&str) -> Result<Option<Vec<u8>>, E> + 'a;

/// Why no index came that could be believed.
#[derive(Debug, Error)]
pub enum RefreshError<E: std::error::Error + 'static> {
    /// The registry could not be asked.
    #[error("the index of {registry} cannot be fetched")]
    Fetch {
        /// Which registry.
        registry: RegistryUrl,
        /// Why.
        source: E,
    },
    /// What came is not believed; what was kept of the index before stays.
    #[error("the index of {registry} is refused")]
    Refused {
        /// Which registry.
        registry: RegistryUrl,
        /// Why.
        source: TrustError,
    },
}

impl<E: std::error::Error + 'static> RefreshError<E> {
    /// Whether a rule said no, rather than that the network or the disk failed.
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::Fetch { .. } => false,
            Self::Refused { source: TrustError::Index(error), .. } => error.is_refusal(),
            Self::Refused { .. } => true,
        }
    }
}

/// Fetches the newest index of a registry and believes it, if the registry's root is pinned; else nothing is asked.
///
/// # Errors
/// Any [`RefreshError`].
pub fn refresh<E: std::error::Error + 'static>(
    trust: &mut TrustStore,
    registry: &RegistryUrl,
    get: &Get<'_, E>,
) -> Result<(), RefreshError<E>> {
    let Some(root) = trust.indexes().of(registry).map(|known| known.root.clone()) else { return Ok(()) };
    let fetch = || -> Result<Sealed, RefreshError<E>> {
        fetch(&root, get)
            .map_err(|source| RefreshError::Fetch { registry: registry.clone(), source })?
            .map_err(|source| RefreshError::Refused { registry: registry.clone(), source: source.into() })
    };
    let mut sealed = fetch()?;
    // A registry that is just being built may give an index and the signatures of the one before.
    if sealed.open(&root).is_err() {
        sealed = fetch()?;
    }
    let believed = trust.believe(registry, &sealed);
    believed.map_err(|source| RefreshError::Refused { registry: registry.clone(), source })
}

/// Outside: what the network did; inside: what the registry has.
fn fetch<E>(root: &Root, get: &Get<'_, E>) -> Result<Result<Sealed, IndexError>, E> {
    let Some(index) = get(INDEX_FILE)? else {
        return Ok(Err(IndexError::Missing));
    };
    let Ok(index) = String::from_utf8(index) else { return Ok(Err(IndexError::NotCanonical)) };
    let mut signatures = BTreeMap::new();
    for key in root.keys().iter().map(crate::keys::PublicKey::fingerprint) {
        let text = get(&signature_file(&key))?;
        signatures.extend(text.and_then(|text| Some((key.short(), String::from_utf8(text).ok()?))));
    }
    Ok(Ok(Sealed { index, signatures }))
}
