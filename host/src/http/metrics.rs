//! Counts and times requests by method, matched path and status; never by tenant or id.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The same for calls of plugins: most take less than a request.
const CALL_BUCKETS: [f64; 12] =
    [0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 20.0];

/// The process's recorder: installed once, shared by every server in the process.
pub fn recorder() -> PrometheusHandle {
    static RECORDER: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    RECORDER
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
                .expect("there is at least one bucket")
                .set_buckets_for_metric(Matcher::Full("plugin_call_seconds".into()), &CALL_BUCKETS)
                .expect("there is at least one bucket")
                .install_recorder()
                .expect("nothing else installs a recorder")
        })
        .clone()
}

/// A request under way.
pub struct Seen {
    method: String,
    path: String,
    start: Instant,
}

impl Seen {
    pub fn new(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
        Self { method: request.method().to_string(), path: path.to_owned(), start: Instant::now() }
    }

    /// Counts it, whatever the answer is.
    pub fn answered(self, status: StatusCode) {
        let Self { method, path, start } = self;
        let seconds = start.elapsed().as_secs_f64();
        tracing::debug!(path, status = status.as_u16(), seconds, "answered");
        let labels = (method.clone(), path.clone(), status.as_str().to_owned());
        metrics::counter!("http_requests_total", "method" => labels.0, "path" => labels.1, "status" => labels.2)
            .increment(1);
        metrics::histogram!("http_request_seconds", "method" => method, "path" => path).record(seconds);
    }
}
