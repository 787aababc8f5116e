//! `mortise plugin new`, `test` and `bench`: what an author does before anything is installed.

use std::process::Output;

use mortise_tests::samples;
use serde_json::{Value, json};

use super::command_line::{Shell, complaint, printed, said};
use super::{component, embedded};

const ASKS: &str = "[[capabilities]]\nname = \"http\"\nreason = \"asks\"\nhosts = [\"api.example.com\"]\n\
    methods = [\"GET\", \"POST\"]\n\
    [[capabilities]]\nname = \"secrets\"\nreason = \"signs in\"\n\
    [config_schema]\ntype = \"object\"\n\
    [config_schema.properties.key]\ntype = \"string\"\nx-secret = true\n";
const CV: &str = "Ada Lovelace\nada@example.com";

/// A folder with a plugin and the cases of it.
struct Author {
    shell: Shell,
    plugin: &'static str,
}

impl Author {
    fn new(plugin: &'static str, component: Vec<u8>) -> Self {
        let shell = Shell::new();
        shell.write(plugin, component);
        Self { shell, plugin }
    }

    fn asker() -> Self {
        Self::new("asks.wasm", component("asks-for-http", "acme/asks", "1.0.0", ASKS))
    }

    fn write(&self, case: &str, file: &str, content: impl AsRef<[u8]>) {
        let folder = self.shell.0.path().join("tests").join(case);
        std::fs::create_dir_all(folder).expect("there is room for a folder");
        self.shell.write(&format!("tests/{case}/{file}"), content);
    }

    fn read(&self, case: &str, file: &str) -> Value {
        let path = self.shell.0.path().join("tests").join(case).join(file);
        serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON")
    }

    fn test(&self, more: &[&str]) -> Output {
        self.shell.run(&[&["test", "--plugin", self.plugin], more].concat())
    }

    /// What a failing test shows.
    #[track_caller]
    fn failure(&self) -> String {
        let output = self.test(&[]);
        assert!(complaint(&output).contains("cases failed"), "{output:?}");
        String::from_utf8(output.stdout).expect("it prints text")
    }
}

#[test]
fn what_is_expected_is_written_down_once_and_held_against_every_answer() {
    let author = Author::new("echo.wasm", component("echo-parser", "acme/echo", "1.0.0", ""));
    author.write("ada", "input.txt", samples::text_resume("Ada Lovelace", "ada@example.com"));
    author.write("grace", "input.txt", samples::text_resume("Grace Hopper", "grace@example.com"));
    author.write("notes", "readme.txt", "no case");
    assert!(author.failure().contains("there is no expected.json; --update"));

    assert_eq!(said(&author.test(&["--update"])), "updated  ada\nupdated  grace\n");

    let passed = said(&author.test(&[]));
    assert!(passed.starts_with("ok       ada  (") && passed.lines().count() == 2, "{passed}");
    let mut expected = author.read("ada", "expected.json");
    assert_eq!(expected["result"]["resume"]["basics"]["name"], "Ada Lovelace");
    expected["result"]["resume"]["basics"]["name"] = "Ada Byron".into();
    author.write("ada", "expected.json", expected.to_string());
    let shown = author.failure();
    let difference = "    /result/resume/basics/name: expected \"Ada Byron\", got \"Ada Lovelace\"";
    assert_eq!(shown.lines().nth(1), Some(difference), "{shown}");
    assert!(shown.contains("FAILED   ada  (") && shown.contains("ok       grace"), "{shown}");
    assert!(shown.contains("    log info: "), "what it said while it failed: {shown}");
    assert!(said(&author.test(&["--case", "grace"])).lines().count() == 1);
    assert!(complaint(&author.test(&["--case", "alan"])).contains("there is no case"));
}

#[test]
fn an_error_may_be_what_is_expected() {
    let author = Author::new("polite.wasm", component("fails-politely", "acme/polite", "1.0.0", ""));
    author.write("cv", "input.txt", CV);

    said(&author.test(&["--update"]));

    let expected = author.read("cv", "expected.json");
    assert!(expected["error"]["code"].is_string() && expected.get("result").is_none(), "{expected:#}");
    said(&author.test(&[]));
}

#[test]
fn other_servers_are_mocked_and_secrets_sent_to_them() {
    let author = Author::asker();
    author.write("cv", "input.txt", CV);
    author.write(
        "cv",
        "config.json",
        json!({ "url": "https://api.example.com/v1", "auth": "key" }).to_string(),
    );
    let answer = json!({ "status": 201, "headers": { "x-seen": "hush-hush-4711" }, "json": { "echo": "hush-hush-4711" } });
    let request = json!({
        "url": "https://api.example.com/v1", "headers": { "Authorization": "Bearer hush-hush-4711" }, "answer": answer,
    });
    author.write(
        "cv",
        "mocks.json",
        json!({ "secrets": { "key": "hush-hush-4711" }, "http": [request] }).to_string(),
    );

    said(&author.test(&["--update"]));

    let expected = author.read("cv", "expected.json");
    let resume = &expected["result"]["resume"];
    assert_eq!(
        (&resume["status"], &resume["body"]),
        (&json!(201), &json!("{\"echo\":\"[secret]\"}")),
        "{expected:#}"
    );
    assert!(!expected.to_string().contains("hush"), "the plugin sees as little as on a server: {expected:#}");
    said(&author.test(&[]));
}

#[test]
fn what_nobody_foresaw_and_what_nobody_asked_for_fail_a_case() {
    let author = Author::asker();
    author.write("cv", "input.txt", CV);
    author.write("cv", "config.json", json!({ "url": "https://api.example.com/v2" }).to_string());
    let mock = |method: &str| json!({ "method": method, "url": "https://api.example.com/v1", "answer": {} });
    author.write("cv", "mocks.json", json!({ "http": [mock("GET"), mock("POST")] }).to_string());

    let shown = author.failure();

    assert!(shown.contains("mocks.json has no answer to GET https://api.example.com/v2"), "{shown}");
    assert!(shown.contains("the plugin never asked for GET https://api.example.com/v1"), "{shown}");
    assert!(shown.contains("the plugin never asked for POST https://api.example.com/v1"), "{shown}");
    // Nor is such an answer written down.
    complaint(&author.test(&["--update"]));
    assert!(!author.shell.0.path().join("tests/cv/expected.json").exists());
}

#[test]
fn grants_hold_as_on_a_server() {
    let author = Author::asker();
    author.write("none", "input.txt", CV);
    author.write("none", "config.json", json!({ "url": "https://api.example.com/" }).to_string());
    author.write("none", "mocks.json", json!({ "grants": [] }).to_string());
    author.write("elsewhere", "input.txt", CV);
    author.write("elsewhere", "config.json", json!({ "url": "https://elsewhere.example.com/" }).to_string());
    author.write("late", "input.txt", CV);
    author.write("late", "config.json", json!({ "url": "https://api.example.com/" }).to_string());
    let late = json!({ "http": [{ "url": "https://api.example.com/", "answer": { "error": "timeout" } }] });
    author.write("late", "mocks.json", late.to_string());

    said(&author.test(&["--update"]));

    let code = |case: &str| author.read(case, "expected.json")["error"]["code"].clone();
    assert_eq!(["none", "elsewhere", "late"].map(code), ["not_granted", "not_granted", "timeout"]);
    author.write("none", "mocks.json", json!({ "grants": ["kv"] }).to_string());
    assert!(author.failure().contains("the manifest does not request `kv`"));
}

#[test]
fn kept_values_and_the_time_are_mocked_for_each_case_anew() {
    let kv = "[[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n";
    let author = Author::new("remembers.wasm", component("remembers", "acme/remembers", "1.0.0", kv));
    for case in ["first", "second"] {
        author.write(case, "input.txt", CV);
    }
    author.write("second", "mocks.json", json!({ "kv": { "last": "Grace Hopper" } }).to_string());
    said(&author.test(&["--update"]));
    let label =
        |case: &str| author.read(case, "expected.json")["result"]["resume"]["basics"]["label"].clone();
    assert_eq!(["first", "second"].map(label), [Value::Null, json!("Grace Hopper")]);

    let clock = "[[capabilities]]\nname = \"clock\"\nreason = \"tells the time\"\n";
    let author = Author::new("clock.wasm", component("tells-the-time", "acme/clock", "1.0.0", clock));
    for case in ["now", "then"] {
        author.write(case, "input.txt", CV);
    }
    author.write("then", "mocks.json", json!({ "time": "2001-09-09T01:46:40Z" }).to_string());
    said(&author.test(&["--update"]));
    let time = |case: &str| author.read(case, "expected.json")["result"]["resume"]["now"].clone();
    assert_eq!(["now", "then"].map(time), [json!(1_767_225_600_000_u64), json!(1_000_000_000_000_u64)]);
}

#[test]
fn cases_that_are_none_say_what_is_wrong_with_them() {
    let author = Author::new("echo.wasm", component("echo-parser", "acme/echo", "1.0.0", ""));
    assert!(complaint(&author.test(&[])).contains("tests"), "there is no folder");
    std::fs::create_dir(author.shell.0.path().join("tests")).expect("there is room for a folder");
    assert!(complaint(&author.test(&[])).contains("there is no case: ./tests/*/input.*"));
    author.write("cv", "input.txt", CV);
    said(&author.test(&["--update"]));
    for (file, content, complaint) in [
        ("input.md", "# Ada", "more than one input.*"),
        ("config.json", "[]", "config.json is not as it should be"),
        ("config.json", "{\"a\": 1}", "this plugin has no settings"),
        ("mocks.json", "{\"https\": []}", "unknown field `https`"),
        ("mocks.json", "{\"time\": \"noon\"}", "time: "),
        (
            "mocks.json",
            "{\"http\": [{\"url\": \"https://a.example/\", \"answer\": {\"json\": 1, \"text\": \"\"}}]}",
            "one of json, text",
        ),
    ] {
        author.write("cv", file, content);
        let shown = author.failure();
        assert!(shown.starts_with("FAILED   cv\n") && shown.contains(complaint), "{file}: {shown}");
        std::fs::remove_file(author.shell.0.path().join("tests/cv").join(file)).expect("it was written");
    }
    said(&author.test(&[]));
}

#[test]
fn bench_tells_what_a_call_takes() {
    let shell = Shell::new();
    let toml = "id = \"acme/score\"\nversion = \"1.0.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"";
    shell.write("score.wasm", embedded("empty-score", toml));
    shell.write("application.json", json!({ "job": { "title": "Nurse" } }).to_string());
    let bench = ["bench", "score.wasm", "--input", "application.json", "--seconds", "1"];

    let report = printed(&shell.run(&bench));

    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).unwrap_or_default();
    assert!(number("/calls") >= 1.0 && number("/calls_per_second") > 0.0, "{report:#}");
    assert!(number("/wall_micros/p50") <= number("/wall_micros/p99"), "{report:#}");
    assert!(number("/peak_memory") > 0.0 && number("/fuel") > 0.0, "{report:#}");
    shell.write("panics.wasm", component("panics", "acme/panics", "1.0.0", ""));
    shell.write("cv.txt", CV);
    let failed = complaint(&shell.run(&["bench", "panics.wasm", "--input", "cv.txt"]));
    assert!(failed.contains("(plugin_trap)"), "{failed}");
}

#[test]
fn new_writes_nothing_over_anything_and_takes_no_name_that_is_none() {
    let shell = Shell::new();
    shell.write("taken", "");
    std::fs::create_dir(shell.0.path().join("full")).expect("there is room for a folder");
    shell.write("full/plugin.py", "");
    let new = |name: &str, more: &[&str]| {
        complaint(&shell.run(&[&["new", name, "--kind", "scoring-rule"], more].concat()))
    };

    assert!(new("full", &["--lang", "python"]).contains("is there already"));
    assert!(new("taken", &["--lang", "python"]).contains("taken"));
    assert!(new("Upper", &[]).contains("`Upper` is no name"));
    assert!(new("own", &["--vendor", "A B"]).contains("`A B` is no name"));
    assert!(new("own", &["--sdk", "."]).contains("--sdk DIR"));
    let unknown = complaint(&shell.run(&["new", "own", "--kind", "scorer"]));
    assert!(unknown.contains("one of text-extractor, "), "{unknown}");
    assert!(!shell.0.path().join("own").exists());
}

/// In the environment there is no tool at all.
#[test]
fn a_tool_chain_that_is_missing_is_named_with_how_to_install_it() {
    for (lang, tool, remedy) in
        [("js", "jco", "npm install"), ("python", "componentize-py", ".venv/bin/pip install -r")]
    {
        let shell = Shell::new();
        printed(&shell.run(&["new", "mine", "--kind", "scoring-rule", "--lang", lang]));
        let said = complaint(&shell.run(&["build", "mine"]));
        assert!(said.contains(&format!("{tool} is not installed")) && said.contains(remedy), "{said}");
    }
    let shell = Shell::new();
    shell.write(
        "mortise-plugin.toml",
        "id = \"a/b\"\nversion = \"1.0.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"",
    );
    let said = complaint(&shell.run(&["build"]));
    assert!(said.contains("no Cargo.toml (Rust), package.json (JavaScript) or plugin.py (Python)"), "{said}");
}
