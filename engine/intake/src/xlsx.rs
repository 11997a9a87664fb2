//! XLSX: every sheet, one row a line with tabs between its cells.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use crate::Fault;

const KIND: &str = "XLSX";
/// Most cells that are read of one workbook.
const CELLS: usize = 400_000;

pub(crate) fn text(bytes: &[u8]) -> Result<String, Fault> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Fault::Broken(KIND))?;
    let mut out = String::new();
    let mut left = CELLS;
    for name in book.sheet_names() {
        let sheet = book.worksheet_range(&name).map_err(|_| Fault::Broken(KIND))?;
        let (rows, columns) = sheet.get_size();
        left = left
            .checked_sub(rows.saturating_mul(columns))
            .ok_or(Fault::TooLarge(40))?;
        for row in sheet.rows() {
            let cells: Vec<String> = row.iter().map(words).collect();
            let filled = cells.iter().filter(|c| !c.is_empty()).count();
            match filled {
                0 => {}
                1 => out.push_str(&cells.concat()),
                _ => out.push_str(cells.join("\t").trim_end_matches('\t')),
            }
            out.push('\n');
        }
    }
    Ok(out)
}

/// A cell as a person sees it, on one line.
fn words(cell: &Data) -> String {
    let text = match cell {
        Data::DateTime(_) | Data::DateTimeIso(_) => {
            use calamine::DataType as _;
            cell.as_date().map_or_else(String::new, |day| day.to_string())
        }
        other => other.to_string(),
    };
    text.split(['\n', '\r', '\t'])
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
