//! What goes over the border comes back the same.

use super::{Convert, wit, wit_scoring, wit_transforming};
use crate::resume::{Basics, Evidence, ParsedResume, Skill, Work};
use crate::{
    Decision, Delivery, ErrorKind, ExtractedText, HostError, HostErrorKind, Job, Json, Link, Page,
    PageLayout, PluginError, Rect, Span, WeightedSkill,
};

const BOX: Rect = Rect { x: 1.0, y: 2.0, width: 3.0, height: 4.0 };

#[test]
fn text_survives_the_border() {
    let span = Span {
        text: "Ada".to_owned(),
        rect: BOX,
        font_size: 12.0,
        font_weight: 700,
        italic: true,
        font_name: Some("Serif".to_owned()),
        color: 0x123456,
        line: 7,
        block: 8,
        stream_order: 9,
    };
    let page = Page {
        number: 3,
        width: 595.0,
        height: 842.0,
        layout: PageLayout::Flowed,
        spans: vec![span],
        links: vec![Link { rect: BOX, target: "https://example.com".to_owned() }],
        rules: vec![BOX],
    };
    let text = ExtractedText {
        pages: vec![page],
        language: Some("en".to_owned()),
        warnings: vec!["one".to_owned()],
        extra_json: Some("{}".to_owned()),
    };
    let across: wit::text::ExtractedText = text.clone().convert();
    let back: ExtractedText = across.convert();
    assert_eq!(back, text);
}

#[test]
fn strings_move_and_are_not_copied() {
    let text = ExtractedText {
        pages: vec![Page {
            spans: vec![Span { text: "kept".to_owned(), ..Span::default() }],
            ..Page::default()
        }],
        ..ExtractedText::default()
    };
    let place = text.pages[0].spans[0].text.as_ptr();
    let across: wit::text::ExtractedText = text.convert();
    assert_eq!(across.pages[0].spans[0].text.as_ptr(), place);
}

#[test]
fn a_resume_survives_the_border() {
    let resume = ParsedResume {
        basics: Basics {
            name: Some("Ada".to_owned()),
            emails: vec!["ada@example.com".to_owned()],
            ..Basics::default()
        },
        work: vec![Work { position: Some("Analyst".to_owned()), is_current: true, ..Work::default() }],
        skills: vec![Skill { keywords: vec!["Engines".to_owned()], ..Skill::default() }],
        evidence: vec![Evidence {
            pointer: "/basics/name".to_owned(),
            page: Some(1),
            rect: Some(BOX),
            confidence: 0.5,
        }],
        extra_json: Some("{}".to_owned()),
        ..ParsedResume::default()
    };
    let across: wit::resume::ParsedResume = resume.clone().convert();
    let back: ParsedResume = across.convert();
    assert_eq!(back, resume);
}

#[test]
fn a_job_survives_the_border() {
    let skill = WeightedSkill {
        name: "Rust".to_owned(),
        weight: 0.5,
        required: true,
        aliases: vec!["rustlang".to_owned()],
    };
    let job = Job {
        id: "job".to_owned(),
        skills: vec![skill],
        min_years: Some(2.5),
        custom_fields: Json::from_text("{\"a\":1}"),
        ..Job::default()
    };
    let across: wit_scoring::Job = job.clone().convert();
    let back: Job = across.convert();
    assert_eq!(back, job);
}

#[test]
fn errors_keep_their_kind() {
    let kinds = [
        ErrorKind::InvalidInput,
        ErrorKind::Unsupported,
        ErrorKind::Config,
        ErrorKind::Limit,
        ErrorKind::Upstream,
        ErrorKind::Internal,
    ];
    for kind in kinds {
        let error =
            PluginError { retryable: true, ..PluginError::new(kind, "code", "Why.") }.detail("page", "3");
        let across: wit::types::PluginError = error.clone().convert();
        let back: PluginError = across.convert();
        assert_eq!(back, error);
    }
}

#[test]
fn a_refusal_of_the_host_says_whether_to_try_again() {
    let kind = |kind| {
        let error = PluginError::from(HostError::new(kind, "code", "Why."));
        (error.kind, error.retryable)
    };
    assert_eq!(kind(HostErrorKind::Denied), (ErrorKind::Config, false));
    assert_eq!(kind(HostErrorKind::TooLarge), (ErrorKind::Limit, false));
    assert_eq!(kind(HostErrorKind::Timeout), (ErrorKind::Upstream, true));
    assert_eq!(kind(HostErrorKind::InvalidArgument), (ErrorKind::Internal, false));
}

#[test]
fn decisions_cross_whole() {
    let delivery = Delivery {
        headers: vec![("a".to_owned(), "b".to_owned())],
        content_type: "x/y".to_owned(),
        body: vec![1, 2],
    };
    let across: wit_transforming::Decision = Decision::Deliver(vec![delivery]).convert();
    let wit_transforming::Decision::Deliver(deliveries) = across else { panic!("was a delivery") };
    assert_eq!((deliveries[0].body.as_slice(), deliveries[0].headers.len()), ([1, 2].as_slice(), 1));
    let across: wit_transforming::Decision = Decision::Drop("quiet".to_owned()).convert();
    assert!(matches!(across, wit_transforming::Decision::Drop(reason) if reason == "quiet"));
}
