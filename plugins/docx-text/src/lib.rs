//! docx-text
