//! DOCX: paragraphs with their automatic numbers, tables as rows with tabs, tracked changes as if accepted.

use crate::grid::Grid;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::Fault;
use crate::numbering::Numbering;
use crate::unzip::Parts;

const KIND: &str = "DOCX";
/// Deepest nesting of elements that is followed.
const DEPTH: usize = 256;

pub(crate) fn text(mut parts: Parts<'_>) -> Result<String, Fault> {
    let document = parts.take("word/document.xml", KIND)?.ok_or(Fault::Broken(KIND))?;
    let numbering = parts.take("word/numbering.xml", KIND)?;
    let styles = parts.take("word/styles.xml", KIND)?;
    let numbers = Numbering::read(numbering.as_deref(), styles.as_deref());
    let mut body = Body {
        numbers,
        ..Body::default()
    };
    let mut reader = Reader::from_reader(document.as_slice());
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| Fault::Broken(KIND))? {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEPTH {
                    return Err(Fault::Broken(KIND));
                }
                body.open(&tag);
            }
            Event::Empty(tag) => {
                body.open(&tag);
                body.close(tag.local_name().as_ref());
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                body.close(tag.local_name().as_ref());
            }
            Event::Text(words) if body.in_text => {
                let words = words.decode().map_err(|_| Fault::Broken(KIND))?;
                body.words(&words);
            }
            Event::GeneralRef(entity) if body.in_text => {
                let name = entity.decode().map_err(|_| Fault::Broken(KIND))?;
                body.words(&crate::html::entity(&name).unwrap_or_default());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(body.out)
}

/// One open paragraph.
#[derive(Default)]
struct Paragraph {
    words: String,
    style: Option<String>,
    list: Option<String>,
    level: Option<usize>,
}

/// One open table.
#[derive(Default)]
struct Table {
    grid: Grid,
    /// The row as words, for a table inside a cell.
    row: Vec<String>,
    cell: Vec<String>,
    /// Columns the cell spans.
    span: usize,
    /// The cell goes on with the one above.
    goes_on: bool,
}

#[derive(Default)]
struct Body {
    out: String,
    numbers: Numbering,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// Inside words of the document, not of a field's instruction.
    in_text: bool,
    /// Depth of parts that are not there any more: deletions, the old place of a move, the fallback of a drawing.
    gone: usize,
}

/// The value of an attribute by its local name.
pub(crate) fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .flatten()
        .find(|a| a.key.local_name().as_ref() == name.as_bytes())
        .map(|a| String::from_utf8_lossy(&a.value).into_owned())
}

impl Body {
    fn words(&mut self, words: &str) {
        if self.gone == 0
            && let Some(paragraph) = self.paragraphs.last_mut()
        {
            paragraph.words.push_str(words);
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        match tag.local_name().as_ref() {
            b"del" | b"moveFrom" | b"Fallback" => self.gone += 1,
            b"p" => self.paragraphs.push(Paragraph::default()),
            b"pStyle" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.style = value(tag, "val");
                }
            }
            b"numId" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.list = value(tag, "val");
                }
            }
            b"ilvl" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.level = value(tag, "val").and_then(|v| v.parse().ok());
                }
            }
            b"t" => self.in_text = true,
            // The tab stops of a paragraph's properties have a position, a tab among its words has none.
            b"tab" | b"ptab" if value(tag, "pos").is_none() => self.words("\t"),
            b"br" | b"cr" => self.words("\n"),
            b"tbl" => self.tables.push(Table::default()),
            b"gridSpan" => {
                if let Some(table) = self.tables.last_mut() {
                    table.span = value(tag, "val").and_then(|v| v.parse().ok()).unwrap_or(1).clamp(1, 60);
                }
            }
            b"vMerge" => {
                if let Some(table) = self.tables.last_mut() {
                    table.goes_on = value(tag, "val").is_none_or(|v| v == "continue");
                }
            }
            b"tr" => {
                if let Some(table) = self.tables.last_mut() {
                    table.grid.row();
                }
            }
            b"tc" => {
                if let Some(table) = self.tables.last_mut() {
                    table.span = 1;
                    table.goes_on = false;
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        match name {
            b"del" | b"moveFrom" | b"Fallback" => self.gone = self.gone.saturating_sub(1),
            b"t" => self.in_text = false,
            b"p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.paragraph(paragraph);
                }
            }
            b"tc" => {
                if let Some(table) = self.tables.last_mut() {
                    let words = std::mem::take(&mut table.cell).join(" ");
                    if table.goes_on {
                        table.grid.go_on(table.span);
                    } else {
                        table.row.push(words.clone());
                        table.grid.put(words, table.span, 1);
                    }
                }
            }
            b"tr" => {
                // A table inside a cell is words of that cell.
                if let [outer @ .., table] = self.tables.as_mut_slice() {
                    let row = std::mem::take(&mut table.row).join(" ");
                    if let Some(around) = outer.last_mut() {
                        around.cell.push(row);
                    }
                }
            }
            b"tbl" => {
                if let Some(table) = self.tables.pop()
                    && self.tables.is_empty()
                {
                    self.out.push_str(&table.grid.lines());
                }
            }
            _ => {}
        }
    }

    fn paragraph(&mut self, paragraph: Paragraph) {
        let number = if paragraph.words.trim().is_empty() {
            None
        } else {
            self.numbers
                .next(paragraph.list.as_deref(), paragraph.level, paragraph.style.as_deref())
        };
        // One tab is a gap; several in one paragraph are a table that was set with tabs.
        let own = if paragraph.words.trim().matches('\t').count() < 2 {
            paragraph.words.replace('\t', " ")
        } else {
            paragraph.words
        };
        let words = format!("{}{own}", number.unwrap_or_default());
        if let Some(table) = self.tables.last_mut() {
            let words = words.replace(['\n', '\t'], " ");
            if !words.trim().is_empty() {
                table.cell.push(words.trim().to_owned());
            }
        } else if let Some(outer) = self.paragraphs.last_mut() {
            // A text box inside a paragraph.
            outer.words.push_str(&words);
        } else {
            self.out.push_str(&words);
            self.out.push('\n');
        }
    }
}
