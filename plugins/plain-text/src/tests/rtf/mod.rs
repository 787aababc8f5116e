//! Rich Text as different programs write it, and as nobody should.

use super::{Document, ErrorKind, ExtractedText, Page, PluginError, find, lines};

mod hostile;
mod reading;

fn extract(text: impl Into<Vec<u8>>) -> Result<ExtractedText, PluginError> {
    super::extract(Document::from_bytes(text.into()).with_media_type("application/rtf"))
}

fn text(text: impl Into<Vec<u8>>) -> String {
    extract(text).unwrap().plain()
}

/// What stands in a document of its own.
fn of(body: &str) -> String {
    format!(
        "{{\\rtf1\\ansi\\ansicpg1252\\deff0{{\\fonttbl{{\\f0\\fswiss\\fcharset0 Arial;}}{{\\f1\\ftech\\fcharset2 Symbol;}}\
         {{\\f2\\fcharset204 Arial Cyr;}}{{\\f3\\fcharset128 MS Mincho;}}}}{{\\colortbl;\\red255\\green0\\blue0;\\red17\\green34\\blue51;}}\n{body}}}"
    )
}

fn page(body: &str) -> Page {
    extract(of(body)).unwrap().pages.remove(0)
}
