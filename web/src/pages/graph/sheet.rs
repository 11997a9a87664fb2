//! The task × unit matrix as a workbook.

use super::Scene;
use duban_core::graph::{Part, Party};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

/// One sheet: tasks as rows, units and collective names as columns, the first row and the first two columns frozen.
pub(super) fn matrix(scene: &Scene) -> Result<Vec<u8>, XlsxError> {
    let net = &scene.graph.graph;
    let parties = net.parties();
    let shown: Vec<Party> = parties.all().collect();
    let mut book = Workbook::new();
    // The same graph gives the same bytes.
    let made = rust_xlsxwriter::ExcelDateTime::from_ymd(u16::try_from(scene.graph.year).unwrap_or(2000), 1, 1)?;
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name(scene.signed.text("graph.sheet"))?;
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin);
    let turned = head.clone().set_rotation(90);
    let plain = Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin);
    let cell = plain.clone().set_align(FormatAlign::Center);
    let leads = cell.clone().set_bold().set_background_color("#B9D0EA");
    sheet.write_string_with_format(0, 0, scene.signed.text("graph.number"), &head)?;
    sheet.write_string_with_format(0, 1, scene.signed.text("graph.task"), &head)?;
    for (column, party) in (2..).zip(&shown) {
        sheet.write_string_with_format(0, column, scene.party(party), &turned)?;
        sheet.set_column_width(column, 4)?;
    }
    for (row, task) in (1..).zip(net.tasks().keys()) {
        let link = scene.task(*task);
        sheet.write_string_with_format(row, 0, &link.number, &cell)?;
        sheet.write_string_with_format(row, 1, &link.title, &plain)?;
        let parts = net.parties_of(*task);
        for (column, party) in (2..).zip(&shown) {
            let Some(part) = parts.get(party) else {
                sheet.write_blank(row, column, &cell)?;
                continue;
            };
            let format = if *part == Part::Lead { &leads } else { &cell };
            let mark = scene.signed.text(&format!("graph.mark.{}", part.code()));
            sheet.write_string_with_format(row, column, mark, format)?;
        }
    }
    sheet.set_column_width(0, 6)?;
    sheet.set_column_width(1, 40)?;
    sheet.set_row_height(0, 130)?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    book.save_to_buffer()
}
