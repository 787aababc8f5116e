//! How requests arrive: extractors, problem documents, pages, limits, the OpenAPI document.
//! Nothing here knows a resource.

pub mod body;
pub mod client;
pub mod etag;
pub mod limits;
pub mod metrics;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod rates;
pub mod request_id;
