//! The breakdown table as a workbook: an overview, then one sheet a unit.

use super::Breakdown;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use std::collections::BTreeSet;

/// Widths of the columns of the overview and of a unit's sheet, in characters.
const WIDE: [f64; 9] = [6.0, 18.0, 24.0, 50.0, 16.0, 24.0, 24.0, 14.0, 28.0];
const UNIT: [f64; 6] = [6.0, 36.0, 12.0, 16.0, 36.0, 24.0];

impl Breakdown {
    /// The table as a workbook.
    ///
    /// # Errors
    /// When a cell is longer than a workbook holds.
    pub(super) fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let mut taken = BTreeSet::new();
        let sheet = book.add_worksheet();
        sheet.set_name(sheet_name(&self.overview, &mut taken))?;
        fill(sheet, &self.title, &self.heads, &self.rows, &WIDE)?;
        for (unit, rows) in &self.units {
            let sheet = book.add_worksheet();
            sheet.set_name(sheet_name(unit, &mut taken))?;
            fill(sheet, unit, &self.unit_heads, rows, &UNIT)?;
        }
        book.save_to_buffer()
    }
}

fn fill(
    sheet: &mut Worksheet,
    title: &str,
    heads: &[String],
    rows: &[Vec<String>],
    widths: &[f64],
) -> Result<(), XlsxError> {
    let large = Format::new().set_bold().set_font_size(16);
    let head = Format::new()
        .set_bold()
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center);
    let cell = Format::new()
        .set_border(FormatBorder::Thin)
        .set_text_wrap()
        .set_align(FormatAlign::Top);
    sheet.write_string_with_format(0, 0, title, &large)?;
    for ((words, width), column) in heads.iter().zip(widths).zip(0..) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(1, column, words, &head)?;
    }
    for (row, line) in rows.iter().zip(2..) {
        for (words, column) in row.iter().zip(0..) {
            // A workbook holds 32,767 characters a cell.
            let words: String = words.chars().take(32_000).collect();
            sheet.write_string_with_format(line, column, words, &cell)?;
        }
    }
    sheet.set_freeze_panes(2, 0)?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(1, 1)?;
    Ok(())
}

/// A name no other sheet has, without the signs a sheet may not have, at most 31 characters.
fn sheet_name(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String = wanted.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(27).collect();
    let plain = if plain.trim().is_empty() { "-".to_owned() } else { plain };
    let mut name = plain.clone();
    let mut n = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{plain} {n}");
        n += 1;
    }
    name
}
