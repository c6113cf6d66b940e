//! WA04xx: packages, signatures, trust and the store.

rules! {
    PACKAGE:
    MODIFIED = WA0401 "modified" Error "a file of an installed plugin is not what was installed"
    UNSIGNED = WA0402 "unsigned" Error "a package is not signed, and nobody allowed that"
    INVALID_SIGNATURE = WA0403 "invalid-signature" Error "a package is not what its publisher signed"
    UNTRUSTED_KEY = WA0404 "untrusted-key" Error "a package is signed with a key that is not trusted for it"
    REVOKED = WA0405 "revoked" Error "a package is signed with a revoked key"
    DOWNGRADED = WA0406 "downgraded" Error "a package is older than one that was installed before"
    UNREADABLE_PLUGIN = WA0407 "unreadable-plugin" Error "the files of a plugin cannot be read"
    NOT_PACKABLE = WA0408 "not-packable" Error "a plugin's directory holds what no package may hold"
    UNSIGNED_ALLOWED = WA0410 "unsigned-allowed" Warning "an unsigned package is installed"
    DOWNGRADE_ALLOWED = WA0411 "downgrade-allowed" Warning "an older package than before is installed"
    IN_DEVELOPMENT = WA0412 "in-development" Info "a plugin runs from its author's folder"
    NOT_INSTALLED = WA0420 "not-installed" Error "wa.yaml names a package that is not installed"
    NOT_IN_PROJECT = WA0421 "not-in-project" Warning "wa.lock pins a package that wa.yaml does not name"
    SOURCE_DIFFERS = WA0422 "source-differs" Warning "wa.yaml and wa.lock name different sources"
    BAD_LOCK = WA0423 "bad-lock" Error "wa.lock cannot be read"
    BAD_TRUST_STORE = WA0424 "bad-trust-store" Error "the trust store cannot be read"
    UNFINISHED_CHANGE = WA0425 "unfinished-change" Error "the last change of the project cannot be finished"
    EXPIRED = WA0430 "expired" Error "a package is trusted only on the word of an index whose time is over"
    INDEX_EXPIRED = WA0431 "index-expired" Warning "the last index of a registry that is pinned has expired"
    REGISTRY_MISMATCH = WA0432 "registry-mismatch" Error "wa-registry.yaml does not fit the packages beside it"
    FORBIDDEN = WA0433 "forbidden" Error "the operator's policy does not permit a plugin"
}
