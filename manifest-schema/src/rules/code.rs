//! WA02xx: a plugin's code, looked at and never run.

rules! {
    CODE:
    CODE_SYNTAX = WA0201 "code-syntax" Error "the code cannot be parsed"
    UNRESOLVED_IMPORT = WA0202 "unresolved-import" Error "an import leads to no file of the package"
    FOREIGN_IMPORT = WA0203 "foreign-import" Error "an import is neither relative nor `wa`"
    DYNAMIC_IMPORT = WA0204 "dynamic-import" Warning "an import cannot be known before the code runs"
    UNSUPPORTED_CODE = WA0205 "unsupported-code" Error "this kind of file cannot be a module"
    TOO_MUCH_CODE = WA0206 "too-much-code" Error "the program has too many modules or is too large"
    NO_DEFAULT_EXPORT = WA0210 "no-default-export" Error "the entry file has no default export"
    HANDLERS_UNKNOWN = WA0211 "handlers-unknown" Info "the handlers cannot be known without running the code"
    UNKNOWN_HANDLERS = WA0212 "unknown-handlers" Error "the definition has a key that wa does not know"
    MISSING_HANDLER = WA0213 "missing-handler" Error "the manifest declares something that the code does not handle"
    UNDECLARED_HANDLER = WA0214 "undeclared-handler" Error "the code handles something that the manifest does not declare"
    UNPERMITTED_CALL = WA0215 "unpermitted-call" Error "the code calls something that the permissions do not allow"
    BAD_COMPONENT = WA0220 "bad-component" Error "the entry is no component that wa can run"
}
