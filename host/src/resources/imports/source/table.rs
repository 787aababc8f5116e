//! CSV: a heading and the rows below it, separated by commas, semicolons or tabs. A quote that is never closed breaks the row
//! it stands in and no other: what follows is read again from the next line.

use bytes::{Buf, BytesMut};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::lines::{not_text, too_long};
use super::text::{Text, looks_like_utf16};
use super::{Content, LONGEST_ROW, Row};
use crate::error::{Error, Result};
use crate::resources::imports::Import;
use crate::resources::imports::columns::Columns;
use crate::resources::imports::faults::RowFault;

/// What may be read twice because of quotes that are not closed: a file may hold little else.
const MOST_READ_AGAIN: usize = 256 << 20;

pub struct Table {
    records: Records,
    columns: Columns,
    width: usize,
    number: i64,
}

impl Table {
    /// # Errors
    /// `Invalid` when the heading cannot be read, or says what nobody knows.
    pub async fn open(text: Text, import: &Import) -> Result<Self> {
        let mut records = Records::new(text);
        records.fill().await?;
        if looks_like_utf16(&records.buffer) {
            return Err(heading("the file looks like UTF-16 without a byte order mark; save it as UTF-8"));
        }
        records.reader = ReaderBuilder::new().delimiter(delimiter(&records.buffer)).build();
        let record = records.next(None).await?.ok_or_else(|| {
            RowFault::new("file", "empty_file", "the file is empty: its first line names the columns")
        })?;
        let cells = match record.cells {
            Ok(cells) => cells,
            Err(fault) => return Err(heading(&format!("the first line cannot be read: {}", fault.detail))),
        };
        let columns = Columns::read(import.kind, &cells, import.columns.as_deref())?;
        Ok(Self { records, columns, width: cells.len(), number: 0 })
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// # Errors
    /// `Invalid` when quotes that are not closed make too much of the file unreadable; the file store's.
    pub async fn next(&mut self) -> Result<Option<Row>> {
        let Some(Record { line, cells }) = self.records.next(Some(self.width)).await? else {
            return Ok(None);
        };
        self.number += 1;
        let content = match cells {
            Ok(cells) => Content::Cells(cells),
            Err(fault) => Content::Broken(fault),
        };
        Ok(Some(Row { number: self.number, line: Some(line), content }))
    }
}

fn heading(detail: &str) -> Error {
    RowFault::new("file", "unreadable_heading", detail).into()
}

/// What stands most often in the first line outside of quotes.
fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in start.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')) {
        is_quoted ^= *byte == b'"';
        let count = counts.iter_mut().find(|(delimiter, _)| delimiter == byte && !is_quoted);
        count.into_iter().for_each(|(_, count)| *count += 1);
    }
    // The comma, when nothing does.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

struct Record {
    line: i64,
    cells: std::result::Result<Vec<String>, RowFault>,
}

struct Records {
    text: Text,
    reader: Reader,
    /// From the beginning of the record.
    buffer: BytesMut,
    /// How much of the buffer the reader has seen.
    seen: usize,
    is_over: bool,
    /// The record's cells one behind the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    ended: usize,
    line: i64,
    read_again: usize,
}

/// Why the reader stopped.
enum Stop {
    Record,
    NeedsMore,
    /// Nothing is left but what an open quote has swallowed.
    Open,
}

impl Records {
    fn new(text: Text) -> Self {
        Self {
            text,
            reader: Reader::new(),
            buffer: BytesMut::new(),
            seen: 0,
            is_over: false,
            cells: vec![0; 4096],
            ends: vec![0; 64],
            filled: 0,
            ended: 0,
            line: 1,
            read_again: 0,
        }
    }

    async fn fill(&mut self) -> Result<()> {
        match self.text.next().await? {
            Some(piece) => self.buffer.extend_from_slice(&piece),
            None => self.is_over = true,
        }
        Ok(())
    }

    /// The next record; `width`: how many cells it has to have.
    async fn next(&mut self, width: Option<usize>) -> Result<Option<Record>> {
        loop {
            self.pass_ends_of_lines();
            if self.buffer.is_empty() {
                if self.is_over {
                    return Ok(None);
                }
                self.fill().await?;
                continue;
            }
            let line = self.line;
            let stop = loop {
                match self.read() {
                    Stop::NeedsMore if self.seen > LONGEST_ROW => break Stop::Open,
                    Stop::NeedsMore => self.fill().await?,
                    stop => break stop,
                }
            };
            let record = &self.buffer[..self.seen];
            let is_one_line = end_of_line(record.trim_ascii_end()).is_none();
            let cells = match stop {
                Stop::Record if self.seen > LONGEST_ROW && is_one_line => {
                    self.go_on(self.seen);
                    return Ok(Some(Record { line, cells: Err(too_long()) }));
                }
                Stop::Record => {
                    let is_wide = width.is_none_or(|width| self.ended == width);
                    let cells = if is_wide { self.texts() } else { Err(self.wrong_width(width)) };
                    if is_wide || is_one_line {
                        self.go_on(self.seen);
                        return Ok(Some(Record { line, cells }));
                    }
                    Err(open_quote())
                }
                Stop::Open | Stop::NeedsMore if is_one_line && !self.is_over => {
                    self.skip_line().await?;
                    return Ok(Some(Record { line, cells: Err(too_long()) }));
                }
                Stop::Open | Stop::NeedsMore => Err(open_quote()),
            };
            // The first line alone is broken; those below it are read for what they are.
            let first = end_of_line(&self.buffer[..self.seen]).map_or(self.seen, |at| at + 1);
            self.read_again += self.seen - first;
            if self.read_again > MOST_READ_AGAIN {
                let detail = "too many quotes are not closed; the rest of the file cannot be read";
                return Err(RowFault::new("file", "unbalanced_quotes", detail).into());
            }
            self.go_on(first);
            return Ok(Some(Record { line, cells }));
        }
    }

    /// Lets the reader see what it has not seen yet.
    fn read(&mut self) -> Stop {
        loop {
            let rest = &self.buffer[self.seen..];
            // At the end a last line without its end is whole, unless it is inside of a quote.
            let is_end = rest.is_empty() && self.is_over;
            let input = if is_end { b"\n".as_slice() } else { rest };
            if input.is_empty() {
                return Stop::NeedsMore;
            }
            let (result, seen, filled, ended) =
                self.reader.read_record(input, &mut self.cells[self.filled..], &mut self.ends[self.ended..]);
            self.seen += if is_end { 0 } else { seen };
            self.filled += filled;
            self.ended += ended;
            match result {
                ReadRecordResult::Record => return Stop::Record,
                ReadRecordResult::InputEmpty if is_end => return Stop::Open,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Stop::NeedsMore,
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
    }

    fn texts(&self) -> std::result::Result<Vec<String>, RowFault> {
        let text = std::str::from_utf8(&self.cells[..self.filled]).map_err(|_| not_text())?;
        if self.text.is_decoded() && text.contains('\u{fffd}') {
            return Err(not_text());
        }
        let mut start = 0;
        let mut cells = Vec::with_capacity(self.ended);
        for end in &self.ends[..self.ended] {
            // Two cells may share a damaged character between them.
            cells.push(text.get(start..*end).ok_or_else(not_text)?.to_owned());
            start = *end;
        }
        Ok(cells)
    }

    fn wrong_width(&self, width: Option<usize>) -> RowFault {
        let detail = format!("it has {} columns, the heading {}", self.ended, width.unwrap_or_default());
        RowFault::of_row("wrong_columns", detail)
    }

    /// The next record begins after so much.
    fn go_on(&mut self, after: usize) {
        self.line += count_lines(&self.buffer[..after]);
        self.buffer.advance(after);
        self.reader.reset();
        (self.seen, self.filled, self.ended) = (0, 0, 0);
    }

    fn pass_ends_of_lines(&mut self) {
        let ends = self.buffer.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        if ends > 0 {
            self.go_on(ends);
        }
    }

    /// Passes over a line that is too long to be kept.
    async fn skip_line(&mut self) -> Result<()> {
        loop {
            if let Some(at) = end_of_line(&self.buffer) {
                self.go_on(at);
                return Ok(());
            }
            self.go_on(self.buffer.len());
            if self.is_over {
                return Ok(());
            }
            self.fill().await?;
        }
    }
}

fn open_quote() -> RowFault {
    let detail = "a quote in this row is not closed; a quote inside of quotes is written twice";
    RowFault::of_row("unbalanced_quotes", detail)
}

fn end_of_line(bytes: &[u8]) -> Option<usize> {
    memchr::memchr2(b'\n', b'\r', bytes)
}

fn count_lines(bytes: &[u8]) -> i64 {
    i64::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::StreamExt;
    use futures::stream;

    use super::{LONGEST_ROW, Records, delimiter};
    use crate::resources::imports::source::text::Text;

    /// Line and cells of every record, however the file is cut; a fault by its code.
    async fn read(file: &[u8], size: usize, width: usize) -> Vec<(i64, String)> {
        let pieces: Vec<_> = file.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut records = Records::new(Text::new(stream::iter(pieces).boxed(), None));
        let mut seen = Vec::new();
        while let Some(record) = records.next(Some(width)).await.expect("nothing fails") {
            seen.push((record.line, record.cells.map_or_else(|fault| fault.code, |cells| cells.join("|"))));
        }
        seen
    }

    async fn same_however_cut(file: &str, width: usize) -> Vec<(i64, String)> {
        let whole = read(file.as_bytes(), usize::MAX >> 1, width).await;
        for size in [1, 2, 3, 7] {
            assert_eq!(read(file.as_bytes(), size, width).await, whole, "{size} at once");
        }
        whole
    }

    fn rows(rows: &[(i64, &str)]) -> Vec<(i64, String)> {
        rows.iter().map(|(line, cells)| (*line, (*cells).to_owned())).collect()
    }

    #[tokio::test]
    async fn records_are_read_as_they_are_written() {
        let file = "a,\"b \"\"c\"\"\"\r\n\r\n\"d\ne\",\"f,g\"\nh,\ni";
        let expected = [(1, "a|b \"c\""), (3, "d\ne|f,g"), (5, "h|"), (6, "wrong_columns")];
        assert_eq!(same_however_cut(file, 2).await, rows(&expected));
        assert_eq!(same_however_cut("a,\"b\"", 2).await, rows(&[(1, "a|b")]));
        assert_eq!(same_however_cut("", 2).await, []);
        assert_eq!(same_however_cut("\n\r\n", 2).await, []);
    }

    #[tokio::test]
    async fn a_quote_that_is_not_closed_breaks_its_own_row_alone() {
        let file = "a,1\nb,\"2\nc,3\n\"d\",4\ne,5\nf,\"6\ng,7\n";
        let expected = [
            (1, "a|1"),
            (2, "unbalanced_quotes"),
            (3, "c|3"),
            (4, "d|4"),
            (5, "e|5"),
            (6, "unbalanced_quotes"),
            (7, "g|7"),
        ];
        assert_eq!(same_however_cut(file, 2).await, rows(&expected));
    }

    #[tokio::test]
    async fn a_row_that_is_too_long_is_passed_over() {
        let long = "x".repeat(LONGEST_ROW + 10);
        let file = format!("a,1\n{long},2\nb,3\n\"{long}\n{long}");
        let expected =
            [(1, "a|1"), (2, "row_too_long"), (3, "b|3"), (4, "row_too_long"), (5, "row_too_long")];
        for size in [8192, 1 << 20] {
            let seen = read(file.as_bytes(), size, 2).await;
            assert_eq!(seen[..3], rows(&expected)[..3], "{size}");
            assert!(
                seen.len() <= 5 && seen[3..].iter().all(|(_, code)| code.contains('_')),
                "{:?}",
                &seen[3..]
            );
        }
    }

    #[test]
    fn what_separates_is_what_the_heading_is_separated_by() {
        assert_eq!(delimiter(b"name,email\n"), b',');
        assert_eq!(delimiter(b"name;\"a,b,c\";email\n,,,,"), b';');
        assert_eq!(delimiter(b"name\temail"), b'\t');
        assert_eq!(delimiter(b"name"), b',');
    }
}
