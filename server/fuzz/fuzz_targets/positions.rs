//! Lines and columns: there and back, in bytes and in UTF-16, inside of the text and beyond it.
#![no_main]

use base::{LineCol, LineIndex};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u32, u32, &str)| {
    let (line, col, text) = input;
    let lines = LineIndex::new(text);
    for (offset, _) in text.char_indices() {
        let offset = offset as u32;
        assert_eq!(lines.offset(lines.line_col(offset)), offset);
        assert_eq!(
            lines.offset_utf16(text, lines.line_col_utf16(text, offset)),
            offset
        );
    }
    for line in [line, line % (lines.n_lines() + 1)] {
        let at = LineCol { line, col };
        assert!(lines.offset(at) as usize <= text.len());
        assert!(text.is_char_boundary(lines.offset_utf16(text, at) as usize));
    }
});
