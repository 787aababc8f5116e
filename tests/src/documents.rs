//! Files made on the spot: sound ones of every kind, and the ones that must not hurt.

use std::io::Write;

use lopdf::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, dictionary,
};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const DOCX_NS: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// A PDF of one page with these lines.
pub fn pdf(lines: &[&str]) -> Vec<u8> {
    save(with_pages(&[&page_of(lines)]))
}

/// A PDF of so many pages, each with a line of its own.
pub fn pdf_of_pages(count: usize) -> Vec<u8> {
    let contents: Vec<Vec<u8>> = (1..=count).map(|page| page_of(&[&format!("Page {page}")])).collect();
    save(with_pages(&contents.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

/// A PDF with a page for each of these contents.
fn with_pages(contents: &[&[u8]]) -> Document {
    let mut document = Document::with_version("1.7");
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let pages = document.new_object_id();
    let kids: Vec<Object> = contents
        .iter()
        .map(|content| {
            let content = document.add_object(Stream::new(Dictionary::new(), content.to_vec()));
            let page = dictionary! {
                "Type" => "Page", "Parent" => pages, "Contents" => content, "Resources" => resources,
                "MediaBox" => vec![0.into(), 0.into(), 612.into(), 792.into()],
            };
            document.add_object(page).into()
        })
        .collect();
    let count = i64::try_from(kids.len()).expect("a test makes no such document");
    let tree = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
    document.objects.insert(pages, tree.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let id = Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", vec![id.clone(), id]);
    document
}

fn page_of(lines: &[&str]) -> Vec<u8> {
    let mut content = String::from("BT /F1 11 Tf 14 TL 72 720 Td\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        content.push_str(&format!("({escaped}) Tj T*\n"));
    }
    content.push_str("ET\n");
    content.into_bytes()
}

fn save(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("memory can be written");
    bytes
}

/// The lines of a small résumé.
pub const LINES: [&str; 9] = [
    "Katherine Johnson",
    "katherine@example.com | +1 202-555-0143 | Hampton, VA",
    "EXPERIENCE",
    "Mathematician, NASA, Hampton, VA",
    "June 1953 - July 1986",
    "EDUCATION",
    "West Virginia State College",
    "Bachelor of Science in Mathematics",
    "1933 - 1937",
];

/// A PDF that opens with this password only; everybody's with an empty one.
pub fn encrypted_pdf(user_password: &str) -> Vec<u8> {
    let mut document = with_pages(&[&page_of(&LINES)]);
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "the owner's own",
        user_password,
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).expect("the settings are sound");
    document.encrypt(&state).expect("it is not encrypted yet");
    save(document)
}

/// A PDF of so many pages, each with a line.
pub fn long_pdf(pages: usize) -> Vec<u8> {
    let page = page_of(&["One page of many"]);
    save(with_pages(&vec![&page[..]; pages]))
}

/// A page whose content is a picture: no text at all.
pub fn scanned_pdf() -> Vec<u8> {
    let mut document = with_pages(&[b"q 612 0 0 792 0 0 cm /Im1 Do Q"]);
    let image = document.add_object(Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 2, "Height" => 2,
            "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
        },
        vec![0, 255, 255, 0],
    ));
    set_on_page(
        &mut document,
        "Resources",
        dictionary! { "XObject" => dictionary! { "Im1" => image } }.into(),
    );
    save(document)
}

/// A form that draws itself, on a page tree that is its own ancestor.
pub fn cyclic_pdf() -> Vec<u8> {
    let mut document = with_pages(&[b"/Fx Do"]);
    let form = document.new_object_id();
    let resources = dictionary! { "XObject" => dictionary! { "Fx" => form } };
    let inside = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
        "Resources" => resources.clone(),
    };
    document.objects.insert(form, Stream::new(inside, b"/Fx Do /Fx Do".to_vec()).into());
    set_on_page(&mut document, "Resources", resources.into());
    let pages = document.catalog().and_then(|catalog| catalog.get(b"Pages")).and_then(Object::as_reference);
    let pages = pages.expect("it was made with pages");
    let tree = document.get_dictionary_mut(pages).expect("it was made with pages");
    let mut kids = tree.get(b"Kids").and_then(Object::as_array).expect("it was made with pages").clone();
    kids.push(pages.into());
    tree.set("Kids", kids);
    tree.set("Parent", pages);
    save(document)
}

/// A page of a few kilobytes that unpacks to gigabytes: packed twice.
pub fn bomb_pdf() -> Vec<u8> {
    let mut document = with_pages(&[b""]);
    let once = deflate(std::io::repeat(b' '), 1 << 30);
    let twice = deflate(&once[..], u64::MAX);
    let filters = vec![Object::Name(b"FlateDecode".to_vec()), Object::Name(b"FlateDecode".to_vec())];
    let stream = Stream::new(dictionary! { "Filter" => filters }, twice).with_compression(false);
    let content = document.add_object(stream);
    set_on_page(&mut document, "Contents", content.into());
    save(document)
}

fn deflate(what: impl std::io::Read, bytes: u64) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::Read::take(what, bytes), &mut encoder).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// A PDF whose font says that a letter is U+0000.
pub fn pdf_with_null_characters() -> Vec<u8> {
    let mut document = with_pages(&[&page_of(&LINES)]);
    let map = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
        1 begincodespacerange <00> <ff> endcodespacerange\n\
        1 beginbfrange <20> <7e> <0020> endbfrange\n\
        2 beginbfchar <68> <00680000> <2c> <0001> endbfchar\n\
        endcmap end end";
    let map = document.add_object(Stream::new(Dictionary::new(), map.to_vec()));
    for object in document.objects.values_mut() {
        if let Ok(font) = object.as_dict_mut()
            && font.get(b"BaseFont").is_ok()
        {
            font.set("ToUnicode", map);
        }
    }
    save(document)
}

fn set_on_page(document: &mut Document, key: &str, value: Object) {
    let page = *document.get_pages().get(&1).expect("it was made with a page");
    document.get_dictionary_mut(page).expect("a page is a dictionary").set(key, value);
}

/// A Word document with these paragraphs.
pub fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let paragraphs =
        paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escape(text)));
    let body: String = paragraphs.collect();
    docx_of(format!("<w:document xmlns:w=\"{DOCX_NS}\"><w:body>{body}</w:body></w:document>").as_bytes())
}

/// A Word document of a few kilobytes whose text unpacks to hundreds of megabytes.
pub fn bomb_docx() -> Vec<u8> {
    let mut text = format!("<w:document xmlns:w=\"{DOCX_NS}\"><w:body><w:p><w:r><w:t>").into_bytes();
    text.resize(300 << 20, b'a');
    text.extend_from_slice(b"</w:t></w:r></w:p></w:body></w:document>");
    docx_of(&text)
}

fn docx_of(document: &[u8]) -> Vec<u8> {
    const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
        <Override PartName=\"/word/document.xml\" ContentType=\
        \"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    const RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
        <Relationship Id=\"r1\" Target=\"word/document.xml\" Type=\
        \"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/></Relationships>";
    archive(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("word/document.xml", document),
    ])
}

/// An OpenDocument text with these paragraphs.
pub fn odt(paragraphs: &[&str]) -> Vec<u8> {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    odt_of(&paragraphs.iter().map(|text| format!("<text:p>{}</text:p>", escape(text))).collect::<String>())
}

/// An OpenDocument text of some kilobytes whose text unpacks to a hundred megabytes.
pub fn bomb_odt() -> Vec<u8> {
    odt_of(&format!("<text:p>{}</text:p>", "a".repeat(100 << 20)))
}

fn odt_of(body: &str) -> Vec<u8> {
    const NS: &str = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        "<office:document-content xmlns:office=\"{NS}:office:1.0\" xmlns:text=\"{NS}:text:1.0\"><office:body>\
         <office:text>{body}</office:text></office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text".as_slice()),
        ("content.xml", content.as_bytes()),
    ])
}

/// Rich Text with these paragraphs.
pub fn rtf(paragraphs: &[&str]) -> Vec<u8> {
    let escape = |text: &str| -> String {
        let escaped = |c: char| match c {
            '\\' | '{' | '}' => format!("\\{c}"),
            c if c.is_ascii() => c.into(),
            c => {
                c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{}?", unit.cast_signed())).collect()
            }
        };
        text.chars().map(escaped).collect()
    };
    let paragraphs: String = paragraphs.iter().map(|text| format!("{}\\par\n", escape(text))).collect();
    format!("{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Helvetica;}}}}\n{paragraphs}}}").into_bytes()
}

/// A zip of these parts. One that says the kind of the others is not packed, as its format demands.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        let packed = SimpleFileOptions::default();
        let options =
            if *name == "mimetype" { packed.compression_method(CompressionMethod::Stored) } else { packed };
        archive.start_file(*name, options).expect("memory can be written");
        archive.write_all(content).expect("memory can be written");
    }
    archive.finish().expect("memory can be written").into_inner()
}
