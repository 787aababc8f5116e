//! The plugin host, asked directly: what plugins may do, what they may not, and that the next call works.

mod allocator;
mod artifacts;
mod fixture;
mod hostile;
mod shipped;
mod uploads;
mod webhook_transform;
