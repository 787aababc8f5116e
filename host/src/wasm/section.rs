//! The custom section of a component that holds its manifest: finding it without compiling, and writing it.
//! Shared with the build script, so it knows nothing of the rest of the host.

/// Name of the section.
pub(crate) const NAME: &str = "mortise:plugin-manifest";

/// JSON with the keys of every object in order and no white space: the same facts always give the same bytes.
pub(crate) fn canonical(mut manifest: serde_json::Value) -> String {
    manifest.sort_all_objects();
    manifest.to_string()
}

/// The component with the manifest appended as its last section. Earlier ones are kept: two are refused later.
pub(crate) fn embed(component: &[u8], json: &str) -> Vec<u8> {
    let mut content = Vec::with_capacity(json.len() + NAME.len() + 5);
    write_length(&mut content, NAME.len());
    content.extend_from_slice(NAME.as_bytes());
    content.extend_from_slice(json.as_bytes());

    let mut bytes = Vec::with_capacity(component.len() + content.len() + 6);
    bytes.extend_from_slice(component);
    bytes.push(0);
    write_length(&mut bytes, content.len());
    bytes.extend_from_slice(&content);
    bytes
}

/// Unsigned LEB128.
fn write_length(bytes: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
