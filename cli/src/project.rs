//! The project at hand, read once per command: `wa.yaml`, `wa.lock`, the trust store and the installed set.
