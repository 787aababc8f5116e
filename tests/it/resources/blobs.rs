//! Files and their rows cannot drift apart, in a folder and in S3-compatible storage.

use std::path::Path;
use std::time::Duration;

use mortise_host::caller::Caller;
use mortise_host::config::Config;
use mortise_host::permissions::Permission;
use mortise_host::resources::files;
use mortise_tests::object_store::ObjectStore;
use mortise_tests::samples;
use mortise_tests::server::Server;

use super::resumes::read_well;

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn an_upload_that_never_became_anything_is_swept_away() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let kept =
        read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    // A server that dies between the blob and the résumé leaves just this.
    let caller = Caller::operator(founded.tenant.id);
    files::actions::receive(server.services(), &caller, Permission::ResumeCreate, "left".into())
        .await
        .unwrap();
    assert_eq!(blobs(&server.folder().join("files")), 2);

    server.clock.advance(HOUR / 2);
    assert_eq!(files::actions::sweep(server.services()).await.unwrap(), 0, "it may still become something");
    server.clock.advance(HOUR);
    assert_eq!(files::actions::sweep(server.services()).await.unwrap(), 1);

    assert_eq!(blobs(&server.folder().join("files")), 1);
    assert_eq!(server.texts("select state from files").await, ["stored"]);
    owner.get(&format!("{kept}/file")).await.expect(200);
}

#[tokio::test]
async fn a_row_whose_blob_was_never_written_is_swept_away_too() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let caller = Caller::operator(founded.tenant.id);
    files::actions::receive(server.services(), &caller, Permission::ResumeCreate, "left".into())
        .await
        .unwrap();
    std::fs::remove_dir_all(server.folder().join("files/t")).unwrap();

    server.clock.advance(HOUR * 2);
    assert_eq!(files::actions::sweep(server.services()).await.unwrap(), 1);

    assert_eq!(server.texts("select state from files").await, [""; 0]);
}

#[tokio::test]
async fn an_upload_that_was_swept_away_cannot_become_a_resume() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let services = server.services();
    let caller = Caller::operator(founded.tenant.id);
    let file =
        files::actions::receive(services, &caller, Permission::ResumeCreate, "late".into()).await.unwrap();
    server.clock.advance(HOUR * 2);
    files::actions::sweep(services).await.unwrap();

    let mut tx = services.db.begin(&caller, Permission::ResumeCreate).await.unwrap();
    let refused = files::actions::keep(&mut tx, services, &file).await.unwrap_err();

    assert!(refused.to_string().contains("send the file again"), "{refused}");
}

#[tokio::test]
async fn the_sweep_comes_round_by_itself() {
    let server = Server::start().await;
    server.found("acme").await;
    let schedules = mortise_host::worker::schedules().unwrap();
    mortise_host::tasks::fire(server.services(), &schedules).await.unwrap();
    server.clock.advance(HOUR + Duration::from_secs(1));

    mortise_host::tasks::fire(server.services(), &schedules).await.unwrap();

    let ran = server.run_tasks().await;
    assert_eq!(ran.iter().filter(|kind| *kind == "files.sweep").count(), 1, "{ran:?}");
}

#[tokio::test]
async fn no_name_a_caller_sent_is_part_of_a_key() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    read_well(&server, &owner, "../../secret-name.txt", text).await;

    let keys = server.texts("select blob_key from files").await;
    assert!(keys.iter().all(|key| key.starts_with("t/") && !key.contains("secret-name")), "{keys:?}");
}

#[tokio::test]
async fn a_file_store_that_is_gone_is_a_clear_503_and_comes_back() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let files = server.folder().join("files");
    let away = server.folder().join("away");
    std::fs::rename(&files, &away).unwrap();
    // A file in the folder's place: nothing can be written below it.
    std::fs::write(&files, "in the way").unwrap();

    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let refused = owner.upload("cv.txt", text.clone()).await.expect(503);
    assert_eq!(refused.text("code"), "unavailable");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    let ready = server.nobody().get("/readyz").await.expect(503).json();
    assert_eq!(ready["database"], "ok");
    assert_ne!(ready["files"], "ok");

    std::fs::remove_file(&files).unwrap();
    std::fs::rename(&away, &files).unwrap();
    read_well(&server, &owner, "cv.txt", text).await;
    server.nobody().get("/readyz").await.expect(200);
}

#[tokio::test]
async fn files_can_live_in_s3_compatible_storage() {
    let storage = ObjectStore::start("resumes").await;
    let server = Server::start_with(|config| use_storage(config, &storage, "s3://resumes/of/mortise")).await;
    let owner = server.tenant("acme").await;
    let bytes = samples::read("welder-au.pdf");

    let resume = read_well(&server, &owner, "welder-au.pdf", bytes.clone()).await;

    assert_eq!(owner.get(&format!("{resume}/file")).await.expect(200).body, bytes);
    server.nobody().get("/readyz").await.expect(200);
    assert_eq!(blobs(&storage.folder().join("resumes/of/mortise")), 1);
    assert!(!server.folder().join("files").exists(), "nothing is kept in the data folder");
}

#[tokio::test]
async fn what_is_left_in_s3_is_swept_away() {
    let storage = ObjectStore::start("resumes").await;
    let server = Server::start_with(|config| use_storage(config, &storage, "s3://resumes")).await;
    let founded = server.found("acme").await;
    let caller = Caller::operator(founded.tenant.id);
    files::actions::receive(server.services(), &caller, Permission::ResumeCreate, "left".into())
        .await
        .unwrap();
    assert_eq!(blobs(&storage.folder().join("resumes")), 1);

    server.clock.advance(HOUR * 2);
    files::actions::sweep(server.services()).await.unwrap();

    assert_eq!(blobs(&storage.folder().join("resumes")), 0);
}

#[tokio::test]
async fn storage_that_refuses_the_credentials_is_a_clear_503() {
    let storage = ObjectStore::start("resumes").await;
    let server = Server::start_with(|config| {
        use_storage(config, &storage, "s3://resumes");
        config.s3_secret_access_key = Some("guessed".into());
    })
    .await;
    let owner = server.tenant("acme").await;

    let refused =
        owner.upload("cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await.expect(503);

    assert_eq!(refused.text("code"), "unavailable");
    assert!(!refused.text("detail").contains("guessed"));
}

#[tokio::test]
async fn storage_that_is_gone_is_a_clear_503_while_the_rest_works() {
    let storage = ObjectStore::start("resumes").await;
    let server = Server::start_with(|config| use_storage(config, &storage, "s3://resumes")).await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let resume = read_well(&server, &owner, "cv.txt", text.clone()).await;

    drop(storage);

    assert_eq!(owner.upload("cv.txt", text).await.expect(503).text("code"), "unavailable");
    assert_eq!(owner.get(&format!("{resume}/file")).await.expect(503).text("code"), "unavailable");
    owner.get(&format!("{resume}/unified")).await.expect(200);
    assert_ne!(server.nobody().get("/readyz").await.expect(503).json()["files"], "ok");
}

fn use_storage(config: &mut Config, storage: &ObjectStore, url: &str) {
    config.blob_url = Some(url.into());
    config.s3_endpoint = Some(storage.url());
    config.s3_region = Some("eu-central-1".into());
    config.s3_access_key_id = Some(ObjectStore::ACCESS_KEY.into());
    config.s3_secret_access_key = Some(ObjectStore::SECRET_KEY.into());
}

/// How many blobs lie in a store's folder.
fn blobs(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.expect("the folder is readable").path())
        .map(|path| match path.is_dir() {
            true => blobs(&path),
            // S3's stand-in keeps what it knows of an object in hidden files beside it.
            false => {
                usize::from(!path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')))
            }
        })
        .sum()
}
