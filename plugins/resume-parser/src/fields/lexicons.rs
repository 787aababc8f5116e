//! The tables that the build script makes of the files in `data/`.

use super::table::Table;

include!(concat!(env!("OUT_DIR"), "/lexicons.rs"));
