//! The house rules that a compiler cannot keep: who may import whom, where SQL and status codes live, how long a file is.

use std::collections::BTreeSet;

use super::sources::{self, Source};

/// Groups in the order in which one may use the other; a module may use its own group and those before it.
const GROUPS: [&[&str]; 7] = [
    &[
        "access_token",
        "caller",
        "clock",
        "config",
        "digest",
        "error",
        "fields",
        "grants",
        "ids",
        "json_resume",
        "keys",
        "null_characters",
        "permissions",
        "scoring",
        "sealed",
        "text",
        "token",
        "transforming",
        "typed_values",
        "unified_resume",
        "words",
    ],
    &[
        "batches",
        "blobs",
        "broker",
        "components",
        "db",
        "hooks",
        "inference",
        "mailer",
        "oci",
        "outbound",
        "rate_limits",
    ],
    &["services"],
    &["http", "tasks"],
    &["resources"],
    &["wasm"],
    &["router", "worker", "start", "commands"],
];

/// Where the system's own transactions may begin, and why.
const SYSTEM: [(&str, &str); 26] = [
    ("host/src/db/", "makes them"),
    ("host/src/tasks/", "one queue for all tenants"),
    ("host/src/commands/audit.rs", "the operator checks the logs of all tenants"),
    ("host/src/resources/access/authenticate.rs", "the tenant is not known yet"),
    ("host/src/resources/access/founding.rs", "makes tenants"),
    ("host/src/resources/access/secrets.rs", "the server's secret key has sealed something of every tenant"),
    ("host/src/resources/audit/tasks.rs", "seals the logs of all tenants"),
    ("host/src/resources/erasures/tasks.rs", "begins the erasures of all tenants"),
    ("host/src/resources/emails/tasks.rs", "forgets old e-mails of all tenants"),
    ("host/src/resources/files/actions.rs", "sweeps for all tenants"),
    ("host/src/resources/idempotency/actions.rs", "answers belong to whoever asked, whatever they may do"),
    ("host/src/resources/idempotency/tasks.rs", "forgets old answers of all tenants"),
    ("host/src/resources/identity_providers/actions.rs", "the tenant's members are not known yet"),
    ("host/src/resources/identity_providers/tasks.rs", "fetches the keys of all tenants' providers"),
    ("host/src/resources/imports/tasks.rs", "forgets old imports of all tenants"),
    ("host/src/resources/jobs/public.rs", "a visitor names a job and no tenant"),
    ("host/src/resources/candidates/tasks.rs", "makes all tenants' candidates findable"),
    ("host/src/resources/jobs/tasks.rs", "keeps the words of all tenants' jobs"),
    ("host/src/resources/members/invitations.rs", "whoever accepts one is nobody yet"),
    ("host/src/resources/plugin_runs/tasks.rs", "forgets old runs of all tenants"),
    ("host/src/resources/plugin_shadow_runs/tasks.rs", "forgets old shadow runs of all tenants"),
    ("host/src/resources/sessions/actions.rs", "whoever signs in is nobody yet"),
    ("host/src/resources/sessions/signing.rs", "the keys that sign are the server's own"),
    ("host/src/resources/sessions/tasks.rs", "forgets old sessions of all tenants"),
    ("host/src/resources/sessions/throttle.rs", "failed sign-ins are counted before the tenant is known"),
    ("host/src/resources/webhooks/tasks.rs", "looks for what waits, and for what is old, of all tenants"),
];

/// Who may name a status that is an error, beside `http/problem.rs`, and why.
const STATUSES: [(&str, &str); 5] = [
    ("host/src/router.rs", "readiness answers 503 with its report"),
    ("host/src/http/body.rs", "reads why axum refused a body"),
    ("host/src/resources/idempotency/layer.rs", "says again what was answered before"),
    ("host/src/resources/resumes/upload.rs", "reads why axum refused a form"),
    ("host/src/wasm/imports/http.rs", "other servers' answers"),
];

const SQL: [&str; 2] = ["host/src/db/", "host/src/tasks/queue.rs"];

const LONGEST_FILE: usize = 600;
const LONGEST_HEAD: usize = 5;

#[test]
fn modules_use_only_what_stands_before_them() {
    let mut faults = Vec::new();
    for source in sources::read("host/src") {
        let Some(own) = module(&source).and_then(|name| group(&name)) else { continue };
        for used in crate_paths(&source) {
            if group(&used[0]).is_some_and(|used| used > own) {
                faults.push(format!("{} uses crate::{}", source.path, used.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_has_its_place_in_the_order() {
    let sources = sources::read("host/src");
    let lib = sources.iter().find(|source| source.path == "host/src/lib.rs").expect("the crate has a root");
    let declared: BTreeSet<_> = modules_of(lib).into_iter().collect();
    let placed: BTreeSet<_> = GROUPS.iter().flat_map(|group| group.iter().map(ToString::to_string)).collect();

    assert_eq!(declared, placed, "lib.rs on the left, the order of this law on the right");
}

#[test]
fn a_noun_uses_only_nouns_before_it_and_nobodys_routes() {
    let sources = sources::read("host/src/resources");
    let all = sources.iter().find(|s| s.path == "host/src/resources/mod.rs").expect("the nouns are listed");
    let nouns = modules_of(all);
    let place = |name: &str| nouns.iter().position(|noun| noun == name);

    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.path != all.path) {
        let own = source.path.split('/').nth(3).expect("a noun is a folder").trim_end_matches(".rs");
        for used in crate_paths(source).into_iter().filter(|used| used[0] == "resources") {
            let Some(noun) = used.get(1) else { continue };
            let is_before = place(noun).is_some_and(|noun| place(own).is_some_and(|own| noun <= own));
            let is_foreign_route = noun != own && used.get(2).is_some_and(|part| part == "routes");
            if !is_before || is_foreign_route {
                faults.push(format!("{} uses crate::{}", source.path, used.join("::")));
            }
        }
        if source.text.contains("super::super::") {
            faults.push(format!("{} climbs out of its noun by super::super", source.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn sql_lives_in_stores() {
    for source in sources::read("host/src") {
        let is_store = source.path.starts_with("host/src/resources/") && source.path.ends_with("/store.rs");
        let is_allowed = is_store || SQL.iter().any(|place| source.path.starts_with(place));
        let code = code(&source);
        let asks =
            ["sqlx :: query", "sqlx :: raw_sql", "QueryBuilder"].iter().any(|call| code.contains(call));
        assert!(is_allowed || !asks, "{} holds SQL", source.path);
    }
}

#[test]
fn errors_become_statuses_in_one_place() {
    const ERRORS: [&str; 17] = [
        "BAD_REQUEST",
        "UNAUTHORIZED",
        "FORBIDDEN",
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        "NOT_ACCEPTABLE",
        "REQUEST_TIMEOUT",
        "CONFLICT",
        "GONE",
        "PRECONDITION_FAILED",
        "PRECONDITION_REQUIRED",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "UNPROCESSABLE_ENTITY",
        "TOO_MANY_REQUESTS",
        "INTERNAL_SERVER_ERROR",
        "SERVICE_UNAVAILABLE",
    ];
    for source in sources::read("host/src") {
        let exempt = source.path == "host/src/http/problem.rs"
            || STATUSES.iter().any(|(file, _)| *file == source.path);
        let code = code(&source);
        let named = ERRORS.iter().find(|name| code.contains(&format!("StatusCode :: {name}")));
        assert!(exempt || named.is_none(), "{} answers {} by itself", source.path, named.unwrap_or(&""));
        let by_number =
            ["from_u16", "try_from"].iter().any(|make| code.contains(&format!("StatusCode :: {make}")));
        assert!(exempt || !by_number, "{} makes a status of a number", source.path);
    }
}

#[test]
fn system_transactions_begin_only_where_they_may() {
    let mut used = BTreeSet::new();
    for source in sources::read("host/src") {
        let code = code(&source);
        let begins = ["begin_system (", "read_system (", ". begin_own (", ". read_own ("];
        if begins.iter().any(|begin| code.contains(begin)) {
            let place = SYSTEM.iter().find(|(place, _)| source.path.starts_with(place));
            let (place, _) = place.unwrap_or_else(|| panic!("{} begins a system transaction", source.path));
            used.insert(*place);
        }
    }
    let stale: Vec<_> =
        SYSTEM.iter().map(|(place, _)| *place).filter(|place| !used.contains(place)).collect();
    assert!(stale.is_empty(), "these need no system transaction any more: {stale:?}");
}

/// A request that leaves by another way is held to nobody's rules about addresses.
#[test]
fn requests_leave_through_one_door() {
    for source in sources::read("host/src") {
        let code = code(&source);
        let is_letter_box = source.path == "host/src/mailer.rs";
        assert!(is_letter_box || !code.contains("lettre ::"), "{} sends mail by itself", source.path);
        let is_door = source.path.starts_with("host/src/outbound/");
        let others = ["reqwest ::", "hyper :: client", "TcpStream :: connect"];
        let other = others.into_iter().find(|other| code.contains(other));
        assert!(is_door || other.is_none(), "{} goes out by itself: {other:?}", source.path);
    }
}

#[test]
fn generated_types_stay_inside_wasm() {
    for source in sources::read("host/src") {
        let code = code(&source);
        let is_inside = source.path.starts_with("host/src/wasm/");
        assert!(is_inside || !code.contains(":: bindings"), "{} uses generated types", source.path);
        assert!(!code.contains("pub mod bindings"), "{} lets generated types out", source.path);
        let generates = code.contains("bindgen !");
        assert!(!generates || source.path == "host/src/wasm/bindings.rs", "{} generates types", source.path);
    }
}

#[test]
fn every_file_is_short_and_says_what_it_owns() {
    let mut faults = Vec::new();
    for source in everything() {
        let lines = source.text.lines().count();
        let is_test = source.path.starts_with("tests/") || source.path.contains("/tests");
        if lines > LONGEST_FILE && !is_test {
            faults.push(format!("{} has {lines} lines; look for its second duty", source.path));
        }
        let head = source.text.lines().take_while(|line| line.starts_with("//!")).count();
        let is_unit_test = source.path.ends_with("/tests.rs") || source.path.contains("/tests/mod.rs");
        if !is_unit_test && !(1..=LONGEST_HEAD).contains(&head) {
            faults.push(format!("{} begins with {head} lines of `//!`; one to {LONGEST_HEAD}", source.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_is_imported_by_glob_and_nothing_is_left_to_do() {
    let mut faults = Vec::new();
    for source in everything() {
        let code = code(&source);
        let globs = uses(&source).into_iter().filter(|path| path.last().is_some_and(|name| name == "*"));
        faults.extend(globs.map(|path| format!("{} imports {}", source.path, path.join("::"))));
        for left in ["todo !", "unimplemented !", "dbg !"] {
            if code.contains(left) {
                faults.push(format!("{} holds {left}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_module_is_a_drawer_for_leftovers() {
    const DRAWERS: [&str; 9] =
        ["util", "utils", "common", "helper", "helpers", "misc", "manager", "shared", "stuff"];
    for source in everything() {
        let parts = source.path.split('/').map(|part| part.trim_end_matches(".rs"));
        let drawer = parts.clone().find(|part| DRAWERS.contains(part));
        assert!(drawer.is_none(), "{}: what does it own?", source.path);
    }
}

#[test]
fn a_path_is_found_wherever_it_stands() {
    let text = "use crate::{a, b::{self, c}};\nfn f() { g(crate::d::e(1)); m!(crate::h::i); }".to_owned();
    let syntax = syn::parse_file(&text).expect("it is Rust");
    let found = crate_paths(&Source { path: String::new(), text, syntax });

    let found: BTreeSet<_> = found.into_iter().map(|path| path.join("::")).collect();
    for path in ["a", "b", "b::c", "d::e", "h::i"] {
        assert!(found.contains(path), "{path} in {found:?}");
    }
}

/// Every Rust file of the project but the ones cargo makes.
fn everything() -> Vec<Source> {
    let mut every = Vec::new();
    for folder in
        ["host/src", "sdk/src", "tests/src", "tests/it", "tests/guests/src", "tests/guests/examples"]
    {
        every.extend(sources::read(folder));
    }
    let plugins = std::fs::read_dir(sources::root().join("plugins")).expect("there are plugins");
    for plugin in plugins {
        let name = plugin.expect("the folder is readable").file_name().to_string_lossy().into_owned();
        every.extend(sources::read(&format!("plugins/{name}/src")));
    }
    every
}

/// The top module a file of the host belongs to.
fn module(source: &Source) -> Option<String> {
    let inside = source.path.strip_prefix("host/src/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    Some(name.to_owned()).filter(|name| !matches!(name.as_str(), "lib" | "main"))
}

fn group(module: &str) -> Option<usize> {
    GROUPS.iter().position(|group| group.contains(&module))
}

fn modules_of(source: &Source) -> Vec<String> {
    let items = source.syntax.items.iter();
    items
        .filter_map(
            |item| if let syn::Item::Mod(module) = item { Some(module.ident.to_string()) } else { None },
        )
        .collect()
}

/// Tokens with one space between them, without comments and unit tests.
fn code(source: &Source) -> String {
    tokens(source).join(" ").replace(": :", "::")
}

fn tokens(source: &Source) -> Vec<String> {
    fn walk(stream: proc_macro2::TokenStream, found: &mut Vec<String>) {
        for tree in stream {
            match tree {
                proc_macro2::TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                        proc_macro2::Delimiter::Brace => ("{", "}"),
                        proc_macro2::Delimiter::Bracket => ("[", "]"),
                        proc_macro2::Delimiter::None => ("", ""),
                    };
                    found.push(open.into());
                    walk(group.stream(), found);
                    found.push(close.into());
                }
                // What a text says is not code.
                proc_macro2::TokenTree::Literal(_) => found.push("literal".into()),
                other => found.push(other.to_string()),
            }
        }
    }
    let mut found = Vec::new();
    walk(quote::ToTokens::to_token_stream(&source.syntax), &mut found);
    found
}

/// Every path that begins at the crate's root, in imports and in the code.
fn crate_paths(source: &Source) -> Vec<Vec<String>> {
    let imported = uses(source).into_iter().filter(|path| path[0] == "crate").map(|path| path[1..].to_vec());
    let mut paths: Vec<_> = imported.collect();
    let tokens = tokens(source);
    for start in 0..tokens.len() {
        let mut path = Vec::new();
        let mut at = start;
        if tokens[at] != "crate" {
            continue;
        }
        while tokens.get(at + 1..at + 3).is_some_and(|colons| colons == [":", ":"]) {
            let Some(name) = tokens.get(at + 3) else { break };
            path.push(name.clone());
            at += 3;
        }
        path.retain(|name| name != "{" && name != "<");
        if !path.is_empty() {
            paths.push(path);
        }
    }
    paths
}

/// Every path a `use` names, in full.
fn uses(source: &Source) -> Vec<Vec<String>> {
    use syn::visit::Visit;

    struct Uses(Vec<Vec<String>>);
    impl<'ast> Visit<'ast> for Uses {
        fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
            unfold(&item.tree, &mut Vec::new(), &mut self.0);
        }
    }
    let mut uses = Uses(Vec::new());
    uses.visit_file(&source.syntax);
    uses.0
}

fn unfold(tree: &syn::UseTree, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let with = |path: &[String], name: String| [path, &[name]].concat();
    match tree {
        syn::UseTree::Path(part) => {
            path.push(part.ident.to_string());
            unfold(&part.tree, path, found);
            path.pop();
        }
        syn::UseTree::Name(name) if name.ident == "self" => found.push(path.clone()),
        syn::UseTree::Name(name) => found.push(with(path, name.ident.to_string())),
        syn::UseTree::Rename(name) => found.push(with(path, name.ident.to_string())),
        syn::UseTree::Glob(_) => found.push(with(path, "*".into())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| unfold(tree, path, found)),
    }
}
