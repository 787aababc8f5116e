//! What is not read, and how that is said.

use lopdf::encryption::crypt_filters::{Aes128CryptFilter, Aes256CryptFilter, CryptFilter};
use lopdf::{EncryptionState, EncryptionVersion, Object, Permissions, dictionary};
use mortise_sdk::{ErrorKind, PluginError};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::build::{Pdf, extract, save};
use crate::resumes::file;

pub(crate) fn refusal(bytes: &[u8]) -> PluginError {
    pdf_text::extract(bytes).expect_err("must be refused")
}

#[test]
fn other_files_are_no_pdf() {
    for bytes in [&b""[..], b"PK\x03\x04 a zip", b"{\"basics\":{}}", b"%PD"] {
        let error = refusal(bytes);
        assert_eq!((error.code.as_str(), error.kind), ("not_a_pdf", ErrorKind::InvalidInput));
    }
}

#[test]
fn a_header_alone_is_a_damaged_pdf() {
    assert_eq!(refusal(b"%PDF-1.7\n").code, "damaged_pdf");
    assert_eq!(refusal(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog").code, "damaged_pdf");
}

#[test]
fn a_file_cut_off_behind_its_pages_is_recovered() {
    let bytes = Pdf::of("BT /F1 10 Tf 72 700 Td (still here) Tj ET");
    let end = bytes.windows(4).rposition(|window| window == b"xref").expect("has a table") - 5;
    let text = extract(&bytes[..end]);
    assert_eq!(text.plain(), "still here");
    assert!(text.warnings.iter().any(|warning| warning.contains("damaged")), "{:?}", text.warnings);
}

#[test]
fn bytes_before_the_header_do_no_harm() {
    let mut bytes = b"\xef\xbb\xbf\r\n".to_vec();
    bytes.extend(file("docx-plain__student_us.pdf"));
    assert!(extract(&bytes).plain().contains("Tyler Nguyen"));
}

#[test]
fn a_page_of_pictures_needs_ocr() {
    let mut pdf = Pdf::new();
    let image = pdf.stream(
        dictionary! { "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1, "BitsPerComponent" => 8, "ColorSpace" => "DeviceGray" },
        &[0],
    );
    pdf.resource("XObject", "I1", image);
    pdf.page("q 600 0 0 800 0 0 cm /I1 Do Q", dictionary! {});
    let error = refusal(&pdf.bytes());
    assert_eq!((error.code.as_str(), error.kind), ("no_text_layer", ErrorKind::Unsupported));
    assert!(error.message.contains("OCR"));
}

#[test]
fn too_many_pages_are_refused() {
    let mut pdf = Pdf::new();
    for _ in 0..201 {
        pdf.page("BT /F1 10 Tf 72 700 Td (x) Tj ET", dictionary! {});
    }
    let error = refusal(&pdf.bytes());
    assert_eq!((error.code.as_str(), error.kind), ("too_many_pages", ErrorKind::Limit));
    assert_eq!(error.details[0], ("pages".to_owned(), "201".to_owned()));
}

#[test]
fn a_false_page_count_refuses_nothing() {
    let mut pdf = Pdf::new();
    pdf.page("BT /F1 10 Tf 72 700 Td (one page) Tj ET", dictionary! {});
    pdf.finish();
    let tree = pdf.tree;
    pdf.doc.get_dictionary_mut(tree).expect("the page tree").set("Count", 5000);
    assert_eq!(extract(&save(&mut pdf.doc)).plain(), "one page");
}

fn encrypted(version: &str, password: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.page("BT /F1 10 Tf 72 700 Td (a secret) Tj ET", dictionary! {});
    pdf.finish();
    let mut doc = pdf.doc;
    let id = Object::string_literal("0123456789abcdef");
    doc.trailer.set("ID", vec![id.clone(), id]);
    let permissions = Permissions::all();
    let filters = |filter: Arc<dyn CryptFilter>| BTreeMap::from([(b"StdCF".to_vec(), filter)]);
    let state = match version {
        "rc4-40" => EncryptionVersion::V1 {
            document: &doc,
            owner_password: "owner",
            user_password: password,
            permissions,
        }
        .try_into(),
        "rc4-128" => EncryptionVersion::V2 {
            document: &doc,
            owner_password: "owner",
            user_password: password,
            key_length: 128,
            permissions,
        }
        .try_into(),
        "aes-128" => EncryptionVersion::V4 {
            document: &doc,
            encrypt_metadata: true,
            crypt_filters: filters(Arc::new(Aes128CryptFilter)),
            stream_filter: b"StdCF".to_vec(),
            string_filter: b"StdCF".to_vec(),
            owner_password: "owner",
            user_password: password,
            permissions,
        }
        .try_into(),
        _ => EncryptionVersion::V5 {
            encrypt_metadata: true,
            crypt_filters: filters(Arc::new(Aes256CryptFilter)),
            file_encryption_key: &[7; 32],
            stream_filter: b"StdCF".to_vec(),
            string_filter: b"StdCF".to_vec(),
            owner_password: "owner",
            user_password: password,
            permissions,
        }
        .try_into(),
    };
    let state: EncryptionState = state.expect("sound parameters");
    doc.encrypt(&state).expect("encrypts");
    save(&mut doc)
}

#[test]
fn an_empty_password_opens() {
    for version in ["rc4-40", "rc4-128", "aes-128", "aes-256"] {
        assert_eq!(extract(&encrypted(version, "")).plain(), "a secret", "{version}");
    }
}

#[test]
fn any_other_password_does_not() {
    for version in ["rc4-40", "rc4-128", "aes-128", "aes-256"] {
        let error = refusal(&encrypted(version, "sesame"));
        assert_eq!((error.code.as_str(), error.kind), ("encrypted", ErrorKind::InvalidInput), "{version}");
    }
}
