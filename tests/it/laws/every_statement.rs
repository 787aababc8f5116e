//! Every SQL text of the host is a literal, is understood by every engine it is for, and names its tenant.

use std::collections::{BTreeMap, BTreeSet};

use mortise_host::db::Engine;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprClosure, Ident, Lit, Macro, Token};

use super::schema::Schema;
use super::sources::{self, Source};

/// Files whose statements run on one engine only, and why.
const ONE_ENGINE: [(&str, Engine, &str); 5] = [
    ("host/src/db/checkpoints.rs", Engine::Sqlite, "PostgreSQL folds its log by itself"),
    ("host/src/db/writer.rs", Engine::Sqlite, "begins and ends what is written there"),
    ("host/src/db/wake.rs", Engine::Postgres, "LISTEN and NOTIFY"),
    ("host/src/db/open.rs", Engine::Postgres, "asks what the role may do"),
    ("host/src/db/statistics.rs", Engine::Postgres, "SQLite keeps no plans that grow old"),
];

/// Joins texts, each of which was found where it was added.
const JOINS: &str = "host/src/db/later.rs";

/// Constants with SQL, and the engine they are for.
const CONSTANTS: [(&str, &str, Engine); 2] = [
    ("host/src/db/dialect.rs", "BECOME_TENANT", Engine::Postgres),
    ("host/src/db/dialect.rs", "TAKE_TURN", Engine::Postgres),
];

/// Functions that see the rows of all tenants, and why they may. `*`: every function of the file.
const OF_THE_SYSTEM: [(&str, &str, &str); 20] = [
    ("host/src/resources/api_keys/store.rs", "find_by_prefix", "the tenant is what authentication learns"),
    ("host/src/resources/members/store.rs", "find_invitation", "the tenant is what accepting it learns"),
    ("host/src/resources/jobs/store.rs", "list_without_words", "one schedule for all tenants"),
    ("host/src/resources/jobs/store.rs", "find_tenant", "whose job it is is what a visitor's request learns"),
    ("host/src/resources/sessions/store.rs", "find_token", "the tenant is what refreshing learns"),
    ("host/src/resources/sessions/store.rs", "delete_tokens_before", "old sessions go, whoever's they are"),
    ("host/src/resources/sessions/store.rs", "delete_before", "old sessions go, whoever's they are"),
    ("host/src/resources/identity_providers/store.rs", "list_stale", "one schedule for all tenants"),
    ("host/src/resources/idempotency/store.rs", "delete_expired", "old answers go, whoever's they are"),
    ("host/src/resources/files/store.rs", "list_unneeded", "the sweeper works for all tenants"),
    ("host/src/resources/imports/store.rs", "delete_rows_before", "old reports go, whoever's they are"),
    ("host/src/resources/imports/store.rs", "delete_before", "old imports go, whoever's they are"),
    ("host/src/resources/emails/store.rs", "delete_before", "old e-mails go, whoever's they are"),
    ("host/src/resources/plugin_runs/store.rs", "delete_before", "old runs go, whoever's they are"),
    ("host/src/resources/plugin_shadow_runs/store.rs", "delete_before", "old runs go, whoever's they are"),
    (
        "host/src/resources/webhooks/deliveries/store.rs",
        "list_waited_for",
        "what waits is let in, whoever's it is",
    ),
    (
        "host/src/resources/webhooks/deliveries/store.rs",
        "list_with_old",
        "old deliveries go, whoever's they are",
    ),
    ("host/src/tasks/queue.rs", "*", "one queue for all tenants; owner_id stands for the tenant"),
    ("host/src/db/mod.rs", "*", "asks whether the database answers"),
    ("host/src/db/migrations.rs", "*", "the schema belongs to nobody"),
];

struct Statement {
    file: String,
    function: String,
    line: usize,
    sql: String,
    engines: Vec<Engine>,
    /// The function is given the system's own transaction.
    is_system: bool,
}

impl Statement {
    fn place(&self) -> String {
        format!("{}:{} ({})", self.file, self.line, self.function)
    }
}

#[tokio::test]
async fn every_statement_is_understood_by_its_engines() {
    let statements = statements();
    assert!(statements.len() > 30, "only {} statements were found", statements.len());

    let mut faults = Vec::new();
    for schema in Schema::every().await {
        for statement in statements.iter().filter(|s| s.engines.contains(&schema.engine())) {
            if let Err(error) = schema.prepare(&statement.sql).await {
                faults.push(format!(
                    "{} on {:?}: {error}\n{}",
                    statement.place(),
                    schema.engine(),
                    statement.sql
                ));
            }
        }
    }

    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[tokio::test]
async fn every_statement_on_a_tenants_table_names_the_tenant() {
    let statements = statements();
    let tables = Schema::sqlite().await.tenant_tables().await;
    assert!(tables.contains("resumes"), "{tables:?}");

    let nameless: Vec<_> = statements
        .iter()
        .filter(|statement| !is_of_the_system(statement) && !names_the_tenant(statement, &tables))
        .map(|statement| format!("{}\n{}", statement.place(), statement.sql))
        .collect();

    assert!(nameless.is_empty(), "statements without `tenant_id = $n`:\n{}", nameless.join("\n\n"));
}

#[test]
fn only_functions_with_the_systems_transaction_are_exempt() {
    let statements = statements();

    for (file, function, _) in OF_THE_SYSTEM.iter().filter(|(_, function, _)| *function != "*") {
        let exempt: Vec<_> =
            statements.iter().filter(|s| s.file == *file && s.function == *function).collect();
        assert!(!exempt.is_empty(), "{file} has no statement in {function} any more; drop the exemption");
        assert!(exempt.iter().all(|s| s.is_system), "{file} {function} does not take a SystemTx");
    }
}

/// A call that the collector did not see would be a call that no law holds to anything.
#[test]
fn no_call_is_overlooked() {
    for source in sources::read("host/src") {
        let mut collector = Collector::default();
        collector.read(&source);
        let tokens = tokens(&source.syntax);
        let calls = tokens.windows(4).filter(|t| t[0] == "sqlx" && t[1] == ":" && takes_sql(&t[3])).count();
        assert_eq!(collector.calls, calls, "{}", source.path);
    }
}

#[test]
fn what_breaks_the_law_is_noticed() {
    let hidden = |code: &str| {
        let mut collector = Collector::default();
        let code = format!("async fn find(tx: &mut Tx) -> Result<()> {{ {code} }}");
        collector.visit_file(&syn::parse_file(&code).expect("it is Rust"));
        collector
    };
    let tables = BTreeSet::from(["resumes".to_owned()]);

    for opaque in [
        "sqlx::query(&text)",
        "on!(tx, |c| sqlx::query(format!(\"{a}\")).execute(c).await)",
        "c.execute(\"drop\")",
        "tx.insert_later(&text).bind(1)",
    ] {
        assert_eq!(hidden(opaque).faults.len(), 1, "{opaque}");
    }
    for careless in [
        "on!(tx, |c| sqlx::query_as(\"select id from resumes where id = $1\").fetch_one(c).await)",
        "sqlx::query(\"update resumes set status = 'x'\")",
        "tx.insert_later(\"insert into resumes (id) values ($1)\").bind(1)",
        "sqlx::query(\"insert into resumes (id) values ($1)\")",
        "let text = sql!(tx, postgres: \"delete from resumes using x\", sqlite: \"delete from resumes\"); sqlx::query(text)",
        "let text = match x { _ => sql!(tx, postgres: concat!(\"delete \", \"from resumes\"), sqlite: \"delete from resumes\") };
         sqlx::query(text)",
    ] {
        let collector = hidden(careless);
        assert!(
            collector.faults.is_empty() && !collector.statements.is_empty(),
            "{careless}: {:?}",
            collector.faults
        );
        assert!(
            collector.statements.iter().all(|statement| !names_the_tenant(statement, &tables)),
            "{careless}"
        );
    }
}

fn is_of_the_system(statement: &Statement) -> bool {
    OF_THE_SYSTEM.iter().any(|(file, function, _)| {
        statement.file == *file && (*function == "*" || statement.function == *function)
    })
}

fn names_the_tenant(statement: &Statement, tables: &BTreeSet<String>) -> bool {
    let words: Vec<&str> = statement
        .sql
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let touches = words.windows(2).any(|pair| {
        let verb =
            matches!(pair[0].to_ascii_lowercase().as_str(), "from" | "join" | "into" | "update" | "using");
        verb && tables.contains(pair[1])
    });
    let text = statement.sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let inserts = text.starts_with("insert into") && text.contains("(tenant_id, ");
    !touches || inserts || text.contains("tenant_id = $")
}

fn statements() -> Vec<Statement> {
    let sources = sources::read("host/src");
    let mut collected = Collector::default();
    for source in &sources {
        collected.read(source);
    }
    for (file, name, engine) in CONSTANTS {
        collected.constant(&sources, file, name, engine);
    }
    assert!(collected.faults.is_empty(), "{}", collected.faults.join("\n"));
    collected.statements
}

/// What a name stands for inside one function.
type Texts = Vec<(String, Vec<Engine>)>;

const BOTH: [Engine; 2] = [Engine::Postgres, Engine::Sqlite];

/// Finds every call of sqlx that takes SQL, also inside our own macros.
#[derive(Default)]
struct Collector {
    file: String,
    function: String,
    is_system: bool,
    bound: BTreeMap<String, Texts>,
    /// Macros of the file that are a text.
    parts: BTreeMap<String, String>,
    statements: Vec<Statement>,
    calls: usize,
    faults: Vec<String>,
}

impl Collector {
    fn read(&mut self, source: &Source) {
        self.file.clone_from(&source.path);
        self.parts = source.syntax.items.iter().filter_map(part).collect();
        self.visit_file(&source.syntax);
    }

    fn constant(&mut self, sources: &[Source], file: &str, name: &str, engine: Engine) {
        let source = sources.iter().find(|source| source.path == file);
        let text = source.and_then(|source| {
            source.syntax.items.iter().find_map(|item| match item {
                syn::Item::Const(constant) if constant.ident == name => literal(&constant.expr),
                _ => None,
            })
        });
        let Some(sql) = text else {
            self.faults.push(format!("{file} has no constant {name} that is a text"));
            return;
        };
        let (file, function) = (file.to_owned(), name.to_owned());
        self.statements.push(Statement {
            file,
            function,
            line: 0,
            sql,
            engines: vec![engine],
            is_system: true,
        });
    }

    fn add(&mut self, line: usize, texts: Texts) {
        for (sql, engines) in texts {
            let one =
                ONE_ENGINE.iter().find(|(file, ..)| *file == self.file).map(|(_, engine, _)| vec![*engine]);
            self.statements.push(Statement {
                file: self.file.clone(),
                function: self.function.clone(),
                line,
                sql,
                engines: one.unwrap_or(engines),
                is_system: self.is_system,
            });
        }
    }

    /// The SQL an expression stands for, as far as it can be read off the source.
    fn texts(&self, expression: &Expr) -> Option<Texts> {
        match expression {
            Expr::Lit(_) => literal(expression).map(|sql| vec![(sql, BOTH.to_vec())]),
            Expr::Macro(call) if call.mac.path.is_ident("sql") => {
                let choice: Choice = call.mac.parse_body().ok()?;
                let (postgres, sqlite) = (self.joined(&choice.postgres)?, self.joined(&choice.sqlite)?);
                Some(vec![(postgres, vec![Engine::Postgres]), (sqlite, vec![Engine::Sqlite])])
            }
            Expr::Match(choice) => {
                let arms: Option<Vec<Texts>> = choice.arms.iter().map(|arm| self.texts(&arm.body)).collect();
                Some(arms?.concat())
            }
            Expr::Path(path) => {
                let name = path.path.segments.last()?.ident.to_string();
                let known = CONSTANTS.iter().any(|(_, constant, _)| *constant == name);
                // The constant itself is a statement already.
                if known { Some(Vec::new()) } else { self.bound.get(&name).cloned() }
            }
            _ => None,
        }
    }

    /// A literal, or several that `concat!` makes one of.
    fn joined(&self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::Macro(call) if call.mac.path.is_ident("concat") => {
                let parts = Punctuated::<Expr, Token![,]>::parse_terminated;
                let parts = syn::parse::Parser::parse2(parts, call.mac.tokens.clone()).ok()?;
                parts.iter().map(|part| self.joined(part)).collect()
            }
            Expr::Macro(call) => self.parts.get(&call.mac.path.get_ident()?.to_string()).cloned(),
            _ => literal(expression),
        }
    }

    fn enter(&mut self, signature: &syn::Signature) {
        self.function = signature.ident.to_string();
        let arguments = &signature.inputs;
        self.is_system = tokens(arguments).iter().any(|token| token == "SystemTx");
        self.bound.clear();
    }

    fn fault(&mut self, line: usize, what: &str) {
        self.faults.push(format!("{}:{line} ({}): {what}", self.file, self.function));
    }
}

/// `tx, postgres: "…", sqlite: "…"`
struct Choice {
    postgres: Expr,
    sqlite: Expr,
}

impl Parse for Choice {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<Expr>()?;
        let named = |name: &str| {
            input.parse::<Token![,]>()?;
            let label: Ident = input.parse()?;
            input.parse::<Token![:]>()?;
            if label == name { input.parse::<Expr>() } else { Err(syn::Error::new(label.span(), name)) }
        };
        let choice = Self { postgres: named("postgres")?, sqlite: named("sqlite")? };
        input.parse::<Option<Token![,]>>()?;
        Ok(choice)
    }
}

/// `tx, |c| …`
struct OnConnection(ExprClosure);

impl Parse for OnConnection {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        match arguments.into_iter().nth(1) {
            Some(Expr::Closure(closure)) => Ok(Self(closure)),
            _ => Err(input.error("the second argument is a closure")),
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.enter(&item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.enter(&item.sig);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (syn::Pat::Ident(name), Some(init)) = (&local.pat, &local.init)
            && let Some(texts) = self.texts(&init.expr)
        {
            self.bound.insert(name.ident.to_string(), texts);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func
            && function.path.segments.first().is_some_and(|segment| segment.ident == "sqlx")
            && let Some(name) = function.path.segments.last().map(|segment| segment.ident.to_string())
            && takes_sql(&name)
        {
            self.calls += 1;
            let line = call.span().start().line;
            match call.args.first().and_then(|argument| self.texts(argument)) {
                Some(texts) => self.add(line, texts),
                None if self.file == JOINS => {}
                None => self.fault(line, "the statement is not a literal, so nobody can check it"),
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let runs =
            matches!(call.method.to_string().as_str(), "execute" | "execute_many" | "fetch" | "prepare")
                || call.method.to_string().starts_with("fetch_");
        if runs && call.args.first().and_then(literal).is_some() {
            self.fault(call.span().start().line, "statements go through sqlx::query, so that they are found");
        }
        if call.method == "insert_later" {
            let line = call.span().start().line;
            match call.args.first().and_then(|argument| self.texts(argument)) {
                Some(texts) => self.add(line, texts),
                None => self.fault(line, "what is inserted is not a literal, so nobody can check it"),
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if call.path.is_ident("on") || call.path.is_ident("on_connection") {
            match call.parse_body::<OnConnection>() {
                Ok(OnConnection(closure)) => self.visit_expr_closure(&closure),
                Err(error) => self.fault(call.span().start().line, &format!("`on!` cannot be read: {error}")),
            }
        } else if !call.path.is_ident("sql") {
            let tokens: Vec<String> = tokens(&call.tokens);
            let hidden = tokens.windows(3).any(|t| t[0] == "sqlx" && t[1] == ":" && t[2] == ":");
            let is_definition = call.path.is_ident("macro_rules");
            let is_migration = tokens.iter().any(|token| token == "migrate");
            if hidden && !is_definition && !is_migration {
                self.fault(call.span().start().line, "a macro hides a call of sqlx");
            }
        }
    }
}

fn takes_sql(function: &str) -> bool {
    function.starts_with("query") || function == "raw_sql"
}

/// `macro_rules! name { () => { "…" }; }`
fn part(item: &syn::Item) -> Option<(String, String)> {
    let syn::Item::Macro(item) = item else { return None };
    let mut rules = item.mac.tokens.clone().into_iter();
    let taken = rules.next()?;
    let taken_is_nothing =
        matches!(&taken, proc_macro2::TokenTree::Group(group) if group.stream().is_empty());
    let proc_macro2::TokenTree::Group(body) = rules.nth(2)? else { return None };
    let text = syn::parse2::<syn::LitStr>(body.stream()).ok().filter(|_| taken_is_nothing)?;
    Some((item.ident.as_ref()?.to_string(), text.value()))
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn tokens(of: &impl quote::ToTokens) -> Vec<String> {
    fn walk(stream: proc_macro2::TokenStream, found: &mut Vec<String>) {
        for tree in stream {
            match tree {
                proc_macro2::TokenTree::Group(group) => walk(group.stream(), found),
                other => found.push(other.to_string()),
            }
        }
    }
    let mut found = Vec::new();
    walk(of.to_token_stream(), &mut found);
    found
}
