//! Files that word processors and converters made, from the upload to the candidate.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::Value;

use super::resumes::{read, read_well};

/// A file beside a plugin's own tests.
fn file(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

async fn unified(server: &Server, owner: &Actor, name: &str, path: &str) -> Value {
    let resume = read_well(server, owner, name, file(path)).await;
    owner.get(&format!("{resume}/unified")).await.expect(200).json()
}

#[tokio::test]
async fn the_same_document_reads_the_same_in_every_format() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut read = Vec::new();
    for (name, path) in [
        ("nora.docx", "docx-text/tests/python-docx.docx"),
        ("nora.odt", "odt-text/tests/libreoffice.odt"),
        ("nora.rtf", "plain-text/tests/libreoffice.rtf"),
    ] {
        let unified = unified(&server, &owner, name, path).await;
        assert_eq!(unified["basics"]["name"], "Nora Lindqvist", "{name}: {unified:#}");
        assert_eq!(unified["basics"]["email"], "nora.lindqvist@example.org", "{name}");
        assert!(unified["work"].to_string().contains("Norrhamn Port"), "{name}: {unified:#}");
        assert!(unified["education"].to_string().contains("Kalmar"), "{name}: {unified:#}");
        read.push((name, unified));
    }
    let (_, first) = &read[0];
    for (name, other) in &read[1..] {
        for part in ["work", "education"] {
            assert_eq!(other[part], first[part], "{part} of {name}");
        }
    }
}

#[tokio::test]
async fn what_a_converter_makes_of_one_text_is_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for (name, path) in
        [("ines.odt", "odt-text/tests/pandoc.odt"), ("ines.rtf", "plain-text/tests/pandoc.rtf")]
    {
        let unified = unified(&server, &owner, name, path).await;
        assert_eq!(unified["basics"]["name"], "Inês Moreira", "{name}: {unified:#}");
        assert_eq!(unified["basics"]["email"], "ines.moreira@example.org", "{name}");
        assert!(unified["work"].to_string().contains("Hospital da Ribeira"), "{name}: {unified:#}");
    }
}

#[tokio::test]
async fn a_document_behind_a_password_says_so() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read(&server, &owner, "nora.odt", file("odt-text/tests/locked.odt")).await;
    assert_eq!(resume["status"], "failed", "{resume:#}");
    assert_eq!(resume["error"]["code"], "encrypted", "{resume:#}");
    assert!(resume["error"]["detail"].as_str().is_some_and(|detail| detail.contains("password")));
}
