//! NDJSON: a JSON object a line. Lines of nothing are no rows; one that is too long is not kept in memory.

use bytes::{Buf, BytesMut};
use serde_json::{Map, Value};

use super::text::Text;
use super::{Content, LONGEST_ROW, Row};
use crate::error::Result;
use crate::resources::imports::faults::RowFault;

pub struct Lines {
    text: Text,
    buffer: BytesMut,
    /// How much of the buffer holds no end of a line.
    searched: usize,
    is_over: bool,
    /// The line that is too long goes on.
    is_skipping: bool,
    number: i64,
    line: i64,
}

impl Lines {
    pub fn new(text: Text) -> Self {
        Self {
            text,
            buffer: BytesMut::new(),
            searched: 0,
            is_over: false,
            is_skipping: false,
            number: 0,
            line: 0,
        }
    }

    /// # Errors
    /// The file store's.
    pub async fn next(&mut self) -> Result<Option<Row>> {
        loop {
            let Some(line) = self.line().await? else { return Ok(None) };
            self.line += 1;
            let content = match line {
                Some(line) if line.trim_ascii().is_empty() => continue,
                Some(line) => self.content(line.to_vec()),
                None => Content::Broken(too_long()),
            };
            self.number += 1;
            return Ok(Some(Row { number: self.number, line: Some(self.line), content }));
        }
    }

    fn content(&self, line: Vec<u8>) -> Content {
        let is_damaged =
            self.text.is_decoded() && memchr::memmem::find(&line, "\u{fffd}".as_bytes()).is_some();
        if is_damaged || std::str::from_utf8(&line).is_err() {
            return Content::Broken(not_text());
        }
        Content::Json(line)
    }

    /// The next line without its end; an inner `None` is one that is too long.
    async fn line(&mut self) -> Result<Option<Option<BytesMut>>> {
        loop {
            let found = memchr::memchr(b'\n', &self.buffer[self.searched..]);
            if let Some(at) = found.map(|at| at + self.searched) {
                let line = self.buffer.split_to(at);
                self.buffer.advance(1);
                self.searched = 0;
                let is_too_long = std::mem::take(&mut self.is_skipping) || line.len() > LONGEST_ROW;
                return Ok(Some((!is_too_long).then_some(line)));
            }
            if self.buffer.len() > LONGEST_ROW {
                self.is_skipping = true;
                self.buffer.clear();
            }
            self.searched = self.buffer.len();
            if self.is_over {
                let rest = self.buffer.split();
                self.searched = 0;
                let is_too_long = std::mem::take(&mut self.is_skipping);
                return Ok((is_too_long || !rest.is_empty()).then_some((!is_too_long).then_some(rest)));
            }
            match self.text.next().await? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None => self.is_over = true,
            }
        }
    }
}

pub(super) fn too_long() -> RowFault {
    RowFault::of_row("row_too_long", "a row has 1 MiB at most")
}

pub(super) fn not_text() -> RowFault {
    let detail =
        "this row is not UTF-8; save the file as UTF-8, or say its encoding with the part `encoding`";
    RowFault::of_row("not_utf8", detail)
}

/// What a line says.
///
/// # Errors
/// It is no object of JSON.
pub fn object(line: &[u8]) -> std::result::Result<Map<String, Value>, RowFault> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(RowFault::of_row("not_an_object", "a line holds one JSON object")),
        // What a reader of JSON says of it names only the place.
        Err(error) => {
            let detail = format!("the line is not JSON from column {} on", error.column());
            Err(RowFault::of_row("not_json", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::StreamExt;
    use futures::stream;

    use super::{Content, LONGEST_ROW, Lines};
    use crate::resources::imports::source::text::Text;

    #[tokio::test]
    async fn lines_are_rows_however_they_are_cut() {
        let long = "x".repeat(LONGEST_ROW + 1);
        let file = format!("{{\"a\":1}}\r\n\n  \n{long}\n{{\"b\":2}}\n\u{0}\n{long}");
        for size in [1000, 65_536, usize::MAX >> 1] {
            let pieces: Vec<_> =
                file.as_bytes().chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            let mut lines = Lines::new(Text::new(stream::iter(pieces).boxed(), None));
            let mut seen = Vec::new();
            while let Some(row) = lines.next().await.expect("nothing fails") {
                let is_whole = matches!(row.content, Content::Json(_));
                seen.push((row.number, row.line.expect("it is a text"), is_whole));
            }
            assert_eq!(
                seen,
                [(1, 1, true), (2, 4, false), (3, 5, true), (4, 6, true), (5, 7, false)],
                "{size}"
            );
        }
    }
}
