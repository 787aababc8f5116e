//! A client that others' tools generate from our document hires somebody with it.

use std::process::Command;

use mortise_tests::samples;

use super::{Site, document, installed, run, scripts};

#[tokio::test]
async fn a_generated_client_hires_somebody() {
    let site = Site::start().await;
    let (file, _) = document(&site).await;
    let folder = site.folder.path();
    let package = folder.join("generated/mortise_client");
    std::fs::create_dir_all(folder.join("generated")).expect("there is room for a folder");
    let mut generate = Command::new(installed("openapi-python-client"));
    generate.args(["generate", "--meta", "none", "--fail-on-warning", "--config"]);
    generate.arg(scripts().join("generator.yaml")).arg("--path").arg(&file);
    generate.arg("--output-path").arg(&package);

    let said = run("generating a client", &mut generate, folder);
    assert!(!said.contains("WARNING"), "{said}");

    let resume = samples::folder().join("civil-eng-za.pdf");
    let mut hire = Command::new(installed("python"));
    hire.arg(scripts().join("hire.py"))
        .arg(folder.join("generated"))
        .arg(site.node.url())
        .arg(&site.key)
        .arg(resume);
    let said = run("hiring somebody", &mut hire, folder);
    assert!(said.contains("hired"), "{said}");
}
