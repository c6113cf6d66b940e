//! WA03xx: the project and the catalog of its plugins.

rules! {
    PROJECT:
    BOUND_TWICE = WA0301 "bound-twice" Error "two agents are bound to the same account"
    ALLOWED_AND_DENIED = WA0302 "allowed-and-denied" Warning "a plugin is both allowed and denied"
    OPEN_SERVER = WA0303 "open-server" Warning "the gateway can be reached from other machines"
    INSTANCE_TWICE = WA0304 "instance-twice" Error "two accounts of a channel have one name"
    SESSION_SHARED = WA0305 "session-shared" Error "two accounts keep their keys in one place"
    TWO_PLACES = WA0306 "two-places" Error "the accounts of a channel are in two files"
    OWNERSHIP_CONFLICT = WA0310 "ownership-conflict" Error "two plugins claim the same thing"
    SHADOWED = WA0311 "shadowed" Info "a plugin under development replaces an installed one"
    STALE_ENTRY = WA0312 "stale-entry" Warning "an entry of wa.yaml names no plugin"
    UNKNOWN_HANDLER_PLUGIN = WA0313 "unknown-handler-plugin" Error "an agent's handler is no plugin that can answer"
    BAD_CONFIG = WA0314 "bad-config" Error "a plugin's configuration does not fit its configSchema"
    REQUIRED_PLUGIN = WA0315 "required-plugin" Error "a plugin needs another that is not enabled"
    PATTERN_WITHOUT_TOOL = WA0316 "pattern-without-tool" Warning "a tool pattern matches no tool"
    DANGEROUS_FLAG = WA0317 "dangerous-flag" Warning "a plugin's configuration weakens its safety"
}
