//! Fonts that descend from composite fonts. The parser follows them without end; here such a file is known beforehand.

use std::collections::BTreeSet;

use oxidize_pdf::parser::PdfDocument;
use oxidize_pdf::parser::objects::{PdfDictionary, PdfObject};

use crate::watched::Watched;

/// How deep drawings are followed into drawings: as deep as the parser does.
const DEPTH: u8 = 12;

/// Whether every composite font of these resources, and of the drawings in them, descends from a simple one, as ISO
/// 32000-1 wants it (9.7.4: a descendant is a `CIDFontType0` or a `CIDFontType2`).
pub(crate) struct Fonts<'a> {
    document: &'a PdfDocument<Watched>,
    /// Resources and drawings that were followed.
    seen: BTreeSet<(What, (u32, u16))>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Resources,
    Drawing,
}

impl<'a> Fonts<'a> {
    /// Nothing of the document is looked at yet; what was looked at once is not looked at for the next page.
    pub(crate) fn of(document: &'a PdfDocument<Watched>) -> Self {
        Self {
            document,
            seen: BTreeSet::new(),
        }
    }

    /// Whether the parser comes to an end with the fonts of a page.
    pub(crate) fn sound(&mut self, page: u32) -> bool {
        let Ok(page) = self.document.get_page(page) else {
            return true;
        };
        let own = page.dict.get("Resources").cloned();
        let all = page.get_resources().cloned().map(PdfObject::Dictionary);
        own.iter()
            .chain(all.iter())
            .all(|resources| self.resources(resources, 0))
    }

    fn resources(&mut self, resources: &PdfObject, depth: u8) -> bool {
        let Some(PdfObject::Dictionary(resources)) = self.once(What::Resources, resources) else {
            return true;
        };
        let fonts = self.entries(&resources, "Font");
        let drawings = match depth < DEPTH {
            true => self.entries(&resources, "XObject"),
            false => Vec::new(),
        };
        fonts.iter().all(|font| self.font(font))
            && drawings.iter().all(|drawing| match self.once(What::Drawing, drawing) {
                Some(PdfObject::Stream(form)) => form
                    .dict
                    .get("Resources")
                    .is_none_or(|inner| self.resources(inner, depth + 1)),
                _ => true,
            })
    }

    fn font(&self, font: &PdfObject) -> bool {
        let Ok(PdfObject::Dictionary(font)) = self.document.resolve(font) else {
            return true;
        };
        let Some(descendants) = composite(&font).then(|| font.get("DescendantFonts")).flatten() else {
            return true;
        };
        let Ok(PdfObject::Array(descendants)) = self.document.resolve(descendants) else {
            return true;
        };
        let first = descendants
            .0
            .first()
            .and_then(|first| self.document.resolve(first).ok());
        !matches!(first, Some(PdfObject::Dictionary(descendant)) if composite(&descendant))
    }

    /// What a dictionary holds under a name, be it there or elsewhere.
    fn entries(&self, within: &PdfDictionary, name: &str) -> Vec<PdfObject> {
        match within.get(name).map(|entry| self.document.resolve(entry)) {
            Some(Ok(PdfObject::Dictionary(found))) => found.0.into_values().collect(),
            _ => Vec::new(),
        }
    }

    /// An object, unless it was looked at before as the same thing.
    fn once(&mut self, what: What, object: &PdfObject) -> Option<PdfObject> {
        if let Some(reference) = object.as_reference() {
            self.seen.insert((what, reference)).then_some(())?;
        }
        self.document.resolve(object).ok()
    }
}

/// A font made of others.
fn composite(font: &PdfDictionary) -> bool {
    font.get("Subtype")
        .and_then(PdfObject::as_name)
        .is_some_and(|kind| kind.0 == "Type0")
}
