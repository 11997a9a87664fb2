//! The canonical bytes of a content and their hash: what a signature covers.

use super::content::{Content, Fields};
use super::field::{DocumentType, Part};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The bytes that stand for a content, whatever order it was typed in. An empty text and an absent one are the
/// same, as everywhere. The first line names the form, so that a later form cannot be taken for this one.
///
/// # Errors
/// Never for contents of this crate; serialisation of plain strings and numbers cannot fail, but is not assumed.
pub fn canonical(content: &Content) -> Result<Vec<u8>, serde_json::Error> {
    let mut plain = content.clone();
    drop_empty(&mut plain.head);
    for line in &mut plain.lines {
        drop_empty(&mut line.fields);
        for item in &mut line.items {
            drop_empty(&mut item.fields);
        }
    }
    let mut bytes = b"duban.content.1\n".to_vec();
    serde_json::to_writer(&mut bytes, &plain)?;
    Ok(bytes)
}

/// SHA-256 of the canonical bytes, in lower-case hexadecimal.
///
/// # Errors
/// See [`canonical`].
pub fn hash(content: &Content) -> Result<String, serde_json::Error> {
    Ok(hex::encode(Sha256::digest(canonical(content)?)))
}

/// The first sixteen hexadecimal digits of the SHA-256 of a value's JSON: enough to see that a part of a content has
/// changed, not meant to withstand anybody.
///
/// # Errors
/// When the value cannot be serialised.
pub fn digest(part: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    let mut hex = hex::encode(Sha256::digest(serde_json::to_vec(part)?));
    hex.truncate(16);
    Ok(hex)
}

/// The hash of each field group of a content: what a signature of those who answer for the group covers. Lines and
/// items count by their order; a field that no group has belongs to none.
///
/// # Errors
/// See [`canonical`].
pub fn group_hashes(kind: &DocumentType, content: &Content) -> Result<BTreeMap<String, String>, serde_json::Error> {
    let mut hashes = BTreeMap::new();
    for group in kind.groups {
        let of_group = |part: Part, fields: &Fields| -> BTreeMap<String, String> {
            let specs = kind.fields(part).iter().filter(|spec| spec.group == *group);
            let texts = specs.filter_map(|spec| Some((spec.key.to_owned(), fields.get(spec.key)?.clone())));
            texts.filter(|(_, text)| !text.is_empty()).collect()
        };
        let lines = content.lines.iter().map(|line| {
            let items = line
                .items
                .iter()
                .map(|item| (item.id, of_group(Part::Item, &item.fields)));
            (
                line.id,
                line.source,
                of_group(Part::Line, &line.fields),
                items.collect::<Vec<_>>(),
            )
        });
        let whole = (of_group(Part::Head, &content.head), lines.collect::<Vec<_>>());
        let bytes = serde_json::to_vec(&("duban.group.1", group, whole))?;
        hashes.insert((*group).to_owned(), hex::encode(Sha256::digest(bytes)));
    }
    Ok(hashes)
}

fn drop_empty(fields: &mut Fields) {
    fields.retain(|_, text| !text.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::content::Line;

    #[test]
    fn an_empty_text_does_not_change_the_hash_and_any_other_does() {
        let mut content = Content::default();
        content.head.insert("aim".into(), "稳".into());
        content.lines.push(Line {
            id: 1,
            ..Line::default()
        });
        let before = hash(&content).unwrap();
        content.head.insert("basis".into(), String::new());
        content.lines[0].fields.insert("q1".into(), String::new());
        assert_eq!(hash(&content).unwrap(), before);
        content.lines[0].fields.insert("q1".into(), " ".into());
        assert_ne!(hash(&content).unwrap(), before);
        assert_eq!(before.len(), 64);
    }

    #[test]
    fn the_canonical_bytes_read_back_as_the_content() {
        let mut content = Content::default();
        content.head.insert("aim".into(), "稳中求进".into());
        let bytes = canonical(&content).unwrap();
        let json = bytes.strip_prefix(b"duban.content.1\n").unwrap();
        assert_eq!(serde_json::from_slice::<Content>(json).unwrap(), content);
    }
}
