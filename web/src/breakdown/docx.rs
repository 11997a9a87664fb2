//! The breakdown table as a document: title and one table on landscape pages.

use super::Breakdown;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const OPEN: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#;
/// An A4 page on its side, measured in twentieths of a point.
const CLOSE: &str = r#"<w:p/><w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="720" w:footer="720" w:gutter="0"/></w:sectPr></w:body></w:document>"#;
const TABLE: &str = r#"<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders><w:top w:val="single" w:sz="4"/><w:left w:val="single" w:sz="4"/><w:bottom w:val="single" w:sz="4"/><w:right w:val="single" w:sz="4"/><w:insideH w:val="single" w:sz="4"/><w:insideV w:val="single" w:sz="4"/></w:tblBorders></w:tblPr>"#;
/// Widths of the columns in twentieths of a point.
const WIDTHS: [u32; 9] = [700, 1600, 1900, 3900, 1300, 1700, 1700, 1200, 2100];

impl Breakdown {
    /// The table as a document.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub(super) fn docx(&self) -> ZipResult<Vec<u8>> {
        let mut body = String::from(OPEN);
        body.push_str(r#"<w:p><w:pPr><w:jc w:val="center"/></w:pPr>"#);
        run(&mut body, &self.title, true, 32);
        body.push_str("</w:p>");
        body.push_str(TABLE);
        body.push_str("<w:tblGrid>");
        for width in WIDTHS {
            body.push_str(&format!(r#"<w:gridCol w:w="{width}"/>"#));
        }
        body.push_str("</w:tblGrid>");
        row(&mut body, &self.heads, true);
        for cells in &self.rows {
            row(&mut body, cells, false);
        }
        body.push_str("</w:tbl>");
        body.push_str(CLOSE);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", RELATIONS),
            ("word/document.xml", body.as_str()),
        ] {
            zip.start_file(path, SimpleFileOptions::default())?;
            zip.write_all(content.as_bytes())?;
        }
        Ok(zip.finish()?.into_inner())
    }
}

fn row(body: &mut String, cells: &[String], head: bool) {
    body.push_str("<w:tr>");
    if head {
        body.push_str("<w:trPr><w:tblHeader/></w:trPr>");
    }
    for (words, width) in cells.iter().zip(WIDTHS) {
        body.push_str(&format!(
            r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>"#
        ));
        // A cell has at least one paragraph.
        for line in words.split('\n') {
            body.push_str("<w:p>");
            run(body, line, head, 18);
            body.push_str("</w:p>");
        }
        body.push_str("</w:tc>");
    }
    body.push_str("</w:tr>");
}

/// One run of words; `size` in half points.
fn run(body: &mut String, words: &str, bold: bool, size: u32) {
    let bold = if bold { "<w:b/>" } else { "" };
    body.push_str(&format!(
        r#"<w:r><w:rPr>{bold}<w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">"#
    ));
    for c in words.chars() {
        match c {
            '&' => body.push_str("&amp;"),
            '<' => body.push_str("&lt;"),
            '>' => body.push_str("&gt;"),
            // XML holds no other control characters.
            c if c.is_control() && c != '\t' => {}
            c => body.push(c),
        }
    }
    body.push_str("</w:t></w:r>");
}
