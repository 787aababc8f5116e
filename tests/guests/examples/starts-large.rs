//! Has 2 MiB of its own from the start.

use std::hint::black_box;
use std::sync::atomic::AtomicU8;

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

static ROOM: [AtomicU8; 2 << 20] = [const { AtomicU8::new(0) }; 2 << 20];

struct StartsLarge;

impl ResumeParser for StartsLarge {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        // Or the compiler would leave it out.
        black_box(&ROOM);
        Ok(ParsedResume::default())
    }
}

mortise_sdk::export_resume_parser!(StartsLarge);
