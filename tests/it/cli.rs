//! The command line: what it prints, what it leaves behind, and how it ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mortise_host::hooks::Kind;
use mortise_tests::{binary, documents, guests, samples};
use serde_json::Value;
use tempfile::TempDir;

/// A folder of one's own, and the program run in it.
struct Shell {
    folder: TempDir,
}

impl Shell {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("there is room for a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it lies in a folder"))
            .expect("there is room for a folder");
        std::fs::write(&path, content).expect("there is room for a file");
        path
    }

    /// Nothing of this machine's settings gets in; compiled plugins are shared by all tests.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::mortise());
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("MORTISE_PLUGIN_CACHE_DIR", binary::plugin_cache())
            .current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    fn parse(&self, arguments: &[&str]) -> Output {
        self.run(&[&["parse"], arguments].concat())
    }
}

/// It ended well; what it printed.
#[track_caller]
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).expect("it prints text")
}

/// It ended badly; what it said.
#[track_caller]
fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "it should have failed: {}", String::from_utf8_lossy(&output.stdout));
    assert!(!said(output).contains("panicked"), "{}", said(output));
    said(output)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("it is JSON")
}

fn text_resume(name: &str) -> Vec<u8> {
    samples::text_resume(name, "ada@example.com")
}

#[test]
fn parse_prints_a_line_a_file() {
    let shell = Shell::new();
    let file = samples::folder().join("chef-fr.pdf");
    let other = shell.write("ada.txt", text_resume("Ada Lovelace"));

    let output = shell.parse(&[file.to_str().expect("it is there"), other.to_str().expect("it is there")]);

    let lines: Vec<Value> =
        printed(&output).lines().map(|line| serde_json::from_str(line).expect("it is there")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["file"], file.to_str().expect("it is there"));
    assert_eq!(lines[0]["resume"]["basics"]["name"], samples::gold("chef-fr")["basics"]["name"]);
    assert_eq!(lines[1]["resume"]["basics"]["name"], "Ada Lovelace");
    assert!(said(&output).contains("2 parsed, 0 failed"), "{}", said(&output));
}

#[test]
fn parse_takes_files_and_folders_and_one_bad_file_stops_nothing() {
    let shell = Shell::new();
    let single = shell.write("ada.txt", text_resume("Ada Lovelace"));
    shell.write("inbox/grace.md", text_resume("Grace Hopper"));
    shell.write("inbox/broken.pdf", "%PDF-1.7\n%%EOF");
    shell.write("inbox/empty.docx", "");
    shell.write("inbox/scan.PDF", documents::scanned_pdf());
    shell.write("inbox/notes.xlsx", "not a résumé");
    shell.write("inbox/deeper/alan.txt", text_resume("Alan Turing"));
    let out = shell.path("out");

    let inbox = shell.path("inbox");
    let arguments = [
        single.to_str().expect("it is there"),
        inbox.to_str().expect("it is there"),
        "missing.pdf",
        "--out",
        out.to_str().expect("it is there"),
    ];
    let output = shell.parse(&arguments);

    let said = complaint(&output);
    assert!(said.contains("4 of 6 files could not be parsed"), "{said}");
    assert!(said.contains("broken.pdf") && said.contains("damaged_pdf"), "{said}");
    assert!(said.contains("missing.pdf") && said.contains("scan.PDF"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(names(&out), ["ada.json", "grace.json"]);
    assert_eq!(json(&out.join("grace.json"))["basics"]["name"], "Grace Hopper");
}

#[test]
fn parse_says_on_standard_output_what_could_not_be_read() {
    let shell = Shell::new();
    let bad = shell.write("scan.pdf", documents::scanned_pdf());

    let output = shell.parse(&[bad.to_str().expect("it is there")]);

    assert_eq!(output.status.code(), Some(1));
    let line: Value = serde_json::from_slice(&output.stdout).expect("one line of JSON");
    assert_eq!(line["error"]["code"], "no_text_layer");
    assert!(line.get("resume").is_none());
}

#[test]
fn parse_never_writes_two_files_over_each_other() {
    let shell = Shell::new();
    let files =
        ["a/cv.txt", "b/cv.txt", "b/cv.md"].map(|name| shell.write(name, text_resume("Ada Lovelace")));
    let out = shell.path("out");

    let mut arguments: Vec<&str> = files.iter().map(|file| file.to_str().expect("it is there")).collect();
    arguments.extend(["--out", out.to_str().expect("it is there")]);
    printed(&shell.parse(&arguments));

    assert_eq!(names(&out), ["cv.md.json", "cv.txt-2.json", "cv.txt.json"]);
}

#[test]
fn parse_writes_json_resume_when_asked() {
    let shell = Shell::new();
    let file = shell.write("ada.txt", text_resume("Ada Lovelace"));

    let output =
        shell.parse(&[file.to_str().expect("it is there"), "--format", "json-resume", "--jobs", "1"]);

    let line: Value = serde_json::from_str(&printed(&output)).expect("one line of JSON");
    let employer =
        line["resume"]["work"][0]["name"].as_str().expect("JSON Resume calls a company by its name");
    assert!(employer.starts_with("Mercy Hospital"), "{employer}");
}

#[test]
fn parse_answers_the_same_whatever_the_number_of_jobs() {
    let shell = Shell::new();
    let files: Vec<_> =
        samples::names().iter().map(|name| samples::folder().join(format!("{name}.pdf"))).collect();
    let files: Vec<_> = files.iter().map(|file| file.to_str().expect("it is text")).collect();

    let [one, many] = ["1", "8"].map(|jobs| printed(&shell.parse(&[&files[..], &["--jobs", jobs]].concat())));

    assert_eq!(one.lines().count(), samples::names().len());
    assert_eq!(one, many);
}

#[test]
fn parse_refuses_jobs_that_are_no_number() {
    let shell = Shell::new();
    let file = shell.write("ada.txt", text_resume("Ada Lovelace"));

    for jobs in ["0", "257", "many"] {
        let said = complaint(&shell.parse(&[file.to_str().expect("it is there"), "--jobs", jobs]));
        assert!(said.contains("--jobs"), "{said}");
    }
}

#[test]
fn parse_refuses_a_plugin_that_is_none() {
    let shell = Shell::new();
    let file = shell.write("ada.txt", text_resume("Ada Lovelace"));
    let text = shell.write("plugin.wasm", "not a component");
    let module = shell.write("module.wasm", b"\0asm\x01\0\0\0");

    for plugin in [text.to_str().expect("it is there"), module.to_str().expect("it is there"), "missing.wasm"]
    {
        let said = complaint(&shell.parse(&[file.to_str().expect("it is there"), "--plugin", plugin]));
        assert!(said.starts_with("mortise: ") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn parse_uses_the_parser_it_is_given() {
    let shell = Shell::new();
    let file = shell.write("ada.txt", text_resume("Ada Lovelace"));
    let plugin = shell.write("echo.wasm", guests::guest("echo-parser", Kind::ResumeParser));

    let output =
        shell.parse(&[file.to_str().expect("it is text"), "--plugin", plugin.to_str().expect("it is text")]);

    let line: Value = serde_json::from_str(&printed(&output)).expect("one line of JSON");
    let summary = line["resume"]["basics"]["summary"].as_str().expect("the guest echoes the text");
    assert!(summary.contains("Mercy Hospital"), "{summary}");
}

#[test]
fn parse_refuses_a_plugin_of_another_kind() {
    let shell = Shell::new();
    let file = shell.write("ada.txt", text_resume("Ada Lovelace"));
    let plugin = shell.write("score.wasm", guests::guest("empty-score", Kind::ScoringRule));

    let output =
        shell.parse(&[file.to_str().expect("it is text"), "--plugin", plugin.to_str().expect("it is text")]);

    let said = complaint(&output);
    assert!(said.contains("guests/empty-score is a scoring-rule, not a résumé parser"), "{said}");
}

#[test]
fn parse_without_a_readable_file_says_so() {
    let shell = Shell::new();
    std::fs::create_dir(shell.path("empty")).expect("it is there");

    let said = complaint(&shell.parse(&["empty"]));

    assert!(said.contains("there is no file of a readable kind"), "{said}");
}

#[test]
fn parse_leaves_nothing_behind_but_the_cache() {
    let shell = Shell::new();
    let file = shell.write("ada.txt", text_resume("Ada Lovelace"));

    printed(&shell.parse(&[file.to_str().expect("it is there")]));

    assert_eq!(names(shell.folder.path()), ["ada.txt"]);
}

#[test]
fn a_tenant_is_made_with_a_key_that_is_shown_once() {
    let shell = Shell::new();

    let output = shell.run(&["tenant", "create", "Acme & Co", "--owner", "Ada@Example.com"]);

    let made: Value = serde_json::from_str(&printed(&output)).expect("it prints JSON");
    assert_eq!(made["slug"], "acme-co");
    assert!(made["api_key"].as_str().is_some_and(|key| key.starts_with("mortise_")), "{made}");
    assert!(made["tenant_id"].as_str().is_some_and(|id| id.starts_with("tenant_")), "{made}");
    let again = complaint(&shell.run(&["tenant", "create", "ACME Co", "--owner", "bob@example.com"]));
    assert!(again.contains("another tenant has the slug acme-co"), "{again}");
}

#[test]
fn a_tenant_without_a_name_or_an_address_is_refused() {
    let shell = Shell::new();

    for (name, owner, wanted) in
        [("", "a@example.com", "name"), ("—", "a@example.com", "Latin"), ("Acme", "ada", "ada@")]
    {
        let said = complaint(&shell.run(&["tenant", "create", name, "--owner", owner]));
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn openapi_prints_the_document() {
    let document: Value =
        serde_json::from_str(&printed(&Shell::new().run(&["openapi"]))).expect("it prints JSON");

    assert_eq!(document["info"]["title"], "Mortise");
    assert!(document["paths"]["/v1/resumes"]["post"].is_object());
}

#[test]
fn migrate_makes_the_schema_and_may_run_again() {
    let shell = Shell::new();

    for _ in 0..2 {
        printed(&shell.run(&["migrate"]));
    }

    assert!(shell.path("mortise-data/mortise.db").is_file());
}

#[test]
fn a_setting_nobody_knows_is_refused_by_name() {
    let shell = Shell::new();
    shell.write("mortise.toml", "listne = \"127.0.0.1:9000\"\n");

    let said = complaint(&shell.run(&["--config", "mortise.toml", "migrate"]));

    assert!(said.contains("listne") && said.contains("mortise.toml"), "{said}");
}

#[test]
fn a_setting_of_the_wrong_kind_is_refused_by_name() {
    let shell = Shell::new();
    let settings = [
        ("MORTISE_LISTEN", "everywhere", "listen"),
        ("MORTISE_UPLOAD_MAX_BYTES", "lots", "upload_max_bytes"),
        ("MORTISE_UPLOAD_MAX_BYTES", "0", "upload_max_bytes"),
        ("MORTISE_WORKER_LEASE_SECONDS", "1", "worker_lease_seconds"),
        ("MORTISE_DATABASE_URL", "mysql://x", "database_url"),
        ("MORTISE_DATABASE_URL", "postgres://localhost/x", "secret_key_file"),
        ("MORTISE_DATABASE_DURABILITY", "maybe", "database_durability"),
    ];

    for (variable, value, named) in settings {
        let output = shell.command(&["migrate"]).env(variable, value).output().expect("the program starts");
        let said = complaint(&output);
        assert!(said.to_lowercase().contains(named), "{variable}={value}: {said}");
    }
}

#[test]
fn a_configuration_file_that_is_missing_or_broken_is_named() {
    let shell = Shell::new();
    shell.write("broken.toml", "listen = \n");

    let missing = complaint(&shell.run(&["--config", "missing.toml", "migrate"]));
    assert!(missing.contains("missing.toml does not exist"), "{missing}");
    let broken = complaint(&shell.run(&["--config", "broken.toml", "migrate"]));
    assert!(broken.contains("broken.toml"), "{broken}");
}

#[test]
fn settings_come_from_the_file_and_the_environment_wins() {
    let shell = Shell::new();
    shell.write("mortise.toml", "data_dir = \"of-the-file\"\n");

    printed(&shell.run(&["--config", "mortise.toml", "migrate"]));
    let mut elsewhere = shell.command(&["--config", "mortise.toml", "migrate"]);
    elsewhere.env("MORTISE_DATA_DIR", "of-the-environment");
    printed(&elsewhere.output().expect("the program starts"));

    assert!(shell.path("of-the-file/mortise.db").is_file());
    assert!(shell.path("of-the-environment/mortise.db").is_file());
}

#[test]
fn a_secret_key_that_is_none_is_refused() {
    let shell = Shell::new();
    let key = shell.write("key", "0123");

    let output =
        shell.command(&["serve"]).env("MORTISE_SECRET_KEY_FILE", key).output().expect("the program starts");

    let said = complaint(&output);
    assert!(said.contains("64 hexadecimal digits"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let shell = Shell::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("it is there");
    let address = taken.local_addr().expect("it is there").to_string();

    let output =
        shell.command(&["serve"]).env("MORTISE_LISTEN", &address).output().expect("the program starts");

    let said = complaint(&output);
    assert!(said.contains(&address), "{said}");
}

#[test]
fn the_demo_reads_every_sample_and_prints_a_table() {
    let shell = Shell::new();
    // The demo keeps compiled plugins in the user's cache; the tests' own saves compiling them again.
    let cache = shell.path(".cache/mortise");
    std::fs::create_dir_all(&cache).expect("it is there");
    std::os::unix::fs::symlink(binary::plugin_cache(), cache.join("plugins")).expect("it is there");

    let table = printed(&shell.run(&["demo", "--once"]));

    for name in samples::names() {
        assert!(table.contains(&format!("{name}.pdf")), "{name} is missing in\n{table}");
        let gold = samples::gold(&name);
        let Some(email) = gold["basics"]["email"].as_str() else { continue };
        // A long one goes over several lines of its cell.
        assert!(table.contains(&email[..5]), "{email} is missing in\n{table}");
    }
    assert!(table.contains("12 résumés read"), "{table}");
}

#[test]
fn the_demo_shows_what_a_transform_makes_of_its_events() {
    let shell = Shell::new();
    let cache = shell.path(".cache/mortise");
    std::fs::create_dir_all(&cache).expect("it is there");
    std::os::unix::fs::symlink(binary::plugin_cache(), cache.join("plugins")).expect("it is there");

    let said = printed(&shell.run(&["demo", "--once"]));

    let told = said.split_once("told a chat channel:").expect("it says what it told").1;
    let mut lines: Vec<_> = told.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // Of what is about the job and about the application, either may come first.
    lines[3..].sort_unstable();
    let expected = [
        "*Civil engineer* is now open.",
        "Somebody applied.",
        "An application moved to another stage.",
        "*Civil engineer* is now filled.",
        ":tada: A candidate was hired.",
    ];
    assert_eq!(lines, expected, "{said}");
}

/// The names in a folder but hidden ones, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries
        .map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}
