//! Which encoding plain text has: UTF-8, UTF-16 with its mark, or GB 18030, which holds GBK and GB 2312.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

/// The text of these bytes; none if they are none.
pub(crate) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => UTF_16LE.decode_without_bom_handling_and_without_replacement(rest)?,
        [0xfe, 0xff, rest @ ..] => UTF_16BE.decode_without_bom_handling_and_without_replacement(rest)?,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => chinese(bytes)?,
        },
    };
    let control =
        |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{80}'..);
    (!text.contains(control)).then_some(text)
}

/// GB 18030 has room for almost any bytes: only those count as text whose characters beyond ASCII are mostly the common
/// ones of GB 2312 (rows 1 to 3 signs, 16 to 55 the usual characters, 56 to 87 the rarer ones).
fn chinese(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    let (mut pairs, mut common, mut at) = (0_usize, 0_usize, 0_usize);
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        let second = bytes.get(at + 1).copied().unwrap_or(0);
        pairs += 1;
        common += usize::from(matches!(bytes[at], 0xa1..=0xa3 | 0xb0..=0xd7) && second >= 0xa1);
        at += if second.is_ascii_digit() { 4 } else { 2 };
    }
    (common * 10 >= pairs * 8).then_some(text)
}
