//! Files that are not what they should be: each ends as a clear 4xx or as a failed résumé with a code and a sentence,
//! and the next upload works.

use mortise_tests::actor::Actor;
use mortise_tests::documents;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::Value;

use super::resumes::{read, read_well};

/// A server that has to survive, and somebody to try it.
struct World {
    server: Server,
    owner: Actor,
}

impl World {
    async fn new() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        Self { server, owner }
    }

    /// Uploads a file that is taken, and cannot be read: the code.
    async fn failure(&self, name: &str, bytes: impl Into<Vec<u8>>) -> String {
        let resume = read(&self.server, &self.owner, name, bytes).await;
        assert_eq!(resume["status"], "failed", "{name}: {resume:#}");
        let detail = resume["error"]["detail"].as_str().expect("a failure has a sentence");
        assert!(detail.len() > 20 && detail.ends_with('.'), "no sentence for a person: {detail}");
        let unified = format!("/v1/resumes/{}/unified", resume["id"].as_str().expect("an id is a text"));
        assert_eq!(self.owner.get(&unified).await.expect(409).text("code"), "reading_failed");
        self.still_works().await;
        resume["error"]["code"].as_str().expect("a failure has a code").to_owned()
    }

    /// Uploads a file that is not even taken: the status, and the code of the fault.
    async fn refusal(&self, name: &str, bytes: impl Into<Vec<u8>>) -> (u16, String) {
        let answer = self.owner.upload(name, bytes).await;
        assert!((400..500).contains(&answer.status), "{name}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.server.run_tasks().await, [""; 0], "what was refused leaves nothing to do");
        self.still_works().await;
        let body = answer.json();
        let code =
            body["errors"][0]["code"].as_str().or(body["code"].as_str()).expect("a problem has a code");
        (answer.status, code.to_owned())
    }

    /// What could be read of it is answered.
    async fn success(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Value {
        let path = read_well(&self.server, &self.owner, name, bytes).await;
        self.still_works().await;
        self.owner.get(&format!("{path}/unified")).await.expect(200).json()
    }

    async fn still_works(&self) {
        let text = samples::text_resume("Ada Lovelace", "ada@example.com");
        read_well(&self.server, &self.owner, "next.txt", text).await;
    }
}

#[tokio::test]
async fn an_empty_file_is_refused() {
    let world = World::new().await;
    assert_eq!(world.refusal("cv.pdf", "").await, (422, "empty_file".into()));
}

#[tokio::test]
async fn a_picture_named_pdf_is_refused() {
    let world = World::new().await;
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".to_vec();
    assert_eq!(world.refusal("cv.pdf", picture).await, (422, "content_mismatch".into()));
}

#[tokio::test]
async fn text_named_pdf_is_refused() {
    let world = World::new().await;
    assert_eq!(world.refusal("cv.PDF", "Ada Lovelace").await, (422, "content_mismatch".into()));
}

#[tokio::test]
async fn a_kind_nobody_reads_is_refused() {
    let world = World::new().await;
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".to_vec();
    assert_eq!(world.refusal("cv.png", picture).await, (415, "unsupported_media_type".into()));
    assert_eq!(world.refusal("cv.exe", b"MZ\x90\0\x03\0\0\0".to_vec()).await.0, 415);
    assert_eq!(world.refusal("cv", vec![0; 4096]).await.0, 415);
}

#[tokio::test]
async fn a_header_and_nothing_behind_it_fails() {
    let world = World::new().await;
    assert_eq!(world.failure("cv.pdf", "%PDF-1.7\n%%EOF\n").await, "damaged_pdf");
}

#[tokio::test]
async fn noise_behind_a_header_fails() {
    let world = World::new().await;
    let noise: Vec<u8> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_eq!(world.failure("cv.pdf", [b"%PDF-1.7\n".to_vec(), noise].concat()).await, "damaged_pdf");
}

#[tokio::test]
async fn a_pdf_cut_off_anywhere_is_read_or_fails() {
    let world = World::new().await;
    let whole = samples::read("hr-nl.pdf");
    for tenth in 1..10 {
        let part = whole[..whole.len() * tenth / 10].to_vec();
        let resume = read(&world.server, &world.owner, "cv.pdf", part).await;
        let ended = resume["status"] == "success" || resume["error"]["detail"].is_string();
        assert!(ended, "{tenth} tenths: {resume:#}");
    }
    world.still_works().await;
}

#[tokio::test]
async fn an_encrypted_pdf_that_opens_without_a_password_is_read() {
    let world = World::new().await;
    let unified = world.success("cv.pdf", documents::encrypted_pdf("")).await;
    assert_eq!(unified["basics"]["name"], "Katherine Johnson");
}

#[tokio::test]
async fn an_encrypted_pdf_that_wants_a_password_fails() {
    let world = World::new().await;
    assert_eq!(world.failure("cv.pdf", documents::encrypted_pdf("secret")).await, "encrypted");
}

#[tokio::test]
async fn a_book_of_ten_thousand_pages_fails() {
    let world = World::new().await;
    assert_eq!(world.failure("cv.pdf", documents::long_pdf(10_000)).await, "too_many_pages");
}

#[tokio::test]
async fn a_pdf_that_unpacks_to_gigabytes_fails() {
    let world = World::new().await;
    let bomb = documents::bomb_pdf();
    assert!(bomb.len() < 100_000, "{} bytes are no bomb", bomb.len());
    assert_eq!(world.failure("cv.pdf", bomb).await, "too_large");
}

#[tokio::test]
async fn a_word_document_that_unpacks_to_hundreds_of_megabytes_fails() {
    let world = World::new().await;
    assert_eq!(world.failure("cv.docx", documents::bomb_docx()).await, "too_large");
}

#[tokio::test]
async fn an_open_document_that_unpacks_to_a_hundred_megabytes_fails() {
    let world = World::new().await;
    let bomb = documents::bomb_odt();
    assert!(bomb.len() < 1 << 20, "{} bytes are no bomb", bomb.len());
    assert_eq!(world.failure("cv.odt", bomb).await, "too_large");
}

#[tokio::test]
async fn rich_text_that_is_nested_without_end_fails() {
    let world = World::new().await;
    let nested = format!("{{\\rtf1 {}Ada Lovelace", "{\\b ".repeat(1_000_000));
    assert_eq!(world.failure("cv.rtf", nested).await, "too_large");
}

#[tokio::test]
async fn rich_text_whose_picture_says_it_is_longer_than_the_file_is_read_up_to_there() {
    let world = World::new().await;
    let text = "{\\rtf1 Ada Lovelace\\par ada@example.com\\par {\\pict\\bin2147483647 }";
    let unified = world.success("cv.rtf", text).await;
    assert_eq!(unified["basics"]["name"], "Ada Lovelace");
}

#[tokio::test]
async fn documents_of_ten_thousand_pages_fail() {
    let world = World::new().await;
    assert_eq!(world.failure("cv.pdf", documents::pdf_of_pages(10_000)).await, "too_many_pages");
    assert_eq!(world.failure("cv.txt", "a\u{c}".repeat(10_002)).await, "too_large");
    let rich_text = format!("{{\\rtf1 {}}}", "a\\page ".repeat(10_002));
    assert_eq!(world.failure("cv.rtf", rich_text).await, "too_large");
}

#[tokio::test]
async fn a_pdf_that_refers_to_itself_fails() {
    let world = World::new().await;
    assert_eq!(world.failure("cv.pdf", documents::cyclic_pdf()).await, "no_text_layer");
}

#[tokio::test]
async fn a_scanned_pdf_says_that_it_needs_ocr() {
    let world = World::new().await;
    assert_eq!(world.failure("cv.pdf", documents::scanned_pdf()).await, "no_text_layer");
}

#[tokio::test]
async fn a_zip_that_is_no_word_document_fails() {
    let world = World::new().await;
    let mut zip = documents::docx(&["Ada Lovelace"]);
    let half = zip.len() / 2;
    zip.truncate(half);
    assert_eq!(world.failure("cv.docx", zip).await, "damaged_docx");
}

#[tokio::test]
async fn what_is_called_an_open_document_or_rich_text_and_is_none_is_refused() {
    let world = World::new().await;
    for name in ["cv.odt", "cv.rtf"] {
        assert_eq!(world.refusal(name, "Ada Lovelace").await, (422, "content_mismatch".into()), "{name}");
    }
    let word = documents::docx(&["Ada Lovelace"]);
    assert_eq!(world.refusal("cv.rtf", word.clone()).await, (422, "content_mismatch".into()));
    // What kind of archive it is, the extractor sees.
    assert_eq!(world.failure("cv.odt", word).await, "not_an_odt");
    let mut half = documents::odt(&["Ada Lovelace"]);
    half.truncate(half.len() / 2);
    assert_eq!(world.failure("cv.odt", half).await, "damaged_odt");
}

#[tokio::test]
async fn an_old_word_document_named_docx_fails() {
    let world = World::new().await;
    let ole = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 2048]].concat();
    let code = world.failure("cv.docx", ole).await;
    assert!(["encrypted", "not_a_docx", "damaged_docx"].contains(&&*code), "{code}");
}

#[tokio::test]
async fn null_characters_in_a_pdf_do_not_stop_the_database() {
    let world = World::new().await;
    let unified = world.success("cv.pdf", documents::pdf_with_null_characters()).await;
    assert!(!unified.to_string().contains("\\u0000"), "{unified:#}");
}

#[tokio::test]
async fn null_characters_in_text_do_not_stop_the_database() {
    let world = World::new().await;
    let text = "Ada\u{0} Lovelace\r\nada@example.com\r\n\u{1}\u{2}Skills\r\nRust, \u{fffe}Go\u{0}\r\n";
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let resume = read(&world.server, &world.owner, "cv.txt", utf16).await;
    assert_ne!(resume["error"]["code"], "reading_failed", "{resume:#}");
    assert!(!world.owner.get("/v1/candidates").await.expect(200).json().to_string().contains("\\u0000"));
    world.still_works().await;
}

#[tokio::test]
async fn entities_of_control_characters_in_html_do_not_stop_the_database() {
    let world = World::new().await;
    let page = "<!doctype html><h1>Ada&#0;&#1; Lovelace</h1><p>ada@example.com</p><p>&#xD800; &#x202e;</p>";
    world.success("cv.html", page).await;
}

#[tokio::test]
async fn a_resume_of_blanks_is_no_candidates_secret() {
    let world = World::new().await;
    let resume = read(&world.server, &world.owner, "cv.txt", " \n\t\n ").await;
    assert!(resume["status"] == "failed" || resume["status"] == "success", "{resume:#}");
    world.still_works().await;
}
