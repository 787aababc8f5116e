//! Takes U+0000 out of what plugins answer: PostgreSQL's text and jsonb cannot hold it, and no reader wants it.

use serde_json::{Map, Value};

use crate::scoring::{Contribution, Score};
use crate::text::{ExtractedText, Page};
use crate::transforming::Decision;
use crate::unified_resume::{Evidence, ReadResume};

pub trait DropNulls {
    fn drop_nulls(&mut self);
}

impl DropNulls for String {
    fn drop_nulls(&mut self) {
        if self.contains('\0') {
            self.retain(|character| character != '\0');
        }
    }
}

impl<T: DropNulls> DropNulls for Option<T> {
    fn drop_nulls(&mut self) {
        self.iter_mut().for_each(DropNulls::drop_nulls);
    }
}

impl<T: DropNulls> DropNulls for Vec<T> {
    fn drop_nulls(&mut self) {
        self.iter_mut().for_each(DropNulls::drop_nulls);
    }
}

impl DropNulls for Value {
    fn drop_nulls(&mut self) {
        match self {
            Value::String(text) => text.drop_nulls(),
            Value::Array(items) => items.drop_nulls(),
            Value::Object(fields) => fields.drop_nulls(),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl DropNulls for Map<String, Value> {
    fn drop_nulls(&mut self) {
        self.values_mut().for_each(DropNulls::drop_nulls);
        if self.keys().any(|key| key.contains('\0')) {
            *self = std::mem::take(self)
                .into_iter()
                .map(|(mut key, value)| {
                    key.drop_nulls();
                    (key, value)
                })
                .collect();
        }
    }
}

impl DropNulls for ExtractedText {
    fn drop_nulls(&mut self) {
        let Self { pages, language, warnings, extra_json } = self;
        pages.drop_nulls();
        language.drop_nulls();
        warnings.drop_nulls();
        extra_json.drop_nulls();
    }
}

impl DropNulls for Page {
    fn drop_nulls(&mut self) {
        for span in &mut self.spans {
            span.text.drop_nulls();
            span.font_name.drop_nulls();
        }
        for link in &mut self.links {
            link.target.drop_nulls();
        }
    }
}

impl DropNulls for ReadResume {
    fn drop_nulls(&mut self) {
        let Self { resume, evidence, language, warnings } = self;
        // Its many fields are texts, lists and maps of texts: the shape JSON has in common.
        let mut document =
            serde_json::to_value(&*resume).expect("a résumé of strings, lists and maps is JSON");
        document.drop_nulls();
        *resume = serde_json::from_value(document).expect("only texts have changed");
        evidence.drop_nulls();
        language.drop_nulls();
        warnings.drop_nulls();
    }
}

impl DropNulls for Evidence {
    fn drop_nulls(&mut self) {
        self.pointer.drop_nulls();
    }
}

impl DropNulls for Decision {
    fn drop_nulls(&mut self) {
        match self {
            // Bodies are bytes, and may hold any.
            Decision::Deliver(_) => {}
            Decision::Drop(reason) => reason.drop_nulls(),
        }
    }
}

impl DropNulls for Score {
    fn drop_nulls(&mut self) {
        let Self { value: _, contributions, label, extra } = self;
        contributions.drop_nulls();
        label.drop_nulls();
        extra.drop_nulls();
    }
}

impl DropNulls for Contribution {
    fn drop_nulls(&mut self) {
        self.code.drop_nulls();
        self.message.drop_nulls();
        self.evidence.drop_nulls();
    }
}
