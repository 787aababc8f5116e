//! The secret key: where it comes from, that it is changed without losing anything, and that a wrong one is told.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::keys::write_private;
use mortise_host::resources::access::founding;
use mortise_host::start::{Node, Running};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use mortise_tests::rows;
use mortise_tests::server::{self, PASSWORD};
use serde_json::{Value, json};
use tempfile::TempDir;

const OLD: &str = "0101010101010101010101010101010101010101010101010101010101010a0a";
const OTHER: &str = "0202020202020202020202020202020202020202020202020202020202020b0b";

/// An installation whose nodes come and go: a folder, a database, a clock, a file of keys.
struct Place {
    folder: TempDir,
    database: TestDatabase,
    clock: Clock,
}

impl Place {
    /// With one key in the file.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let database = TestDatabase::new().await;
        // The program goes by the system's clock, and finds what happened an hour ago.
        let clock = Clock::manual(Clock::system().now() - Duration::from_secs(60 * 60));
        let place = Self { folder, database, clock };
        place.write_keys(&[OLD]);
        place
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("ring")
    }

    fn write_keys(&self, keys: &[&str]) {
        write_private(&self.key_file(), &keys.join("\n")).expect("there is room for a file");
    }

    fn keys(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.key_file()).expect("it is there");
        text.lines().map(str::to_owned).collect()
    }

    /// Compiled plugins are signed with the key: these nodes have a cache of their own, and need no plugin.
    fn config(&self) -> Config {
        Config {
            secret_key_file: Some(self.key_file()),
            plugin_cache_dir: Some(self.folder.path().join("plugins")),
            ..server::config(self.folder.path(), &self.database)
        }
    }

    async fn start(&self, config: Config) -> anyhow::Result<Running> {
        let clock = self.clock.clone();
        Node { config, clock, serves: true, works: false, compiler: Some("/bin/false".into()) }.start().await
    }

    /// The program, told the database and nothing else.
    fn program(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let url = self.config().database_url();
        let mut command = Command::new(binary::mortise());
        command.args(arguments).env_clear().current_dir(self.folder.path());
        command.env("MORTISE_LISTEN", "127.0.0.1:0").env("MORTISE_DATABASE_URL", url);
        command.envs(settings.iter().copied()).output().expect("the program starts")
    }

    fn with_key_file(&self, arguments: &[&str]) -> Output {
        let file = self.key_file().display().to_string();
        self.program(arguments, &[("MORTISE_SECRET_KEY_FILE", &file)])
    }
}

fn nobody(node: &Running) -> Actor {
    Actor::new(format!("http://{}", node.address().expect("it serves")), None)
}

/// It ended well; the JSON it printed.
#[track_caller]
fn printed(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// It ended badly, with one line that holds all of these.
#[track_caller]
fn refused(output: &Output, parts: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("mortise: ") && said.lines().count() == 1, "{said}");
    for part in parts {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
}

/// What somebody holds who was there before the key was changed.
struct Before {
    access_token: String,
    refresh_token: String,
    owner_key: String,
    made: Answer,
}

impl Before {
    /// A tenant, a session, and a change whose answer is kept for its idempotency key.
    async fn begin(place: &Place, node: &Running) -> Self {
        let founded = founding::found(&node.services.db, &place.clock, "acme", "owner@acme.example").await;
        let owner_key = founded.expect("the tenant is new").key.reveal();
        let owner = nobody(node).with_key(&owner_key);
        let role = owner.role_id("admin").await;
        let new = json!({ "email": "ada@acme.example", "roles": [{ "role_id": role }] });
        let token = owner.post("/v1/members", new).await.expect(201).text("invitation_token");
        let acceptance = json!({ "token": token, "password": PASSWORD });
        let tokens = nobody(node).post("/v1/auth/invitations", acceptance).await.expect(200);
        let made = make_key(&owner).await.expect(201);
        assert_eq!(made.header("idempotent-replayed"), None);
        Self {
            access_token: tokens.text("access_token"),
            refresh_token: tokens.text("refresh_token"),
            owner_key,
            made,
        }
    }

    /// All of it still works, on this node.
    async fn still_works(&mut self, node: &Running) {
        nobody(node).with_key(&self.access_token).get("/v1/me").await.expect(200);
        let refresh = json!({ "refresh_token": self.refresh_token });
        let tokens = nobody(node).post("/v1/auth/tokens/refresh", refresh).await.expect(200);
        self.refresh_token = tokens.text("refresh_token");
        nobody(node).with_key(tokens.text("access_token")).get("/v1/me").await.expect(200);
        let again = make_key(&nobody(node).with_key(&self.owner_key)).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.body, self.made.body);
        nobody(node).with_key(again.text("secret")).get("/v1/contacts").await.expect(200);
    }
}

async fn make_key(owner: &Actor) -> Answer {
    let new = json!({ "name": "careers", "permissions": ["contact:read"] });
    owner.with_header("idempotency-key", "8e03978e-40d5").post("/v1/api-keys", new).await
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).expect("it is there").permissions().mode() & 0o777
}

#[tokio::test]
async fn the_key_is_made_at_first_start_for_its_owner_alone() {
    let place = Place::new().await;
    let config = Config { secret_key_file: None, ..place.config() };
    let file = place.folder.path().join("secret.key");

    let node = place.start(config.clone()).await.expect("it starts");
    let mut before = Before::begin(&place, &node).await;
    node.stop().await;

    assert_eq!(mode(&file), 0o600);
    let key = std::fs::read_to_string(&file).expect("it is there");
    assert!(key.trim_end().len() == 64 && key.trim_end().bytes().all(|b| b.is_ascii_hexdigit()), "{key:?}");
    let node = place.start(config).await.expect("it starts again");
    before.still_works(&node).await;
    node.stop().await;
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), key);
}

#[tokio::test]
async fn with_postgresql_no_key_is_made_up() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for arguments in [&["serve"][..], &["worker"], &["secrets", "rotate", "--new"], &["audit", "verify"]] {
        let mut command = Command::new(binary::mortise());
        command.args(arguments).env_clear().current_dir(folder.path());
        let output = command.env("MORTISE_DATABASE_URL", "postgres://localhost/none").output();

        let named =
            ["MORTISE_SECRET_KEY_FILE", "MORTISE_SECRET_KEY)", "the same on every node", "openssl rand"];
        refused(&output.expect("the program starts"), &named);
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[tokio::test]
async fn the_key_is_changed_and_everything_still_opens() {
    let place = Place::new().await;
    let node = place.start(place.config()).await.expect("it starts");
    let mut before = Before::begin(&place, &node).await;
    node.stop().await;

    let rotated = printed(&place.with_key_file(&["secrets", "rotate", "--new"]));
    assert_eq!(rotated, json!({ "tenants": 1, "data_keys": 1, "signing_keys": 1 }));
    let keys = place.keys();
    assert!(keys.len() == 2 && keys[1] == OLD && keys[0].len() == 64, "{keys:?}");
    assert_eq!(mode(&place.key_file()), 0o600);
    let node = place.start(place.config()).await.expect("it starts with both keys");
    before.still_works(&node).await;
    node.stop().await;

    place.write_keys(&[&keys[0]]);
    let again = printed(&place.with_key_file(&["secrets", "rotate"]));
    assert_eq!(again, json!({ "tenants": 1, "data_keys": 0, "signing_keys": 0 }));
    let node = place.start(place.config()).await.expect("it starts with the new key alone");
    before.still_works(&node).await;
    node.stop().await;
}

#[tokio::test]
async fn nodes_go_on_while_the_key_is_changed() {
    let place = Place::new().await;
    let node = place.start(place.config()).await.expect("it starts");
    let mut before = Before::begin(&place, &node).await;
    node.stop().await;

    // Every node learns the new key before anything is sealed with it.
    place.write_keys(&[OLD, OTHER]);
    let node = place.start(place.config()).await.expect("it starts");
    let first = format!("{OTHER},{OLD}");
    printed(&place.program(&["secrets", "rotate"], &[("MORTISE_SECRET_KEY", &first)]));

    before.still_works(&node).await;
    node.stop().await;
    place.write_keys(&[OTHER]);
    let node = place.start(place.config()).await.expect("it starts with the new key alone");
    before.still_works(&node).await;
    node.stop().await;
}

#[tokio::test]
async fn a_key_taken_away_before_everything_is_sealed_anew_is_told() {
    let place = Place::new().await;
    let node = place.start(place.config()).await.expect("it starts");
    let mut before = Before::begin(&place, &node).await;
    node.stop().await;

    place.write_keys(&[OTHER]);
    let named = ["was sealed with the secret key", "which is not configured"];
    refused(&place.with_key_file(&["serve"]), &[&named[..], &["access tokens"]].concat());
    refused(&place.with_key_file(&["worker"]), &named);
    refused(&place.with_key_file(&["secrets", "rotate"]), &named);
    let error = place.start(place.config()).await.err().expect("it does not start");
    assert!(format!("{error:#}").contains(named[0]), "{error:#}");

    // Nothing is lost: with the right key all is as it was.
    place.write_keys(&[OLD]);
    let node = place.start(place.config()).await.expect("it starts");
    before.still_works(&node).await;
    node.stop().await;
}

#[tokio::test]
async fn a_wrong_key_is_told_although_all_signing_keys_have_ended() {
    let place = Place::new().await;
    let node = place.start(place.config()).await.expect("it starts");
    Before::begin(&place, &node).await;
    node.stop().await;
    place.clock.advance(Duration::from_secs(40 * 24 * 60 * 60));

    place.write_keys(&[OTHER]);
    let error = place.start(place.config()).await.err().expect("it does not start");
    assert!(format!("{error:#}").contains("which is not configured"), "{error:#}");

    place.write_keys(&[OLD]);
    place.start(place.config()).await.expect("it starts").stop().await;
}

#[tokio::test]
async fn keys_may_come_from_the_environment() {
    let place = Place::new().await;
    let node = place.start(place.config()).await.expect("it starts");
    let mut before = Before::begin(&place, &node).await;
    node.stop().await;

    let both = format!("{OTHER},{OLD}");
    let of_environment =
        |keys: &str| Config { secret_key: Some(keys.into()), secret_key_file: None, ..place.config() };
    let node = place.start(of_environment(&both)).await.expect("it starts");
    before.still_works(&node).await;
    node.stop().await;

    printed(&place.program(&["secrets", "rotate"], &[("MORTISE_SECRET_KEY", &both)]));
    let node = place.start(of_environment(OTHER)).await.expect("it starts with the new key alone");
    before.still_works(&node).await;
    node.stop().await;
    assert!(!place.folder.path().join("secret.key").exists(), "no key is made beside the one that is given");
}

#[tokio::test]
async fn what_is_no_key_is_refused_and_not_repeated() {
    let place = Place::new().await;
    let secret = "c0ffee";
    let long = format!("{OLD},{secret}");

    for keys in [secret, &long, ",", "zz"] {
        let output = place.program(&["secrets", "rotate"], &[("MORTISE_SECRET_KEY", keys)]);
        refused(&output, &["MORTISE_SECRET_KEY", "64 hexadecimal digits"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains(secret) && !said.contains(OLD), "{said}");
    }
    place.write_keys(&[]);
    refused(&place.with_key_file(&["serve"]), &["ring", "64 hexadecimal digits"]);

    let both = [("MORTISE_SECRET_KEY", OLD), ("MORTISE_SECRET_KEY_FILE", "ring")];
    refused(&place.program(&["serve"], &both), &["secret_key or secret_key_file, not both"]);
    let new = place.program(&["secrets", "rotate", "--new"], &[("MORTISE_SECRET_KEY", OLD)]);
    refused(&new, &["MORTISE_SECRET_KEY", "without --new"]);
    refused(&place.program(&["serve"], &[("MORTISE_SECRET_KEY_FILE", "missing")]), &["missing"]);
}

#[tokio::test]
async fn the_audit_log_is_whole_after_the_old_key_is_gone() {
    let place = Place::new().await;
    let node = place.start(place.config()).await.expect("it starts");
    Before::begin(&place, &node).await;
    // This one has no secret that would be sealed anew.
    founding::found(&node.services.db, &place.clock, "quiet", "owner@quiet.example")
        .await
        .expect("it is new");
    node.stop().await;
    let verify = || place.with_key_file(&["audit", "verify"]);
    assert!(verify().status.success(), "{}", String::from_utf8_lossy(&verify().stdout));

    printed(&place.with_key_file(&["secrets", "rotate", "--new"]));
    assert!(verify().status.success(), "{}", String::from_utf8_lossy(&verify().stdout));

    place.write_keys(&[&place.keys()[0]]);
    assert!(verify().status.success(), "{}", String::from_utf8_lossy(&verify().stdout));
}

#[tokio::test]
async fn secrets_stand_sealed_in_the_database() {
    let place = Place::new().await;
    let node = place.start(place.config()).await.expect("it starts");
    let before = Before::begin(&place, &node).await;
    node.stop().await;
    let url = place.config().database_url();
    let hex = if place.database.is_postgres() { "encode({}, 'hex')" } else { "lower(hex({}))" };
    let column = async |column: &str, table: &str| {
        let select = format!("select {} from {table}", hex.replace("{}", column));
        // Signing keys are nobody's: over the tenants they are told once each.
        rows::texts(&url, &select).await
    };
    let in_hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();

    let bodies = column("body", "idempotency_keys").await;
    assert_eq!(bodies.len(), 1);
    assert!(!bodies[0].contains(&in_hex("careers")), "an answer is sealed whole");
    assert!(!bodies[0].contains(&in_hex(&before.made.text("secret"))));
    // The version of the seal, then what names the key.
    assert!(bodies[0].starts_with("01"), "{}", bodies[0]);
    for data_key in column("wrapped", "data_keys").await {
        assert!(data_key.starts_with("01"), "{data_key}");
    }
}
