//! WA06xx: packages in the formats of other hosts, read and never run.

rules! {
    FOREIGN:
    FOREIGN_MANIFEST = WA0601 "foreign-manifest" Error "the manifest is one that its own host would refuse"
    FOREIGN_UNKNOWN_KEY = WA0602 "foreign-unknown-key" Warning "the format's own host does not read a key"
    FOREIGN_IGNORED = WA0603 "foreign-ignored" Warning "the format's own host passes over a value"
    FOREIGN_ID = WA0604 "foreign-id" Info "the id is another in wa"
    FOREIGN_VERSION = WA0605 "foreign-version" Info "the package has no usable version"
    UNCHECKED_CONFIG = WA0606 "unchecked-config" Warning "wa cannot check a configuration against the schema"
    BAD_SKILL = WA0607 "bad-skill" Warning "a skill does not say what it is"
    BAD_MCP_SERVER = WA0608 "bad-mcp-server" Warning "the declaration of an MCP server cannot be used"
    NOT_RUNNABLE_HERE = WA0609 "not-runnable-here" Info "a part of the package needs another host"
}
