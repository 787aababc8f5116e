//! resume-parser
