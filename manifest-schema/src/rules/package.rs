//! WA04xx: packages, signatures, trust and the store.

rules! {
    PACKAGE:
    MODIFIED = WA0401 "modified" Error "an installed file is not what was signed"
}
