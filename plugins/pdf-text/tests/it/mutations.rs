//! Real files, cut and altered at random: an answer or an error, never a panic.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;

use crate::resumes::file;

#[derive(Clone, Debug)]
enum Change {
    Cut(f64),
    Byte(f64, u8),
    Erase(f64, usize),
    Repeat(f64, usize),
    Number(f64),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || 0.0..1.0f64;
    prop_oneof![
        1 => at().prop_map(Change::Cut),
        8 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        2 => (at(), 1usize..2000).prop_map(|(at, length)| Change::Erase(at, length)),
        2 => (at(), 1usize..2000).prop_map(|(at, length)| Change::Repeat(at, length)),
        4 => at().prop_map(Change::Number),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let size = bytes.len();
    let place = |at: f64| ((size as f64 * at) as usize).min(size.saturating_sub(1));
    match *change {
        _ if bytes.is_empty() => {}
        Change::Cut(at) => bytes.truncate(place(at).max(bytes.len() / 2)),
        Change::Byte(at, byte) => {
            let at = place(at);
            bytes[at] = byte;
        }
        Change::Erase(at, length) => {
            let at = place(at);
            bytes.drain(at..(at + length).min(bytes.len()));
        }
        Change::Repeat(at, length) => {
            let at = place(at);
            let piece = bytes[at..(at + length).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        // The next digit becomes a nine: lengths, offsets and counts go wrong while the syntax stays.
        Change::Number(at) => {
            if let Some(byte) = bytes[place(at)..].iter_mut().find(|byte| byte.is_ascii_digit()) {
                *byte = b'9';
            }
        }
    }
}

/// Small files whose streams are unpacked, so that changes reach content, fonts and maps too.
fn unpacked(name: &str) -> Vec<u8> {
    let mut doc = lopdf::Document::load_mem(&file(name)).expect("a sound PDF");
    doc.decompress();
    crate::build::save(&mut doc)
}

proptest! {
    #![proptest_config(Config { cases: 160, failure_persistence: None, max_shrink_iters: 200, ..Config::default() })]

    #[test]
    fn altered_files_never_panic(
        name in prop_oneof![Just("docx-plain__student_us.pdf"), Just("deedy-1__nurse_us.pdf"), Just("rendercv-moderncv__welder_au.pdf")],
        changes in proptest::collection::vec(change(), 1..12),
        unpack in any::<bool>(),
    ) {
        let mut bytes = if unpack { unpacked(name) } else { file(name) };
        for change in &changes {
            apply(&mut bytes, change);
        }
        let _ = pdf_text::extract(&bytes);
    }

    #[test]
    fn any_content_is_survived(content in "([ -~]{0,20}|[0-9.\\-]{1,6} |/[A-Z0-9]{1,3} |\\([a-z\\\\()]{0,9}\\) |<[0-9a-f]{0,9}> |BT |ET |Tj |TJ |Tf |Td |Tm |cm |q |Q |re |f |S |Do |BDC |EMC |' |\" |\\[|\\]|<<|>>|ID |EI ){0,120}") {
        let _ = pdf_text::extract(&crate::build::Pdf::of(&content));
    }
}
