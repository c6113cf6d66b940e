//! WA05xx: the runtime, the sandbox and the machine.

rules! {
    HOST:
    SANDBOX_INCOMPLETE = WA0501 "sandbox-incomplete" Error "this machine cannot sandbox plugins fully"
    CHECK_BLOCKED = WA0502 "check-blocked" Error "a check could not be made"
    QUARANTINED = WA0510 "quarantined" Error "a plugin failed too often and is not started again"
    BACKOFF = WA0511 "backoff" Warning "a plugin's last worker failed"
    DEAD_LETTERS = WA0512 "dead-letters" Warning "messages were given up"
    WAITING_MESSAGES = WA0513 "waiting-messages" Info "messages wait for a host"
    UNREADABLE_STATE = WA0514 "unreadable-state" Error "a file that a host keeps cannot be read"
    STALE_RUN_FILE = WA0515 "stale-run-file" Warning "a host that was killed has left its record"
    PORT_TAKEN = WA0516 "port-taken" Error "the gateway cannot listen at its address"
    LOOSE_MODE = WA0520 "loose-mode" Error "other users can reach a file that should be yours alone"
    LITTLE_SPACE = WA0521 "little-space" Warning "little space is left on the disk"
    CLOCK_BEHIND = WA0522 "clock-behind" Warning "the clock is behind what has already happened"
    NOT_PAIRED = WA0530 "not-paired" Warning "an account is not paired"
    OPEN_ACCOUNT = WA0531 "open-account" Info "anybody can reach an agent"
    ACCOUNT_WITHOUT_AGENT = WA0532 "account-without-agent" Warning "no agent answers on an account"
    UNKNOWN_AGENT = WA0533 "unknown-agent" Warning "an account is for an agent that there is not"
    NO_TRANSCRIBER = WA0534 "no-transcriber" Warning "no plugin puts voice messages into words"
    AUDIT_TAMPERED = WA0540 "audit-tampered" Error "somebody changed the audit log"
    AUDIT_UNVERIFIED = WA0541 "audit-unverified" Warning "the audit log cannot be verified"
    PLAIN_SECRET = WA0550 "plain-secret" Warning "a secret is written into wa.yaml"
    UNRESOLVED_SECRET = WA0551 "unresolved-secret" Error "a secret cannot be resolved"
    SHORT_SECRET = WA0552 "short-secret" Warning "a secret is too short to be kept out of logs"
    PLACEHOLDER_SECRET = WA0553 "placeholder-secret" Warning "a secret is a placeholder"
}
