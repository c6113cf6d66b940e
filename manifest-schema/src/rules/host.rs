//! WA05xx: the runtime, the sandbox and the machine.

rules! {
    HOST:
    SANDBOX_INCOMPLETE = WA0501 "sandbox-incomplete" Error "this machine cannot sandbox plugins fully"
}
