//! The SDK's allocator in a sandbox, where its memory is WebAssembly's.

use mortise_host::hooks::Kind;

use super::fixture::Host;

#[tokio::test]
async fn what_lies_in_an_arena_stays_what_it_was() {
    let host = Host::new();
    let keeps = host.install("keeps-books", Kind::ScoringRule).await;
    for _ in 0..2 {
        let ran = host.score(&keeps, "").await;
        let score = ran.result.expect("it is scored");
        assert_eq!(score.value.to_bits(), 100_f64.to_bits(), "{score:?}");
        assert!(ran.record.peak_memory > 1 << 20, "it asked for more than it began with");
        assert!(ran.record.peak_memory < 8 << 20, "{} bytes for less than one MiB", ran.record.peak_memory);
    }
}
