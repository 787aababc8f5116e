//! Compiled code on disk and in the file store: used again when it is ours, never mapped when it is not.

use std::fs;
use std::path::{Path, PathBuf};

use mortise_host::blobs::Blobs;
use mortise_host::config::Config;
use mortise_host::hooks::{Kind, Outcome};
use mortise_host::wasm::Settings;
use mortise_tests::guests;

use super::fixture::{Host, settings};

fn fresh(folder: &Path) -> Settings {
    Settings { cache_dir: folder.to_owned(), ..settings() }
}

/// All artifacts below the folder.
fn artifacts(folder: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| fs::read_dir(folder).expect("the cache is readable").flatten();
    let files = list(folder).flat_map(|key| list(&key.path()));
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.sort();
    paths
}

/// Installs the empty rule, calls it, and answers the one artifact there is afterwards.
async fn used(settings: Settings) -> PathBuf {
    let folder = settings.cache_dir.clone();
    let host = Host::with(settings);
    let rule = host.install("empty-score", Kind::ScoringRule).await;
    assert_eq!(host.score(&rule, "").await.record.outcome, Outcome::Ok);
    let paths = artifacts(&folder);
    assert_eq!(paths.len(), 1, "{paths:?}");
    paths.into_iter().next().expect("there is one")
}

#[tokio::test]
async fn an_artifact_is_made_once_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = used(fresh(folder.path())).await;
    let made = fs::metadata(&first).unwrap().modified().unwrap();
    // A compiler that is not there cannot have been asked.
    let settings = Settings { compiler: Some("/nonexistent/mortise".into()), ..fresh(folder.path()) };
    let again = used(settings).await;
    assert_eq!(again, first);
    assert_eq!(fs::metadata(&again).unwrap().modified().unwrap(), made);
}

#[tokio::test]
async fn a_damaged_artifact_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = used(fresh(folder.path())).await;
    let sound = fs::read(&path).unwrap();
    let mut damaged = sound.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let path = used(fresh(folder.path())).await;
    assert_ne!(fs::read(&path).unwrap(), damaged);

    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    used(fresh(folder.path())).await;
    fs::write(&path, b"").unwrap();
    used(fresh(folder.path())).await;
}

#[tokio::test]
async fn an_artifact_made_under_another_key_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = used(fresh(folder.path())).await;
    let ours = used(Settings { artifact_key: [8; 32], ..fresh(folder.path()) }).await;
    assert_ne!(ours, theirs);
}

#[tokio::test]
async fn an_artifact_in_the_place_of_another_component_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = used(fresh(folder.path())).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let host = Host::with(fresh(elsewhere.path()));
    host.install("nan-score", Kind::ScoringRule).await;
    let other = artifacts(elsewhere.path()).into_iter().next().unwrap();
    // Sound, ours, and of the same class: but not of this component.
    let planted = path.with_file_name(other.file_name().unwrap());
    fs::remove_file(&path).unwrap();
    fs::copy(&other, &planted).unwrap();
    let path = used(fresh(folder.path())).await;
    assert_ne!(path, planted);
}

#[tokio::test]
async fn a_missing_compiler_is_said_to_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { compiler: Some("/nonexistent/mortise".into()), ..fresh(folder.path()) };
    let host = Host::with(settings);
    let guest = guests::guest("empty-score", Kind::ScoringRule);
    let refusal = host.plugins.load(guest).await.unwrap_err();
    assert_eq!(refusal.code, "compile_failed");
    assert!(refusal.message.contains("/nonexistent/mortise"), "{}", refusal.message);
}

/// A node with an empty cache of its own that hands artifacts on by this folder.
fn node(cache: &Path, files: &Path) -> Settings {
    let url = Some(format!("file://{}", files.display()));
    let blobs = Blobs::open(&Config { blob_url: url, ..Config::default() }).expect("the store opens");
    Settings { remote_cache: Some(blobs), ..fresh(cache) }
}

/// One that cannot compile.
fn without_compiler(cache: &Path, files: &Path) -> Settings {
    Settings { compiler: Some("/nonexistent/mortise".into()), ..node(cache, files) }
}

/// Everything that was handed on.
fn handed_on(files: &Path) -> Vec<PathBuf> {
    let list = fs::read_dir(files.join("plugin-artifacts")).expect("something was handed on");
    list.map(|file| file.expect("the folder is readable").path()).collect()
}

#[tokio::test]
async fn what_one_node_compiled_another_need_not() {
    let [files, first, second] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let made = used(node(first.path(), files.path())).await;

    let taken = used(without_compiler(second.path(), files.path())).await;

    assert_eq!(taken.file_name(), made.file_name(), "the name is its MAC");
    assert_eq!(fs::read(&taken).unwrap(), fs::read(&made).unwrap());
    assert_eq!(handed_on(files.path()).len(), 1);
}

#[tokio::test]
async fn what_does_not_prove_to_be_ours_is_neither_kept_nor_called_but_replaced() {
    let [files, first, elsewhere] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    used(node(first.path(), files.path())).await;
    let place = handed_on(files.path()).pop().unwrap();
    let sound = fs::read(&place).unwrap();
    // Of another component, sound and ours; and of this one, by somebody with another key.
    let host = Host::with(node(elsewhere.path(), elsewhere.path()));
    host.install("nan-score", Kind::ScoringRule).await;
    let other = fs::read(handed_on(elsewhere.path()).pop().unwrap()).unwrap();
    let [theirs, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    used(Settings { artifact_key: [8; 32], ..node(cache.path(), theirs.path()) }).await;
    let forged = fs::read(handed_on(theirs.path()).pop().unwrap()).unwrap();
    let mut damaged = sound.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let of_nothing = sound[..32].to_vec();

    for bytes in
        [damaged, sound[..sound.len() - 1].to_vec(), of_nothing, b"short".to_vec(), Vec::new(), other, forged]
    {
        fs::write(&place, &bytes).unwrap();
        let cache = tempfile::tempdir().unwrap();
        let host = Host::with(without_compiler(cache.path(), files.path()));
        let guest = guests::guest("empty-score", Kind::ScoringRule);
        assert_eq!(host.plugins.load(guest).await.unwrap_err().code, "compile_failed");
        assert!(artifacts(cache.path()).is_empty(), "nothing of it is in the cache");
    }
    let cache = tempfile::tempdir().unwrap();
    used(node(cache.path(), files.path())).await;
    let cache = tempfile::tempdir().unwrap();
    used(without_compiler(cache.path(), files.path())).await;
}

#[tokio::test]
async fn nodes_with_different_keys_leave_each_others_artifacts_alone() {
    let [files, first, second] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    used(node(first.path(), files.path())).await;

    used(Settings { artifact_key: [8; 32], ..node(second.path(), files.path()) }).await;

    assert_eq!(handed_on(files.path()).len(), 2);
}

#[tokio::test]
async fn without_the_file_store_every_node_compiles_for_itself() {
    let [files, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    // Nothing can be put into a file.
    fs::write(files.path().join("plugin-artifacts"), "").unwrap();

    used(node(cache.path(), files.path())).await;
}
