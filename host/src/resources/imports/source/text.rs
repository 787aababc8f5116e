//! A text as UTF-8, piece by piece. Its byte order mark says how it is encoded, else whoever sent it, else it is UTF-8.

use bytes::Bytes;
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use futures::StreamExt;
use futures::stream::BoxStream;

use crate::error::Result;

pub struct Text {
    pieces: BoxStream<'static, Result<Bytes>>,
    named: Option<&'static Encoding>,
    decoder: Option<Decoder>,
    has_begun: bool,
    is_over: bool,
}

/// The longest byte order mark.
const MARK: usize = 3;

impl Text {
    /// `encoding` is a label of the WHATWG Encoding Standard.
    pub fn new(pieces: BoxStream<'static, Result<Bytes>>, encoding: Option<&str>) -> Self {
        let named = encoding.and_then(|label| Encoding::for_label(label.as_bytes()));
        Self { pieces, named, decoder: None, has_begun: false, is_over: false }
    }

    /// Whether what could not be decoded stands in the text as U+FFFD.
    pub fn is_decoded(&self) -> bool {
        self.decoder.is_some()
    }

    /// The next piece; nothing after the last. UTF-8 comes as it is, whether or not it is sound.
    ///
    /// # Errors
    /// The file store's.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.is_over {
            return Ok(None);
        }
        let piece = if self.has_begun { self.piece().await? } else { Some(self.begin().await?) };
        let Some(decoder) = &mut self.decoder else {
            self.is_over = piece.is_none();
            return Ok(piece);
        };
        let is_last = piece.is_none();
        let piece = piece.unwrap_or_default();
        let most = decoder.max_utf8_buffer_length(piece.len()).unwrap_or(piece.len() * 3 + 16);
        let mut decoded = String::with_capacity(most);
        let _ = decoder.decode_to_string(&piece, &mut decoded, is_last);
        self.is_over = is_last;
        Ok(Some(decoded.into()))
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        self.pieces.next().await.transpose()
    }

    /// The first piece, without the mark.
    async fn begin(&mut self) -> Result<Bytes> {
        self.has_begun = true;
        let mut start = Vec::new();
        while start.len() < MARK {
            match self.piece().await? {
                Some(piece) => start.extend_from_slice(&piece),
                None => break,
            }
        }
        let start = Bytes::from(start);
        let (encoding, mark) = match Encoding::for_bom(&start) {
            Some((encoding, mark)) => (encoding, mark),
            None => (self.named.unwrap_or(UTF_8), 0),
        };
        if encoding != UTF_8 {
            self.decoder = Some(encoding.new_decoder_without_bom_handling());
        }
        Ok(start.slice(mark..))
    }
}

/// What a text that is none looks like from afar: UTF-16 without its mark.
pub fn looks_like_utf16(start: &[u8]) -> bool {
    let of = |encoding: &'static Encoding, zero: usize| {
        encoding.name().starts_with("UTF-16")
            && start.iter().skip(zero).step_by(2).take(20).all(|byte| *byte == 0)
    };
    start.len() > 3 && (of(UTF_16LE, 1) || of(UTF_16BE, 0))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::StreamExt;
    use futures::stream;

    use super::{Text, looks_like_utf16};

    async fn read(bytes: &[u8], size: usize, encoding: Option<&str>) -> Vec<u8> {
        let pieces: Vec<_> = bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut text = Text::new(stream::iter(pieces).boxed(), encoding);
        let mut read = Vec::new();
        while let Some(piece) = text.next().await.expect("nothing fails") {
            read.extend_from_slice(&piece);
        }
        assert!(text.next().await.expect("nothing fails").is_none());
        read
    }

    #[tokio::test]
    async fn a_text_is_utf_8_however_it_came_and_was_cut() {
        let text = "naïve 漢字";
        let utf16 = |mark: char, to: fn(u16) -> [u8; 2]| -> Vec<u8> {
            format!("{mark}{text}").encode_utf16().flat_map(to).collect()
        };
        for size in 1..8 {
            assert_eq!(read(text.as_bytes(), size, None).await, text.as_bytes());
            assert_eq!(read(format!("\u{feff}{text}").as_bytes(), size, None).await, text.as_bytes());
            assert_eq!(read(&utf16('\u{feff}', u16::to_le_bytes), size, None).await, text.as_bytes());
            assert_eq!(read(&utf16('\u{feff}', u16::to_be_bytes), size, None).await, text.as_bytes());
            assert_eq!(read(b"na\xefve", size, Some("latin1")).await, "naïve".as_bytes());
            assert_eq!(read(b"na\xefve", size, None).await, b"na\xefve", "it is not guessed");
        }
        assert_eq!(read(b"", 1, None).await, b"");
    }

    #[test]
    fn utf_16_without_its_mark_is_noticed() {
        assert!(looks_like_utf16(b"n\0a\0m\0e\0") && looks_like_utf16(b"\0n\0a\0m\0e"));
        assert!(!looks_like_utf16(b"name") && !looks_like_utf16(b""));
    }
}
