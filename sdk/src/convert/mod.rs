//! Between the generated types and the SDK's. Whole structs are taken apart and put together, so a field
//! added to one side does not compile until it is handled; strings and lists move, they are not copied.

use std::time::Duration;

use crate::bindings::resume_parser::mortise::plugin as wit;
use crate::bindings::scoring_rule::exports::mortise::plugin::scoring as wit_scoring;
use crate::bindings::webhook_transform::exports::mortise::plugin::transforming as wit_transforming;
use crate::{Json, error, http, inference, resume, scoring, text, webhook};

/// `Into`, open to containers of both crates.
pub(crate) trait Convert<T> {
    fn convert(self) -> T;
}

impl<A: Convert<B>, B> Convert<Option<B>> for Option<A> {
    fn convert(self) -> Option<B> {
        self.map(A::convert)
    }
}

impl<A: Convert<B>, B> Convert<Vec<B>> for Vec<A> {
    fn convert(self) -> Vec<B> {
        self.into_iter().map(A::convert).collect()
    }
}

impl<A: Convert<B>, B, E: Convert<F>, F> Convert<Result<B, F>> for Result<A, E> {
    fn convert(self) -> Result<B, F> {
        self.map(A::convert).map_err(E::convert)
    }
}

impl Convert<Json> for String {
    fn convert(self) -> Json {
        Json::from_text(self)
    }
}

impl Convert<String> for Json {
    fn convert(self) -> String {
        self.into_string()
    }
}

macro_rules! unchanged {
    ($($kind:ty),*) => {
        $(impl Convert<$kind> for $kind {
            fn convert(self) -> $kind {
                self
            }
        })*
    };
}

unchanged!(String, bool, u8, u16, u32, f32, f64, (String, String));

/// `sdk::Name = wit::Name { field, field: name_in_wit }`, both ways.
macro_rules! records {
    ($($sdk:path = $wit:path { $($field:ident $(: $other:ident)?),* $(,)? })*) => {
        $(
            impl Convert<$sdk> for $wit {
                fn convert(self) -> $sdk {
                    let $wit { $($($other:)? $field),* } = self;
                    $sdk { $($field: $field.convert()),* }
                }
            }

            impl Convert<$wit> for $sdk {
                fn convert(self) -> $wit {
                    let $sdk { $($field),* } = self;
                    $(let $field = $field.convert();)*
                    $wit { $($($other:)? $field),* }
                }
            }
        )*
    };
}

/// `sdk::Name = wit::Name { Case }`, both ways.
macro_rules! cases {
    ($($sdk:path = $wit:path { $($case:ident),* $(,)? })*) => {
        $(
            impl Convert<$sdk> for $wit {
                fn convert(self) -> $sdk {
                    use $sdk as Sdk;
                    use $wit as Wit;
                    match self {
                        $(Wit::$case => Sdk::$case),*
                    }
                }
            }

            impl Convert<$wit> for $sdk {
                fn convert(self) -> $wit {
                    use $sdk as Sdk;
                    use $wit as Wit;
                    match self {
                        $(Sdk::$case => Wit::$case),*
                    }
                }
            }
        )*
    };
}

cases! {
    error::ErrorKind = wit::types::ErrorKind { InvalidInput, Unsupported, Config, Limit, Upstream, Internal }
    error::HostErrorKind = wit::types::HostErrorKind {
        Denied, NotFound, TooLarge, Timeout, RateLimited, Unavailable, InvalidArgument,
    }
    text::PageLayout = wit::text::PageLayout { Fixed, Flowed }
}

records! {
    error::PluginError = wit::types::PluginError { kind, code, message, retryable, details }
    error::HostError = wit::types::HostError { kind, code, message }

    text::Rect = wit::text::Rect { x, y, width, height }
    text::Span = wit::text::Span {
        text, rect: box_, font_size, font_weight, italic, font_name, color, line, block, stream_order,
    }
    text::Link = wit::text::Link { rect: box_, target }
    text::Page = wit::text::Page { number, width, height, layout, spans, links, rules }
    text::ExtractedText = wit::text::ExtractedText { pages, language, warnings, extra_json }

    resume::Location = wit::resume::Location { address, postal_code, city, region, country_code }
    resume::Profile = wit::resume::Profile { network, username, url }
    resume::Basics = wit::resume::Basics { name, label, emails, phones, url, summary, location, profiles }
    resume::Work = wit::resume::Work {
        company, position, location, url, start_date, end_date, is_current, summary, highlights,
    }
    resume::Education = wit::resume::Education {
        institution, area, study_type, location, url, start_date, end_date, score, courses,
    }
    resume::Skill = wit::resume::Skill { name, level, keywords }
    resume::Language = wit::resume::Language { language, fluency }
    resume::Project = wit::resume::Project {
        name, description, role, url, start_date, end_date, highlights, technologies,
    }
    resume::Certificate = wit::resume::Certificate { name, issuer, date, url }
    resume::Publication = wit::resume::Publication { name, publisher, release_date, url, summary }
    resume::Award = wit::resume::Award { title, awarder, date, summary }
    resume::Volunteer = wit::resume::Volunteer {
        organization, position, location, url, start_date, end_date, summary, highlights,
    }
    resume::Interest = wit::resume::Interest { name, keywords }
    resume::Reference = wit::resume::Reference { name, reference }
    resume::CustomSection = wit::resume::CustomSection { title, content }
    resume::Evidence = wit::resume::Evidence { pointer, page, rect: box_, confidence }
    resume::ParsedResume = wit::resume::ParsedResume {
        basics, work, education, skills, languages, projects, certificates, publications, awards, volunteer,
        interests, references, custom_sections, language, evidence, warnings, extra_json,
    }

    scoring::Candidate = wit_scoring::Candidate {
        id, resume, years_of_experience, experience_level, tags, custom_fields,
    }
    scoring::WeightedSkill = wit_scoring::WeightedSkill { name, weight, required, aliases }
    scoring::Job = wit_scoring::Job {
        id, title, description, skills, experience_level, min_years, location, remote, employment_type,
        custom_fields,
    }
    scoring::Answer = wit_scoring::Answer { question_id, question, value }
    scoring::Contribution = wit_scoring::Contribution { code, value, message, evidence }
    scoring::ScoreResult = wit_scoring::ScoreResult { value, contributions, label, extra_json }

    webhook::Event = wit_transforming::Event { id, kind, occurred_at, payload }
    webhook::Delivery = wit_transforming::Delivery { headers, content_type, body }

    http::Response = wit::http::Response { status, headers, body }
    inference::Completion = wit::inference::Completion {
        text, model, prompt_tokens, completion_tokens, truncated,
    }
    inference::Options = wit::inference::Options { system, model, max_tokens, temperature, json_schema }
}

impl Convert<crate::CallContext> for wit::types::CallContext {
    fn convert(self) -> crate::CallContext {
        let wit::types::CallContext { invocation_id, deadline_ms, locale, dry_run } = self;
        let deadline = Duration::from_millis(u64::from(deadline_ms));
        crate::CallContext { invocation_id, deadline, locale, dry_run }
    }
}

impl Convert<wit_transforming::Decision> for webhook::Decision {
    fn convert(self) -> wit_transforming::Decision {
        match self {
            webhook::Decision::Deliver(deliveries) => {
                wit_transforming::Decision::Deliver(deliveries.convert())
            }
            webhook::Decision::Drop(reason) => wit_transforming::Decision::Drop(reason),
        }
    }
}

impl Convert<wit::http::Request> for http::Request {
    fn convert(self) -> wit::http::Request {
        let http::Request { method, url, headers, body, timeout, auth } = self;
        let timeout_ms = timeout.map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
        wit::http::Request { method, url, headers, body, timeout_ms, auth }
    }
}

#[cfg(test)]
mod tests;
