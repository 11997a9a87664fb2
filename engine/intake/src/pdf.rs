//! PDF with a text layer. The parser of others runs on a thread of its own, under a time limit, and may fail.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use oxidize_pdf::graphics::extraction::{ExtractionConfig, GraphicsExtractor};
use oxidize_pdf::parser::{PdfDocument, PdfReader};
use oxidize_pdf::text::{ExtractionOptions, TextFragment};

use crate::Fault;
use crate::fonts::Fonts;
use crate::grid;
use crate::ruled;
use crate::watched::Watched;

const KIND: &str = "PDF";
/// Longest time for one file.
const TIME: Duration = Duration::from_secs(20);
/// Most pages that are read.
const PAGES: u32 = 600;

pub(crate) fn text(bytes: &[u8]) -> Result<String, Fault> {
    let owned = bytes.to_vec();
    let (tell, told) = mpsc::channel();
    let work = move || {
        // A panic ends this thread alone and drops the sender: no answer comes.
        let _ = tell.send(pages(owned));
    };
    std::thread::Builder::new()
        .name("pdf".to_owned())
        .stack_size(16 << 20)
        .spawn(work)
        .map_err(|_| Fault::Broken(KIND))?;
    match told.recv_timeout(TIME) {
        Ok(answer) => answer,
        Err(_) => Err(Fault::Broken(KIND)),
    }
}

/// A piece of a page, from top to bottom.
enum Block {
    /// Lines of words.
    Words(String),
    /// A ruled table: where its columns are, and its rows.
    Table(Vec<f64>, Vec<Vec<String>>),
}

fn pages(bytes: Vec<u8>) -> Result<String, Fault> {
    let reader = PdfReader::new(Watched::new(bytes, Instant::now() + TIME)).map_err(|_| Fault::Broken(KIND))?;
    let document = PdfDocument::new(reader);
    let count = document.page_count().map_err(|_| Fault::Broken(KIND))?;
    if count > PAGES {
        return Err(Fault::TooLarge(8));
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut fonts = Fonts::of(&document);
    for page in 0..count {
        if !fonts.sound(page) {
            return Err(Fault::Broken(KIND));
        }
        for block in page_blocks(&document, page)? {
            append(&mut blocks, block);
        }
    }
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Words(words) => {
                out.push_str(words.trim_end());
                out.push('\n');
            }
            Block::Table(_, rows) => out.push_str(&grid::lines(&rows)),
        }
    }
    let letters = out.chars().filter(|c| c.is_alphanumeric()).count();
    if letters < 20 * count.max(1) as usize / 4 {
        return Err(Fault::Scanned);
    }
    Ok(out)
}

/// Words and tables of one page. A page without tables is left to the parser's own reading order.
fn page_blocks(document: &PdfDocument<Watched>, page: u32) -> Result<Vec<Block>, Fault> {
    let drawing = ExtractionConfig {
        stroked_only: false,
        ..ExtractionConfig::default()
    };
    let mut tables = GraphicsExtractor::new(drawing)
        .extract_from_page(document, page as usize)
        .map(|drawn| ruled::find(&drawn.lines))
        .unwrap_or_default();
    if !tables.is_empty() {
        let options = ExtractionOptions {
            preserve_layout: true,
            ..ExtractionOptions::default()
        };
        let found = document
            .extract_text_from_page_with_options(page, options)
            .map_err(|_| Fault::Broken(KIND))?;
        let outside: Vec<&TextFragment> = found
            .fragments
            .iter()
            .filter(|f| !tables.iter_mut().any(|table| table.take(f)))
            .collect();
        let filled: Vec<(f64, Block)> = tables
            .iter()
            .map(|table| (table.top, table.rows(), table))
            .filter(|(_, rows, _)| !rows.is_empty())
            .map(|(top, rows, table)| (top, Block::Table(table.columns.clone(), rows)))
            .collect();
        if !filled.is_empty() {
            let mut blocks = filled;
            blocks.extend(lines(outside));
            blocks.sort_by(|a, b| b.0.total_cmp(&a.0));
            return Ok(blocks.into_iter().map(|(_, block)| block).collect());
        }
    }
    let words = document.extract_text_from_page(page).map_err(|_| Fault::Broken(KIND))?;
    Ok(vec![Block::Words(words.text)])
}

/// Fragments outside the tables, line by line.
fn lines(mut fragments: Vec<&TextFragment>) -> Vec<(f64, Block)> {
    fragments.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut lines: Vec<Vec<&TextFragment>> = Vec::new();
    for one in fragments {
        match lines.last_mut() {
            Some(line) if line[0].y - one.y < one.font_size * 0.4 => line.push(one),
            _ => lines.push(vec![one]),
        }
    }
    lines
        .into_iter()
        .map(|mut line| {
            line.sort_by(|a, b| a.x.total_cmp(&b.x));
            let mut text = String::new();
            let mut end = f64::MAX;
            for one in &line {
                if one.x - end > one.font_size {
                    text.push_str("  ");
                }
                text.push_str(&one.text);
                end = one.x + one.width;
            }
            (line[0].y, Block::Words(text))
        })
        .collect()
}

/// Appends a block. A table at the top of a page goes on with the one at the end of the page before, if its columns
/// stand at the same places; a first row without a first cell is the rest of a row that the page cut.
fn append(blocks: &mut Vec<Block>, block: Block) {
    let Block::Table(columns, mut rows) = block else {
        blocks.push(block);
        return;
    };
    let furniture = |block: &Block| matches!(block, Block::Words(w) if w.chars().filter(|c| !c.is_whitespace()).count() <= 8 && w.chars().any(|c| c.is_ascii_digit()));
    let last = blocks.len() - blocks.iter().rev().take_while(|b| furniture(b)).count();
    let same = |at: &[f64]| at.len() == columns.len() && at.iter().zip(&columns).all(|(a, b)| (a - b).abs() < 6.0);
    match last.checked_sub(1).and_then(|i| blocks.get_mut(i)) {
        Some(Block::Table(at, above)) if same(at) => {
            let cut = rows
                .first()
                .is_some_and(|row| row.first().is_some_and(String::is_empty));
            if cut && let Some(end) = above.last_mut() {
                let rest = rows.remove(0);
                end.iter_mut().zip(rest).for_each(|(cell, more)| cell.push_str(&more));
            }
            above.append(&mut rows);
            blocks.truncate(last);
        }
        _ => blocks.push(Block::Table(columns, rows)),
    }
}
