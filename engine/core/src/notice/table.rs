//! Tables flattened to text: rows with tabs, bars or wide gaps between cells, or one cell a line.

use std::ops::Range;

use super::fit::Effort;
use super::label::{self, Label};
use super::mark;
use super::stacked;
use super::text::{self, Line, Passage};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Number,
    Section,
    Task,
    Text,
    Assign(Label),
    Other,
}

/// One row: its cells by column.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub cells: Vec<(Column, Passage)>,
    /// Its cells were guessed, and some do not fit well.
    pub doubtful: bool,
}

/// A table and the lines it takes.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub lines: Range<usize>,
    pub rows: Vec<Row>,
    /// Rows that do not fit the head.
    pub unread: Vec<Passage>,
}

/// Reads the head of a column.
pub(super) fn column(words: &str) -> Option<Column> {
    let words: String = words.chars().filter(|c| !c.is_whitespace() && *c != '|').collect();
    Some(match words.as_str() {
        "序号" | "编号" | "项号" | "号" => Column::Number,
        "类别" | "分类" | "领域" | "板块" | "重点方面" | "方面" | "项目类别" => Column::Section,
        "任务" | "工作任务" | "重点任务" | "任务名称" | "项目" | "项目名称" | "事项" | "工作事项" | "实事项目"
        | "工作项目" | "任务事项" | "任务分工" | "名称" => Column::Task,
        "工作内容" | "主要内容" | "具体内容" | "工作目标" | "目标任务" | "年度目标" | "具体措施" | "工作措施"
        | "主要措施" | "任务内容" | "工作要求" | "任务目标" | "建设内容" | "目标" | "内容" | "措施" => {
            Column::Text
        }
        "备注" | "说明" => Column::Other,
        other => match label::label(other) {
            Some(label) => Column::Assign(label),
            None => by_ending(other)?,
        },
    })
}

/// A head that is not among the usual ones, by what its words end in.
fn by_ending(words: &str) -> Option<Column> {
    let ends = |endings: &[&str]| endings.iter().any(|e| words.ends_with(e));
    if words.chars().count() > 12 || words.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if ends(&["时限", "时间", "期限", "节点", "进度", "进度安排"]) {
        Some(Column::Assign(Label::Deadline))
    } else if ends(&["领域", "类别", "板块", "方面", "分类"]) {
        Some(Column::Section)
    } else if ends(&["任务", "事项", "项目", "重点工作", "问题"]) {
        Some(Column::Task)
    } else if ends(&["内容", "目标", "措施", "举措", "要求", "标准", "清单", "成果"]) {
        Some(Column::Text)
    } else if ends(&["进展", "情况", "成效", "结果", "状态", "电话"]) {
        Some(Column::Other)
    } else {
        None
    }
}

/// Cells of a line, or none if it is no row.
pub(super) fn cells(p: &Passage) -> Vec<Range<usize>> {
    let bar = p.chars.iter().filter(|c| **c == '|').count() >= 2 || p.chars.contains(&'｜');
    let tab = p.chars.contains(&'\t');
    let mut found = Vec::new();
    let mut start = 0;
    let mut i = 0;
    while i < p.len() {
        let gap = if bar {
            usize::from(matches!(p.chars[i], '|' | '｜'))
        } else if tab {
            usize::from(p.chars[i] == '\t')
        } else {
            let n = p.chars[i..].iter().take_while(|c| **c == ' ').count();
            if n >= 2 { n } else { 0 }
        };
        if gap > 0 {
            found.push(start..i);
            start = i + gap;
            i = start;
        } else {
            i += 1;
        }
    }
    found.push(start..p.len());
    if bar {
        // A bar at either end frames the row.
        if found.first().is_some_and(|r| p.trim(r.clone(), &[]).is_empty()) {
            found.remove(0);
        }
        if found.last().is_some_and(|r| p.trim(r.clone(), &[]).is_empty()) {
            found.pop();
        }
    }
    found.into_iter().map(|r| p.trim(r, &[])).collect()
}

pub(super) fn head(p: &Passage, cells: &[Range<usize>]) -> Option<Vec<Column>> {
    if cells.len() < 3 {
        return None;
    }
    let columns: Vec<Option<Column>> = cells.iter().map(|r| column(&p.text(r.clone()))).collect();
    let known = columns.iter().flatten().count();
    (known >= 3 && known + 1 >= cells.len() && has_task_and_more(&columns))
        .then(|| columns.into_iter().map(|c| c.unwrap_or(Column::Other)).collect())
}

pub(super) fn has_task_and_more(columns: &[Option<Column>]) -> bool {
    let any = |f: fn(&Column) -> bool| columns.iter().flatten().any(f);
    any(|c| matches!(c, Column::Task | Column::Text)) && any(|c| matches!(c, Column::Assign(_) | Column::Number))
}

/// Finds every table.
pub(crate) fn find(lines: &[Line]) -> Vec<Table> {
    let passages: Vec<Passage> = lines.iter().map(Passage::of).collect();
    let mut tables = Vec::new();
    let mut effort = Effort::of_a_text();
    let mut i = 0;
    while i < passages.len() {
        let parts = cells(&passages[i]);
        if passages[i].len() == 0 {
            i += 1;
        } else if let Some(table) = super::laid_out::table(&passages, i, &mut effort) {
            i = table.lines.end;
            tables.push(table);
        } else if let Some(columns) = head(&passages[i], &parts) {
            let table = rows(&passages, i, &columns);
            i = table.lines.end;
            tables.push(table);
        } else if let Some(table) = super::spaced::table(&passages, i, &mut effort) {
            i = table.lines.end;
            tables.push(table);
        } else if let Some((columns, first)) = stacked::head(&passages, i) {
            let table = stacked::rows(&passages, i..first, &columns, &mut effort);
            i = table.lines.end.max(i + 1);
            tables.push(table);
        } else {
            i += 1;
        }
    }
    tables
}

/// Rows of a table whose cells stand side by side. A row without a number whose task cell is empty goes on with the one before.
fn rows(passages: &[Passage], head: usize, columns: &[Column]) -> Table {
    let mut table = Table {
        lines: head..head + 1,
        rows: Vec::new(),
        unread: Vec::new(),
    };
    let mut section: Option<Passage> = None;
    let numbered = columns.first() == Some(&Column::Number);
    for (i, p) in passages.iter().enumerate().skip(head + 1) {
        if p.len() == 0 || super::margins::is_page_number(&p.chars) {
            continue;
        }
        let rule = p
            .chars
            .iter()
            .all(|c| matches!(c, '|' | '-' | '｜' | ' ' | ':' | '：' | '+' | '='));
        if rule {
            table.lines.end = i + 1;
            continue;
        }
        let parts = cells(p);
        if parts.len() < 2 {
            break;
        }
        table.lines.end = i + 1;
        if super::table::head(p, &parts).is_some() {
            continue;
        }
        if let Some(found) = section_row(p, &parts) {
            section = Some(found);
            continue;
        }
        // Empty cells at the end of a row leave no trace where tabs separate the cells.
        let numbered_row = p.chars.contains(&'\t')
            && columns.first() == Some(&Column::Number)
            && parts
                .first()
                .is_some_and(|r| text::numeral(&p.chars[r.clone()]).is_some());
        if parts.len() > columns.len() || (parts.len() + 2 < columns.len() && !numbered_row) {
            table.unread.push(p.clone());
            continue;
        }
        // A merged first cell leaves fewer cells: they belong to the columns at the right.
        let skipped = columns.len() - parts.len();
        let first_is_number = parts
            .first()
            .is_some_and(|r| text::numeral(&p.chars[r.clone()]).is_some());
        let shift = if first_is_number || !matches!(columns[0], Column::Section) {
            0
        } else {
            skipped
        };
        let row: Vec<(Column, Passage)> = columns
            .iter()
            .skip(shift)
            .zip(&parts)
            .map(|(c, r)| (*c, p.part(r.clone())))
            .collect();
        let empty = |kind: Column| row.iter().any(|(c, cell)| *c == kind && cell.len() == 0);
        let goes_on =
            numbered && empty(Column::Number) && (empty(Column::Task) || !row.iter().any(|(c, _)| *c == Column::Task));
        if goes_on && let Some(last) = table.rows.last_mut() {
            for ((_, cell), (_, more)) in last.cells.iter_mut().zip(&row) {
                cell.append(more);
            }
            continue;
        }
        let mut row = row;
        for (kind, cell) in &mut row {
            if *kind == Column::Section {
                if cell.len() > 0 {
                    section = Some(cell.clone());
                } else if let Some(held) = &section {
                    *cell = held.clone();
                }
            }
        }
        if let Some(held) = section.clone().filter(|_| !columns.contains(&Column::Section)) {
            row.push((Column::Section, held));
        }
        table.rows.push(Row {
            cells: row,
            doubtful: false,
        });
    }
    table
}

/// 一 | 稳存量 | | |: a row of a number in Han numerals and a heading, or of a heading alone, stands above the rows that
/// follow.
fn section_row(p: &Passage, parts: &[Range<usize>]) -> Option<Passage> {
    let mut filled = parts.iter().filter(|r| !r.is_empty());
    let (first, second) = (filled.next()?, filled.next());
    if filled.next().is_some() || parts.first() != Some(first) {
        return None;
    }
    let words = p.part(first.clone());
    let han = mark::is_han_numeral(&words.chars);
    match second {
        Some(heading) if han => {
            let mut whole = words;
            whole.append(&p.part(heading.clone()));
            Some(whole)
        }
        None if words.len() <= 30 => mark::is_chapter(&words.chars).then_some(words),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_at_the_end_of_a_row() {
        let tables = find(&text::lines(
            "序号\t类别\t工作任务\t牵头单位\t责任单位\t配合单位\t完成时限\n1\t水\t清淤\t区水务局\t\t\t\n",
        ));
        assert_eq!(tables[0].rows.len(), 1);
        assert!(tables[0].unread.is_empty());
    }

    #[test]
    fn cells_by_tab_bar_and_gap() {
        for s in [
            "序号\t工作任务\t责任单位\t完成时限\n1\t清淤\t区水务局\t6月底前\n",
            "| 序号 | 工作任务 | 责任单位 | 完成时限 |\n|---|---|---|---|\n| 1 | 清淤 | 区水务局 | 6月底前 |\n",
            "序号  工作任务  责任单位  完成时限\n1  清淤  区水务局  6月底前\n",
            "序号\n工作任务\n责任单位\n完成时限\n1\n清淤\n区水务局\n6月底前\n",
        ] {
            let tables = find(&text::lines(s));
            assert_eq!(tables.len(), 1, "{s}");
            let row = &tables[0].rows[0];
            let cells: Vec<String> = row.cells.iter().map(|(_, p)| p.text(0..p.len())).collect();
            assert_eq!(cells, ["1", "清淤", "区水务局", "6月底前"], "{s}");
        }
    }
}
