//! What the extractor reads, in which order, and what it refuses.

mod build;
mod hostile;
mod mutations;
mod order;
mod refusals;
mod resumes;
mod text;
