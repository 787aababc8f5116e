//! Guests that loop, eat, flood, lie or give up. Each is stopped or refused, and the next call works.

use std::sync::Arc;
use std::time::Duration;

use mortise_host::clock::Clock;
use mortise_host::hooks::{Hooks, Kind, Outcome};
use mortise_host::ids::TenantId;
use mortise_host::scoring::ScoringInput;
use mortise_host::wasm::Limits;
use tokio::task::JoinSet;

use super::fixture::{Host, document, failure, settings};

/// As much time as it takes: what is tested is something else, and machines differ.
fn unlimited(limits: &mut Limits) {
    limits.wall = Duration::from_secs(3600);
    limits.cpu = Duration::from_secs(3600);
    limits.fuel = limits.fuel.map(|_| u64::MAX);
}

#[tokio::test]
async fn an_endless_loop_ends_at_its_time_limit() {
    let host = Host::impatient();
    let spins = host.install("spins", Kind::ScoringRule).await;
    let failure = failure(host.score(&spins, "").await, Outcome::Timeout);
    assert_eq!(failure.code, "plugin_timeout");
    assert!(!failure.retryable);
    host.still_parses().await;
}

#[tokio::test]
async fn an_endless_loop_ends_when_its_fuel_does() {
    let host = Host::new();
    let spins = host.install("spins", Kind::ScoringRule).await;
    let ran = host.score(&spins, "").await;
    assert_eq!(ran.record.fuel, Some(200_000_000));
    assert!(failure(ran, Outcome::Timeout).message.contains("fuel"));
    host.still_parses().await;
}

#[tokio::test]
async fn an_endless_series_of_memory_fills_ends_at_its_time_limit() {
    let host = Host::impatient();
    let fills = host.install("fills-memory", Kind::ScoringRule).await;
    failure(host.score(&fills, "").await, Outcome::Timeout);
    host.still_parses().await;
}

#[tokio::test]
async fn recursion_without_end_traps_on_the_guests_stack() {
    let host = Host::new();
    let recurses = host.install("recurses", Kind::ResumeParser).await;
    let failure = failure(host.parse(&recurses, "x").await, Outcome::Trap);
    assert_eq!(failure.code, "plugin_trap");
    host.still_parses().await;
}

#[tokio::test]
async fn memory_in_small_steps_is_refused_at_the_limit_and_the_guest_may_say_so() {
    let host = Host::new();
    let eats = host.install("eats-memory", Kind::ResumeParser).await;
    let ran = host.parse(&eats, "x").await;
    let limit = settings().budgets.resume_parser.memory;
    assert!(ran.record.peak_memory <= limit);
    assert!(ran.record.peak_memory > limit - (1 << 20), "it ate {} bytes", ran.record.peak_memory);
    assert_eq!(failure(ran, Outcome::Error).code, "memory_refused");
    host.still_parses().await;
}

#[tokio::test]
async fn all_memory_at_once_is_refused_and_none_of_it_is_held() {
    let host = Host::new();
    let eats = host.install("eats-memory", Kind::ResumeParser).await;
    let ran = host.parse(&eats, "at once").await;
    assert!(ran.record.peak_memory < 8 << 20, "it holds {} bytes", ran.record.peak_memory);
    assert_eq!(failure(ran, Outcome::Error).code, "memory_refused");
    host.still_parses().await;
}

#[tokio::test]
async fn two_hundred_thousand_handles_are_not_given() {
    let host = Host::new();
    let hoards = host.install("hoards-handles", Kind::ResumeParser).await;
    let failure = failure(host.parse(&hoards, "x").await, Outcome::Trap);
    assert_eq!(failure.code, "plugin_trap");
    assert!(!failure.retryable);
    host.still_parses().await;
}

#[tokio::test]
async fn a_wait_within_the_host_ends_at_the_time_limit() {
    let mut settings = settings();
    settings.budgets.resume_parser.wall = Duration::from_millis(300);
    let host = Host::with(settings);
    let sleeps = host.install("sleeps", Kind::ResumeParser).await;
    let ran = host.parse(&sleeps, "x").await;
    assert!(ran.record.cpu < ran.record.wall, "{:?} of {:?}", ran.record.cpu, ran.record.wall);
    let failure = failure(ran, Outcome::Timeout);
    assert_eq!(failure.code, "plugin_timeout");
    assert!(failure.message.contains("300 ms"), "{}", failure.message);
    host.still_parses().await;
}

/// Whatever ends a call gives its slot back, with the memory in it: of one slot there is one, and all of them need it.
#[tokio::test]
async fn a_host_with_one_slot_outlives_every_hostile_guest() {
    let mut settings = settings();
    (settings.slots, settings.slots_per_tenant, settings.slots_per_plugin) = (1, 1, 1);
    for limits in [&mut settings.budgets.resume_parser, &mut settings.budgets.text_extractor] {
        (limits.wall, limits.memory) = (Duration::from_secs(5), 64 << 20);
    }
    // To look through all memory takes more fuel than a rule has.
    let rule = &mut settings.budgets.scoring_rule;
    rule.fuel = rule.fuel.map(|_| u64::MAX);
    rule.wall = Duration::from_secs(2);
    let host = Host::with(settings);
    let reads = host.install("reads-old-memory", Kind::ScoringRule).await;
    let items = host.install("ten-million-items", Kind::TextExtractor).await;
    for _ in 0..2 {
        for name in ["spins", "fills-memory", "nan-score"] {
            let rule = host.install(name, Kind::ScoringRule).await;
            assert!(host.score(&rule, "").await.result.is_err(), "{name}");
            let read = host.score(&reads, "read").await;
            assert_eq!(failure(read, Outcome::Error).code, "clean_memory", "after {name}");
        }
        for name in ["recurses", "eats-memory", "huge-result", "panics", "hoards-handles", "fails-politely"] {
            let parser = host.install(name, Kind::ResumeParser).await;
            assert!(host.parse(&parser, "x").await.result.is_err(), "{name}");
            host.still_parses().await;
        }
        let flood = host.plugins.extract(&items, host.call(), document("application/x-guest", "x")).await;
        assert!(flood.result.is_err());
        host.still_parses().await;
    }
}

#[tokio::test]
async fn an_allocator_that_aborts_for_want_of_memory_is_reported_as_memory() {
    let mut settings = settings();
    settings.budgets.text_extractor.memory = 64 << 20;
    let host = Host::with(settings);
    let items = host.install("ten-million-items", Kind::TextExtractor).await;
    let ran = host.plugins.extract(&items, host.call(), document("application/x-guest", "x")).await;
    assert_eq!(failure(ran, Outcome::Memory).code, "plugin_memory");
    host.still_parses().await;
}

#[tokio::test]
async fn a_list_of_ten_million_items_is_not_copied_into_the_host() {
    let host = Host::new();
    let items = host.install("ten-million-items", Kind::TextExtractor).await;
    let ran = host.plugins.extract(&items, host.call(), document("application/x-guest", "x")).await;
    assert_eq!(failure(ran, Outcome::Refused).code, "plugin_result_too_large");
    host.still_parses().await;
}

#[tokio::test]
async fn a_huge_string_is_not_copied_into_the_host() {
    let host = Host::new();
    let huge = host.install("huge-result", Kind::ResumeParser).await;
    let failure = failure(host.parse(&huge, "x").await, Outcome::Refused);
    assert_eq!(failure.code, "plugin_result_too_large");
    host.still_parses().await;
}

#[tokio::test]
async fn of_a_million_log_lines_the_last_are_kept_and_the_others_counted() {
    let mut settings = settings();
    unlimited(&mut settings.budgets.resume_parser);
    let host = Host::with(settings);
    let floods = host.install("logs-a-million", Kind::ResumeParser).await;
    let ran = host.parse(&floods, "x").await;
    assert_eq!(ran.record.outcome, Outcome::Ok);
    assert_eq!(ran.record.log_tail.len(), 64);
    assert_eq!(ran.record.log_dropped, 1_000_000 - 64);
    assert!(ran.record.log_tail.iter().all(|line| line.message.len() <= 4096));
    assert!(ran.record.host_calls >= 1_000_000);
    host.still_parses().await;
}

#[tokio::test]
async fn a_panic_leaves_its_message_in_the_log() {
    let host = Host::new();
    let panics = host.install("panics", Kind::ResumeParser).await;
    let ran = host.parse(&panics, "x").await;
    let said = ran.record.log_tail.iter().any(|line| line.message.contains("cannot bear 1 pages"));
    assert!(said, "{:?}", ran.record.log_tail);
    failure(ran, Outcome::Trap);
    host.still_parses().await;
}

#[tokio::test]
async fn a_polite_failure_keeps_its_code_and_may_be_tried_again() {
    let host = Host::new();
    let polite = host.install("fails-politely", Kind::ResumeParser).await;
    let failure = failure(host.parse(&polite, "x").await, Outcome::Error);
    assert_eq!(failure.code, "not_today");
    assert!(failure.retryable);
}

#[tokio::test]
async fn scores_that_are_none_are_refused() {
    let host = Host::new();
    let scores = host.install("nan-score", Kind::ScoringRule).await;
    for title in ["", "infinity", "minus infinity", "negative", "too high", "does not sum"] {
        let failure = failure(host.score(&scores, title).await, Outcome::Refused);
        assert_eq!(failure.code, "plugin_result_invalid", "{title}: {}", failure.message);
    }
    host.still_parses().await;
}

#[tokio::test]
async fn a_slot_used_again_holds_zeroes() {
    let mut settings = settings();
    // One slot only, so that every call gets the one before's.
    (settings.slots, settings.slots_per_tenant, settings.slots_per_plugin) = (1, 1, 1);
    unlimited(&mut settings.budgets.scoring_rule);
    let host = Host::with(settings);
    let reads = host.install("reads-old-memory", Kind::ScoringRule).await;
    for _ in 0..5 {
        assert_eq!(host.score(&reads, "write").await.record.outcome, Outcome::Ok);
        assert_eq!(failure(host.score(&reads, "read").await, Outcome::Error).code, "clean_memory");
    }
}

#[tokio::test]
async fn a_call_nobody_waits_for_is_stopped_and_its_slot_holds_zeroes() {
    let mut settings = settings();
    (settings.slots, settings.slots_per_tenant, settings.slots_per_plugin) = (1, 1, 1);
    unlimited(&mut settings.budgets.scoring_rule);
    let host = Host::with(settings);
    let reads = host.install("reads-old-memory", Kind::ScoringRule).await;
    let cancelled =
        tokio::time::timeout(Duration::from_millis(300), host.score(&reads, "write and spin")).await;
    assert!(cancelled.is_err());
    assert_eq!(failure(host.score(&reads, "read").await, Outcome::Error).code, "clean_memory");
}

#[tokio::test]
async fn a_call_that_finds_no_slot_is_refused_for_now() {
    let mut settings = settings();
    (settings.slots, settings.slots_per_tenant, settings.slots_per_plugin) = (2, 2, 1);
    settings.queue_wait = Duration::from_millis(50);
    unlimited(&mut settings.budgets.scoring_rule);
    let host = Host::with(settings);
    let spins = host.install("spins", Kind::ScoringRule).await;
    let spinning = host.score(&spins, "");
    tokio::pin!(spinning);
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut spinning).await.is_err());

    let failure = failure(host.score(&spins, "").await, Outcome::Refused);
    assert_eq!(failure.code, "plugin_busy");
    assert!(failure.retryable);
    // Another plugin of the same tenant is not kept out by it.
    host.still_parses().await;
}

#[tokio::test]
async fn the_same_input_gives_the_same_hash_and_another_input_another() {
    let host = Host::new();
    let echo = host.install("echo-parser", Kind::ResumeParser).await;
    let first = host.parse(&echo, "Ada").await.record.input_hash;
    assert_eq!(host.parse(&echo, "Ada").await.record.input_hash, first);
    assert_ne!(host.parse(&echo, "Eva").await.record.input_hash, first);
}

#[tokio::test]
async fn a_plugin_of_another_kind_is_not_called() {
    let host = Host::new();
    let echo = host.install("echo-parser", Kind::ResumeParser).await;
    assert_eq!(failure(host.score(&echo, "").await, Outcome::Refused).code, "plugin_wrong_kind");
}

#[tokio::test]
async fn an_input_beyond_the_limit_never_reaches_the_plugin() {
    let mut settings = settings();
    settings.budgets.resume_parser.input_bytes = 10;
    let host = Host::with(settings);
    let echo = host.install("echo-parser", Kind::ResumeParser).await;
    let failure = failure(host.parse(&echo, "eleven byte").await, Outcome::Refused);
    assert_eq!(failure.code, "plugin_input_too_large");
}

#[tokio::test]
async fn a_tenant_that_spins_on_every_slot_of_its_own_leaves_room_for_others() {
    let mut settings = settings();
    settings.threads = 1;
    (settings.slots, settings.slots_per_tenant, settings.slots_per_plugin) = (8, 4, 4);
    unlimited(&mut settings.budgets.scoring_rule);
    let mut host = Host::with(settings);
    let spins = host.install("spins", Kind::ScoringRule).await;
    let echo = host.install("echo-parser", Kind::ResumeParser).await;
    let mut endless = JoinSet::new();
    for _ in 0..4 {
        let (plugins, spins, call) = (Arc::clone(&host.plugins), spins.clone(), host.call());
        endless.spawn(async move { plugins.score(&spins, call, ScoringInput::default()).await });
    }
    host.tenant = TenantId::new(&Clock::system());
    for _ in 0..20 {
        assert_eq!(host.parse(&echo, "Ada").await.record.outcome, Outcome::Ok);
    }
    assert!(endless.try_join_next().is_none(), "they still spin");
}
